"""What a check is and what it says: the pytest plugin, sessions that stay open, comparison, gradients, mistakes, twins.

A check speaks of a `student` and never asks where that module runs. Nothing here knows a class of students, a submission's
place on disk, a database or a report.
"""
