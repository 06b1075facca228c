"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses


def boxes(*rows):
    return np.array(rows, dtype=np.float64)


def assert_numbers(found, right, name="the result"):
    """The right numbers; a list of them will do, and so will whole floats for integers: the hidden checks ask for manners."""
    if isinstance(found, (list, tuple)):
        right = right.tolist()
    elif isinstance(found, np.ndarray) and found.dtype.kind == "f":
        right = right.astype(np.float64)
    assert_close(found, right, name=name)


@pytest.mark.exercise("box_area")
def test_area_by_hand(student):
    # 3 wide and 2 high, then 5 wide and 1 high.
    assert_close(student.box_area(boxes([1, 1, 4, 3], [-2, 0, 3, 1])), np.array([6.0, 5.0]))


@pytest.mark.exercise("box_area")
def test_area_without_inside(student):
    # 2 wide and 1 high; a line has no area, and neither has a box with its corners swapped, (-2) * (-1).
    out = student.box_area(boxes([0, 0, 2, 1], [2, 0, 2, 5], [5, 5, 3, 4]))
    assert_close(out, np.array([2.0, 0.0, 0.0]))


@pytest.mark.exercise("box_area")
@pytest.mark.after("test_area_by_hand")
def test_area_refuses_what_are_no_boxes(student):
    # One box is an array (1, 4), not (4,).
    assert_refuses(student.box_area, "boxes", np.array([1.0, 1.0, 4.0, 3.0]))


@pytest.mark.exercise("iou")
def test_iou_by_hand(student):
    # 4 x 2 each. Half covered: 4 / (8 + 8 - 4) = 1/3. The same box: 8 / 8. Side by side: only an edge in common.
    a = boxes([0, 0, 4, 2])
    b = boxes([2, 0, 6, 2], [0, 0, 4, 2], [4, 0, 8, 2])
    assert_close(student.iou(a, b), np.array([[1 / 3, 1.0, 0.0]]))


@pytest.mark.exercise("iou")
def test_iou_far_apart(student):
    # The overlap with the first would be (1 - 5) * (1 - 5) = 16, two negative sides: nothing is shared. With the second
    # it is 1 / (1 + 2 - 1).
    out = student.iou(boxes([0, 0, 1, 1]), boxes([5, 5, 6, 6], [0, 0, 2, 1]))
    assert_close(out, np.array([[0.0, 0.5]]))


@pytest.mark.exercise("iou")
def test_iou_without_inside(student):
    # A point shares nothing with a box of 2 x 1, nor with itself, though there it would be 0 / 0. The box is itself.
    a = boxes([1, 1, 1, 1], [0, 0, 2, 1])
    assert_close(student.iou(a, a), np.array([[0.0, 0.0], [0.0, 1.0]]))


@pytest.mark.exercise("nms")
def test_nms_by_hand(student):
    # Box 1 is the best. Box 0 overlaps it by 6 / (8 + 8 - 6) = 0.6 and goes; box 2 by 2 / (8 + 8 - 2) = 1/7 and stays.
    # Box 3 is elsewhere.
    out = student.nms(
        boxes([0, 0, 4, 2], [1, 0, 5, 2], [4, 0, 8, 2], [0, 8, 1, 9]), np.array([0.8, 0.9, 0.6, 0.7]), threshold=0.5
    )
    assert_numbers(out, np.array([1, 3, 2]), name="kept")


@pytest.mark.exercise("nms")
def test_nms_at_the_threshold(student):
    # The IoU of the first two is 2 / 4 = 0.5, which is not above 0.5. The third is elsewhere.
    out = student.nms(boxes([0, 0, 2, 1], [0, 0, 2, 2], [5, 5, 6, 6]), np.array([0.6, 0.9, 0.3]), threshold=0.5)
    assert_numbers(out, np.array([1, 0, 2]), name="kept")


@pytest.mark.exercise("nms")
def test_nms_dropped_boxes_drop_no_others(student):
    # Each is 4 x 1 and overlaps the next by 3 / (4 + 4 - 3) = 0.6, the one after by 2 / 6. Box 1 goes because of box 0, so
    # nothing is in the way of box 2.
    out = student.nms(boxes([0, 0, 4, 1], [1, 0, 5, 1], [2, 0, 6, 1]), np.array([0.9, 0.8, 0.7]), threshold=0.5)
    assert_numbers(out, np.array([0, 2]), name="kept")


@pytest.mark.exercise("nms")
def test_nms_of_equal_scores(student):
    # Far apart, so all stay. Boxes 0 and 2 have the same score: the earlier one comes first.
    apart = boxes([0, 0, 1, 1], [3, 0, 4, 1], [6, 0, 7, 1])
    assert_numbers(student.nms(apart, np.array([0.5, 0.75, 0.5]), threshold=0.5), np.array([1, 0, 2]), name="kept")


@pytest.mark.exercise("batched_nms")
def test_batched_nms_by_hand(student):
    # Boxes 0 and 1 overlap by 0.6 but are of classes 7 and 2. Box 2 is box 0 once more, of class 7 and with a better score.
    out = student.batched_nms(
        boxes([0, 0, 4, 2], [1, 0, 5, 2], [0, 0, 4, 2]), np.array([0.4, 0.5, 0.8]), np.array([7, 2, 7]), threshold=0.5
    )
    assert_numbers(out, np.array([2, 1]), name="kept")


@pytest.mark.exercise("batched_nms")
def test_batched_nms_left_of_zero(student):
    # Moved by the largest coordinate, 4, the box of class 1 would lie on that of class 0. It has its place far from there.
    found = boxes([0, 0, 4, 2], [-4, -4, 0, -2], [-5, -5, -1, -3])
    out = student.batched_nms(found, np.array([0.9, 0.8, 0.7]), np.array([0, 1, 1]), threshold=0.5)
    assert_numbers(out, np.array([0, 1, 2]), name="kept")


@pytest.mark.exercise("soft_nms")
def test_soft_nms_by_hand(student):
    # Box 1 is taken first. Box 0 overlaps it by 1/2: 0.8 exp(-(1/4) / (1/8)) = 0.8 / e^2 = 0.108, so box 2 comes before it.
    order, decayed = student.soft_nms(
        boxes([0, 0, 2, 1], [0, 0, 2, 2], [5, 5, 6, 6]), np.array([0.8, 0.9, 0.5]), sigma=0.125
    )
    assert_numbers(order, np.array([1, 2, 0]), name="order")
    assert_numbers(decayed, np.array([0.9, 0.5, 0.8 / np.e**2]), name="decayed")


@pytest.mark.exercise("soft_nms")
@pytest.mark.after("test_soft_nms_by_hand")
def test_soft_nms_leaves_the_scores(student):
    assert_inputs_unchanged(student.soft_nms, boxes([0, 0, 2, 1], [0, 0, 2, 2]), np.array([0.8, 0.9]), sigma=0.125)


@pytest.mark.exercise("sliding_windows")
def test_windows_of_all_places(student):
    # 2 high and 3 wide in an image 3 high and 4 wide: rows 0 and 1, columns 0 and 1. The last one just fits.
    out = student.sliding_windows((3, 4), (2, 3), 1)
    assert_numbers(out, np.array([[0, 0, 3, 2], [1, 0, 4, 2], [0, 1, 3, 3], [1, 1, 4, 3]]))


@pytest.mark.exercise("sliding_windows")
def test_windows_by_hand(student):
    # 2 high and 3 wide in an image 5 high and 6 wide, every 2 pixels: rows 0 and 2, columns 0 and 2. A window at column 4
    # would reach to 7.
    out = student.sliding_windows((5, 6), (2, 3), 2)
    assert_numbers(out, np.array([[0, 0, 3, 2], [2, 0, 5, 2], [0, 2, 3, 4], [2, 2, 5, 4]]))


@pytest.mark.exercise("make_anchors")
def test_anchors_by_hand(student):
    # Two cells side by side, with their centres at (5, 5) and (15, 5). Ratio 1: 4 x 4. Ratio 4: 2 wide and 8 high.
    out = student.make_anchors((1, 2), 10, [4], [1, 4])
    assert_close(out, boxes([3, 3, 7, 7], [4, 1, 6, 9], [13, 3, 17, 7], [14, 1, 16, 9]))


@pytest.mark.exercise("make_anchors")
def test_anchors_in_order(student):
    # Around (5, 5): first ratio 1, 4 x 4 and 8 x 8, then ratio 4, 2 x 8 and 4 x 16.
    out = student.make_anchors((1, 1), 10, [4, 8], [1, 4])
    assert_close(out, boxes([3, 3, 7, 7], [1, 1, 9, 9], [4, 1, 6, 9], [3, -3, 7, 13]))


@pytest.mark.exercise("encode_boxes")
def test_encode_by_hand(student):
    # The anchor: centre (2, 1), 4 x 2. The box: centre (4, 2), 8 x 2. So (4 - 2) / 4, (2 - 1) / 2, log 2, log 1.
    out = student.encode_boxes(boxes([0, 1, 8, 3]), boxes([0, 0, 4, 2]))
    assert_close(out, np.array([[0.5, 0.5, np.log(2.0), 0.0]]), name="deltas")


@pytest.mark.exercise("decode_boxes")
def test_decode_by_hand(student):
    # The way back: centre (2 + 4 * 0.5, 1 + 2 * 0.5) = (4, 2), width 4 * 2, height 2 * 1.
    out = student.decode_boxes(np.array([[0.5, 0.5, np.log(2.0), 0.0]]), boxes([0, 0, 4, 2]))
    assert_close(out, boxes([0, 1, 8, 3]), name="boxes")


@pytest.mark.exercise("decode_boxes")
def test_decode_limits_the_growth(student):
    # exp(1000) is infinite; 62.5 times 4 is 250, so from 2 - 125 to 2 + 125.
    out = student.decode_boxes(np.array([[0.0, 0.0, 1000.0, 0.0]]), boxes([0, 0, 4, 2]))
    assert_close(out, boxes([-123, 0, 127, 2]), name="boxes")


@pytest.mark.exercise("match_anchors")
def test_match_by_thresholds(student):
    # One object of 4 x 4. IoU of the anchors with it: 12/16 (above 0.7), 8/16 (between), 4/16 (below 0.3), 0.
    anchors = boxes([0, 0, 4, 3], [0, 0, 4, 2], [0, 0, 2, 2], [9, 9, 10, 10])
    assert_numbers(student.match_anchors(anchors, boxes([0, 0, 4, 4])), np.array([0, -2, -1, -1]), name="labels")


@pytest.mark.exercise("match_anchors")
def test_match_by_hand(student):
    # Object 0 is 4 x 4. IoU of the anchors with it: 12/16 (above 0.7), 8/16 (between), 4/16 (below 0.3), 0.
    # Object 1 is 2 x 2 and only the last anchor touches it, by 1/4: it is taken all the same, for there is no better one.
    anchors = boxes([0, 0, 4, 3], [0, 0, 4, 2], [0, 0, 2, 2], [9, 9, 10, 10])
    out = student.match_anchors(anchors, boxes([0, 0, 4, 4], [8, 8, 10, 10]))
    assert_numbers(out, np.array([0, -2, -1, 1]), name="labels")


@pytest.mark.exercise("match_anchors")
def test_match_at_the_thresholds(student):
    # An IoU of exactly 12/16 is enough, and one of exactly 4/16 is not too little.
    anchors = boxes([0, 0, 4, 4], [0, 0, 4, 3], [0, 0, 2, 2])
    out = student.match_anchors(anchors, boxes([0, 0, 4, 4]), low=0.25, high=0.75)
    assert_numbers(out, np.array([0, 0, -2]), name="labels")


@pytest.mark.exercise("match_anchors")
def test_match_what_is_best_for_an_object(student):
    # Two halves of an object, 8/16 each: both are its best, and both are taken. The second object is touched by no anchor, and
    # takes none.
    anchors = boxes([0, 0, 4, 2], [0, 2, 4, 4], [9, 9, 10, 10])
    out = student.match_anchors(anchors, boxes([0, 0, 4, 4], [20, 20, 22, 22]))
    assert_numbers(out, np.array([0, 0, -1]), name="labels")
    # The only anchor is the best for both objects, but overlaps the first one most.
    out = student.match_anchors(boxes([0, 0, 4, 4]), boxes([0, 0, 4, 4], [0, 3, 4, 5]))
    assert_numbers(out, np.array([0]), name="labels")


@pytest.mark.exercise("yolo_decode")
def test_yolo_by_hand(student):
    # One cell in column 0, one in column 1; one anchor of 4 x 2; one class; s(ln 3) = 3/4 and s(0) = 1/2.
    # Centres: ((3/4 + 0) * 8, 1/2 * 8) and ((1/2 + 1) * 8, 1/2 * 8). Sizes: 4 x 2, and 4 * 2 = 8 x 2.
    # Scores: 3/4 * 1/2 and 1/2 * 3/4.
    answers = {"t_x": [np.log(3), 0], "t_y": [0, 0], "t_w": [0, np.log(2)], "t_h": [0, 0]}
    answers |= {"t_o": [np.log(3), 0], "t_1": [0, np.log(3)]}
    found, scores = student.yolo_decode(np.array(list(answers.values())).reshape(1, 6, 1, 2), boxes([4, 2]), 8)
    assert_close(found, boxes([4, 3, 8, 5], [8, 3, 16, 5])[None], name="boxes")
    assert_close(scores, np.array([[[0.375], [0.375]]]), name="scores")


@pytest.mark.exercise("yolo_decode")
def test_yolo_of_two_anchors(student):
    # One cell, all t are 0 but t_w of anchor 1: channels 0 to 5 are anchor 0's, 6 to 11 anchor 1's. Centres (4, 4).
    # 4 x 2, and 2 * 3 = 6 x 6. Scores 1/2 * 1/2.
    grid = np.zeros((1, 12, 1, 1))
    grid[0, 8] = np.log(3)
    found, scores = student.yolo_decode(grid, boxes([4, 2], [2, 6]), 8)
    assert_close(found, boxes([2, 3, 6, 5], [1, 1, 7, 7])[None], name="boxes")
    assert_close(scores, np.array([[[0.25], [0.25]]]), name="scores")


@pytest.mark.exercise("roi_max_pool")
def test_roi_pool_of_the_second_image(student):
    # Image 1 holds -1 -2 -3 -4 -5 -6. Its first four columns in two bins: -1 -2 and -3 -4.
    features = np.array([[[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]], [[[-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]]]])
    out = student.roi_max_pool(features, boxes([1, 0, 0, 4, 1]), (1, 2))
    assert_close(out, np.array([[[[-1.0, -3.0]]]]))


@pytest.mark.exercise("roi_max_pool")
def test_roi_pool_by_hand(student):
    # Rows of 0 1 2 3 4, 5 6 7 8 9, 10 ... 14. The region: columns 1 to 3, rows 0 to 1, so 1 2 3 over 6 7 8.
    # Two bins across three columns: 0 to ceil(1.5) - 1 = 1 and floor(1.5) = 1 to 2. They share the middle column.
    features = np.arange(15.0).reshape(1, 1, 3, 5)
    out = student.roi_max_pool(features, boxes([0, 1, 0, 4, 2]), (1, 2))
    assert_close(out, np.array([[[[7.0, 8.0]]]]))


FALLING = np.array([[[[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]]]])


@pytest.mark.exercise("roi_max_pool")
def test_roi_pool_rounds_to_whole_cells(student):
    # 0.6 to 4.4 is 1 to 4: the cells 5, 4 and 3.
    assert_close(student.roi_max_pool(FALLING, boxes([0, 0.6, 0, 4.4, 1]), (1, 1)), np.array([[[[5.0]]]]))


@pytest.mark.exercise("roi_max_pool")
def test_roi_pool_beyond_the_map(student):
    # Columns -4 to 1 in three bins: the first two hold nothing, the third 6 and 5.
    assert_close(student.roi_max_pool(FALLING, boxes([0, -4, 0, 2, 1]), (1, 3)), np.array([[[[0.0, 0.0, 6.0]]]]))


@pytest.mark.exercise("fpn_merge")
def test_fpn_by_hand(student):
    # The coarse map stays. Each of its cells is added to 2 x 2 fine ones: 10 on the left, 20 on the right.
    fine = np.array([[[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]]])
    out = student.fpn_merge([fine, np.array([[[[10.0, 20.0]]]])])
    assert_close(
        out, [np.array([[[[11.0, 12.0, 23.0, 24.0], [15.0, 16.0, 27.0, 28.0]]]]), np.array([[[[10.0, 20.0]]]])]
    )


@pytest.mark.exercise("fpn_merge")
def test_fpn_of_sizes_that_do_not_double(student):
    # Column i of five takes column floor(2 i / 5) of two: 0, 0, 0, 1, 1.
    coarse = np.array([[[[10.0, 20.0]]]])
    out = student.fpn_merge([np.array([[[[1.0, 2.0, 3.0, 4.0, 5.0]]]]), coarse])
    assert_close(out, [np.array([[[[11.0, 12.0, 13.0, 24.0, 25.0]]]]), coarse])


@pytest.mark.exercise("fpn_merge")
def test_fpn_reaches_the_finest_map(student):
    # 100 goes to both cells of the middle map, (110, 120), and those to the finest.
    fine = np.array([[[[1.0, 2.0, 3.0, 4.0]]]])
    middle, coarse = np.array([[[[10.0, 20.0]]]]), np.array([[[[100.0]]]])
    out = student.fpn_merge([fine, middle, coarse])
    assert_close(out, [np.array([[[[111.0, 112.0, 123.0, 124.0]]]]), np.array([[[[110.0, 120.0]]]]), coarse])


@pytest.mark.exercise("average_precision")
def test_average_precision_of_a_falling_curve(student):
    # Two objects. Wrong, right, right: precision 0/1, 1/2, 2/3; at the recall of 1/2 counts the better 2/3 that follows.
    truths = [boxes([0, 0, 2, 2], [4, 4, 6, 6])]
    found = [boxes([7, 7, 9, 9], [0, 0, 2, 2], [4, 4, 6, 6])]
    assert_close(student.average_precision(found, [np.array([0.9, 0.8, 0.7])], truths), 2 / 3)


@pytest.mark.exercise("average_precision")
def test_average_precision_by_hand(student):
    # Image 0 has two objects, image 1 has one. By falling score: 0.9 right, 0.8 wrong (nothing there), 0.7 right,
    # 0.6 wrong (found already). Precision 1/1, 1/2, 2/3, 2/4; recall moves to 1/3 and to 2/3, and never to 1.
    truths = [boxes([0, 0, 2, 2], [4, 4, 6, 6]), boxes([0, 0, 3, 3])]
    found = [boxes([4, 4, 6, 6], [4, 4, 6, 6]), boxes([7, 7, 9, 9], [0, 0, 3, 3])]
    scores = [np.array([0.6, 0.9]), np.array([0.8, 0.7])]
    assert_close(student.average_precision(found, scores, truths), (1 + 2 / 3) / 3)


@pytest.mark.exercise("average_precision")
@pytest.mark.rests_on("test_average_precision_by_hand")
def test_average_precision_of_an_overlap_of_one_half(student):
    # Exactly the threshold is not above it.
    found, truths = [boxes([0, 0, 2, 1])], [boxes([0, 0, 2, 2])]
    assert_close(student.average_precision(found, [np.array([0.9])], truths), 0.0)


@pytest.mark.exercise("average_precision")
def test_average_precision_without_a_second_choice(student):
    # Both detections overlap the first object most, by 1 and by 15/17; the second one would do for the other object, too, by
    # 13/19, but looks at the first, which is found already. One of two objects: 1/2.
    found, truths = [boxes([0, 0, 4, 4], [0, 0.25, 4, 4.25])], [boxes([0, 0, 4, 4], [0, 1, 4, 5])]
    assert_close(student.average_precision(found, [np.array([0.9, 0.8])], truths), 0.5)
