"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_refuses


def assert_numbers(found, right, name="the result"):
    """The right whole numbers, be they ints or floats: what the docstring says of that, the hidden checks ask for."""
    if isinstance(right, tuple) and isinstance(found, (list, tuple)) and len(found) == len(right):
        right = tuple(float(each) if isinstance(came, float) else each for each, came in zip(right, found, strict=True))
    elif isinstance(right, np.ndarray) and isinstance(found, np.ndarray) and found.dtype.kind == "i":
        right = right.astype(int)
    elif isinstance(right, int) and isinstance(found, float):
        right = float(right)
    assert_close(found, right, name=name)


@pytest.mark.exercise("output_size")
def test_output_size_of_alexnet(student):
    # (227 - 11 + 0) / 4 = 54 moves of 4 pixels, plus the place where the kernel starts.
    assert_numbers(student.output_size(227, 11, 4, 0), 55)


@pytest.mark.exercise("output_size")
def test_output_size_drops_what_does_not_fit(student):
    # 33 - 3 = 30 pixels to move over: 30 / 4 = 7.5, so 7 moves of 4 fit, and the last 2 pixels are never seen.
    assert_numbers(student.output_size(33, 3, 4), 8)


@pytest.mark.exercise("output_size")
def test_output_size_with_padding(student):
    # One zero on each side makes 9 + 2 = 11 pixels; 11 - 5 = 6, so 3 moves of 2 pixels and the place of the start.
    assert_numbers(student.output_size(9, 5, 2, 1), 4)


@pytest.mark.exercise("output_size")
def test_output_size_with_dilation(student):
    # With dilation 3 the kernel spans 3 * 2 + 1 = 7 pixels: 11 - 7 = 4 moves, and the place of the start.
    assert_numbers(student.output_size(11, 3, dilation=3), 5)


@pytest.mark.exercise("output_size")
@pytest.mark.after("test_output_size_of_alexnet")
def test_output_size_refuses_a_kernel_that_does_not_fit(student):
    assert_refuses(student.output_size, "kernel", 4, 5)


@pytest.mark.exercise("same_padding")
def test_same_padding_by_hand(student):
    # A kernel of 7 loses 6 pixels, 3 on each side; one of 11 loses 10, 5 on each side.
    assert_numbers(student.same_padding(7), 3)
    assert_numbers(student.same_padding(11), 5)


@pytest.mark.exercise("same_padding")
def test_same_padding_with_dilation(student):
    # A kernel of 5 with dilation 4 spans 17 pixels and loses 16, 8 on each side.
    assert_numbers(student.same_padding(5, dilation=4), 8)


@pytest.mark.exercise("same_padding")
@pytest.mark.after("test_same_padding_by_hand")
def test_same_padding_refuses_an_even_kernel(student):
    # A kernel of 4 loses 3 pixels: one side would need more zeros than the other.
    assert_refuses(student.same_padding, "kernel", 4)


@pytest.mark.exercise("zero_pad")
def test_zero_pad_by_hand(student):
    x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    by_one = [[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 2.0, 0.0], [0.0, 3.0, 4.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    assert_close(student.zero_pad(x, 1), np.array([[by_one]]))


@pytest.mark.exercise("zero_pad")
def test_zero_pad_of_a_pair(student):
    # (vertical, horizontal): a row above and a row below, two columns on the left and on the right.
    x = np.array([[[[1.0, 2.0, 3.0]]]])
    middle, empty = [0.0, 0.0, 1.0, 2.0, 3.0, 0.0, 0.0], [0.0] * 7
    assert_close(student.zero_pad(x, (1, 2)), np.array([[[empty, middle, empty]]]))


@pytest.mark.exercise("zero_pad")
@pytest.mark.after("test_zero_pad_by_hand")
def test_zero_pad_refuses_negative_padding(student):
    assert_refuses(student.zero_pad, "padding", np.ones((1, 1, 3, 4)), -1)


@pytest.mark.exercise("receptive_field")
def test_receptive_field_of_three_small_kernels(student):
    # Three kernels of 3, one after the other: 3, then 5, then 7 pixels.
    assert_close(student.receptive_field([(3, 1, 1), (3, 1, 1), (3, 1, 1)]), 7)


@pytest.mark.exercise("receptive_field")
def test_receptive_field_grows_faster_after_a_stride(student):
    # The first layer sees 3 pixels. Its outputs are 2 pixels apart, so the second one's 5 - 1 = 4 steps are 8 pixels.
    assert_close(student.receptive_field([(3, 2, 1), (5, 1, 1)]), 11)


@pytest.mark.exercise("receptive_field")
def test_receptive_field_of_a_dilated_kernel(student):
    # 3 pixels, then three weights 4 apart: 2 gaps of 4 more.
    assert_close(student.receptive_field([(3, 1, 1), (3, 1, 4)]), 11)


@pytest.mark.exercise("layer_shape")
def test_layer_shape_of_alexnet(student):
    shape = student.layer_shape((3, 227, 227), 96, 11, 4, 0)
    assert_numbers(shape, (96, 55, 55))  # 96 * 55 * 55 = 290,400 neurons


@pytest.mark.exercise("layer_shape")
def test_layer_shape_with_padding(student):
    # With a zero on each side a kernel of 3 keeps both sizes, 8 + 2 - 3 + 1 = 8 and 6 + 2 - 3 + 1 = 6.
    assert_numbers(student.layer_shape((4, 8, 6), 5, 3, padding=1), (5, 8, 6))


@pytest.mark.exercise("parameter_count")
def test_parameter_count_of_alexnet(student):
    # Each of the 96 filters has 3 * 11 * 11 = 363 weights and a bias.
    assert_close(student.parameter_count(3, 96, 11), 34944)


@pytest.mark.exercise("parameter_count")
def test_parameter_count_without_bias(student):
    # 96 * 363.
    assert_close(student.parameter_count(3, 96, 11, bias=False), 34848)


@pytest.mark.exercise("im2col")
def test_im2col_by_hand(student):
    # The blocks of 2 x 2 are (1, 2, 4, 5) on the left and (2, 3, 5, 6) on the right: one column each.
    x = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
    assert_close(student.im2col(x, 2), np.array([[[1.0, 2.0], [2.0, 3.0], [4.0, 5.0], [5.0, 6.0]]]))


@pytest.mark.exercise("im2col")
def test_im2col_of_two_channels(student):
    # As above, and below it the same of the second channel.
    x = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]]]])
    first = [[1.0, 2.0], [2.0, 3.0], [4.0, 5.0], [5.0, 6.0]]
    second = [[10.0, 20.0], [20.0, 30.0], [40.0, 50.0], [50.0, 60.0]]
    assert_close(student.im2col(x, 2), np.array([first + second]))


@pytest.mark.exercise("im2col")
def test_im2col_with_stride_and_padding(student):
    # Zeros all round make 4 rows of 5. A single weight looks at rows 0 and 2, columns 0, 2 and 4: zeros, and the 5.
    x = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
    assert_close(student.im2col(x, 1, stride=2, padding=1), np.array([[[0.0, 0.0, 0.0, 0.0, 5.0, 0.0]]]))


@pytest.mark.exercise("im2col")
def test_im2col_with_dilation(student):
    # Two weights, two pixels apart: (1, 3) and (2, 4).
    x = np.array([[[[1.0, 2.0, 3.0, 4.0]]]])
    assert_close(student.im2col(x, (1, 2), dilation=2), np.array([[[1.0, 2.0], [3.0, 4.0]]]))


@pytest.mark.exercise("col2im")
def test_col2im_by_hand(student):
    # The blocks overlap in the middle column: 20 + 3 above, 40 + 5 below.
    columns = np.array([[[10.0, 3.0], [20.0, 6.0], [30.0, 5.0], [40.0, 7.0]]])
    expected = np.array([[[[10.0, 23.0, 6.0], [30.0, 45.0, 7.0]]]])
    assert_close(student.col2im(columns, (2, 3), 2), expected)


@pytest.mark.exercise("col2im")
def test_col2im_with_stride_and_padding(student):
    # The places of im2col's last test: all but one lie on the padding, where nothing is kept.
    columns = np.array([[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]])
    expected = np.array([[[[0.0, 0.0, 0.0], [0.0, 5.0, 0.0]]]])
    assert_close(student.col2im(columns, (2, 3), 1, stride=2, padding=1), expected)


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


@pytest.mark.exercise("conv2d_forward")
def test_conv2d_with_stride_and_padding(student):
    # Zeros all round make rows 0 0 0 0 0 0, 0 1 2 3 4 0, 0 5 6 7 8 0, 0 9 10 11 12 0 and zeros. Every 2 pixels:
    # above -1, -3 and -0; below 0 + 2 * 5 - 9 = 1, 6 + 2 * 7 - 11 = 9 and 8 + 0 - 0 = 8.
    x = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
    out, _ = student.conv2d_forward(x, np.array([[[[1.0, 2.0], [0.0, -1.0]]]]), np.array([0.0]), stride=2, padding=1)
    assert_close(out, np.array([[[[-1.0, -3.0, 0.0], [1.0, 9.0, 8.0]]]]), name="out")


@pytest.mark.exercise("conv2d_forward")
def test_conv2d_with_dilation(student):
    # Two weights, two pixels apart: 10 * 1 + 3, 10 * 2 + 4 and 10 * 3 + 5.
    x, w = np.array([[[[1.0, 2.0, 3.0, 4.0, 5.0]]]]), np.array([[[[10.0, 1.0]]]])
    out, _ = student.conv2d_forward(x, w, np.array([0.0]), dilation=2)
    assert_close(out, np.array([[[[13.0, 24.0, 35.0]]]]), name="out")


@pytest.mark.exercise("conv2d_forward")
@pytest.mark.after("test_conv2d_by_hand")
def test_conv2d_refuses_filters_for_other_channels(student):
    assert_refuses(student.conv2d_forward, "w", np.ones((1, 3, 4, 5)), np.ones((2, 1, 2, 2)), np.zeros(2))


@pytest.mark.exercise("conv2d_backward")
def test_conv2d_backward_by_hand(student):
    # out = (10 * 1 + 2, 10 * 2 + 3), so x gets 10 dout_0, then 1 dout_0 + 10 dout_1, then 1 dout_1,
    # and the weights get 1 * 1 + 2 * 5 = 11 and 2 * 1 + 3 * 5 = 17.
    _, cache = student.conv2d_forward(np.array([[[[1.0, 2.0, 3.0]]]]), np.array([[[[10.0, 1.0]]]]), np.array([0.0]))
    grads = student.conv2d_backward(np.array([[[[1.0, 5.0]]]]), cache)
    expected = (np.array([[[[10.0, 51.0, 5.0]]]]), np.array([[[[11.0, 17.0]]]]), np.array([6.0]))
    assert_close(grads, expected, name="(dx, dw, db)")


@pytest.mark.exercise("conv2d_backward")
def test_conv2d_backward_of_two_images(student):
    # The same twice over: (1, 2, 3) with dout (1, 5), and (0, 1, 2) with dout (2, 1), which gives dx = (20, 2 + 10, 1).
    # The weights get 11 + 2 * 0 + 1 * 1 = 12 and 17 + 2 * 1 + 1 * 2 = 21, the bias 1 + 5 + 2 + 1 = 9.
    x = np.array([1.0, 2.0, 3.0, 0.0, 1.0, 2.0]).reshape(2, 1, 1, 3)
    _, cache = student.conv2d_forward(x, np.array([[[[10.0, 1.0]]]]), np.array([0.0]))
    grads = student.conv2d_backward(np.array([1.0, 5.0, 2.0, 1.0]).reshape(2, 1, 1, 2), cache)
    dx = np.array([10.0, 51.0, 5.0, 20.0, 12.0, 1.0]).reshape(2, 1, 1, 3)
    assert_close(grads, (dx, np.array([[[[12.0, 21.0]]]]), np.array([9.0])), name="(dx, dw, db)")


@pytest.mark.exercise("conv2d_backward")
def test_conv2d_backward_with_stride(student):
    # out = (10 * 1 + 2, 10 * 3 + 4): each pixel was used once. The weights get 1 * 1 + 5 * 3 and 1 * 2 + 5 * 4.
    x = np.array([[[[1.0, 2.0, 3.0, 4.0]]]])
    _, cache = student.conv2d_forward(x, np.array([[[[10.0, 1.0]]]]), np.array([0.0]), stride=2)
    grads = student.conv2d_backward(np.array([[[[1.0, 5.0]]]]), cache)
    expected = (np.array([[[[10.0, 1.0, 50.0, 5.0]]]]), np.array([[[[16.0, 22.0]]]]), np.array([6.0]))
    assert_close(grads, expected, name="(dx, dw, db)")


@pytest.mark.exercise("conv2d_backward")
def test_conv2d_backward_with_dilation(student):
    # out = (10 * 1 + 3, 10 * 2 + 4): each pixel was used once. The weights get 1 * 1 + 5 * 2 and 1 * 3 + 5 * 4.
    x, w = np.array([[[[1.0, 2.0, 3.0, 4.0]]]]), np.array([[[[10.0, 1.0]]]])
    _, cache = student.conv2d_forward(x, w, np.array([0.0]), dilation=2)
    grads = student.conv2d_backward(np.array([[[[1.0, 5.0]]]]), cache)
    expected = (np.array([[[[10.0, 50.0, 1.0, 5.0]]]]), np.array([[[[11.0, 23.0]]]]), np.array([6.0]))
    assert_close(grads, expected, name="(dx, dw, db)")


@pytest.mark.exercise("conv2d_backward")
def test_conv2d_backward_drops_the_padding(student):
    # 0 1 2 3 0 under two weights: out = (0 + 1, 10 * 1 + 2, 10 * 2 + 3, 10 * 3 + 0). x gets 1 * 1 + 10 * 5, 1 * 5 + 10 * 2
    # and 1 * 2 + 10 * 3; the weights 5 * 1 + 2 * 2 + 3 * 3 and 1 * 1 + 5 * 2 + 2 * 3. The zeros' shares are nobody's.
    x, w = np.array([[[[1.0, 2.0, 3.0]]]]), np.array([[[[10.0, 1.0]]]])
    _, cache = student.conv2d_forward(x, w, np.array([0.0]), padding=(0, 1))
    grads = student.conv2d_backward(np.array([[[[1.0, 5.0, 2.0, 3.0]]]]), cache)
    expected = (np.array([[[[51.0, 25.0, 32.0]]]]), np.array([[[[18.0, 17.0]]]]), np.array([11.0]))
    assert_close(grads, expected, name="(dx, dw, db)")


@pytest.mark.exercise("conv_transpose2d_forward")
def test_transposed_conv_adds_the_prints_up(student):
    # 2 prints (2, 20, 200), 3 prints (3, 30, 300) one pixel on: 2, 20 + 3, 200 + 30, 300.
    w = np.array([[[[1.0, 10.0, 100.0]]]])
    out, _ = student.conv_transpose2d_forward(np.array([[[[2.0, 3.0]]]]), w, np.array([0.0]))
    assert_close(out, np.array([[[[2.0, 23.0, 230.0, 300.0]]]]), name="out")


@pytest.mark.exercise("conv_transpose2d_forward")
def test_transposed_conv_prints_the_kernel(student):
    # 2 prints (2, 20, 200), 3 prints (3, 30, 300) two pixels on; they meet in the middle, 200 + 3. The bias adds 1.
    w = np.array([[[[1.0, 10.0, 100.0]]]])
    out, _ = student.conv_transpose2d_forward(np.array([[[[2.0, 3.0]]]]), w, np.array([1.0]), stride=2)
    assert_close(out, np.array([[[[3.0, 21.0, 204.0, 31.0, 301.0]]]]), name="out")


@pytest.mark.exercise("conv_transpose2d_forward")
def test_transposed_conv_cuts_the_padding_off(student):
    # As before, less one column on each side.
    w = np.array([[[[1.0, 10.0, 100.0]]]])
    x, b = np.array([[[[2.0, 3.0]]]]), np.array([1.0])
    out, _ = student.conv_transpose2d_forward(x, w, b, stride=2, padding=(0, 1))
    assert_close(out, np.array([[[[21.0, 204.0, 31.0]]]]), name="out")


@pytest.mark.exercise("causal_conv1d_forward")
def test_causal_conv_by_hand(student):
    # Now plus 10 times what was before, plus 0.5: the first step has no past, then 2 + 10 * 1 and 3 + 10 * 2.
    w = np.array([[[10.0, 1.0]]])
    out, _ = student.causal_conv1d_forward(np.array([[[1.0, 2.0, 3.0]]]), w, np.array([0.5]))
    assert_close(out, np.array([[[1.5, 12.5, 23.5]]]), name="out")


@pytest.mark.exercise("causal_conv1d_forward")
def test_causal_conv_with_dilation(student):
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


@pytest.mark.exercise("multi_resolution_conv1d")
def test_resolutions_in_the_order_of_the_list(student):
    # The first filter is 10 times the step before plus the step itself: 1, 10 + 2, 20 + 4; the second one doubles.
    x = np.array([[[1.0, 2.0, 4.0]]])
    out = student.multi_resolution_conv1d(x, [np.array([[[10.0, 1.0, 0.0]]]), np.array([[[2.0]]])])
    assert_close(out, np.array([[[1.0, 12.0, 24.0], [2.0, 4.0, 8.0]]]))


@pytest.mark.exercise("filter_bank")
def test_blur_edge_and_sharpen_by_hand(student):
    bank = student.filter_bank()
    names = ["blur", "edge", "identity", "sharpen", "sobel_x", "sobel_y"]
    assert_close(sorted(bank) if isinstance(bank, dict) else bank, names, name="the names")
    # Eight times the pixel minus its eight neighbours.
    assert_numbers(bank["edge"], np.array([[-1.0, -1.0, -1.0], [-1.0, 8.0, -1.0], [-1.0, -1.0, -1.0]]), name="edge")
    # A mean of nine gives each 1/9. The pixel plus its four differences is 1 + 4 in the middle and -1 at the four.
    assert_close(bank["blur"], np.full((3, 3), 1 / 9), name="blur")
    assert_numbers(bank["sharpen"], np.array([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]), name="sharpen")


@pytest.mark.exercise("filter_bank")
def test_sobel_by_hand(student):
    bank = student.filter_bank()
    names = ["blur", "edge", "identity", "sharpen", "sobel_x", "sobel_y"]
    assert_close(sorted(bank) if isinstance(bank, dict) else bank, names, name="the names")
    # Right minus left, and below minus above, the middle twice.
    assert_numbers(bank["sobel_x"], np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]), name="sobel_x")
    assert_numbers(bank["sobel_y"], np.array([[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]]), name="sobel_y")


@pytest.mark.exercise("apply_filter")
def test_apply_filter_right_minus_left(student):
    # Each pixel becomes its right neighbour minus its left one; beyond the border there are zeros.
    out = student.apply_filter(np.array([[1.0, 2.0, 4.0], [5.0, 5.0, 5.0]]), np.array([[-1.0, 0.0, 1.0]]))
    assert_close(out, np.array([[2.0, 3.0, -2.0], [5.0, 0.0, -5.0]]))


@pytest.mark.exercise("apply_filter")
def test_apply_filter_leaves_colours_apart(student):
    # The same kernel over two channels, each by itself.
    image = np.array([[[1.0, 2.0, 4.0]], [[10.0, 20.0, 50.0]]])
    kernel = np.array([[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    assert_close(student.apply_filter(image, kernel), np.array([[[2.0, 3.0, -2.0]], [[20.0, 40.0, -20.0]]]))


@pytest.mark.exercise("apply_filter")
def test_apply_filter_on_bytes(student):
    # 0 + 250 + 10, 250 + 10 + 200, 10 + 200 + 0: more than a byte can hold.
    image, kernel = np.array([[250, 10, 200]], dtype=np.uint8), np.array([[1.0, 1.0, 1.0]])
    assert_close(student.apply_filter(image, kernel), np.array([[260.0, 460.0, 210.0]]))
