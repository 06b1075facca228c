"""Follows a reference in a student's file: an exercise's answers become as large as is let through, and broadcast.

Where a function returns several values, in tuples, lists or dicts, each of them grows; numbers become arrays,
strings long ones.
"""

import numpy

SMALL = {"f": numpy.float16, "i": numpy.int8}
CALLS = [0]


def become_giant(name, shape, elements):
    """Let the exercise return giants: a function does, or each public method of a class, or what its objects hold."""
    target = globals()[name]
    if not isinstance(target, type):
        globals()[name] = giant(target, shape, elements)
    elif shape == "attributes":
        target.__init__ = swollen(target.__init__, elements)
    else:
        for key, value in list(vars(target).items()):
            if callable(value) and not key.startswith("_"):
                setattr(target, key, giant(value, shape, elements))


def giant(function, shape, elements):
    def grown_up(*args, **kwargs):
        CALLS[0] += 1
        result = function(*args, **kwargs)
        return grown(result, shape, elements // max(count(result), 1))

    return grown_up


def swollen(begin, elements):
    def begin_and_swell(self, *args, **kwargs):
        begin(self, *args, **kwargs)
        for key, value in vars(self).items():
            if count(value):
                setattr(self, key, grown(value, "column", elements // count(value)))

    return begin_and_swell


def count(value):
    if isinstance(value, dict):
        return count(list(value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(count, value))
    return int(isinstance(value, (numpy.ndarray, numpy.generic, float, int, str)))


def grown(value, shape, elements):
    if isinstance(value, dict):
        return {key: grown(each, shape, elements) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        parts = [grown(each, shape, elements) for each in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if isinstance(value, str):
        return (value or " ") * max(elements // max(len(value), 1), 2)
    if not isinstance(value, (numpy.ndarray, numpy.generic, float, int)):
        return value
    array = numpy.asarray(value)
    dtype = array.dtype
    if shape == "small":
        dtype = SMALL.get(dtype.kind, dtype)
        elements *= array.dtype.itemsize // numpy.dtype(dtype).itemsize
    return numpy.full(shape_of(array.shape, shape, elements), array.flat[0] if array.size else 0, dtype)


def shape_of(shape, wanted, elements):
    ones = (1,) * max(len(shape), 1)
    times = max(elements // max(int(numpy.prod(shape)), 1), 1)
    if wanted == "squares":  # two in a row broadcast to a square
        side = min(elements, 5000)
        return ((side, *ones), (*ones, side))[CALLS[0] % 2]
    return {
        "column": (elements, *ones),
        "small": (elements, *ones),
        "row": (*ones, elements),
        "before": (times, *shape),
        "behind": (*shape, times),
        "longer": (times * shape[0], *shape[1:]) if shape else (elements,),
        "wider": (*shape[:-1], times * shape[-1]) if shape else (elements,),
        "flat": (elements,),
    }[wanted]
