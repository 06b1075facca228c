"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close


@pytest.mark.exercise("output_size")
def test_output_size_of_alexnet(student):
    # (227 - 11 + 0) / 4 = 54 moves of 4 pixels, plus the place where the kernel starts.
    assert_close(student.output_size(227, 11, 4, 0), 55)


@pytest.mark.exercise("output_size")
def test_output_size_drops_what_does_not_fit(student):
    # 7 - 3 = 4 pixels to move over: 4 / 3 = 1.33, so one move of 3 pixels fits, and the last pixel is never seen.
    # With dilation 3 the kernel spans 3 * 2 + 1 = 7 pixels and has one place.
    assert_close(student.output_size(7, 3, 3), 2)
    assert_close(student.output_size(7, 3, dilation=3), 1)


@pytest.mark.exercise("same_padding")
def test_same_padding_by_hand(student):
    # A kernel of 7 loses 6 pixels, 3 on each side; one of 3 with dilation 4 spans 9 and loses 8, 4 on each side.
    assert_close(student.same_padding(7), 3)
    assert_close(student.same_padding(3, dilation=4), 4)


@pytest.mark.exercise("zero_pad")
def test_zero_pad_by_hand(student):
    x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    by_one = [[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 2.0, 0.0], [0.0, 3.0, 4.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    assert_close(student.zero_pad(x, 1), np.array([[by_one]]))


@pytest.mark.exercise("receptive_field")
def test_receptive_field_of_three_small_kernels(student):
    # Three kernels of 3, one after the other: 3, then 5, then 7 pixels.
    assert_close(student.receptive_field([(3, 1, 1), (3, 1, 1), (3, 1, 1)]), 7)


@pytest.mark.exercise("receptive_field")
def test_receptive_field_grows_faster_after_a_stride(student):
    # The first layer sees 3 pixels. Its outputs are 2 pixels apart, so the second one's 5 - 1 = 4 steps are 8 pixels.
    assert_close(student.receptive_field([(3, 2, 1), (5, 1, 1)]), 11)


@pytest.mark.exercise("layer_shape")
def test_layer_shape_of_alexnet(student):
    shape = student.layer_shape((3, 227, 227), 96, 11, 4, 0)
    assert_close(shape, (96, 55, 55))  # 96 * 55 * 55 = 290,400 neurons


@pytest.mark.exercise("parameter_count")
def test_parameter_count_of_alexnet(student):
    # Each of the 96 filters has 3 * 11 * 11 = 363 weights and a bias.
    assert_close(student.parameter_count(3, 96, 11), 34944)
    assert_close(student.parameter_count(3, 96, 11, bias=False), 34848)


@pytest.mark.exercise("im2col")
def test_im2col_by_hand(student):
    # The blocks of 2 x 2 are (1, 2, 4, 5) on the left and (2, 3, 5, 6) on the right: one column each.
    x = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
    assert_close(student.im2col(x, 2), np.array([[[1.0, 2.0], [2.0, 3.0], [4.0, 5.0], [5.0, 6.0]]]))


@pytest.mark.exercise("col2im")
def test_col2im_by_hand(student):
    # The blocks overlap in the middle column: 20 + 3 above, 40 + 5 below.
    columns = np.array([[[10.0, 3.0], [20.0, 6.0], [30.0, 5.0], [40.0, 7.0]]])
    expected = np.array([[[[10.0, 23.0, 6.0], [30.0, 45.0, 7.0]]]])
    assert_close(student.col2im(columns, (2, 3), 2), expected)


@pytest.mark.exercise("conv2d_forward")
def test_conv2d_by_hand(student):
    # Top left: 1 * 1 + 2 * 2 + 4 * 0 + 5 * (-1) + 10 = 10; one pixel on, 1 * 2 + 2 * 3 - 6 + 10 = 12; then
    # 1 * 4 + 2 * 5 - 8 + 10 = 16 and 1 * 5 + 2 * 6 - 9 + 10 = 18.
    x = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]])
    w = np.array([[[[1.0, 2.0], [0.0, -1.0]]]])
    out, _ = student.conv2d_forward(x, w, np.array([10.0]))
    assert_close(out, np.array([[[[10.0, 12.0], [16.0, 18.0]]]]), name="out")


@pytest.mark.exercise("conv2d_forward")
def test_conv2d_adds_the_channels(student):
    # Two channels of one pixel, two filters: 1 * 2 + 10 * 3 and 5 * 2 - 1 * 3 + 0.5.
    x = np.array([2.0, 3.0]).reshape(1, 2, 1, 1)
    w = np.array([[1.0, 10.0], [5.0, -1.0]]).reshape(2, 2, 1, 1)
    out, _ = student.conv2d_forward(x, w, np.array([0.0, 0.5]))
    assert_close(out, np.array([32.0, 7.5]).reshape(1, 2, 1, 1), name="out")


@pytest.mark.exercise("conv2d_backward")
def test_conv2d_backward_by_hand(student):
    # out = (10 * 1 + 2, 10 * 2 + 3), so x gets 10 dout_0, then 1 dout_0 + 10 dout_1, then 1 dout_1,
    # and the weights get 1 * 1 + 2 * 5 = 11 and 2 * 1 + 3 * 5 = 17.
    _, cache = student.conv2d_forward(np.array([[[[1.0, 2.0, 3.0]]]]), np.array([[[[10.0, 1.0]]]]), np.array([0.0]))
    grads = student.conv2d_backward(np.array([[[[1.0, 5.0]]]]), cache)
    expected = (np.array([[[[10.0, 51.0, 5.0]]]]), np.array([[[[11.0, 17.0]]]]), np.array([6.0]))
    assert_close(grads, expected, name="(dx, dw, db)")


@pytest.mark.exercise("conv_transpose2d_forward")
def test_transposed_conv_prints_the_kernel(student):
    # 2 prints (2, 20, 200), 3 prints (3, 30, 300) two pixels on; they meet in the middle, 200 + 3. The bias adds 1.
    w = np.array([[[[1.0, 10.0, 100.0]]]])
    out, _ = student.conv_transpose2d_forward(np.array([[[[2.0, 3.0]]]]), w, np.array([1.0]), stride=2)
    assert_close(out, np.array([[[[3.0, 21.0, 204.0, 31.0, 301.0]]]]), name="out")


@pytest.mark.exercise("causal_conv1d_forward")
def test_causal_conv_by_hand(student):
    # Now plus 10 times what was 2 steps ago: the first two steps have no past yet, then 3 + 10 * 1 and 4 + 10 * 2.
    w = np.array([[[10.0, 1.0]]])
    out, _ = student.causal_conv1d_forward(np.array([[[1.0, 2.0, 3.0, 4.0]]]), w, np.array([0.0]), dilation=2)
    assert_close(out, np.array([[[1.0, 2.0, 13.0, 24.0]]]), name="out")


@pytest.mark.exercise("multi_resolution_conv1d")
def test_two_resolutions_by_hand(student):
    # The first filter doubles; the second adds the neighbours: 0 + 1 + 2, 1 + 2 + 4, 2 + 4 + 0.
    x = np.array([[[1.0, 2.0, 4.0]]])
    out = student.multi_resolution_conv1d(x, [np.array([[[2.0]]]), np.array([[[1.0, 1.0, 1.0]]])])
    assert_close(out, np.array([[[2.0, 4.0, 8.0], [3.0, 7.0, 6.0]]]))


@pytest.mark.exercise("filter_bank")
def test_blur_and_sharpen_by_hand(student):
    bank = student.filter_bank()
    names = ["blur", "edge", "identity", "sharpen", "sobel_x", "sobel_y"]
    assert_close(sorted(bank) if isinstance(bank, dict) else bank, names, name="the names")
    # A mean of nine gives each 1/9. The pixel plus its four differences is 1 + 4 in the middle and -1 at the four.
    assert_close(bank["blur"], np.full((3, 3), 1 / 9), name="blur")
    assert_close(bank["sharpen"], np.array([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]), name="sharpen")


@pytest.mark.exercise("apply_filter")
def test_apply_filter_right_minus_left(student):
    # Each pixel becomes its right neighbour minus its left one; beyond the border there are zeros.
    out = student.apply_filter(np.array([[1.0, 2.0, 4.0], [5.0, 5.0, 5.0]]), np.array([[-1.0, 0.0, 1.0]]))
    assert_close(out, np.array([[2.0, 3.0, -2.0], [5.0, 0.0, -5.0]]))
