"""What people type: each command reads its arguments, calls one module below, and says what came out.

The student's, the instructor's and `scale` stand apart, so that each starts with what it needs; cli.py alone registers them.
No grading, no rule of the course and no format of a file is decided here.
"""
