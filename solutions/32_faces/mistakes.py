"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require, resize_area, CELL = reference.require, reference.resize_area, reference.CELL
softmax, conv2d_forward, nms = reference.softmax, reference.conv2d_forward, reference.nms
max_pool2d_forward = reference.max_pool2d_forward


@mistake("prelu", hint="This is relu: below 0 prelu goes on, with its channel's slope.")
def prelu_as_relu(x, slope):
    return np.maximum(x, 0)


@mistake("prelu", hint="The slope belongs to axis 1, the channels. Reshape it, or it is laid along the last axis.")
def prelu_along_the_last_axis(x, slope):
    return np.where(x > 0, x, slope * x)


@mistake("prelu", hint="max(x, slope x) is right only for slopes up to 1; a learnt slope may be larger.")
def prelu_as_a_maximum(x, slope):
    return np.maximum(x, slope.reshape(-1, *[1] * (x.ndim - 2)) * x)


@mistake("prelu", hint="Each channel has a slope of its own; here all take the first.")
def prelu_with_one_slope(x, slope):
    return np.where(x > 0, x, slope[0] * x)


@mistake("prelu", hint="The two sides are swapped: what is above 0 stays, what is below is multiplied.")
def prelu_turned_round(x, slope):
    return np.where(x < 0, x, slope.reshape(-1, *[1] * (x.ndim - 2)) * x)


def pooled(x, kernel, stride, before, **how):
    require(1 <= stride <= kernel <= min(x.shape[2:]), f"kernel must be from stride to the sides of x, not {kernel}")
    more = [-(n - kernel) % stride for n in x.shape[2:]]
    sides = [(m, 0) if before else (0, m) for m in more]
    return max_pool2d_forward(np.pad(x, ((0, 0), (0, 0), *sides), **how), kernel, stride)[0]


@mistake("ceil_max_pool2d", hint="This rounds down: a window that sticks out must count what it covers.")
def floor_pooling(x, kernel, stride):
    require(1 <= stride <= kernel <= min(x.shape[2:]), f"kernel must be from stride to the sides of x, not {kernel}")
    return max_pool2d_forward(x, kernel, stride)[0]


@mistake("ceil_max_pool2d", hint="Zeros beside the picture win against negative numbers; pad with what never wins.")
def padded_with_zeros(x, kernel, stride):
    return pooled(x, kernel, stride, False)


@mistake("ceil_max_pool2d", hint="Windows stick out at the bottom and on the right, not at the top and on the left.")
def padded_before(x, kernel, stride):
    return pooled(x, kernel, stride, True, mode="edge")


@mistake(
    "ceil_max_pool2d", hint="-1000 is not small enough to never win; use the edge's own numbers, or minus infinity."
)
def padded_with_a_thousand(x, kernel, stride):
    return pooled(x, kernel, stride, False, constant_values=-1000)


@mistake(
    "ceil_max_pool2d",
    hint="Two numbers of windows are swapped: rows stick out by the height's rest, columns by the width's.",
)
def sides_swapped(x, kernel, stride):
    require(1 <= stride <= kernel <= min(x.shape[2:]), f"kernel must be from stride to the sides of x, not {kernel}")
    more = [-(n - kernel) % stride for n in x.shape[2:]]
    return max_pool2d_forward(np.pad(x, ((0, 0), (0, 0), (0, more[1]), (0, more[0])), mode="edge"), kernel, stride)[0]


def ladder(shorter, first, factor, strict=False):
    scales = []
    while first * shorter >= CELL and not (strict and first * shorter == CELL):
        scales.append(first)
        first *= factor
    return np.array(scales)


@mistake("pyramid_scales", hint="The SHORTER side must keep CELL pixels.")
def scales_by_the_longer_side(height, width, smallest_face=20, factor=0.709):
    return ladder(max(height, width), CELL / smallest_face, factor)


@mistake("pyramid_scales", hint="The first scale is CELL / smallest_face, not 1.")
def scales_from_one(height, width, smallest_face=20, factor=0.709):
    return ladder(min(height, width), 1.0, factor)


@mistake("pyramid_scales", hint="smallest_face / CELL enlarges the picture: turn the fraction round.")
def scales_turned_round(height, width, smallest_face=20, factor=0.709):
    return ladder(min(height, width), smallest_face / CELL, factor)


@mistake("pyramid_scales", hint="Exactly CELL pixels are enough: >=, not >.")
def scales_without_the_last(height, width, smallest_face=20, factor=0.709):
    return ladder(min(height, width), CELL / smallest_face, factor, strict=True)


def first_net(x, params, flip=False, act=None, pool=True):
    act = act or reference.prelu
    for k in (1, 2, 3):
        w = params[f"pnet.conv{k}.weight"]
        x = conv2d_forward(x, w.swapaxes(2, 3) if flip else w, params[f"pnet.conv{k}.bias"])[0]
        x = act(x, params[f"pnet.prelu{k}"])
        if k == 1:
            x = reference.ceil_max_pool2d(x, 2, 2) if pool else max_pool2d_forward(x, 2, 2)[0]
    scores = conv2d_forward(x, params["pnet.face.weight"], params["pnet.face.bias"])[0]
    return scores, conv2d_forward(x, params["pnet.box.weight"], params["pnet.box.bias"])[0]


@mistake("proposal_net", hint="This is class 0, no face. Channel 1 is the face.")
def proposal_class_zero(x, params):
    scores, deltas = first_net(x, params)
    return softmax(scores, axis=1)[:, 0], deltas


@mistake("proposal_net", hint="The softmax goes over the two channels, axis 1; here it goes along the last axis.")
def proposal_softmax_along_the_columns(x, params):
    scores, deltas = first_net(x, params)
    return softmax(scores)[:, 1], deltas


@mistake("proposal_net", hint="The softmax is missing: these are scores, not probabilities.")
def proposal_without_softmax(x, params):
    scores, deltas = first_net(x, params)
    return scores[:, 1], deltas


@mistake("proposal_net", hint="Kernels are (rows, columns) already; here they are transposed.")
def proposal_kernels_transposed(x, params):
    scores, deltas = first_net(x, params, flip=True)
    return softmax(scores, axis=1)[:, 1], deltas


@mistake("proposal_net", hint="relu for prelu: the slopes are never used.")
def proposal_with_relu(x, params):
    scores, deltas = first_net(x, params, act=lambda x, slope: np.maximum(x, 0))
    return softmax(scores, axis=1)[:, 1], deltas


@mistake("proposal_net", hint="The pooling must round up: use ceil_max_pool2d.")
def proposal_with_floor_pooling(x, params):
    scores, deltas = first_net(x, params, pool=False)
    return softmax(scores, axis=1)[:, 1], deltas


def proposed(face, cells, moves, scale, where):
    return ((cells + moves) / scale).astype(face.dtype), face[where]


def windows(i, j, first=0):
    return np.stack([2 * j + first, 2 * i + first, 2 * j + CELL, 2 * i + CELL], axis=1)


@mistake("proposals", hint="x comes from the column j, y from the row i; here they are swapped.")
def proposals_x_and_y_swapped(face, deltas, scale, threshold=0.6):
    i, j = np.nonzero(face > threshold)
    return proposed(face, windows(j, i), CELL * deltas[:, i, j].T, scale, (i, j))


@mistake("proposals", hint="Boxes are in pixels of the shrunk picture: divide by the scale.")
def proposals_not_divided(face, deltas, scale, threshold=0.6):
    i, j = np.nonzero(face > threshold)
    return proposed(face, windows(i, j), CELL * deltas[:, i, j].T, 1.0, (i, j))


@mistake("proposals", hint="Divide by the scale: the picture was shrunk, so boxes must grow.")
def proposals_multiplied(face, deltas, scale, threshold=0.6):
    i, j = np.nonzero(face > threshold)
    return proposed(face, windows(i, j), CELL * deltas[:, i, j].T, 1 / scale, (i, j))


@mistake("proposals", hint="2 j + 1 is the published slip: it counts pixels from 1. Here the first window begins at 0.")
def proposals_that_count_from_one(face, deltas, scale, threshold=0.6):
    i, j = np.nonzero(face > threshold)
    return proposed(face, windows(i, j, 1), CELL * deltas[:, i, j].T, scale, (i, j))


@mistake("proposals", hint="Deltas are in widths of the window: multiply them by CELL.")
def proposals_with_deltas_in_pixels(face, deltas, scale, threshold=0.6):
    i, j = np.nonzero(face > threshold)
    return proposed(face, windows(i, j), deltas[:, i, j].T, scale, (i, j))


@mistake("proposals", hint="The deltas are left out.")
def proposals_without_deltas(face, deltas, scale, threshold=0.6):
    i, j = np.nonzero(face > threshold)
    return proposed(face, windows(i, j), 0, scale, (i, j))


@mistake("proposals", hint="MORE than the threshold: exactly the threshold is not enough.")
def proposals_at_the_threshold(face, deltas, scale, threshold=0.6):
    i, j = np.nonzero(face >= threshold)
    return proposed(face, windows(i, j), CELL * deltas[:, i, j].T, scale, (i, j))


def around(boxes, side):
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.concatenate([centres - side / 2, centres + side / 2], axis=1)


@mistake("square_boxes", hint="The square is as large as the LONGER side.")
def square_of_the_shorter_side(boxes):
    return around(boxes, (boxes[:, 2:] - boxes[:, :2]).min(axis=1, keepdims=True))


@mistake("square_boxes", hint="The square keeps the centre; here it keeps the upper left corner.")
def square_from_the_corner(boxes):
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + side], axis=1)


@mistake("square_boxes", hint="Half a side to each side of the centre; here it is a whole one.")
def square_twice_as_large(boxes):
    return around(boxes, 2 * (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True))


@mistake(
    "refine_boxes",
    hint="Nothing is added to a width: + 1 is left over from counting pixels, in published code as well.",
)
def refined_with_one_pixel_more(boxes, deltas):
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    return boxes + deltas * np.concatenate([sides, sides], axis=1)


@mistake("refine_boxes", hint="Widths and heights are swapped: the deltas of x count in widths.")
def refined_with_sides_swapped(boxes, deltas):
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes + deltas * np.concatenate([sides, sides], axis=1)[:, ::-1]


@mistake(
    "refine_boxes", hint="Both corners start from the OLD box: here the width changes before the second one moves."
)
def refined_one_after_the_other(boxes, deltas):
    upper = boxes[:, :2] + deltas[:, :2] * (boxes[:, 2:] - boxes[:, :2])
    return np.concatenate([upper, boxes[:, 2:] + deltas[:, 2:] * (boxes[:, 2:] - upper)], axis=1)


@mistake("refine_boxes", hint="Deltas are shares of the sides: multiply them by width and height.")
def refined_in_pixels(boxes, deltas):
    return boxes + deltas


def sampled(image, x, y):
    """Bilinear at x (M, size) and y (M, size), 0 outside."""
    height, width = image.shape[1:]
    padded = np.pad(image, ((0, 0), (1, 2), (1, 2)))
    x, y = np.clip(x, -1, width)[:, np.newaxis], np.clip(y, -1, height)[:, :, np.newaxis]
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, down = x - left, y - top
    above = padded[:, top + 1, left + 1] * (1 - right) + padded[:, top + 1, left + 2] * right
    below = padded[:, top + 2, left + 1] * (1 - right) + padded[:, top + 2, left + 2] * right
    return (above * (1 - down) + below * down).swapaxes(0, 1).astype(image.dtype)


def points(boxes, steps):
    return [boxes[:, k : k + 1] + (boxes[:, k + 2 : k + 3] - boxes[:, k : k + 1]) * steps for k in (0, 1)]


@mistake("crop_boxes", hint="The last point is the lower right corner: divide by size - 1, not by size.")
def crop_without_the_far_corner(image, boxes, size):
    return sampled(image, *points(boxes, np.arange(size) / size))


@mistake("crop_boxes", hint="The first point is the corner itself; here points lie in the middle of their shares.")
def crop_at_the_middles(image, boxes, size):
    return sampled(image, *points(boxes, (np.arange(size) + 0.5) / size))


@mistake("crop_boxes", hint="This takes the nearest pixel; between four of them the value is bilinear.")
def crop_of_the_nearest(image, boxes, size):
    return sampled(image, *(np.rint(each) for each in points(boxes, np.arange(size) / (size - 1))))


@mistake("crop_boxes", hint="Outside of the picture is 0; here the edge goes on for ever.")
def crop_with_the_edge_repeated(image, boxes, size):
    x, y = points(boxes, np.arange(size) / (size - 1))
    return sampled(image, np.clip(x, 0, image.shape[2] - 1), np.clip(y, 0, image.shape[1] - 1))


@mistake("crop_boxes", hint="Rows and columns are swapped: rows of the crop run down, along y.")
def crop_transposed(image, boxes, size):
    return sampled(image, *points(boxes, np.arange(size) / (size - 1))).swapaxes(2, 3)


def features(x, params, net, kernels):
    for k, kernel in enumerate(kernels, 1):
        x = conv2d_forward(x, params[f"{net}.conv{k}.weight"], params[f"{net}.conv{k}.bias"])[0]
        x = reference.prelu(x, params[f"{net}.prelu{k}"])
        x = reference.ceil_max_pool2d(x, kernel, 2) if kernel else x
    return x


def later_net(crops, params, net, kernels, dense, heads, order=(0, 3, 2, 1)):
    x = features(crops, params, net, kernels)
    x = x.transpose(order).reshape(len(x), params[f"{net}.{dense}.weight"].shape[1])
    return after_the_row(x, params, net, dense, heads)


def after_the_row(x, params, net, dense, heads):
    x = x @ params[f"{net}.{dense}.weight"].T + params[f"{net}.{dense}.bias"]
    x = reference.prelu(x, params[f"{net}.prelu{dense[-1]}"])
    return [x @ params[f"{net}.{head}.weight"].T + params[f"{net}.{head}.bias"] for head in heads]


def second(crops, params, **how):
    return later_net(crops, params, "rnet", (3, 3, 0), "fc4", ("face", "box"), **how)


def third(crops, params, **how):
    return later_net(crops, params, "onet", (3, 3, 2, 0), "fc5", ("face", "box", "landmarks"), **how)


def pairs(numbers):
    return numbers.reshape(-1, 2, 5).swapaxes(1, 2)


@mistake("refine_net", hint="The row is laid out as C, H, W here. It must be columns, rows, channels.")
def refine_flattened_channels_first(crops, params):
    scores, deltas = second(crops, params, order=(0, 1, 2, 3))
    return softmax(scores)[:, 1], deltas


@mistake("refine_net", hint="The row is laid out as H, W, C here. The columns come outermost: W, H, C.")
def refine_flattened_rows_first(crops, params):
    scores, deltas = second(crops, params, order=(0, 2, 3, 1))
    return softmax(scores)[:, 1], deltas


@mistake("refine_net", hint="This is class 0, no face. Class 1 is the face.")
def refine_class_zero(crops, params):
    scores, deltas = second(crops, params)
    return softmax(scores)[:, 0], deltas


@mistake(
    "refine_net", hint="Of no crops, reshape(0, -1) cannot tell how long a row is. The width of fc4's weights can."
)
def refine_reshaped_to_minus_one(crops, params):
    x = features(crops, params, "rnet", (3, 3, 0)).transpose(0, 3, 2, 1)
    x = x.reshape(len(x), -1)
    scores, deltas = after_the_row(x, params, "rnet", "fc4", ("face", "box"))
    return softmax(scores)[:, 1], deltas


@mistake("output_net", hint="The row is laid out as C, H, W here. It must be columns, rows, channels.")
def output_flattened_channels_first(crops, params):
    scores, deltas, landmarks = third(crops, params, order=(0, 1, 2, 3))
    return softmax(scores)[:, 1], deltas, pairs(landmarks)


@mistake("output_net", hint="The row is laid out as H, W, C here. The columns come outermost: W, H, C.")
def output_flattened_rows_first(crops, params):
    scores, deltas, landmarks = third(crops, params, order=(0, 2, 3, 1))
    return softmax(scores)[:, 1], deltas, pairs(landmarks)


@mistake("output_net", hint="This is class 0, no face. Class 1 is the face.")
def output_class_zero(crops, params):
    scores, deltas, landmarks = third(crops, params)
    return softmax(scores)[:, 0], deltas, pairs(landmarks)


@mistake("output_net", hint="The ten numbers are five x, then five y; here they are read as pairs.")
def output_landmarks_read_as_pairs(crops, params):
    scores, deltas, landmarks = third(crops, params)
    return softmax(scores)[:, 1], deltas, landmarks.reshape(-1, 5, 2)


@mistake("output_net", hint="x and y of the landmarks are swapped: x comes first, in the numbers and in the pairs.")
def output_landmarks_swapped(crops, params):
    scores, deltas, landmarks = third(crops, params)
    return softmax(scores)[:, 1], deltas, pairs(landmarks)[..., ::-1]


def cascade(
    image, params, per_scale=0.5, square=reference.square_boxes, late=False, refine=True, whole=True, last=True
):
    boxes, scores = np.zeros((0, 4), image.dtype), np.zeros(0, image.dtype)
    for scale in reference.pyramid_scales(*image.shape[1:]):
        small = resize_area(image, int(image.shape[1] * scale), int(image.shape[2] * scale))
        face, deltas = reference.proposal_net(small[np.newaxis], params)
        found, sure = reference.proposals(face[0], deltas[0], scale)
        keep = nms(found, sure, per_scale)
        boxes, scores = np.concatenate([boxes, found[keep]]), np.concatenate([scores, sure[keep]])
    boxes = square(boxes[nms(boxes, scores, 0.7)])
    scores, deltas = reference.refine_net(reference.crop_boxes(image, boxes, 24), params)
    boxes = (reference.refine_boxes(boxes, deltas) if refine else boxes)[scores > 0.7]
    boxes = square(boxes[nms(boxes, scores[scores > 0.7], 0.7)])
    scores, deltas, marks = reference.output_net(reference.crop_boxes(image, boxes, 48), params)
    old, boxes = boxes, reference.refine_boxes(boxes, deltas)
    base = boxes if late else old
    if whole:
        marks = base[:, np.newaxis, :2] + marks * (base[:, 2:] - base[:, :2])[:, np.newaxis]
    boxes, scores, marks = boxes[scores > 0.8], scores[scores > 0.8], marks[scores > 0.8]
    keep = nms(boxes, scores, 0.7) if last else np.argsort(-scores, kind="stable")
    return boxes[keep], scores[keep], marks[keep]


@mistake("find_faces", hint="Landmarks are shares of the SQUARE box that was cropped, not of the refined one.")
def landmarks_from_the_refined_box(image, params):
    return cascade(image, params, late=True)


@mistake("find_faces", hint="Landmarks come as shares of the box: bring them to pixels of the picture.")
def landmarks_left_as_shares(image, params):
    return cascade(image, params, whole=False)


@mistake("find_faces", hint="Boxes must be made square before they are cropped, or faces are squeezed.")
def boxes_not_made_square(image, params):
    return cascade(image, params, square=lambda boxes: boxes)


@mistake("find_faces", hint="R-Net's deltas are left out: refine the boxes before nms.")
def second_deltas_left_out(image, params):
    return cascade(image, params, refine=False)


@mistake("find_faces", hint="The last nms is missing: one face is told several times.")
def without_the_last_nms(image, params):
    return cascade(image, params, last=False)


@mistake("find_faces", hint="Within a scale nms takes 0.5; 0.7 is for all scales together.")
def looser_nms_at_each_scale(image, params):
    return cascade(image, params, per_scale=0.7)
