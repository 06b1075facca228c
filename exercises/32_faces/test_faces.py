"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close

LN3 = np.log(3.0)


@pytest.mark.exercise("prelu")
def test_prelu_by_hand(student):
    # Channel 0 has slope 0.5, channel 1 slope -1: what is below 0 is multiplied, what is above stays.
    x = np.array([[[-2.0, 6.0], [-3.0, 4.0]]])
    assert_close(student.prelu(x, np.array([0.5, -1.0])), np.array([[[-1.0, 6.0], [3.0, 4.0]]]))


@pytest.mark.exercise("prelu")
def test_prelu_with_a_slope_above_one(student):
    assert_close(student.prelu(np.array([[[-3.0, 3.0]]]), np.array([2.0])), np.array([[[-6.0, 3.0]]]))


@pytest.mark.exercise("ceil_max_pool2d")
def test_the_last_window_sticks_out(student):
    # Five columns, windows of 2: columns 0 1, 2 3, and 4 alone. All are negative, so that a 0 beside them would win.
    x = np.array([[[[-1.0, -2.0, -3.0, -4.0, -5.0], [-6.0, -7.0, -2.0, -9.0, -8.0]]]])
    assert_close(student.ceil_max_pool2d(x, 2, 2), np.array([[[[-1.0, -2.0, -5.0]]]]))


@pytest.mark.exercise("ceil_max_pool2d")
def test_the_last_window_of_large_numbers(student):
    # What lies outside never wins, however low the pixels are.
    x = np.array([[[[-1e6, -2e6, -3e6], [-4e6, -5e6, -6e6]]]])
    assert_close(student.ceil_max_pool2d(x, 2, 2), np.array([[[[-1e6, -3e6]]]]))


@pytest.mark.exercise("pyramid_scales")
def test_scales_by_hand(student):
    # 12 / 24 makes 48 pixels 24; half of that are 12, which still counts; 6 would be too few.
    assert_close(student.pyramid_scales(70, 48, 24, 0.5), np.array([0.5, 0.25]), name="scales")


@pytest.mark.exercise("pyramid_scales")
def test_scales_of_a_wide_picture(student):
    # The shorter side decides, whichever it is.
    assert_close(student.pyramid_scales(48, 200, 24, 0.5), np.array([0.5, 0.25]), name="scales")


@pytest.mark.exercise("proposal_net")
def test_proposal_net_by_hand(student):
    # Weights of 0 leave nothing but the biases: scores 0 and ln 3 are shares of 1/4 and 3/4. 12 x 14 pixels are 1 x 2 cells:
    # 14 - 2 = 12, 12 / 2 = 6, 6 - 4 = 2.
    params = {}
    for k, (out, inner) in enumerate([(2, 3), (1, 2), (2, 1)], 1):
        params |= {f"pnet.conv{k}.weight": np.zeros((out, inner, 3, 3)), f"pnet.conv{k}.bias": np.zeros(out)}
        params |= {f"pnet.prelu{k}": np.ones(out)}
    params |= {"pnet.face.weight": np.zeros((2, 2, 1, 1)), "pnet.face.bias": np.array([0.0, LN3])}
    params |= {"pnet.box.weight": np.zeros((4, 2, 1, 1)), "pnet.box.bias": np.array([1.0, 2.0, 3.0, 4.0])}
    face, deltas = student.proposal_net(np.ones((1, 3, 12, 14)), params)
    assert_close(face, np.full((1, 1, 2), 0.75), name="face")
    assert_close(deltas, np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1, 1) * np.ones((1, 4, 1, 2)), name="deltas")


@pytest.mark.exercise("proposals")
def test_proposals_by_hand(student):
    # Row 1, column 0: x from 0 to 12, y from 2 to 14. Deltas of 0.5 and -0.25 move x1 by 6 and y2 by -3. Then twice as large.
    deltas = np.zeros((4, 2, 1))
    deltas[:, 1, 0] = [0.5, 0.0, 0.0, -0.25]
    boxes, scores = student.proposals(np.array([[0.6], [0.7]]), deltas, 0.5)
    assert_close(boxes, np.array([[12.0, 4.0, 24.0, 22.0]]), name="boxes")
    assert_close(scores, np.array([0.7]), name="scores")


@pytest.mark.exercise("square_boxes")
def test_square_by_hand(student):
    # 6 wide, 2 high, centre (5, 4): 3 to each side.
    assert_close(student.square_boxes(np.array([[2.0, 3.0, 8.0, 5.0]])), np.array([[2.0, 1.0, 8.0, 7.0]]), name="boxes")


@pytest.mark.exercise("refine_boxes")
def test_refine_by_hand(student):
    # 10 wide, 20 high: x1 + 1, y1 + 4, x2 - 2, y2 + 10.
    boxes = student.refine_boxes(np.array([[5.0, 5.0, 15.0, 25.0]]), np.array([[0.1, 0.2, -0.2, 0.5]]))
    assert_close(boxes, np.array([[6.0, 9.0, 13.0, 35.0]]), name="boxes")


@pytest.mark.exercise("crop_boxes")
def test_crop_by_hand(student):
    # Points at x = 0, 0.5, 1 and y = 1, 1.5, 2. Row 2 lies outside, and counts as 0.
    image = np.array([[[9.0, 9.0], [2.0, 4.0]]])
    crops = student.crop_boxes(image, np.array([[0.0, 1.0, 1.0, 2.0]]), 3)
    assert_close(crops, np.array([[[[2.0, 3.0, 4.0], [1.0, 1.5, 2.0], [0.0, 0.0, 0.0]]]]), name="crops")


def of_zeros(net, kernels, dense, heads):
    """A network of weights 0: what comes out are the heads' biases."""
    params = {}
    for k, kernel in enumerate(kernels, 1):
        params |= {f"{net}.conv{k}.weight": np.zeros((1, 1, kernel, kernel)), f"{net}.conv{k}.bias": np.zeros(1)}
        params |= {f"{net}.prelu{k}": np.ones(1)}
    params |= {f"{net}.{dense}.weight": np.zeros((2, 9)), f"{net}.{dense}.bias": np.zeros(2)}
    params |= {f"{net}.prelu{dense[-1]}": np.ones(2)}
    for head, bias in heads.items():
        params |= {f"{net}.{head}.weight": np.zeros((len(bias), 2)), f"{net}.{head}.bias": np.array(bias)}
    return params


@pytest.mark.exercise("refine_net")
def test_refine_net_by_hand(student):
    # Only the biases are left: 3/4, and the four deltas. 24 -> 22 -> 11 -> 9 -> 4 -> 3 on either side: nine numbers.
    params = of_zeros("rnet", (3, 3, 2), "fc4", {"face": [0.0, LN3], "box": [1.0, 2.0, 3.0, 4.0]})
    face, deltas = student.refine_net(np.ones((2, 1, 24, 24)), params)
    assert_close(face, np.array([0.75, 0.75]), name="face")
    assert_close(deltas, np.array([[1.0, 2.0, 3.0, 4.0]] * 2), name="deltas")


def of_the_left_edge(net, kernels, dense, heads):
    """Convolutions that pass a picture on as it is, and a dense layer of which unit 0 reads the second of its nine numbers."""
    params = of_zeros(net, kernels, dense, heads)
    for k, kernel in enumerate(kernels, 1):
        params[f"{net}.conv{k}.weight"][0, 0, kernel // 3, kernel // 3] = 1.0
    params[f"{net}.{dense}.weight"][0, 1] = 1.0
    params[f"{net}.box.weight"][0, 0] = 1.0
    return params


@pytest.mark.exercise("refine_net")
def test_refine_net_reads_column_by_column(student):
    # A pixel is the number of its column. The nine numbers are 9, 13, 17 across, in each of three rows. Laid out column by column
    # the second of them is the left column's, 9.
    params = of_the_left_edge("rnet", (3, 3, 2), "fc4", {"face": [0.0, LN3], "box": [0.0] * 4})
    _, deltas = student.refine_net(np.tile(np.arange(24.0), (1, 1, 24, 1)), params)
    assert_close(deltas, np.array([[9.0, 0.0, 0.0, 0.0]]), name="deltas")


OUTPUT = {
    "face": [0.0, LN3],
    "box": [0.0, 0.0, 0.0, 0.0],
    "landmarks": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
}


@pytest.mark.exercise("output_net")
def test_output_net_by_hand(student):
    # Only the biases are left: five x, then five y.
    face, deltas, landmarks = student.output_net(np.ones((1, 1, 48, 48)), of_zeros("onet", (3, 3, 3, 2), "fc5", OUTPUT))
    assert_close(face, np.array([0.75]), name="face")
    assert_close(deltas, np.zeros((1, 4)), name="deltas")
    pairs = np.array([[[0.1, 0.6], [0.2, 0.7], [0.3, 0.8], [0.4, 0.9], [0.5, 1.0]]])
    assert_close(landmarks, pairs, name="landmarks")


@pytest.mark.exercise("output_net")
def test_output_net_reads_column_by_column(student):
    # As for refine_net: here the nine numbers are 17, 25, 33 across.
    params = of_the_left_edge("onet", (3, 3, 3, 2), "fc5", OUTPUT)
    _, deltas, _ = student.output_net(np.tile(np.arange(48.0), (1, 1, 48, 1)), params)
    assert_close(deltas, np.array([[17.0, 0.0, 0.0, 0.0]]), name="deltas")


@pytest.mark.exercise("find_faces")
def test_one_window_is_the_face(student):
    # 20 x 20 pixels at scale 0.6 are one window, 12 x 12. Shares of 9/10 pass every threshold, deltas of 0 move nothing, so
    # the box is the picture; its landmarks are shares of 20 pixels.
    nine = [0.0, 2 * LN3]
    params = of_zeros("pnet", (3, 3, 3), "fc4", {})
    params |= {"pnet.face.weight": np.zeros((2, 1, 1, 1)), "pnet.face.bias": np.array(nine)}
    params |= {"pnet.box.weight": np.zeros((4, 1, 1, 1)), "pnet.box.bias": np.zeros(4)}
    params |= of_zeros("rnet", (3, 3, 2), "fc4", {"face": nine, "box": [0.0] * 4})
    params |= of_zeros("onet", (3, 3, 3, 2), "fc5", OUTPUT | {"face": nine})
    boxes, scores, landmarks = student.find_faces(np.ones((1, 20, 20)), params)
    assert_close(boxes, np.array([[0.0, 0.0, 20.0, 20.0]]), name="boxes")
    assert_close(scores, np.array([0.9]), name="scores")
    assert_close(landmarks[0, :2], np.array([[2.0, 12.0], [4.0, 14.0]]), name="landmarks")
