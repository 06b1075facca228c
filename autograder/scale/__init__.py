"""NumPy against torch at size: what is measured, on which machine, and how it is judged and drawn.

It measures a student's own module in this process, so it is for one's own work. It must not know of classes or grades.
"""
