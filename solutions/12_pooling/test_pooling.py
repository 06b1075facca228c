"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_refuses

# Rows of 1 2 3 4, 5 6 7 8, 9 10 11 12, 13 14 15 16.
SIXTEEN = np.arange(1.0, 17.0).reshape(1, 1, 4, 4)


def image(*rows):
    """One image with one channel."""
    return np.array([[rows]], dtype=np.float64)


@pytest.mark.exercise("flatten_forward")
def test_flatten_by_hand(student):
    # The first channel row by row, then the second.
    x = np.array([[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]])
    out, _ = student.flatten_forward(x)
    assert_close(out, np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]), name="out")


@pytest.mark.exercise("flatten_forward")
def test_flatten_two_images(student):
    # A row for each image.
    x = np.array([[[[1.0, 2.0, 3.0]]], [[[4.0, 5.0, 6.0]]]])
    out, _ = student.flatten_forward(x)
    assert_close(out, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), name="out")


@pytest.mark.exercise("flatten_forward")
def test_flatten_no_images(student):
    # An image has 2 * 3 * 4 numbers, also where there is none.
    out, _ = student.flatten_forward(np.zeros((0, 2, 3, 4)))
    assert_close(out, np.zeros((0, 24)), name="out")


@pytest.mark.exercise("flatten_backward")
def test_flatten_backward_by_hand(student):
    # Every number goes back to where it stood: the first four to the first channel, the others to the second.
    _, cache = student.flatten_forward(np.zeros((1, 2, 2, 2)))
    dx = student.flatten_backward(np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]), cache)
    assert_close(dx, np.array([[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]]), name="dx")


@pytest.mark.exercise("global_avg_pool_forward")
def test_global_average_by_hand(student):
    # (1 + 2 + 3 + 6) / 4 = 3 for the first channel, (0 + 0 + 4 + 2) / 4 = 1.5 for the second.
    x = np.array([[[[1.0, 2.0], [3.0, 6.0]], [[0.0, 0.0], [4.0, 2.0]]]])
    out, _ = student.global_avg_pool_forward(x)
    assert_close(out, np.array([[3.0, 1.5]]), name="out")


@pytest.mark.exercise("global_avg_pool_backward")
def test_global_average_backward_by_hand(student):
    # Each of the 4 pixels gets a quarter: 8 / 4 and 2 / 4.
    _, cache = student.global_avg_pool_forward(np.ones((1, 2, 2, 2)))
    dx = student.global_avg_pool_backward(np.array([[8.0, 2.0]]), cache)
    assert_close(dx, np.array([[[[2.0, 2.0], [2.0, 2.0]], [[0.5, 0.5], [0.5, 0.5]]]]), name="dx")


@pytest.mark.exercise("sum_pool2d_forward")
def test_sum_pool_by_hand(student):
    # 1 + 2 + 5 + 6 = 14, 3 + 4 + 7 + 8 = 22, 9 + 10 + 13 + 14 = 46, 11 + 12 + 15 + 16 = 54.
    out, _ = student.sum_pool2d_forward(SIXTEEN, 2)
    assert_close(out, image([14, 22], [46, 54]), name="out")


@pytest.mark.exercise("sum_pool2d_forward")
def test_sum_pool_with_stride_and_padding(student):
    # 0 1 2 3 0 under windows of 3, two pixels apart: 0 + 1 + 2 and 2 + 3 + 0.
    out, _ = student.sum_pool2d_forward(image([1, 2, 3]), (1, 3), stride=2, padding=(0, 1))
    assert_close(out, image([3, 5]), name="out")


@pytest.mark.exercise("sum_pool2d_forward")
def test_sum_pool_with_two_strides(student):
    # One row down, two columns across: 1 + 2 and 3 + 4, then 5 + 6 and 7 + 8, and so on.
    out, _ = student.sum_pool2d_forward(SIXTEEN, (1, 2), stride=(1, 2))
    assert_close(out, image([3, 7], [11, 15], [19, 23], [27, 31]), name="out")


@pytest.mark.exercise("sum_pool2d_forward")
@pytest.mark.after("test_sum_pool_by_hand")
def test_sum_pool_refuses_a_kernel_that_does_not_fit(student):
    assert_refuses(student.sum_pool2d_forward, "kernel", image([1, 2, 3], [4, 5, 6]), 3)


@pytest.mark.exercise("sum_pool2d_backward")
def test_sum_pool_backward_side_by_side(student):
    # (1, 2) and (3, 4) in both rows; every pixel gets the whole dout of its window.
    _, cache = student.sum_pool2d_forward(image([1, 2, 3, 4], [5, 6, 7, 8]), 2)
    dx = student.sum_pool2d_backward(image([10, 1]), cache)
    assert_close(dx, image([10, 10, 1, 1], [10, 10, 1, 1]), name="dx")


@pytest.mark.exercise("sum_pool2d_backward")
def test_sum_pool_backward_drops_the_padding(student):
    # 0 1 2 3 0 under windows of 3, two pixels apart: (0, 1, 2) and (2, 3, 0). The zeros' shares are nobody's.
    _, cache = student.sum_pool2d_forward(image([1, 2, 3]), (1, 3), stride=2, padding=(0, 1))
    dx = student.sum_pool2d_backward(image([10, 1]), cache)
    assert_close(dx, image([10, 11, 1]), name="dx")


@pytest.mark.exercise("sum_pool2d_backward")
def test_sum_pool_backward_by_hand(student):
    # The windows are (1, 2, 3) and (3, 4, 5): the pixel in the middle lies in both and gets 10 + 1.
    _, cache = student.sum_pool2d_forward(image([1, 2, 3, 4, 5]), (1, 3), stride=2)
    dx = student.sum_pool2d_backward(image([10, 1]), cache)
    assert_close(dx, image([10, 10, 11, 1, 1]), name="dx")


@pytest.mark.exercise("avg_pool2d_forward")
def test_avg_pool_by_hand(student):
    # A quarter of the sums above: 14 / 4, 22 / 4, 46 / 4, 54 / 4.
    out, _ = student.avg_pool2d_forward(SIXTEEN, 2)
    assert_close(out, image([3.5, 5.5], [11.5, 13.5]), name="out")


@pytest.mark.exercise("avg_pool2d_forward")
def test_avg_pool_counts_the_padding(student):
    # Downwards 0 6 | 6 6 | 6 0: the windows at the border hold 6 and a zero, (0 + 6) / 2 = 3.
    out, _ = student.avg_pool2d_forward(image([6], [6], [6], [6]), (2, 1), padding=(1, 0))
    assert_close(out, image([3], [6], [3]), name="out")


@pytest.mark.exercise("avg_pool2d_forward")
def test_avg_pool_with_stride(student):
    # Windows of 3, two pixels apart: (1 + 2 + 6) / 3 and (6 + 4 + 5) / 3. No third one fits, so 7 is not seen.
    out, _ = student.avg_pool2d_forward(image([1, 2, 6, 4, 5, 7]), (1, 3), stride=2)
    assert_close(out, image([3, 5]), name="out")


@pytest.mark.exercise("avg_pool2d_backward")
def test_avg_pool_backward_adds_up(student):
    # The windows are (1, 2, 3) and (3, 4, 5): a third of 6 and of 3 for each pixel, both for the one in the middle.
    _, cache = student.avg_pool2d_forward(image([1, 2, 3, 4, 5]), (1, 3), stride=2)
    dx = student.avg_pool2d_backward(image([6, 3]), cache)
    assert_close(dx, image([2, 2, 3, 1, 1]), name="dx")


@pytest.mark.exercise("avg_pool2d_backward")
def test_avg_pool_backward_with_padding(student):
    # Downwards 0 6 | 6 6 | 6 0: the zeros counted, so half of each dout for every pixel; the zeros' halves are dropped.
    _, cache = student.avg_pool2d_forward(image([6], [6], [6], [6]), (2, 1), padding=(1, 0))
    dx = student.avg_pool2d_backward(image([2], [4], [8]), cache)
    assert_close(dx, image([1], [2], [2], [4]), name="dx")


@pytest.mark.exercise("avg_pool2d_backward")
def test_avg_pool_backward_by_hand(student):
    # Each of the 4 pixels of a window gets a quarter of its dout: 8 / 4 = 2 on the left, 4 / 4 = 1 on the right.
    _, cache = student.avg_pool2d_forward(np.zeros((1, 1, 2, 4)), 2)
    dx = student.avg_pool2d_backward(image([8, 4]), cache)
    assert_close(dx, image([2, 2, 1, 1], [2, 2, 1, 1]), name="dx")


@pytest.mark.exercise("max_pool2d_forward")
def test_max_pool_by_hand(student):
    # The windows hold (1, 3, 4, 2), (2, 0, 1, 1), (-5, -6, -8, -7) and (9, 0, 0, 9).
    x = image([1, 3, 2, 0], [4, 2, 1, 1], [-5, -6, 9, 0], [-8, -7, 0, 9])
    out, _ = student.max_pool2d_forward(x, 2)
    assert_close(out, image([4, 2], [-5, 9]), name="out")


@pytest.mark.exercise("max_pool2d_forward")
def test_max_pool_with_stride(student):
    # Windows of 3, two pixels apart: (1, 2, 6) and (6, 4, 5). No third one fits, so 7 is not seen.
    out, _ = student.max_pool2d_forward(image([1, 2, 6, 4, 5, 7]), (1, 3), stride=2)
    assert_close(out, image([6, 6]), name="out")


@pytest.mark.exercise("max_pool2d_forward")
def test_max_pool_with_padding(student):
    # With a border all round, the windows of 2 x 2 see -1, then (-2, -3), then -4, then (-5, -6). The border never wins.
    out, _ = student.max_pool2d_forward(image([-1, -2, -3], [-4, -5, -6]), 2, padding=1)
    assert_close(out, image([-1, -2], [-4, -5]), name="out")


@pytest.mark.exercise("max_pool2d_forward")
def test_max_pool_of_very_dark_images(student):
    # The first window and the last see the border, too, which never wins, however low the pixels are.
    out, _ = student.max_pool2d_forward(image([-1e12, -2e12, -3e12, -4e12]), (1, 2), padding=(0, 1))
    assert_close(out, image([-1e12, -2e12, -4e12]), name="out")


@pytest.mark.exercise("max_pool2d_forward")
def test_max_pool_of_two_channels(student):
    # Each channel by itself: 3 and 6, then 9 and 1.
    x = np.array([[[[1.0, 3.0, 6.0, 2.0]], [[9.0, 7.0, 0.0, 1.0]]]])
    out, _ = student.max_pool2d_forward(x, (1, 2))
    assert_close(out, np.array([[[[3.0, 6.0]], [[9.0, 1.0]]]]), name="out")


@pytest.mark.exercise("max_pool2d_backward")
def test_max_pool_backward_by_hand(student):
    # 4 and 3 win their windows; of two equal fives the first wins, and what the others did does not matter.
    _, cache = student.max_pool2d_forward(image([1, 2, 3, 0, 5, 5], [4, 0, 1, 1, 0, 1]), 2)
    dx = student.max_pool2d_backward(image([10, 20, 30]), cache)
    assert_close(dx, image([0, 0, 20, 0, 30, 0], [10, 0, 0, 0, 0, 0]), name="dx")


@pytest.mark.exercise("max_pool2d_backward")
def test_max_pool_backward_adds_up(student):
    # (1, 5), (5, 9) and (9, 2): the 5 wins the first window and gets 10, the 9 wins the other two and gets 1 + 3.
    _, cache = student.max_pool2d_forward(image([1, 5, 9, 2]), (1, 2), stride=1)
    dx = student.max_pool2d_backward(image([10, 1, 3]), cache)
    assert_close(dx, image([0, 10, 4, 0]), name="dx")


@pytest.mark.exercise("max_pool2d_backward")
def test_max_pool_backward_with_padding(student):
    # The windows of the padded image see 1, then (7, 3), then 4, then (5, 6): 1, 7, 4 and 6 win.
    _, cache = student.max_pool2d_forward(image([1, 7, 3], [4, 5, 6]), 2, padding=1)
    dx = student.max_pool2d_backward(image([10, 20], [30, 40]), cache)
    assert_close(dx, image([10, 20, 0], [30, 0, 40]), name="dx")


@pytest.mark.exercise("min_pool2d_forward")
def test_min_pool_by_hand(student):
    # The windows hold (1, 3, 4, 2), (2, 0, 1, 1), (-5, -6, -8, -7) and (9, 5, 6, 9).
    x = image([1, 3, 2, 0], [4, 2, 1, 1], [-5, -6, 9, 5], [-8, -7, 6, 9])
    out, _ = student.min_pool2d_forward(x, 2)
    assert_close(out, image([1, 0], [-8, 5]), name="out")


@pytest.mark.exercise("min_pool2d_forward")
def test_min_pool_with_padding(student):
    # With a border all round, the windows of 2 x 2 see 1, then (2, 3), then 4, then (5, 6). The border never wins.
    out, _ = student.min_pool2d_forward(image([1, 2, 3], [4, 5, 6]), 2, padding=1)
    assert_close(out, image([1, 2], [4, 5]), name="out")


@pytest.mark.exercise("min_pool2d_forward")
def test_min_pool_with_stride(student):
    # Windows of 3, two pixels apart: (6, 2, 4) and (4, 1, 5). No third one fits, so 0 is not seen.
    out, _ = student.min_pool2d_forward(image([6, 2, 4, 1, 5, 0]), (1, 3), stride=2)
    assert_close(out, image([2, 1]), name="out")


@pytest.mark.exercise("min_pool2d_backward")
def test_min_pool_backward_by_hand(student):
    # 1 is the smallest on the left, -2 on the right; both get their window's dout as it is.
    _, cache = student.min_pool2d_forward(image([1, 3, 5, -2], [4, 2, 6, 7]), 2)
    dx = student.min_pool2d_backward(image([10, 20]), cache)
    assert_close(dx, image([10, 0, 0, 20], [0, 0, 0, 0]), name="dx")


@pytest.mark.exercise("min_pool2d_backward")
def test_min_pool_backward_adds_up(student):
    # (9, 5, 7), (5, 7, 5) and (7, 5, 8): the first five wins two windows and gets 10 + 1, the second one wins the last.
    _, cache = student.min_pool2d_forward(image([9, 5, 7, 5, 8]), (1, 3), stride=1)
    dx = student.min_pool2d_backward(image([10, 1, 3]), cache)
    assert_close(dx, image([0, 11, 0, 3, 0]), name="dx")
