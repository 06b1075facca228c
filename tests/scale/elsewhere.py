"""An array library with NumPy's names whose arrays live "elsewhere", as CuPy's do, for machines without a GPU.

It computes with NumPy underneath, and refuses what CuPy refuses (docs.cupy.dev, "Differences between CuPy and NumPy" and
"Interoperability"): an array becomes NumPy's only by `asnumpy`, and NumPy arrays do not mix with its own. NumPy's functions
called on its arrays come back to it (__array_function__, __array_ufunc__).
"""

import functools
import operator
import types

import numpy as np


class Array:
    """What is elsewhere; `held` is how the test sees it."""

    def __init__(self, held):
        self.held = held

    def __array__(self, *args, **kwargs):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. Use `.get()` to construct one explicitly."
        )

    def __array_function__(self, function, kinds, args, kwargs):
        return called(function, *args, **kwargs)

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return called(getattr(ufunc, method), *args, **kwargs)

    def __getattr__(self, name):
        value = getattr(self.held, name)
        return functools.partial(called, value) if callable(value) else wrapped(value)

    def __getitem__(self, key):
        return wrapped(self.held[unwrapped(key, indices=True)])

    def __setitem__(self, key, value):
        self.held[unwrapped(key, indices=True)] = unwrapped(value)

    def __iter__(self):
        return (wrapped(each) for each in self.held)

    def __len__(self):
        return len(self.held)

    def __bool__(self):
        return bool(self.held)

    def __int__(self):
        return int(self.held)

    def __float__(self):
        return float(self.held)

    def __index__(self):
        return operator.index(self.held)

    __hash__ = None


def _operator(name):
    function = getattr(operator, name.strip("_"), None) or getattr(operator, f"{name.strip('_')}_")

    def forward(self, other):
        return called(function, self, other)

    def backward(self, other):
        return called(function, other, self)

    return forward, backward


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"):
    _forward, _backward = _operator(_name)
    setattr(Array, f"__{_name}__", _forward)
    setattr(Array, f"__r{_name}__", _backward)
    setattr(Array, f"__i{_name}__", _operator(f"i{_name}")[0])
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Array, f"__{_name}__", _operator(_name)[0])
for _name in ("neg", "pos", "abs", "invert"):
    setattr(Array, f"__{_name}__", functools.partialmethod(lambda self, f: called(f, self), getattr(operator, _name)))


def called(function, *args, **kwargs):
    """NumPy's function on what is held; the result is elsewhere again."""
    return wrapped(function(*unwrapped(args), **unwrapped(kwargs)))


def wrapped(value):
    if isinstance(value, (np.ndarray, np.generic)):  # its sums, too, are arrays without axes
        return Array(np.asarray(value))
    if type(value) is list:
        return [wrapped(each) for each in value]
    if isinstance(value, tuple):  # np.linalg's have names
        return tuple(wrapped(each) for each in value)
    return value


def unwrapped(value, indices=False):
    if isinstance(value, Array):
        return value.held
    if isinstance(value, np.ndarray) and not indices:
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if type(value) in (list, tuple):
        return type(value)(unwrapped(each, indices) for each in value)
    if type(value) is dict:
        return {key: unwrapped(each, indices) for key, each in value.items()}
    return value


class Library(types.ModuleType):
    """NumPy's names. `lacking` are not there."""

    def __init__(self, numpys=np, name="elsewhere", lacking=("errstate", "seterr", "lexsort")):
        super().__init__(name)
        self._numpys, self._lacking = numpys, lacking

    def __getattr__(self, name):
        if name in self._lacking:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(self._numpys, name)
        if isinstance(value, types.ModuleType):
            return Library(value, f"{self.__name__}.{name}", self._lacking)
        if value is np.ndarray:
            return Array
        if isinstance(value, type) or not callable(value):
            return value
        return Function(value)

    def asarray(self, value, *args, **kwargs):
        return Array(
            np.asarray(unwrapped(value, indices=True), *args, **kwargs)
        )  # from NumPy's, too: it is a copy there

    array = asarray

    def asnumpy(self, value):
        return value.held.copy() if isinstance(value, Array) else np.asarray(value)

    def get_default_memory_pool(self):
        return types.SimpleNamespace(free_all_blocks=lambda: None, used_bytes=lambda: 0, total_bytes=lambda: 0)


class Function:
    """A function of NumPy's, or a ufunc with its methods."""

    def __init__(self, function):
        self._function = function

    def __call__(self, *args, **kwargs):
        return called(self._function, *args, **kwargs)

    def __getattr__(self, name):
        return functools.partial(called, getattr(self._function, name))
