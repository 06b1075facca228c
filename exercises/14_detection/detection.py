"""Detection: what is in the picture, and where. Boxes, their overlap, and the steps from a network's numbers to boxes.

A box is (x1, y1, x2, y2): its left, top, right and bottom edge, in pixels, as in torchvision. Coordinates are continuous, x to
the right and y downwards, so the box (0, 0, 2, 1) is 2 wide and 1 high and covers the pixels of columns 0 and 1 in row 0.
Nothing is ever added to x2 - x1: codes that write x2 - x1 + 1 count pixels from the first to the last, another convention.

Boxes come as arrays (N, 4), N may be 0. A box with x2 <= x1 or y2 <= y1 is degenerate: it has no inside, its area is 0, and
its overlap with every box, itself too, is 0. Coordinates may be negative or lie outside the image. Boxes are float arrays,
results have their dtype (float32 in, float32 out), indices are int64, and nothing that is passed in is changed. The lines
above yours refuse bad input; they are given.
"""

import numpy as np

BACKGROUND = -1  # match_anchors: an anchor that must learn to say "nothing here"
IGNORED = -2  # match_anchors: an anchor that learns nothing from this image
MAX_LOG_SCALE = float(np.log(1000 / 16))  # decode_boxes: no box grows more than 62.5 times, as in torchvision


def require(holds, message):
    """Refuse bad input. Given, not an exercise.

    Args:
        holds: whether the input is good.
        message: what is wrong otherwise, with the argument's name and value.

    Raises:
        ValueError: with the message, unless it holds.

    Example:
        >>> require(0.5 > 0, "sigma must be above 0, not 0.5")
    """
    if not holds:
        raise ValueError(message)


def require_boxes(name, boxes):
    """Refuse what is not an array (N, 4). Given, not an exercise.

    Args:
        name: what the argument is called, for the message.
        boxes: what was passed in.

    Raises:
        ValueError: naming the argument, if boxes is not an array with two axes, the second of length 4.

    Example:
        >>> require_boxes("boxes", np.zeros((3, 4)))
    """
    is_boxes = np.ndim(boxes) == 2 and np.shape(boxes)[1] == 4
    require(is_boxes, f"{name} must be an array (N, 4) of x1, y1, x2, y2, but its shape is {np.shape(boxes)}")


def require_one_for_each(name, values, boxes):
    """Refuse boxes that are none, and what does not hold one value for each of them. Given, not an exercise.

    Args:
        name: what the values are called, for the message.
        values: what was passed in for them, an array (N,).
        boxes: what was passed in for the boxes.

    Raises:
        ValueError: naming boxes, as require_boxes does; naming the values, if their shape is not (N,).

    Example:
        >>> require_one_for_each("scores", np.array([0.5, 0.25]), np.zeros((2, 4)))
    """
    require_boxes("boxes", boxes)
    fits = np.shape(values) == (len(boxes),)
    require(fits, f"{name} must be one for each of {len(boxes)} boxes, but their shape is {np.shape(values)}")


def box_area(boxes):
    """Area of each box: (x2 - x1) * (y2 - y1), and 0 where the box is degenerate.

    A box whose corners are swapped on both axes has two negative sides; their product would look like an area.

    Args:
        boxes: array (N, 4).

    Returns:
        Array (N,) of boxes' dtype; boxes stays as it is.

    Raises:
        ValueError: naming boxes, as require_boxes does.

    Source: torchvision.ops.box_area (which does not look for degenerate boxes).

    Example:
        >>> box_area(np.array([[0.0, 0.0, 2.0, 1.0], [5.0, 5.0, 3.0, 4.0]]))
        array([2., 0.])
    """
    require_boxes("boxes", boxes)
    raise NotImplementedError


def iou(a, b):
    """Intersection over union of every box of a with every box of b.

    The intersection goes from the larger of the two left edges to the smaller of the two right ones, downwards likewise,
    and it is empty where that is nothing or less. union = area a + area b - intersection, for what both cover counts once.

    Args:
        a: array (N, 4).
        b: array (M, 4).

    Returns:
        Array (N, M) of a's dtype, values in [0, 1]; 0 where one of the boxes is degenerate, never NaN, and without NumPy's
        warning of 0 / 0. Integers are welcome too and give float64. Coordinates may be shares of an image, so that areas are
        tiny: nothing is added to them. a and b stay as they are.

    Raises:
        ValueError: naming a or b, as require_boxes does.

    Source: torchvision.ops.box_iou; Jaccard's index of two sets.

    Example:
        >>> iou(np.array([[0.0, 0.0, 4.0, 2.0]]), np.array([[2.0, 0.0, 6.0, 2.0], [9.0, 9.0, 10.0, 10.0]])).round(4)
        array([[0.3333, 0.    ]])
    """
    require_boxes("a", a)
    require_boxes("b", b)
    raise NotImplementedError


def nms(boxes, scores, threshold):
    """Non-maximum suppression: of boxes that overlap too much, only the one with the best score stays.

    Take the box with the highest score, keep it, and drop all that overlap it with an IoU above the threshold. Go on with what
    is left. A box that was dropped drops no others.

    Args:
        boxes: array (N, 4).
        scores: array (N,) of finite floats.
        threshold: largest IoU that two kept boxes may have, in [0, 1]. An IoU of exactly the threshold is no reason to drop.

    Returns:
        int64 array of the kept boxes' indices, best score first. Among equal scores the earlier index comes first. boxes and
        scores stay as they are.

    Raises:
        ValueError: naming boxes, as require_boxes does; naming scores, if there is not one for each box; naming threshold,
            if it is not in [0, 1].

    Source: torchvision.ops.nms.

    Example:
        >>> boxes = np.array([[0.0, 0.0, 4.0, 4.0], [1.0, 0.0, 5.0, 4.0], [8.0, 8.0, 9.0, 9.0]])
        >>> nms(boxes, np.array([0.6, 0.9, 0.7]), threshold=0.5)
        array([1, 2])
    """
    require_one_for_each("scores", scores, boxes)
    require(0 <= threshold <= 1, f"threshold must be in [0, 1], not {threshold}")
    raise NotImplementedError


def batched_nms(boxes, scores, classes, threshold):
    """Non-maximum suppression class by class: a box never drops a box of another class, however much they overlap.

    Args:
        boxes: array (N, 4).
        scores: array (N,) of finite floats.
        classes: int array (N,), any integers.
        threshold: largest IoU that two kept boxes of one class may have, in [0, 1].

    Returns:
        int64 array of the kept boxes' indices, all classes together, best score first. Among equal scores the earlier
        index comes first. boxes, scores and classes stay as they are.

    Raises:
        ValueError: naming boxes, scores or threshold, as nms does; naming classes, if there is not one for each box.

    Source: torchvision.ops.batched_nms.

    Example:
        >>> boxes = np.array([[0.0, 0.0, 4.0, 4.0], [1.0, 0.0, 5.0, 4.0], [0.0, 0.0, 4.0, 4.0]])
        >>> batched_nms(boxes, np.array([0.6, 0.9, 0.7]), np.array([1, 1, 0]), threshold=0.5)
        array([1, 2])
    """
    require_one_for_each("scores", scores, boxes)
    require_one_for_each("classes", classes, boxes)
    require(0 <= threshold <= 1, f"threshold must be in [0, 1], not {threshold}")
    raise NotImplementedError


def soft_nms(boxes, scores, sigma):
    """Soft suppression: a box that overlaps a better one is not dropped, its score sinks.

    Take the box M with the highest score of all that are left, and let the scores of the others decay by their overlap with
    it: s_i <- s_i * exp(-iou(M, b_i)^2 / sigma). Go on with those, by their new scores, until none is left.

    Args:
        boxes: array (N, 4).
        scores: float array (N,), values in [0, 1].
        sigma: how gentle it is, above 0. The paper uses 0.5.

    Returns:
        (order, decayed): int64 array (N,) of all boxes' indices in the order in which they were taken (among equal scores
        the earlier index first), and an array (N,) of their scores at that moment, of scores' dtype. So decayed never rises.
        boxes and scores stay as they are: let a copy decay.

    Raises:
        ValueError: naming boxes, as require_boxes does; naming scores, if there is not one for each box; naming sigma, if it
            is not above 0.

    Source: Bodla, Singh, Chellappa, Davis, "Soft-NMS: Improving Object Detection With One Line of Code" (2017), figure 2 and
        the Gaussian penalty of section 3.

    Example:
        >>> boxes = np.array([[0.0, 0.0, 4.0, 2.0], [2.0, 0.0, 6.0, 2.0], [8.0, 8.0, 9.0, 9.0]])
        >>> order, decayed = soft_nms(boxes, np.array([0.6, 0.9, 0.5]), sigma=1 / 9)
        >>> order, decayed.round(4)  # the IoU of the first two is 1/3, so 0.6 decays to 0.6 / e
        (array([1, 2, 0]), array([0.9   , 0.5   , 0.2207]))
    """
    require_one_for_each("scores", scores, boxes)
    require(sigma > 0, f"sigma must be above 0, not {sigma}")
    raise NotImplementedError


def sliding_windows(image_shape, size, stride):
    """Every place where a window fits into an image, row by row, from left to right.

    The first window lies in the upper left corner, its neighbours are stride pixels away, and none reaches beyond the image.

    Args:
        image_shape: (H, W) of the image, in pixels.
        size: (h, w) of the window, each at least 1.
        stride: pixels from one window to the next, on both axes, an int of at least 1.

    Returns:
        int64 array (K, 4) of boxes, so that image[:, y1:y2, x1:x2] is what lies under a window.

    Raises:
        ValueError: naming size, if it is below 1 or does not fit into the image; naming stride, if it is below 1.

    Example:
        >>> sliding_windows((2, 4), size=(2, 3), stride=1)
        array([[0, 0, 3, 2],
               [1, 0, 4, 2]])
    """
    for side, room in zip(size, image_shape, strict=True):
        require(1 <= side <= room, f"size {size} must be at least 1 and fit into the image, {image_shape}")
    require(stride >= 1, f"stride must be at least 1, not {stride}")
    raise NotImplementedError


def make_anchors(feature_shape, stride, scales, ratios):
    """Boxes of several sizes and shapes around the centre of every cell of a feature map: places to look for objects.

    Cell (i, j), row i and column j, covers stride x stride pixels of the image, with its centre at
    x = (j + 1/2) * stride, y = (i + 1/2) * stride. An anchor of scale s and ratio r has the area s^2 and is r times as high as
    it is wide: w = s / sqrt(r), h = s * sqrt(r).

    Args:
        feature_shape: (H, W) of the feature map, in cells.
        stride: pixels from one cell to the next, above 0.
        scales: sequence of S numbers above 0, in pixels.
        ratios: sequence of R numbers above 0, height / width, as in torchvision.

    Returns:
        float64 array (H * W * R * S, 4) of boxes: cells row by row; within a cell ratio by ratio; within a ratio the scales.
        Anchors at the border reach beyond the image and stay as they are.

    Raises:
        ValueError: naming stride, scales or ratios, if one of them is not above 0.

    Source: Ren, He, Girshick, Sun, "Faster R-CNN" (2015), section 3.1.1; the order of torchvision's AnchorGenerator. The centre
        of the cell is SSD's (Liu and others, 2016, section 2.2); torchvision's generator uses its upper left corner.

    Example:
        >>> make_anchors((1, 2), stride=8, scales=[4], ratios=[1])
        array([[ 2.,  2.,  6.,  6.],
               [10.,  2., 14.,  6.]])
    """
    for name, value in (("stride", stride), ("scales", scales), ("ratios", ratios)):
        require(np.all(np.asarray(value) > 0), f"{name} must be above 0, not {value}")
    raise NotImplementedError


def encode_boxes(boxes, anchors):
    """What a network must answer at an anchor so that it becomes the box: two shifts and two growths.

    With the centre (x, y), width w and height h of a box and x_a, y_a, w_a, h_a those of its anchor:
    t_x = (x - x_a) / w_a, t_y = (y - y_a) / h_a, t_w = log(w / w_a), t_h = log(h / h_a).

    Args:
        boxes: array (N, 4).
        anchors: array (N, 4), one for each box.

    Returns:
        deltas: array (N, 4) of t_x, t_y, t_w, t_h, of boxes' dtype; boxes and anchors stay as they are.

    Raises:
        ValueError: naming boxes or anchors, as require_boxes does, or if one of them is degenerate (there is no logarithm);
            naming anchors, if there is not one for each box.

    Source: Girshick, Donahue, Darrell, Malik, "Rich feature hierarchies" (R-CNN, 2014), appendix C, equations 6 to 9.

    Example:
        >>> encode_boxes(np.array([[1.0, 0.0, 5.0, 2.0]]), np.array([[0.0, 0.0, 4.0, 2.0]]))
        array([[0.25, 0.  , 0.  , 0.  ]])
    """
    for name, given in (("boxes", boxes), ("anchors", anchors)):
        require_boxes(name, given)
        require((given[:, 2:] > given[:, :2]).all(), f"{name} must have x2 > x1 and y2 > y1, all of them")
    require(len(anchors) == len(boxes), f"anchors must be one for each of {len(boxes)} boxes, not {len(anchors)}")
    raise NotImplementedError


def decode_boxes(deltas, anchors):
    """The boxes that a network's answers mean: encode_boxes undone.

    x = x_a + w_a t_x, y = y_a + h_a t_y, w = w_a exp(t_w), h = h_a exp(t_h); the box reaches half of w and h to each side of
    (x, y). An untrained network may answer anything, and exp(1000) is infinite: t_w and t_h above MAX_LOG_SCALE count as
    MAX_LOG_SCALE, and NumPy has no overflow to warn of.

    Args:
        deltas: array (N, 4) of t_x, t_y, t_w, t_h.
        anchors: array (N, 4), one for each row of deltas.

    Returns:
        boxes: array (N, 4) of deltas' dtype; deltas and anchors stay as they are.

    Raises:
        ValueError: naming deltas or anchors, as require_boxes does; naming anchors, if there is not one for each row.

    Source: R-CNN (2014), appendix C, equations 1 to 4; the limit is torchvision's (bbox_xform_clip).

    Example:
        >>> decode_boxes(np.array([[0.25, 0.0, np.log(2.0), 0.0]]), np.array([[0.0, 0.0, 4.0, 2.0]]))
        array([[-1.,  0.,  7.,  2.]])
    """
    require_boxes("deltas", deltas)
    require_boxes("anchors", anchors)
    require(len(anchors) == len(deltas), f"anchors must be one for each of {len(deltas)} deltas, not {len(anchors)}")
    raise NotImplementedError


def match_anchors(anchors, truths, low=0.3, high=0.7):
    """Which object each anchor is to learn: the index of a true box, BACKGROUND or IGNORED.

    Each anchor looks at the true box that it overlaps most (the earlier one among equals), with an IoU of v, say.
    v >= high: it is that box's. v < low: BACKGROUND. Between the two: IGNORED.
    No object may be forgotten: for each true box the anchor that overlaps it most, or all of them if several overlap it equally,
    is taken too, whatever the IoU, if only above 0. Such an anchor also gets the true box that *it* overlaps most.

    Args:
        anchors: array (N, 4).
        truths: array (M, 4) of true boxes; with M = 0 all anchors are BACKGROUND.
        low, high: 0 <= low <= high <= 1.

    Returns:
        int64 array (N,): 0 to M - 1, BACKGROUND (-1) or IGNORED (-2). anchors and truths stay as they are.

    Raises:
        ValueError: naming anchors or truths, as require_boxes does; naming low and high, if not 0 <= low <= high <= 1.

    Source: Ren and others, "Faster R-CNN" (2015), section 3.1.2; torchvision's Matcher with allow_low_quality_matches, except
        that there a true box which no anchor overlaps claims all anchors, by a tie at 0.

    Example:
        >>> anchors = np.array([[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 4.0, 2.0], [8.0, 8.0, 9.0, 9.0]])
        >>> match_anchors(anchors, np.array([[0.0, 0.0, 4.0, 4.0]]))
        array([ 0, -2, -1])
    """
    require_boxes("anchors", anchors)
    require_boxes("truths", truths)
    require(0 <= low <= high <= 1, f"low and high must be 0 <= low <= high <= 1, not {low} and {high}")
    raise NotImplementedError


def yolo_decode(grid, anchors, stride):
    """Boxes and scores that a YOLO network's last feature map means.

    In each cell, for each of A anchor shapes, the network answers 5 + K numbers: t_x, t_y, t_w, t_h, t_o and one for each of K
    classes. With s the sigmoid, j the cell's column, i its row and (p_w, p_h) the anchor shape:
    x = (s(t_x) + j) * stride, y = (s(t_y) + i) * stride, w = p_w exp(t_w), h = p_h exp(t_h), the box's centre and size in
    pixels; the centre never leaves its cell. The score of class k is s(t_o) * s(t_k), "an object" times "if so, a k".
    Hint: exp(1000) overflows, and NumPy warns; write the sigmoid by exp(-|t|), as in 02_activations, then nothing does.

    Args:
        grid: array (N, A * (5 + K), H, W), K at least 1: first all 5 + K numbers of anchor 0, then those of anchor 1, and so on.
        anchors: array (A, 2) of (p_w, p_h), in pixels.
        stride: pixels from one cell to the next.

    Returns:
        (boxes, scores): arrays (N, H * W * A, 4) and (N, H * W * A, K) of grid's dtype: cells row by row, within a cell anchor
        by anchor. grid and anchors stay as they are.

    Raises:
        ValueError: naming grid, if it has not four axes, or if its channels are not A times the same number of 6 or more.

    Source: Redmon, Farhadi, "YOLOv3" (2018), sections 2.1 and, for logistic classes, 2.2; the product of the two is from
        Redmon and others, "You Only Look Once" (2016), equation 1.

    Example:
        >>> boxes, scores = yolo_decode(np.zeros((1, 6, 1, 2)), np.array([[4.0, 2.0]]), stride=8)
        >>> boxes[0], scores[0, 0]
        (array([[ 2.,  3.,  6.,  5.],
               [10.,  3., 14.,  5.]]), array([0.25]))
    """
    require(grid.ndim == 4, f"grid must be (N, A * (5 + K), H, W), but its shape is {grid.shape}")
    require(
        grid.shape[1] % len(anchors) == 0 and grid.shape[1] >= 6 * len(anchors),
        f"grid must have {len(anchors)} times the same number of at least 6 channels, not {grid.shape[1]} in all",
    )
    raise NotImplementedError


def roi_max_pool(features, rois, size):
    """A feature map of one size for every region of interest, whatever the region's own size: max pooling by bins.

    The region's corners are rounded to whole cells (np.rint), and a region of no height or width counts as 1 there. From then
    on it is h x w cells. Bin (p, q) of an out_h x out_w grid over it covers its rows floor(p h / out_h) to
    ceil((p + 1) h / out_h) - 1 and its columns likewise: neighbours may share a row. Where the region reaches beyond the
    map, only cells on the map count; a bin without any is 0.

    Args:
        features: array (N, C, H, W).
        rois: float array (R, 5) of (n, x1, y1, x2, y2): the image's number in the batch and the box, in cells of the map.
        size: (out_h, out_w), each at least 1.

    Returns:
        Array (R, C, out_h, out_w) of features' dtype; features and rois stay as they are.

    Raises:
        ValueError: naming rois, if they are not (R, 5) or if n is not one of 0 to N - 1; naming size, if it is below 1.

    Source: Girshick, "Fast R-CNN" (2015), section 2.1; the bins are those of torch.nn.functional.adaptive_max_pool2d. As
        torchvision.ops.roi_pool, but that takes x2, y2 for the last cell, so its regions are one cell larger.

    Example:
        >>> roi_max_pool(np.arange(12.0).reshape(1, 1, 3, 4), np.array([[0.0, 1.0, 0.0, 4.0, 2.0]]), size=(1, 2))
        array([[[[6., 7.]]]])
    """
    require(min(size) >= 1, f"size must be at least 1, not {size}")
    require(np.ndim(rois) == 2 and np.shape(rois)[1] == 5, f"rois must be (R, 5), not {np.shape(rois)}")
    require(
        np.isin(rois[:, 0], np.arange(len(features))).all(),
        f"rois must name images from 0 to {len(features) - 1} in their first column, not {rois[:, 0]}",
    )
    raise NotImplementedError


def fpn_merge(maps):
    """The top-down pathway of a feature pyramid: what coarse maps know is handed down to the fine ones.

    The coarsest map stays as it is, P_L = C_L. From there on down, P_l = C_l + upsampled P_{l+1}: to each cell of C_l is added
    the cell of the merged P_{l+1} above it, the nearest neighbour. Row i of H takes row floor(i h / H) of h, columns likewise;
    with sizes that halve from map to map, each coarse cell serves 2 x 2 fine ones.

    Args:
        maps: list of L arrays (N, C, H_l, W_l), finest first, all with the same N and C (behind their 1 x 1 convolutions), no
            map larger than the one before it.

    Returns:
        List of L arrays of the same shapes and dtype, finest first; the last one may be that of maps itself. maps and its
        arrays stay as they are.

    Raises:
        ValueError: naming maps, if there is none, if N or C differ, or if a map is larger than the one before it.

    Source: Lin and others, "Feature Pyramid Networks for Object Detection" (2017), section 3; as in torchvision.ops
        .FeaturePyramidNetwork, torch.nn.functional.interpolate(size=..., mode="nearest").

    Example:
        >>> fine, coarse = fpn_merge([np.array([[[[1.0, 2.0, 3.0, 4.0]]]]), np.array([[[[10.0, 20.0]]]])])
        >>> fine
        array([[[[11., 12., 23., 24.]]]])
    """
    require(len(maps) > 0, "maps must hold at least one map")
    for k in range(1, len(maps)):
        require(maps[k].shape[:2] == maps[0].shape[:2], f"maps must agree in N and C, but map {k} is {maps[k].shape}")
        require(
            maps[k].shape[2] <= maps[k - 1].shape[2] and maps[k].shape[3] <= maps[k - 1].shape[3],
            f"maps must come finest first, but map {k} is {maps[k].shape} behind {maps[k - 1].shape}",
        )
    raise NotImplementedError


def average_precision(boxes, scores, truths, threshold=0.5):
    """Average precision of one class's detections over a set of images: one number for how good a detector is.

    Go through the detections of all images together, best score first. A detection looks at the true box of its image that it
    overlaps most (the earlier one among equals). It is right if their IoU is above the threshold, strictly, and if no detection
    before it has found that box: a second detection of one object is wrong.
    After k detections, with c_k of them right among M true boxes, precision is c_k / k and recall c_k / M. AP is the area under
    precision over recall, made to fall first: at each recall counts the best precision at that recall or a higher one. Recall
    only moves at right detections, by 1 / M, so AP = (sum over right detections k of max over m >= k of c_m / m) / M.

    Args:
        boxes: list with an array (N_i, 4) for each image, the detected boxes.
        scores: list with an array (N_i,) for each image.
        truths: list with an array (M_i, 4) for each image, the true boxes.
        threshold: IoU above which a box is found.

    Returns:
        float in [0, 1]. Among equal scores earlier images come first, within an image earlier detections. N_i and M_i may be 0;
        without detections AP is 0. The lists and their arrays stay as they are.

    Raises:
        ValueError: naming scores or truths, if there is not one array for each image, naming scores, if an image has not one
            for each of its boxes; naming truths, if all are empty (there is no recall).

    Source: Everingham and others, "The Pascal Visual Object Classes (VOC) Challenge" (2010), section 4.2; the area over
        all points in place of 11 levels of recall is that of the challenge's development kit since 2010, section 3.4.1.

    Example:
        >>> truths = [np.array([[0.0, 0.0, 2.0, 2.0], [4.0, 4.0, 6.0, 6.0]])]
        >>> boxes = [np.array([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 2.0], [4.0, 4.0, 6.0, 6.0]])]
        >>> average_precision(boxes, [np.array([0.9, 0.8, 0.6])], truths)  # right, wrong, right: (1/1 + 2/3) / 2
        0.8333333333333333
    """
    require(len(truths) == len(boxes), f"truths must hold one array for each of {len(boxes)} images, not {len(truths)}")
    require(sum(len(each) for each in truths) > 0, "truths must hold at least one true box")
    require(
        [len(each) for each in scores] == [len(each) for each in boxes],
        "scores must hold one array for each image, with one score for each box",
    )
    raise NotImplementedError
