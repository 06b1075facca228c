"""The wire between grader and child: length-prefixed frames of plain data, bounded before memory is taken.

A frame is two lengths, a structure (msgpack) and the bytes of its arrays:

    <u32 structure length> <u32 array bytes> <structure> <arrays, one after another>

The structure holds None, bool, int, float, str, bytes, lists and dicts as msgpack has them; what msgpack lacks is an
extension (tuple, array header, NumPy scalar, reference ...). Nothing else crosses, and never pickle. Both ends import
this module; the grader's end must survive whatever the child's end sends.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

from autograder.sandbox.limits import Limits

HEADER = struct.Struct("<II")
TUPLE, ARRAY, SCALAR, REFERENCE, BIG_INT, COMPLEX, CALLBACK, GENERATOR, IN_OUT, NAME, TOKEN = range(1, 12)

# Exactly the dtypes that mean the same on both ends; strings, objects, structures and long doubles stay behind.
DTYPES = {
    code: np.dtype(code)
    for code in ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16")
}
DTYPE_LIST = list(DTYPES.values())
DTYPE_NUMBERS = {code: number for number, code in enumerate(DTYPES)}
ARRAY_HEAD = struct.Struct("<BBQ")  # dtype, flags, offset; then the shape, 8 bytes an axis
PACK_BYTES = 512
LONG_TAGS = (b"\xdc", b"\xdd", b"\xde", b"\xdf")  # of lists and dicts that announce more than 15 items
FEW_LONG = 128  # of them take at most 64 MiB, however they are nested
MAX_ITEMS = 65_536  # of one list or dict: msgpack makes room for a list's items before it has read them
MAX_BITS = 4096  # of a Python int
MAX_DIGITS = 1234  # and a sign: 2**4096 has 1,234
READ_ONLY, FORTRAN, GAPS = 1, 2, 4  # how an array lies in memory

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, np.ndarray})


class WireError(Exception):
    """A frame that breaks the rules, or a value that cannot cross; the message says which."""


@dataclass(frozen=True)
class Reference:
    """Stands for an object that stays in the child."""

    number: int
    label: str


Wrap = Callable[[Any], Any]
Resolve = Callable[[int, Any], Any]


def pack_small(value: Any) -> bytes:
    """A few plain values, as an extension's payload."""
    packed: bytes = msgpack.Packer(buf_size=PACK_BYTES).pack(value)
    return packed


class Encoder:
    """Turns one value into a frame. `wrap` answers for what is not plain: an `msgpack.ExtType`, or it raises."""

    def __init__(self, limits: Limits, wrap: Wrap) -> None:
        self._limits = limits
        self._wrap = wrap
        self._arrays: list[bytes] = []
        self._size = 0

    def frame(self, value: Any) -> bytes:
        try:
            structure = self.pack(value)
        except (ValueError, OverflowError, RecursionError) as error:
            raise WireError(f"it holds what cannot be handed over: {error}") from None
        if len(structure) > self._limits.structure_bytes:
            raise WireError(
                f"it is too large: {len(structure):,} bytes of lists, dicts and strings "
                f"(allowed {self._limits.structure_bytes:,}); arrays take far less"
            )
        return b"".join((HEADER.pack(len(structure), self._size), structure, *self._arrays))

    def pack(self, value: Any) -> bytes:
        # A small buffer that grows: msgpack's own default costs more to allocate than most frames to pack.
        packer = msgpack.Packer(
            default=self._default, strict_types=True, unicode_errors="surrogatepass", buf_size=PACK_BYTES
        )
        packed: bytes = packer.pack(value)
        return packed

    def _default(self, value: Any) -> Any:
        kind = type(value)
        if kind is np.ndarray and value.dtype.str in DTYPES:
            return self._array(value)
        if kind is tuple:
            return msgpack.ExtType(TUPLE, self.pack(list(value)))
        if isinstance(value, np.generic) and kind.__module__ == "numpy" and value.dtype.str in DTYPES:
            return msgpack.ExtType(SCALAR, bytes((DTYPE_NUMBERS[value.dtype.str],)) + value.tobytes())
        if kind is int and value.bit_length() <= MAX_BITS:
            return msgpack.ExtType(BIG_INT, str(value).encode())
        if kind is complex:
            return msgpack.ExtType(COMPLEX, struct.pack("<dd", value.real, value.imag))
        return self._wrap(value)

    def _array(self, array: np.ndarray[Any, Any]) -> Any:
        offset = self._size
        self._size += array.nbytes  # what it claims: a virtual giant (broadcast_to) is refused before it is copied
        if self._size > self._limits.output_bytes:
            raise WireError(
                f"it is too large: arrays of {self._size:,} bytes (allowed {self._limits.output_bytes:,}), "
                f"among them one of shape {array.shape}"
            )
        flags = 0 if array.flags.writeable else READ_ONLY
        if not array.flags.c_contiguous:
            flags |= FORTRAN if array.flags.f_contiguous else GAPS
        self._arrays.append(array.tobytes())
        head = ARRAY_HEAD.pack(DTYPE_NUMBERS[array.dtype.str], flags, offset)
        return msgpack.ExtType(ARRAY, head + struct.pack(f"<{array.ndim}q", *array.shape))


def _check_nesting(data: bytes, depth: int) -> None:
    """Refuse containers nested deeper than `depth`, before msgpack makes room for what each of them announces."""
    open_items = [1]  # how many values are still to come, in each container that is open
    position = 0
    while position < len(data) and open_items:
        tag = data[position]
        position += 1
        open_items[-1] -= 1
        items = 0
        if tag < 0x80 or tag >= 0xE0 or tag in (0xC0, 0xC2, 0xC3):
            pass
        elif tag < 0x90:
            items = 2 * (tag & 15)
        elif tag < 0xA0:
            items = tag & 15
        elif tag < 0xC0:
            position += tag & 31
        elif tag in _FIXED:
            position += _FIXED[tag]
        elif tag in _COUNTED:
            width, extra, per_item = _COUNTED[tag]
            count = int.from_bytes(data[position : position + width], "big")
            position += width
            if per_item:
                items = count * per_item
            else:
                position += count + extra
        else:
            raise WireError("garbled structure")
        while open_items and open_items[-1] == 0:
            open_items.pop()
        if items:
            open_items.append(items)
            if len(open_items) > depth:
                raise WireError(f"it is nested more than {depth} deep")


# msgpack's tags: bytes that follow; or the width of a length, bytes beyond it, and values for each of it.
_FIXED = {0xC1: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
          0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17}  # fmt: skip
_COUNTED = {0xC4: (1, 0, 0), 0xC5: (2, 0, 0), 0xC6: (4, 0, 0), 0xC7: (1, 1, 0), 0xC8: (2, 1, 0), 0xC9: (4, 1, 0),
            0xD9: (1, 0, 0), 0xDA: (2, 0, 0), 0xDB: (4, 0, 0), 0xDC: (2, 0, 1), 0xDD: (4, 0, 1), 0xDE: (2, 0, 2),
            0xDF: (4, 0, 2)}  # fmt: skip


def _dict_of(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """A dict from its pairs. Keys of one hash would make building it quadratic: strings' hashes are secret, and of
    64-bit integers only a handful share one; nothing else is a key."""
    for key, _ in pairs:
        if type(key) is not str and not (type(key) is int and -(2**63) <= key < 2**64) and key is not None:
            raise WireError("a dict's keys must be strings or integers")
    return dict(pairs)


class Decoder:
    """Turns a frame's structure and arrays back into one value, or raises WireError; it trusts nothing.

    `resolve(code, payload)` answers for references, callbacks and the like; the grader's accepts references only.
    """

    def __init__(self, arrays: memoryview, limits: Limits, resolve: Resolve) -> None:
        self._arrays = arrays
        self._limits = limits
        self._resolve = resolve
        self._depth = 0
        self._claimed = 0  # bytes of the frame that arrays have claimed so far

    def value(self, structure: bytes) -> Any:
        try:
            value = self._unpack(structure)
            self._check(value)
        except (WireError, MemoryError):  # that is the reader's own, whatever it read
            raise
        except Exception as error:
            if "max_" in str(error):
                raise WireError(f"a list or dict holds more than {MAX_ITEMS:,} values: use an array") from None
            raise WireError(f"garbled answer: {type(error).__name__}") from None
        return value

    def _unpack(self, data: bytes) -> Any:
        # Tuples and references nest through this function: without the bound, a hostile frame could nest them until
        # the C stack of the grader is used up.
        self._depth += 1
        if self._depth > self._limits.depth:
            raise WireError(f"it is nested more than {self._limits.depth} deep")
        if sum(data.count(tag) for tag in LONG_TAGS) > FEW_LONG:
            _check_nesting(data, self._limits.depth)
        value = msgpack.unpackb(
            data,
            ext_hook=self._extension,
            strict_map_key=False,
            object_pairs_hook=_dict_of,
            unicode_errors="replace",
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
        )
        self._depth -= 1
        return value

    def _extension(self, code: int, data: bytes) -> Any:
        if code == ARRAY:
            return self._array(data)
        if code == TUPLE:
            items = self._unpack(data)
            if type(items) is not list:
                raise WireError("garbled tuple")
            return tuple(items)
        if code == SCALAR:
            return np.frombuffer(data[1:], DTYPE_LIST[data[0]], 1)[0]
        if code == BIG_INT:
            if len(data) > MAX_DIGITS:
                raise WireError("an integer is too long")
            return int(data)
        if code == COMPLEX:
            return complex(*struct.unpack("<dd", data))
        return self._resolve(code, self._unpack(data))

    def _array(self, data: bytes) -> Any:
        number, flags, offset = ARRAY_HEAD.unpack_from(data)
        dtype = DTYPE_LIST[number]
        shape = struct.unpack(f"<{(len(data) - ARRAY_HEAD.size) // 8}q", data[ARRAY_HEAD.size :])
        count = math.prod(shape)
        size = count * dtype.itemsize
        if min(shape, default=0) < 0 or offset + size > len(self._arrays):
            raise WireError("an array is longer than its frame")
        # The encoder lays arrays one after another; two that claim the same bytes would be copied twice and more.
        if offset != self._claimed:
            raise WireError("arrays overlap")
        self._claimed += size
        array = np.frombuffer(self._arrays, dtype, count, offset).reshape(shape)
        if flags & GAPS and array.ndim:
            array = np.repeat(array, 2, axis=-1)[..., ::2]
        else:
            array = array.copy(order="F" if flags & FORTRAN else "C")
        if flags & READ_ONLY:
            array.flags.writeable = False
        return array

    def _check(self, value: Any) -> None:
        """Only plain types, and no deeper than the limit: whoever walks the value later may recurse."""
        level, depth = [value], 0
        while level:
            depth += 1
            if depth > self._limits.depth:
                raise WireError(f"it is nested more than {self._limits.depth} deep")
            deeper: list[Any] = []
            for each in level:
                kind = type(each)
                if kind is list or kind is tuple:
                    deeper.extend(each)
                elif kind is dict:
                    deeper.extend(each.keys())
                    deeper.extend(each.values())
                elif kind is msgpack.Timestamp:
                    raise WireError("garbled answer: a time stamp")
            level = deeper
