"""The grader's end of the wire against whatever bytes a child may send: WireError, or plain values, in bounded space."""

import json
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from autograder.sandbox import wire
from autograder.sandbox.channel import Channel
from autograder.sandbox.limits import Limits

LIMITS = Limits()
SMALL = Limits(structure_bytes=4096, output_bytes=4096, depth=8)
FUZZ = settings(deadline=None, max_examples=300)
CODES = [wire.TUPLE, wire.ARRAY, wire.SCALAR, wire.REFERENCE, wire.BIG_INT, wire.COMPLEX, wire.CALLBACK, wire.GENERATOR]
CODES += [wire.IN_OUT, wire.NAME, 0, 11, 127, -1, -2, -128]
PLAIN = {type(None), bool, int, float, complex, str, bytes, list, tuple, dict, np.ndarray}
NUMBERS = {dtype.type for dtype in wire.DTYPES.values()}


class Kept:
    """Stands for an object that stays with the child."""


def resolve(code: int, payload: Any) -> Any:
    """As the grader does it: references alone."""
    if code == wire.REFERENCE and type(payload) is list and [type(part) for part in payload] == [int, str]:
        return Kept()
    raise wire.WireError("an unknown kind of value")


def decode(structure: bytes, arrays: bytes = b"", limits: Limits = LIMITS) -> Any:
    return wire.Decoder(memoryview(arrays), limits, resolve).value(structure)


def encode(value: Any, limits: Limits = LIMITS) -> bytes:
    def refuse(value: Any) -> Any:
        raise TypeError(type(value).__name__)

    return wire.Encoder(limits, refuse).frame(value)


def parts(frame: bytes) -> tuple[bytes, bytes]:
    """Structure and array bytes of a frame."""
    structure, arrays = wire.HEADER.unpack_from(frame)
    assert len(frame) == wire.HEADER.size + structure + arrays
    return frame[wire.HEADER.size :][:structure], frame[wire.HEADER.size + structure :]


def walk(value: Any, depth: int = 1) -> Iterator[tuple[Any, int]]:
    yield value, depth
    inner = value if type(value) in (list, tuple) else [*value.keys(), *value.values()] if type(value) is dict else ()
    for each in inner:
        yield from walk(each, depth + 1)


def survives(structure: bytes, arrays: bytes = b"", limits: Limits = LIMITS) -> None:
    """Decode, and require that nothing came of it but WireError or a plain value."""
    try:
        value = decode(structure, arrays, limits)
    except wire.WireError:
        return
    claimed = 0
    for each, depth in walk(value):
        kind = type(each)
        assert kind in PLAIN or kind in NUMBERS or kind is Kept
        assert depth <= limits.depth
        if kind is np.ndarray:
            assert each.dtype in wire.DTYPE_LIST
            assert each.flags.owndata or each.base.flags.owndata
            claimed += each.nbytes
        elif kind is int:
            assert each.bit_length() <= wire.MAX_BITS + 3
        elif kind is str:
            each.encode()  # no half of a surrogate pair
    assert claimed <= len(arrays)


# Strategies

atoms = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.integers(-(2**4000), 2**4000)
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=10)
    | st.binary(max_size=10)
)
dtypes = st.sampled_from(wire.DTYPE_LIST)
arrays = dtypes.flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
scalars = dtypes.flatmap(lambda dtype: npst.arrays(dtype, ())).map(lambda array: array[()])
values = st.recursive(
    atoms | arrays | scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5) | st.integers(-(2**63), 2**63), inner, max_size=4)
    ),
    max_leaves=12,
)

lengths = st.sampled_from([0, 1, 2, 15, 16, 255, 65_535, 65_536, 65_537, 2**31 - 1, 2**31, 2**32 - 1])
small = st.integers(0, 8)
sizes = small | st.sampled_from([-1, -(2**63), 2**31, 2**32, 2**61, 2**62, 2**63 - 1])
heads = st.builds(
    lambda number, flags, offset, shape: (
        wire.ARRAY_HEAD.pack(number, flags, offset) + struct.pack(f"<{len(shape)}q", *shape)
    ),
    st.integers(0, 13) | st.integers(0, 255),
    st.integers(0, 255),
    small | st.sampled_from([2**16, 2**32, 2**63, 2**64 - 1]),
    st.lists(sizes, max_size=4)
    | st.lists(st.just(1), min_size=60, max_size=70)
    | st.lists(st.just(0), min_size=60, max_size=70),
)


def extension(code: int, payload: bytes, lie: int = 0) -> bytes:
    return b"\xc9" + struct.pack(">Ib", max(len(payload) + lie, 0), code) + payload


def hostile(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Containers that announce as many items as they hold, or not, of whatever kind."""
    joined = st.lists(inner, max_size=4)
    return (
        st.builds(lambda items: b"\xdc" + struct.pack(">H", len(items)) + b"".join(items), joined)
        | st.builds(lambda items: b"\xde" + struct.pack(">H", len(items) // 2) + b"".join(items), joined)
        | st.builds(lambda tag, length, items: tag + struct.pack(">I", length) + b"".join(items),
                    st.sampled_from([b"\xdd", b"\xdf", b"\xdb", b"\xc6"]), lengths, joined)
        | st.builds(lambda code, items: extension(code, b"".join(items)), st.sampled_from(CODES), joined)
        | st.builds(lambda code, payload, lie: extension(code, payload, lie), st.sampled_from(CODES),
                    st.binary(max_size=40), st.integers(-3, 3))
    )  # fmt: skip


raw_atoms = (
    atoms.filter(
        lambda value: not isinstance(value, complex) and not (type(value) is int and value.bit_length() > 63)
    ).map(msgpack.packb)
    | st.binary(max_size=8)
    | heads.map(lambda head: extension(wire.ARRAY, head))
    | st.binary(max_size=20).map(lambda data: extension(wire.SCALAR, data))
    | st.sampled_from([b"", b"1", b"-", b"1_0", b" 7 ", b"9" * 1367, b"9" * 1368, b"9" * 5000]).map(
        lambda digits: extension(wire.BIG_INT, digits)
    )
    | st.sampled_from(["\udcff", "\ud800\udc00", "a\x00b"]).map(
        lambda text: (
            b"\xd9" + bytes([len(text.encode("utf-8", "surrogatepass"))]) + text.encode("utf-8", "surrogatepass")
        )
    )
    | st.just(b"\xa3\xff\xfe\xfd")
    | st.just(b"\xd6\xff" + bytes(4))
    | st.just(b"\xc1")
)
structures = st.recursive(raw_atoms, hostile, max_leaves=15)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid frame with bytes changed, taken out, put in or repeated."""
    frame = bytearray(encode(draw(values)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(frame)))
        kind = draw(st.sampled_from(["change", "cut", "insert", "repeat"]))
        if kind == "change" and place < len(frame):
            frame[place] = draw(st.integers(0, 255))
        elif kind == "cut":
            del frame[place : place + draw(st.integers(1, 9))]
        elif kind == "insert":
            frame[place:place] = draw(st.binary(min_size=1, max_size=9))
        else:
            frame[place:place] = frame[place : place + draw(st.integers(1, 30))]
    return bytes(frame)


class TestDecoder:
    @FUZZ
    @given(st.binary(max_size=300), st.binary(max_size=64))
    def test_random_bytes(self, structure: bytes, array_bytes: bytes) -> None:
        survives(structure, array_bytes)

    @FUZZ
    @given(mutated())
    def test_frames_with_errors(self, frame: bytes) -> None:
        if len(frame) >= wire.HEADER.size:
            length = wire.HEADER.unpack_from(frame)[0] % (len(frame) + 1)
            survives(frame[wire.HEADER.size :][:length], frame[wire.HEADER.size :][length:])

    @FUZZ
    @given(structures, st.binary(max_size=64))
    def test_hostile_structures(self, structure: bytes, array_bytes: bytes) -> None:
        survives(structure, array_bytes)
        survives(structure, array_bytes, SMALL)

    @FUZZ
    @given(st.lists(heads, min_size=1, max_size=4), st.integers(0, 64))
    def test_array_heads(self, some: list[bytes], length: int) -> None:
        survives(msgpack.packb([msgpack.ExtType(wire.ARRAY, head) for head in some]), bytes(length))

    @FUZZ
    @given(st.sampled_from(CODES), st.binary(max_size=30) | raw_atoms)
    def test_every_extension_with_any_payload(self, code: int, payload: bytes) -> None:
        survives(extension(code, payload))
        survives(b"\x81" + extension(code, payload) + b"\x01")

    @pytest.mark.parametrize("depth", [1, 2, 31, 32, 33, 100, 511, 5000])
    @pytest.mark.parametrize(
        "wrap",
        [
            lambda inner: b"\x91" + inner,
            lambda inner: b"\x81\x01" + inner,
            lambda inner: b"\x81" + inner + b"\x01",
            lambda inner: extension(wire.TUPLE, b"\x91" + inner),
            lambda inner: extension(wire.REFERENCE, b"\x91" + inner),
        ],
        ids=["lists", "dicts", "keys", "tuples", "references"],
    )
    def test_depth(self, wrap: Any, depth: int) -> None:
        structure = b"\x01"
        for _ in range(depth):
            structure = wrap(structure)
            if len(structure) > LIMITS.structure_bytes:
                break
        survives(structure)
        if depth > LIMITS.depth:
            with pytest.raises(wire.WireError):
                decode(structure)

    @pytest.mark.parametrize(
        "structure",
        [
            b"",
            b"\xc1",
            b"\x01\x01",
            b"\x81\x91\x01\x02",  # a list as a key
            b"\x81" + extension(wire.TUPLE, b"\x91\x90") + b"\x01",  # a tuple of a list as a key
            b"\x81" + extension(wire.ARRAY, wire.ARRAY_HEAD.pack(0, 0, 0)) + b"\x01",  # an array as a key
            b"\xd6\xff" + bytes(4),  # a time stamp
            b"\x81\xd6\xff" + bytes(4) + b"\x01",
            b"\xc7\x0c\xff" + b"\xff" * 12,
            extension(wire.TUPLE, b"\x01"),
            extension(wire.TUPLE, b""),
            extension(wire.ARRAY, b""),
            extension(wire.ARRAY, wire.ARRAY_HEAD.pack(0, 0, 0) + b"odd"),
            extension(wire.ARRAY, wire.ARRAY_HEAD.pack(14, 0, 0)),
            extension(wire.ARRAY, wire.ARRAY_HEAD.pack(11, 0, 1) + struct.pack("<q", 0)),
            extension(wire.ARRAY, wire.ARRAY_HEAD.pack(11, 0, 0) + struct.pack("<3q", 0, 2**62, 2**62)),
            extension(wire.ARRAY, wire.ARRAY_HEAD.pack(1, 4, 0) + struct.pack("<2q", 0, 2**62)),
            extension(wire.ARRAY, wire.ARRAY_HEAD.pack(1, 0, 0) + struct.pack("<2q", -1, -1)),
            extension(wire.ARRAY, wire.ARRAY_HEAD.pack(1, 0, 2**64 - 1) + struct.pack("<q", 1)),
            extension(wire.ARRAY, wire.ARRAY_HEAD.pack(1, 0, 0) + struct.pack("<70q", *[0] * 70)),
            extension(wire.SCALAR, b""),
            extension(wire.SCALAR, b"\xff" + bytes(8)),
            extension(wire.SCALAR, b"\x0b" + bytes(7)),
            extension(wire.BIG_INT, b"9" * 5000),
            extension(wire.BIG_INT, b"0x10"),
            extension(wire.COMPLEX, bytes(15)),
            extension(wire.REFERENCE, msgpack.packb([1, 2])),
            extension(wire.REFERENCE, msgpack.packb([True, "x"])),
            *(extension(code, msgpack.packb([0, "x"])) for code in CODES[6:]),
            b"\xdd\x00\x01\x00\x01" + b"\x01" * 65_537,
        ],
        ids=lambda structure: structure[:12].hex() + f"-{len(structure)}",
    )
    def test_refused(self, structure: bytes) -> None:
        with pytest.raises(wire.WireError):
            decode(structure)

    def test_no_two_arrays_are_made_of_the_same_bytes(self) -> None:
        """Each header costs 30 bytes and is copied as often as it comes: 30,000 of them would make 2 TB of 64 MB."""
        head = msgpack.ExtType(wire.ARRAY, wire.ARRAY_HEAD.pack(1, 0, 0) + struct.pack("<q", 8))
        assert decode(msgpack.packb([head]), bytes(8))[0].tolist() == [0] * 8
        with pytest.raises(wire.WireError):
            decode(msgpack.packb([head, head]), bytes(8))

    def test_bytes_that_are_no_text_are_replaced(self) -> None:
        assert decode(b"\xa3\xff\xfea") == "\ufffd\ufffda"
        assert decode(b"\xa3\xed\xb3\xbf") == "\ufffd\ufffd\ufffd"

    def test_a_float_is_no_key(self) -> None:
        key = b"\xcb\x7f\xf8" + bytes(6)
        with pytest.raises(wire.WireError):
            decode(b"\x82" + key + b"\x01" + key + b"\x02")


class TestRoundTrip:
    @FUZZ
    @given(values)
    def test_plain_values(self, value: Any) -> None:
        same(value, decode(*parts(encode(value))))

    @FUZZ
    @given(arrays, st.sampled_from(["C", "F", "gaps"]), st.booleans())
    def test_layout(self, array: np.ndarray, order: str, writeable: bool) -> None:
        sent = np.array(array, order="F" if order == "F" else "C")
        if order == "gaps" and array.ndim:
            sent = np.repeat(array, 2, axis=-1)[..., ::2]
        sent.flags.writeable = writeable
        came = decode(*parts(encode(sent)))
        same(sent, came)
        for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE"):
            assert came.flags[flag] == sent.flags[flag]


def same(one: Any, other: Any) -> None:
    """Equal to the last bit, and of equal types."""
    assert type(one) is type(other)
    if isinstance(one, (np.ndarray, np.generic)):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            same(a, b)
    elif isinstance(one, dict):
        same(list(one), list(other))
        same(list(one.values()), list(other.values()))
    elif isinstance(one, float):
        assert struct.pack("<d", one) == struct.pack("<d", other)
    elif isinstance(one, complex):
        assert struct.pack("<dd", one.real, one.imag) == struct.pack("<dd", other.real, other.imag)
    else:
        assert one == other


class TestChannel:
    @staticmethod
    def receive(data: bytes, limits: Limits = SMALL) -> list[tuple[bytes, bytes]]:
        """All frames in the data, up to its end or the first that breaks the rules."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(data)
            theirs.shutdown(socket.SHUT_WR)
            channel, frames = Channel(ours, limits), []
            while True:
                try:
                    structure, array_bytes = channel.receive(5.0)
                except (wire.WireError, EOFError):
                    return frames
                assert len(structure) <= limits.structure_bytes
                assert len(array_bytes) <= limits.output_bytes
                frames.append((bytes(structure), bytes(array_bytes)))

    @FUZZ
    @given(st.binary(max_size=2000))
    def test_random_bytes(self, data: bytes) -> None:
        frames = self.receive(data)
        assert sum(wire.HEADER.size + len(a) + len(b) for a, b in frames) <= len(data)

    @FUZZ
    @given(st.lists(st.tuples(st.binary(max_size=300), st.binary(max_size=300)), max_size=5), st.binary(max_size=7))
    def test_frames_come_as_they_were_sent(self, frames: list[tuple[bytes, bytes]], rest: bytes) -> None:
        data = b"".join(wire.HEADER.pack(len(a), len(b)) + a + b for a, b in frames)
        assert self.receive(data + rest) == frames

    @pytest.mark.parametrize("header", [(2**32 - 1, 0), (0, 2**32 - 1), (4097, 0), (0, 4097), (2**32 - 1, 2**32 - 1)])
    def test_lengths_beyond_the_limits_are_refused_at_once(self, header: tuple[int, int]) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(wire.HEADER.pack(*header))
            with pytest.raises(wire.WireError):
                Channel(ours, SMALL).receive(5.0)

    @pytest.mark.parametrize("sent", [b"", b"\x01", wire.HEADER.pack(10, 0), wire.HEADER.pack(2, 2) + b"abc"])
    def test_half_a_frame_ends_with_the_clock(self, sent: bytes) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(sent)
            with pytest.raises(TimeoutError):
                Channel(ours, SMALL).receive(0.05)


# The worst that fits into a frame. Each is read in a process of its own, which may take 1 GiB and 16 times the processor's time
# for two million entries into a dictionary: the worst takes 4 times that, and what collides without a guard 30 times.

READER = """
import json, resource, sys, time
from autograder.sandbox import wire
from autograder.sandbox.limits import Limits
from tests_wire import resolve
structure, arrays = sys.stdin.buffer.read(int(sys.argv[1])), sys.stdin.buffer.read()
with open("/proc/self/statm") as file:
    start = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (start + 2**30, start + 2**30))
def entries():
    began, filled = time.process_time(), {}
    for number in range(2_000_000):
        filled[number & 1023] = number
    return time.process_time() - began
measure = min(entries() for _ in range(3))
began = time.process_time()
try:
    wire.Decoder(memoryview(arrays), Limits(), resolve).value(structure)
    outcome = "value"
except wire.WireError:
    outcome = "WireError"
times = (time.process_time() - began) / measure
with open("/proc/self/status") as file:
    peak = int(file.read().partition("VmPeak:")[2].split()[0]) * 1024
print(json.dumps([outcome, times, (peak - start) // 2**20]))
""".replace("from tests_wire import resolve", "def resolve(code, payload): return object()")

MIB = 2**20
FLOOD = 2**61 - 1  # the modulus of Python's hashes of numbers: every multiple has the hash 0


def lists_of(item: bytes, limit: int = LIMITS.structure_bytes) -> bytes:
    """As many of an item as fit, in lists of as many as are allowed."""
    whole = b"\xdc\xff\xff" + item * 65_535
    if len(whole) > limit - 3:
        count = (limit - 100) // len(item)
        return b"\xdc" + struct.pack(">H", count) + item * count
    count = (limit - 3) // len(whole)
    return b"\xdc" + struct.pack(">H", count) + whole * count


def dict_of(keys: list[bytes]) -> bytes:
    return b"\xdf" + struct.pack(">I", len(keys)) + b"".join(key + b"\x01" for key in keys)


def short(code: int, payload: bytes) -> bytes:
    return b"\xc7" + bytes([len(payload), code % 256]) + payload


def nested_promises(deep: int = 500) -> bytes:
    """Lists that announce 65,536 items and hold one, nested as deep as msgpack goes, 30 times over."""
    structure = b"\x01"
    for _ in range(30):
        structure = extension(wire.TUPLE, b"\xdd\x00\x01\x00\x00" * deep + structure)
    return structure


def colliding_tuples(count: int) -> list[bytes]:
    digits = [msgpack.packb(FLOOD * digit) for digit in range(8)]
    keys = []
    for number in range(count):
        items = b"".join(digits[number >> 3 * place & 7] for place in range(5))
        keys.append(short(wire.TUPLE, b"\x95" + items))
    return keys


WORST = {
    "one array claimed by many headers": (
        lists_of(extension(wire.ARRAY, wire.ARRAY_HEAD.pack(1, 0, 0) + struct.pack("<q", 16 * MIB)), 50_000),
        16 * MIB,
    ),
    "lists that announce more than they hold": (nested_promises(), 0),
    "few such lists, in each of many tuples": (nested_promises(120), 0),
    "integers of one hash as keys": (
        dict_of([short(wire.BIG_INT, str(FLOOD * (2**63 + number)).encode()) for number in range(22_000)]),
        0,
    ),
    "tuples of one hash as keys": (dict_of(colliding_tuples(15_000)), 0),
    "floats as keys": (
        dict_of([b"\xcb" + struct.pack(">d", 2.0 ** (number % 1000) * number) for number in range(60_000)]),
        0,
    ),
    "empty dicts": (lists_of(b"\x80"), 0),
    "empty lists": (lists_of(b"\x90"), 0),
    "empty strings": (lists_of(b"\xa0"), 0),
    "empty tuples": (lists_of(short(wire.TUPLE, b"\x90")), 0),
    "references": (lists_of(short(wire.REFERENCE, b"\x92\x01\xa0")), 0),
    "scalars": (lists_of(short(wire.SCALAR, b"\x01\x01")), 0),
    "arrays of no dimension": (lists_of(short(wire.ARRAY, wire.ARRAY_HEAD.pack(1, 0, 0))), 1),
    "empty arrays of 60 dimensions": (
        lists_of(extension(wire.ARRAY, wire.ARRAY_HEAD.pack(1, 4, 0) + struct.pack("<60q", *[0] * 60)), 500_000),
        0,
    ),
    "long integers": (lists_of(extension(wire.BIG_INT, b"9" * 1300)), 0),
    "an array with gaps": (
        extension(wire.ARRAY, wire.ARRAY_HEAD.pack(1, 4, 0) + struct.pack("<q", 32 * MIB)),
        32 * MIB,
    ),
    "one long string": (b"\xdb" + struct.pack(">I", MIB - 5) + b"\xff" * (MIB - 5), 0),
    "one long number": (extension(wire.BIG_INT, b"9" * (MIB - 10)), 0),
}


@pytest.mark.parametrize("name", WORST)
def test_worst_case(name: str) -> None:
    structure, array_bytes = WORST[name]
    assert len(structure) <= LIMITS.structure_bytes
    assert array_bytes <= LIMITS.output_bytes
    done = subprocess.run(
        [sys.executable, "-c", READER, str(len(structure))],
        input=structure + bytes(array_bytes), capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    outcome, times, growth = json.loads(done.stdout)
    assert outcome in ("value", "WireError")
    assert times < 16
    # MiB of address space: what a grader that has run for long takes from memory that it has used before, and so clears.
    assert growth < 200
