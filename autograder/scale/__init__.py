"""A student's NumPy at size, beside torch: right within float32's error, how fast, how much memory, how it grows.

`measure` runs one twin of a unit's scaled.py, `machine` knows what this machine can do, `growth` fits exponents, `report`
puts all in words and JSON, `picture` draws it, `command` is `autograder scale`.
"""
