"""The road through nbgrader: its settings for this course, and the sandboxed grader in the place of its kernel.

Whatever nbgrader does well stays nbgrader's. It must not know `autograder grade`: both roads meet in grading's worker.
"""
