"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close

LN3 = np.log(3.0)


@pytest.mark.exercise("byte_features")
def test_a_short_file_is_seen_twice(student):
    # "A", a blank and "B" (65, 32, 66) between blanks. The begin loses those on the left, the end those on the right.
    ids = student.byte_features(b"\n A B \n", begin=6, end=7)
    expected = np.array([65, 32, 66, 32, 10, 256, 256, 256, 10, 32, 65, 32, 66])
    assert_close(ids, expected, name="ids")


@pytest.mark.exercise("byte_features")
def test_padding_is_what_one_says(student):
    ids = student.byte_features(b"AB", begin=3, end=3, padding=7)
    assert_close(ids, np.array([65, 66, 7, 7, 65, 66]), name="ids")


@pytest.mark.exercise("byte_features")
def test_of_a_long_file_the_first_and_the_last(student):
    # 0, 1, 2, ... 49 twice: the first three are 0, 1, 2 and the last two 48, 49.
    ids = student.byte_features(bytes(range(33, 83)) * 2, begin=3, end=2)
    assert_close(ids, np.array([33, 34, 35, 81, 82]), name="ids")


@pytest.mark.exercise("gelu")
def test_gelu_by_hand(student):
    # At 0 it is 0. Far out tanh is -1 or 1: nothing of -10 and all of 10. At 1: 0.5 (1 + tanh(0.7979 * 1.044715)) = 0.8412.
    assert_close(student.gelu(np.array([-10.0, 0.0, 1.0, 10.0])), np.array([0.0, 0.0, 0.841192, 10.0]), atol=1e-6)


@pytest.mark.exercise("embed_bytes")
def test_embed_by_hand(student):
    # Columns 1 and 0 of w, plus b.
    w = np.zeros((3, 257))
    w[:, :2] = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    x = student.embed_bytes(np.array([[1, 0]]), w, np.array([10.0, 20.0, 30.0]))
    assert_close(x, np.array([[[12.0, 24.0, 36.0], [11.0, 23.0, 35.0]]]), name="x")


@pytest.mark.exercise("embed_bytes")
def test_nothing_has_a_column_of_its_own(student):
    # The last column, plus b.
    w = np.zeros((3, 257))
    w[:, 256] = [7.0, 8.0, 9.0]
    x = student.embed_bytes(np.array([[256]]), w, np.array([10.0, 20.0, 30.0]))
    assert_close(x, np.array([[[17.0, 28.0, 39.0]]]), name="x")


@pytest.mark.exercise("norm_over_places")
def test_norm_by_hand(student):
    # Feature 0 is 1, 5, 3: mean 3, and (4 + 4 + 0) / 3 = 8/3. With eps = 4/3 the root is 2: -1, 1, 0. Feature 1 is constant.
    x = np.array([[[1.0, 7.0], [5.0, 7.0], [3.0, 7.0]]])
    out = student.norm_over_places(x, np.array([1.0, 2.0, 3.0]), np.array([0.0, 10.0, 20.0]), 4 / 3)
    assert_close(out, np.array([[[-1.0, 0.0], [12.0, 10.0], [20.0, 20.0]]]))


@pytest.mark.exercise("norm_over_places")
def test_norm_of_two_files(student):
    # The first file as above; in the second one every feature is constant, and is none of the first one's business.
    x = np.array([[[1.0], [5.0], [3.0]], [[90.0], [90.0], [90.0]]])
    out = student.norm_over_places(x, np.array([1.0, 2.0, 3.0]), np.array([0.0, 10.0, 20.0]), 4 / 3)
    assert_close(out, np.array([[[-1.0], [12.0], [20.0]], [[0.0], [10.0], [20.0]]]))


@pytest.mark.exercise("strongest_match")
def test_match_by_hand(student):
    # Pattern 0 is "x0 now plus twice x1 in the next place", less 10: 1 + 40 - 10 = 31, then 20 - 10. Far out gelu changes
    # nothing.
    # Pattern 1 counts -1 for x0 now, so that nothing is left of it: gelu(-1 + 10) = 9, gelu(-20 + 10) is 0.
    x = np.array([[[1.0, 10.0], [20.0, 20.0], [0.0, 0.0]]])
    w = np.array([[[1.0, 0.0], [0.0, 2.0]], [[-1.0, 0.0], [0.0, 0.0]]])
    assert_close(student.strongest_match(x, w, np.array([-10.0, 10.0])), np.array([[31.0, 9.0]]), atol=1e-6)


@pytest.mark.exercise("strongest_match")
def test_match_of_what_is_below_zero(student):
    # gelu(-1) = 0.5 * -1 * (1 - 0.682384) = -0.158808, and gelu(-10) is 0: the larger of the two is 0.
    one = np.array([[[1.0]]])
    assert_close(student.strongest_match(np.array([[[-1.0], [-10.0]]]), one, np.zeros(1)), np.array([[0.0]]), atol=1e-6)
    assert_close(student.strongest_match(np.array([[[-1.0]]]), one, np.zeros(1)), np.array([[-0.158808]]), atol=1e-6)


def tiny(places, types):
    """A network of one number a byte, two bytes side by side, one pattern of one place for either byte."""
    w = np.zeros((1, 257))
    w[0, 65:68] = [20.0, 40.0, 60.0]  # A, B, C
    return {
        "embed.weight": w,
        "embed.bias": np.array([0.0]),
        "norm0.weight": np.ones(places),
        "norm0.bias": np.zeros(places),
        "conv.weight": np.array([[[10.0], [0.0]], [[0.0], [10.0]]]),
        "conv.bias": np.array([0.0, 0.0]),
        "norm1.weight": np.array([1.0, 2.0]),
        "norm1.bias": np.array([0.0, 3.0]),
        "out.weight": np.zeros((types, 2)),
        "out.bias": np.log(np.arange(1.0, types + 1)),
    }


@pytest.mark.exercise("file_type_logits")
def test_logits_by_hand(student):
    # A A | C B: first bytes 20 and 60, second ones 20 and 40. Normalized over the two places both are -1 and 1, so both matches
    # are 10, and a row of two equal numbers has variance 0: nothing but the biases 0 and 3 is left. Then 1 * 0 + 5 * 3 + 0.5.
    params = tiny(2, 1) | {"out.weight": np.array([[1.0, 5.0]]), "out.bias": np.array([0.5])}
    assert_close(student.file_type_logits(np.array([[65, 65, 67, 66]]), params), np.array([[15.5]]), atol=1e-3)


@pytest.mark.exercise("file_type_logits")
def test_logits_of_two_matches_that_differ(student):
    # As above, but 6 less for the second match: 10 and 4, normalized 1 and -1. 1 * 1 + 0 and 2 * -1 + 3; then 1 + 5 + 0.5.
    params = tiny(2, 1) | {"out.weight": np.array([[1.0, 5.0]]), "out.bias": np.array([0.5])}
    params["conv.bias"] = np.array([0.0, -6.0])
    assert_close(student.file_type_logits(np.array([[65, 65, 67, 66]]), params), np.array([[6.5]]), atol=1e-3)


@pytest.mark.exercise("file_type_logits")
def test_logits_of_bytes_below_zero(student):
    # A is -20 and C is -60 here, of which gelu leaves nothing: the first bytes are 0 and 0, the second ones 0 and 40. So the
    # matches are 0 and 10, normalized -1 and 1. 1 * -1 + 0 and 2 * 1 + 3; then 1 * -1 + 5 * 5 + 0.5.
    params = tiny(2, 1) | {"out.weight": np.array([[1.0, 5.0]]), "out.bias": np.array([0.5])}
    params["embed.weight"][0, 65:68] = [-20.0, 40.0, -60.0]
    assert_close(student.file_type_logits(np.array([[65, 65, 67, 66]]), params), np.array([[24.5]]), atol=1e-3)


@pytest.mark.exercise("name_file")
def test_name_by_hand(student):
    # The weights are 0, so the logits are ln 1, ln 2, ln 3, ln 4: shares of 1, 2, 3 and 4 tenths.
    told = student.name_file(b"ABC", tiny(1024, 4), ["text", "photo", "music", "film"], 2)
    assert [name for name, _ in told] == ["film", "music"]
    assert_close(np.array([share for _, share in told]), np.array([0.4, 0.3]))


@pytest.mark.exercise("name_file")
def test_name_of_equal_shares(student):
    # 1, 2, 2 and 1 sixths: of the two equal ones "photo" comes first.
    params = tiny(1024, 4) | {"out.bias": np.log([1.0, 2.0, 2.0, 1.0])}
    told = student.name_file(b"ABC", params, ["text", "photo", "music", "film"], 2)
    assert [name for name, _ in told] == ["photo", "music"]


@pytest.mark.exercise("deciding_bytes")
def test_no_byte_decides_where_no_weight_does(student):
    # The weights are 0: whatever is masked, the winner keeps its 4 tenths. 2048 / 512 = 4 blocks.
    assert_close(student.deciding_bytes(b"ABC", tiny(1024, 4), 512), np.zeros(4), name="falls")


@pytest.mark.exercise("deciding_bytes")
def test_the_block_with_the_file_decides(student):
    # "AB" stands in the first of four blocks and in the last. Two matches differ where A and B stand; with either block
    # masked the other still shows both bytes, but a match is weaker or stronger among more places that are empty.
    params = tiny(1024, 2) | {"out.weight": np.array([[0.0, 1.0], [0.0, 0.0]])}
    falls = student.deciding_bytes(b"AB", params, 512)
    assert_close(falls[1:3], np.zeros(2), name="falls in between, where nothing is")
