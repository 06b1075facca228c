"""The course as it lies on disk: course.yml, from solutions/ to exercises/, the bundle for students.

file.py reads what must start fast, units.py checks every key. It knows which exercises there are and what they are worth,
and nothing of submissions, results or how a check runs.
"""
