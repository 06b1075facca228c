"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close

LN3 = np.log(3.0)


@pytest.mark.exercise("frames")
def test_frames_by_hand(student):
    # Pieces 1 2 | 3 4 | 5 and a zero; before each its last old sample, and a zero before the first.
    out = student.frames(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 2, 1)
    assert_close(out, np.array([[0.0, 1.0, 2.0], [2.0, 3.0, 4.0], [4.0, 5.0, 0.0]]), name="frames")


@pytest.mark.exercise("frames")
def test_frames_that_come_out_even(student):
    out = student.frames(np.array([1.0, 2.0, 3.0, 4.0]), 2, 1)
    assert_close(out, np.array([[0.0, 1.0, 2.0], [2.0, 3.0, 4.0]]), name="frames")


@pytest.mark.exercise("fourier_kernels")
def test_kernels_by_hand(student):
    # Hann of 4 is 0, 1/2, 1, 1/2. Cosines: 1 1 1 1, 1 0 -1 0, 1 -1 1 -1. Sines: all 0, then 0 1 0 -1, all 0; negative.
    expected = [[0, 0.5, 1, 0.5], [0, 0, -1, 0], [0, -0.5, 1, -0.5], [0] * 4, [0, -0.5, 0, 0.5], [0] * 4]
    assert_close(student.fourier_kernels(4), np.array(expected, dtype=float)[:, np.newaxis], name="kernels")


@pytest.mark.exercise("spectrogram")
def test_spectrogram_by_hand(student):
    # 3 4 0 5 with 0 and 4 reflected behind it: 3 4 | 0 5 | 0 4 by twos. Roots of 9 + 16, 0 + 25, 0 + 16.
    kernels = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    out = student.spectrogram(np.array([[3.0, 4.0, 0.0, 5.0]]), kernels, 2, 2)
    assert_close(out, np.array([[[5.0, 5.0, 4.0]]]))


@pytest.mark.exercise("spectrogram")
def test_spectrogram_of_two_rows(student):
    # 3 4 | 0 5 | 0 4 again. Rows 0 and 2 hold the first and the second number, as above. Row 1 holds nothing, and row 3, which
    # goes with it, the first: 3, 0, 0.
    kernels = np.array([[[1.0, 0.0]], [[0.0, 0.0]], [[0.0, 1.0]], [[1.0, 0.0]]])
    out = student.spectrogram(np.array([[3.0, 4.0, 0.0, 5.0]]), kernels, 2, 2)
    assert_close(out, np.array([[[5.0, 5.0, 4.0], [3.0, 0.0, 0.0]]]))


@pytest.mark.exercise("encode")
def test_encode_by_hand(student):
    # conv1 adds a place's right neighbour: 1 2 3 4 become 3 5 7 4. conv2 takes every other one: 3 7. conv3: 3.
    # conv4 has two rows: 2 * 3 + 1, and -3, of which relu leaves nothing.
    middle = np.array([[[0.0, 1.0, 0.0]]])
    params = {
        "conv1.weight": np.array([[[0.0, 1.0, 1.0]]]),
        "conv2.weight": middle,
        "conv3.weight": middle,
        "conv4.weight": np.concatenate([2 * middle, -middle]),
        "conv4.bias": np.array([1.0, 0.0]),
    } | {f"conv{k}.bias": np.zeros(1) for k in (1, 2, 3)}
    assert_close(student.encode(np.array([[[1.0, 2.0, 3.0, 4.0]]]), params), np.array([[7.0, 0.0]]), name="features")


def four(*kernels):
    """conv1 to conv4 with these rows of three weights, and no biases but 1 and 0 at the end."""
    params = {f"conv{k}.weight": np.array(kernel)[:, np.newaxis] for k, kernel in enumerate(kernels, 1)}
    return params | {f"conv{k}.bias": np.zeros(1) for k in (1, 2, 3)} | {"conv4.bias": np.array([1.0, 0.0])}


SAME, HEADS = [[0.0, 1.0, 0.0]], [[0.0, 2.0, 0.0], [0.0, -1.0, 0.0]]


@pytest.mark.exercise("encode")
def test_encode_strides_by_hand(student):
    # conv1 leaves 1 2 3 4, conv2 takes 1 3, and conv3, at the first of them, adds the right neighbour: 4. 2 * 4 + 1.
    params = four(SAME, SAME, [[0.0, 1.0, 1.0]], HEADS)
    assert_close(student.encode(np.array([[[1.0, 2.0, 3.0, 4.0]]]), params), np.array([[9.0, 0.0]]), name="features")


@pytest.mark.exercise("encode")
def test_encode_relu_after_each(student):
    # conv1 turns the signs, and relu leaves nothing.
    params = four([[0.0, -1.0, 0.0]], SAME, SAME, HEADS)
    assert_close(student.encode(np.array([[[1.0, 2.0, 3.0, 4.0]]]), params), np.array([[1.0, 0.0]]), name="features")


@pytest.mark.exercise("from_onnx_gates")
def test_gates_by_hand(student):
    # i 1 2, o 3 4, f 5 6, g 7 8 become i 1 2, f 5 6, g 7 8, o 3 4.
    assert_close(student.from_onnx_gates(np.arange(1, 9), 2), np.array([1, 2, 5, 6, 7, 8, 3, 4]))


HALVING = {
    "lstm_cell.weight_ih": np.zeros((4, 1)),
    "lstm_cell.weight_hh": np.zeros((4, 1)),
    "lstm_cell.bias_ih": np.zeros(4),
    "lstm_cell.bias_hh": np.zeros(4),
    "final_conv.weight": np.array([[[2.5 * LN3]]]),
    "final_conv.bias": np.zeros(1),
}


@pytest.mark.exercise("speech_probability")
def test_probability_by_hand(student):
    # All weights of the cell are 0: i, f, o are sigmoids of 0, 1/2, and the candidate is 0. So c halves: 2 ln 3, ln 3, ...;
    # h = tanh(c) / 2 is 0.4 for c = ln 3. Times 2.5 ln 3 that is ln 3, whose sigmoid is 3/4.
    p, h, c = student.speech_probability(np.zeros((1, 1)), np.zeros((1, 1)), np.array([[2 * LN3]]), HALVING)
    assert_close(p, np.array([0.75]), name="p")
    assert_close(h, np.array([[0.4]]), name="h")
    assert_close(c, np.array([[LN3]]), name="c")


@pytest.mark.exercise("speech_probability")
def test_probability_of_two_frames(student):
    # c is 4 ln 3, then 2 ln 3, then ln 3. tanh(2 ln 3) = (81 - 1) / (81 + 1), so h is 20 / 41, then 0.4 as above.
    p, h, c = student.speech_probability(np.zeros((2, 1)), np.zeros((1, 1)), np.array([[4 * LN3]]), HALVING)
    assert_close(p, np.array([1 / (1 + 3 ** (-50 / 41)), 0.75]), name="p")
    assert_close([h, c], [np.array([[0.4]]), np.array([[LN3]])], name="(h, c)")


@pytest.mark.exercise("speech_probability")
def test_probability_of_a_state_below_zero(student):
    # h is -0.4, of which relu leaves 0: 1/2.
    p, h, _ = student.speech_probability(np.zeros((1, 1)), np.zeros((1, 1)), np.array([[-2 * LN3]]), HALVING)
    assert_close([p, h], [np.array([0.5]), np.array([[-0.4]])], name="(p, h)")


@pytest.mark.exercise("speech_segments")
def test_segments_by_hand(student):
    # Begins at 1; 0.4 is no silence; one silent frame is survived; two are not, so it stops at the first of them, 5.
    p = np.array([0.4, 0.9, 0.4, 0.2, 0.9, 0.1, 0.1, 0.9])
    assert student.speech_segments(p, 0.5, 0.35, 2, 1) == [(1, 5)]
    assert student.speech_segments(p, 0.5, 0.35, 1, 1) == [(1, 5), (7, 8)]


def quiet():
    """The published network's sizes in small: everything 0 but the last bias, so that each frame is 3/4 speech."""
    shapes = {
        "stft_conv.weight": (4, 1, 256),
        **{f"conv{k}.weight": (1, 2 if k == 1 else 1, 3) for k in (1, 2, 3, 4)},
        **{f"conv{k}.bias": (1,) for k in (1, 2, 3, 4)},
        "lstm_cell.weight_ih": (4, 1),
        "lstm_cell.weight_hh": (4, 1),
        "lstm_cell.bias_ih": (4,),
        "lstm_cell.bias_hh": (4,),
        "final_conv.weight": (1, 1, 1),
    }
    return {name: np.zeros(shape) for name, shape in shapes.items()} | {"final_conv.bias": np.array([LN3])}


@pytest.mark.exercise("StreamingDetector")
def test_frames_are_complete_at_512(student):
    # 500 samples complete nothing; 24 more make 524, one frame and 12 left; 1012 more make 1024, two frames.
    detector = student.StreamingDetector(quiet())
    told = [detector.feed(np.zeros(n)) for n in (500, 24, 1012)]
    assert [len(p) for p in told] == [0, 1, 2]
    assert_close(told[2], np.array([0.75, 0.75]), name="p")
