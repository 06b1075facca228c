"""Hidden checks: small random networks of odd sizes, the published weights on files of every kind, manners."""

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, assert_refuses, cast, datasets

BLANKS = b" \t\n\r\x0b\x0c"
TYPES = ("rust", "python", "elf", "jpeg", "csv", "zip")


def table(columns, rows):
    lines = [",".join(f"name{k}" for k in range(columns))]
    return "\n".join(lines + [",".join(str(k * row) for k in range(columns)) for row in range(rows)]).encode()


HTML = """<!DOCTYPE html>
<html>
<head><title>Page</title></head>
<body>
<h1>Words</h1>
<p class="first">More words, <a href="there.html">elsewhere</a>.</p>
<ul><li>One</li><li>Two</li></ul>
</body>
</html>
"""
C = r"""#include <stdio.h>

int main(void)
{
    for (int i = 0; i < 10; i++)
        printf("%d\n", i * i);
    return 0;
}
"""
PYTHON = '''"""Numbers."""

import sys


def double(x):
    return 2 * x


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(double(float(each)))
'''
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)
# Files of several kinds, each the same for all.
FILES = {"python": PYTHON.encode(), "csv": table(5, 40), "html": HTML.encode(), "c": C.encode(), "png": PNG}

# What the package's own network says of them, by onnxruntime and with the features that the package makes.
STORED = {
    "python": ("python", 0.99989),
    "csv": ("csv", 0.99999),
    "html": ("html", 0.75150),
    "c": ("c", 0.99271),
    "png": ("png", 0.99978),
}


def some_bytes(rng, n):
    """Any bytes, not a blank at either end."""
    data = rng.integers(0, 256, size=n).astype(np.uint8)
    data[[0, -1]] = [7, 200]
    return data.tobytes()


def blanks(rng, n):
    return bytes(rng.choice(list(BLANKS), size=n).tolist())


def network(rng, length, d=3, together=5, f=7, k=3, types=6):
    """Random parameters for ids (N, length), `together` bytes side by side."""
    places, c = length // together, d * together
    shapes = {
        "embed.weight": (d, 257),
        "embed.bias": (d,),
        "norm0.weight": (places,),
        "norm0.bias": (places,),
        "conv.weight": (f, c, k),
        "conv.bias": (f,),
        "norm1.weight": (f,),
        "norm1.bias": (f,),
        "out.weight": (types, f),
        "out.bias": (types,),
    }
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def of_a_file(rng):
    """A network for the 2048 ids of a file."""
    return network(rng, 2048, together=4, f=5)


@pytest.mark.exercise("byte_features")
class TestFeatures:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [3000, 5000, 9000])
    def test_a_long_file(self, student, reference, rng, n):
        data = some_bytes(rng, n)
        assert_close(student.byte_features(data), reference.byte_features(data), name="ids")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [1, 40, 1023, 1024, 1025])
    def test_a_short_file(self, student, reference, rng, n):
        data = some_bytes(rng, n)
        assert_close(student.byte_features(data), reference.byte_features(data), name="ids")

    @pytest.mark.parametrize("n", [5, 60, 3000])
    def test_blanks_around_it(self, student, reference, rng, n):
        data = b"  " + blanks(rng, 9) + some_bytes(rng, n) + blanks(rng, 14) + b"  "
        assert_close(student.byte_features(data, 20, 30), reference.byte_features(data, 20, 30), name="ids")

    @pytest.mark.parametrize("before, after", [(4000, 100), (100, 4000), (5000, 5000)])
    def test_blanks_without_an_end(self, student, reference, rng, before, after):
        """Only LOOKED_AT bytes at either end are searched for something."""
        data = blanks(rng, before) + some_bytes(rng, 300) + blanks(rng, after)
        assert_close(student.byte_features(data), reference.byte_features(data), name="ids")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("data", [b"", b" \n"], ids=["empty", "blank"])
    def test_nothing(self, student, reference, data):
        assert_close(student.byte_features(data, 3, 4), reference.byte_features(data, 3, 4), name="ids")

    @pytest.mark.parametrize("begin, end, padding", [(5, 9, 300), (11, 2, -1)])
    def test_other_numbers(self, student, reference, rng, begin, end, padding):
        data = some_bytes(rng, 7)
        expected = reference.byte_features(data, begin, end, padding)
        assert_close(student.byte_features(data, begin, end, padding), expected, name="ids")

    @pytest.mark.after("test_a_long_file")
    def test_are_ints(self, student, rng):
        assert_dtype(student.byte_features(some_bytes(rng, 30)), "int64", "ids")


@pytest.mark.exercise("gelu")
class TestGelu:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", [(7,), (2, 3, 4)])
    def test_values(self, student, reference, rng, shape):
        x = rng.normal(scale=2.0, size=shape)
        assert_close(student.gelu(x), reference.gelu(x))

    def test_far_out(self, student, reference, rng):
        x = rng.permutation([-500.0, -20.0, 20.0, 500.0])
        assert_close(student.gelu(x), reference.gelu(x))

    @pytest.mark.after("test_values")
    def test_keeps_x_and_dtype(self, student, rng):
        x = rng.normal(size=6)
        assert_inputs_unchanged(student.gelu, x)
        assert_dtype(student.gelu(x.astype(np.float32)), "float32")


@pytest.mark.exercise("embed_bytes")
class TestEmbed:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, t, d", [(1, 5, 3), (3, 4, 5), (257, 1, 2)])
    def test_values(self, student, reference, rng, n, t, d):
        ids, w, b = rng.integers(0, 257, size=(n, t)), rng.normal(size=(d, 257)), rng.normal(size=d)
        assert_close(student.embed_bytes(ids, w, b), reference.embed_bytes(ids, w, b), name="x")

    def test_every_id(self, student, reference, rng):
        ids, w, b = rng.permutation(257)[np.newaxis], rng.normal(size=(257, 257)), rng.normal(size=257)
        assert_close(student.embed_bytes(ids, w, b), reference.embed_bytes(ids, w, b), name="x")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        ids, w, b = rng.integers(0, 257, size=(2, 3)), rng.normal(size=(4, 257)), rng.normal(size=4)
        assert_inputs_unchanged(student.embed_bytes, ids, w, b)
        assert_dtype(student.embed_bytes(ids, *cast((w, b), np.float32)), "float32", "x")


@pytest.mark.exercise("norm_over_places")
class TestNorm:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", [(1, 5, 3), (2, 3, 7), (3, 4, 4)])
    def test_values(self, student, reference, rng, shape):
        x, gamma, beta = rng.normal(2.0, 3.0, size=shape), rng.normal(size=shape[1]), rng.normal(size=shape[1])
        assert_close(student.norm_over_places(x, gamma, beta), reference.norm_over_places(x, gamma, beta))

    @pytest.mark.weight(2)
    def test_eps(self, student, reference, rng):
        x, gamma, beta = rng.normal(size=(2, 4, 3)), rng.normal(size=4), rng.normal(size=4)
        assert_close(student.norm_over_places(x, gamma, beta, 0.7), reference.norm_over_places(x, gamma, beta, 0.7))

    def test_small_features(self, student, reference, rng):
        x, gamma, beta = 1e-3 * rng.normal(size=(2, 6, 3)), rng.normal(size=6), rng.normal(size=6)
        assert_close(student.norm_over_places(x, gamma, beta), reference.norm_over_places(x, gamma, beta))

    @pytest.mark.weight(0.5)
    def test_constant_features(self, student, reference, rng):
        x, gamma, beta = np.ones((2, 5, 3)) * rng.integers(5, size=(2, 1, 3)), rng.normal(size=5), rng.normal(size=5)
        assert_close(student.norm_over_places(x, gamma, beta), reference.norm_over_places(x, gamma, beta))

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        inputs = rng.normal(size=(2, 4, 3)), rng.normal(size=4), rng.normal(size=4)
        assert_inputs_unchanged(student.norm_over_places, *inputs)
        assert_dtype(student.norm_over_places(*cast(inputs, np.float32)), "float32")


@pytest.mark.exercise("strongest_match")
class TestMatch:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, t, c, f, k", [(1, 9, 5, 3, 2), (3, 8, 3, 7, 5), (2, 7, 7, 5, 3)])
    def test_values(self, student, reference, rng, n, t, c, f, k):
        x, w, b = rng.normal(size=(n, t, c)), rng.normal(size=(f, c, k)), rng.normal(size=f)
        assert_close(student.strongest_match(x, w, b), reference.strongest_match(x, w, b))

    @pytest.mark.parametrize("k", [1, 6])
    def test_one_place_or_all(self, student, reference, rng, k):
        x, w, b = rng.normal(size=(2, 6, 3)), rng.normal(size=(5, 3, k)), rng.normal(size=5)
        assert_close(student.strongest_match(x, w, b), reference.strongest_match(x, w, b))

    def test_nothing_fits(self, student, reference, rng):
        """All below 0: gelu is not monotonous there, so the maximum of what comes out is not that of what goes in."""
        x, w, b = rng.uniform(0.1, 1.0, (3, 12, 4)), -rng.uniform(0.1, 1.0, (6, 4, 2)), -rng.uniform(0.0, 0.2, 6)
        assert_close(student.strongest_match(x, w, b), reference.strongest_match(x, w, b))

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        inputs = rng.normal(size=(2, 6, 3)), rng.normal(size=(5, 3, 2)), rng.normal(size=5)
        assert_inputs_unchanged(student.strongest_match, *inputs)
        assert_dtype(student.strongest_match(*cast(inputs, np.float32)), "float32")


@pytest.mark.exercise("file_type_logits")
class TestLogits:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("d, together, f, k", [(3, 5, 7, 3), (5, 3, 3, 2), (2, 7, 5, 4)])
    def test_values(self, student, reference, rng, d, together, f, k):
        ids = rng.integers(0, 257, size=(2, 6 * together))
        params = network(rng, 6 * together, d, together, f, k)
        assert_close(student.file_type_logits(ids, params), reference.file_type_logits(ids, params), name="logits")

    def test_little_that_matches(self, student, reference, rng):
        """The matches are so small that eps counts."""
        params = network(rng, 30)
        params["conv.weight"] *= 1e-4
        params["conv.bias"] *= 1e-4
        ids = rng.integers(0, 257, size=(2, 30))
        assert_close(student.file_type_logits(ids, params), reference.file_type_logits(ids, params), name="logits")

    def test_one_file(self, student, reference, rng):
        ids, params = rng.integers(0, 257, size=(1, 20)), network(rng, 20, 3, 4)
        assert_close(student.file_type_logits(ids, params), reference.file_type_logits(ids, params), name="logits")

    @pytest.mark.weight(2)
    def test_published_weights(self, student, reference, rng):
        params = datasets.load("magika")
        ids = np.stack([reference.byte_features(each) for each in rng.permutation(list(FILES.values()))[:2]])
        expected = reference.file_type_logits(ids, params)
        assert_close(student.file_type_logits(ids, params), expected, rtol=1e-4, atol=1e-4, name="logits")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        ids, params = rng.integers(0, 257, size=(2, 20)), network(rng, 20)
        assert_inputs_unchanged(student.file_type_logits, ids, params)
        assert_dtype(student.file_type_logits(ids, cast(params, np.float32)), "float32", "logits")


def same_names(told, expected):
    assert [name for name, _ in told] == [name for name, _ in expected]
    assert_close(
        np.array([share for _, share in told]), np.array([share for _, share in expected]), name="probabilities"
    )


@pytest.mark.exercise("name_file")
class TestName:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("best", [1, 3, 6])
    def test_values(self, student, reference, rng, best):
        data, params = some_bytes(rng, 700), of_a_file(rng)
        same_names(student.name_file(data, params, TYPES, best), reference.name_file(data, params, TYPES, best))

    def test_three_and_no_more(self, student, reference, rng):
        data, params = some_bytes(rng, 3000), of_a_file(rng)
        same_names(student.name_file(data, params, TYPES), reference.name_file(data, params, TYPES))
        same_names(student.name_file(data, params, TYPES, 20), reference.name_file(data, params, TYPES, 20))

    @pytest.mark.weight(0.5)
    def test_equal_ones_in_their_order(self, student, reference, rng):
        params = of_a_file(rng)
        params["out.weight"] *= 0
        params["out.bias"] = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.5])
        assert [name for name, _ in student.name_file(b"anything", params, TYPES, 4)] == ["python", "elf", "csv", "zip"]

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("file", list(STORED))
    def test_says_what_the_package_says(self, student, file):
        (name, share), *_ = student.name_file(FILES[file], datasets.load("magika"), datasets.output_names("magika"))
        assert name == STORED[file][0]
        assert_close(share, STORED[file][1], atol=1e-3, name="probability")

    @pytest.mark.after("test_values")
    def test_names_must_fit(self, student, rng):
        assert_refuses(student.name_file, "names", b"x", of_a_file(rng), TYPES[:5])


@pytest.mark.exercise("deciding_bytes")
class TestDeciding:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("block", [128, 256, 1024])
    def test_values(self, student, reference, rng, block):
        data, params = some_bytes(rng, 3000), of_a_file(rng)
        expected = reference.deciding_bytes(data, params, block)
        assert_close(student.deciding_bytes(data, params, block), expected, name="falls")

    def test_a_short_file(self, student, reference, rng):
        data, params = some_bytes(rng, 300), of_a_file(rng)
        expected = reference.deciding_bytes(data, params)
        assert_close(student.deciding_bytes(data, params), expected, name="falls")

    @pytest.mark.after("test_values")
    def test_block_must_divide(self, student, rng):
        assert_refuses(student.deciding_bytes, "block", b"x", of_a_file(rng), 100)
