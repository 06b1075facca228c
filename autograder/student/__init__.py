"""A student's evening: the desk, how units stand, watching files, hints, backups, the lesson's picture.

It runs on the student's machine, in process, where no solution is. It must not need what the grader's extras install, and
nothing slow to import before it is used.
"""
