"""Who is in the picture? Three small published networks find faces, each looking closer than the one before (MTCNN).

A picture is an array (C, H, W), red, green and blue, of (p - 127.5) / 128 for bytes p. A box is a row x1, y1, x2, y2 in pixels of
the picture: x runs to the right, y down, and pixel (row i, column j) lies at x = j, y = i. Results have the dtype of the picture,
float32 or float64. Parameters are a dict of arrays, in torch's layout:

    "pnet.conv1.weight" (F, C, 3, 3), "pnet.conv1.bias" (F,)      a convolution, without padding, stride 1
    "pnet.prelu1" (F,)                                            the slopes behind it, one for each channel
    "rnet.fc4.weight" (D, n), "rnet.fc4.bias" (D,)                a linear layer, x w^T + b

Each network ends in layers called "face" (scores of two classes: 0 no face, 1 a face) and "box" (four deltas). All numbers of
channels are for the parameters to say. Functions leave what they are given as it was.
"""

import numpy as np
from activations import softmax
from convolution import conv2d_forward
from detection import nms
from pooling import max_pool2d_forward

CELL = 12  # pixels that the first network sees at once, on either side


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def resize_area(image, height, width):
    """A smaller picture: each new pixel is the mean of the area that it covers. Given, not an exercise.

    Args:
        image: (C, H, W). height, width: of the new one, at least 1 and at most H and W.

    Returns:
        (C, height, width), in image's dtype.

    Source: tf.image.resize with method "area"; torch's adaptive_avg_pool2d where the sizes divide each other.

    Example:
        >>> resize_area(np.array([[[0.0, 3.0, 6.0]]]), 1, 2)  # (0 + 3 / 2) / 1.5 and (3 / 2 + 6) / 1.5
        array([[[1., 5.]]])
    """

    def shares(n, m):
        edges = np.arange(m + 1) * n / m
        cover = np.minimum(edges[1:, None], np.arange(1, n + 1)) - np.maximum(edges[:-1, None], np.arange(n))
        return (np.maximum(cover, 0) * m / n).astype(image.dtype)

    return shares(image.shape[1], height) @ image @ shares(image.shape[2], width).T


def prelu(x, slope):
    """Relu with a slope of its own for each channel: x where x > 0, else slope[c] x.

    Args:
        x: floats (N, C, ...), with any number of axes behind the channels, or none.
        slope: (C,), any numbers.

    Returns:
        New array of x's shape and dtype.

    Source: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers" (2015), equation 1; torch.nn.functional.prelu.

    Example:
        >>> prelu(np.array([[-4.0, -4.0, 4.0]]), np.array([0.5, 0.25, 0.5]))
        array([[-2., -1.,  4.]])
    """
    ### BEGIN SOLUTION
    return np.where(x > 0, x, slope.reshape(-1, *[1] * (x.ndim - 2)) * x)
    ### END SOLUTION


def ceil_max_pool2d(x, kernel, stride):
    """Max pooling that loses no pixel: a window that sticks out at the bottom or on the right counts what it covers.

    An axis of n pixels has ceil((n - kernel) / stride) + 1 windows; window k begins at pixel k * stride. Your max_pool2d_forward,
    which rounds down, does the rest, once x has been made larger at the bottom and on the right by what never wins.

    Args:
        x: finite floats (N, C, H, W), N may be 0.
        kernel, stride: ints, stride at least 1 and at most kernel, kernel at most H and W.

    Returns:
        out: (N, C, H', W'), in x's dtype.

    Raises:
        ValueError: naming kernel, if it does not fit.

    Source: torch.nn.functional.max_pool2d with ceil_mode=True.

    Example:
        >>> ceil_max_pool2d(np.array([[[[1.0, 2.0, -3.0], [0.0, 0.0, -4.0]]]]), 2, 2)
        array([[[[ 2., -3.]]]])
    """
    require(1 <= stride <= kernel <= min(x.shape[2:]), f"kernel must be from stride to the sides of x, not {kernel}")
    ### BEGIN SOLUTION
    more = [-(n - kernel) % stride for n in x.shape[2:]]
    larger = np.pad(x, ((0, 0), (0, 0), (0, more[0]), (0, more[1])), mode="edge")
    return max_pool2d_forward(larger, kernel, stride)[0]
    ### END SOLUTION


def pyramid_scales(height, width, smallest_face=20, factor=0.709):
    """By how much to shrink a picture, so that faces of all sizes come to fill the CELL pixels that the first network sees.

    The first scale makes CELL pixels of smallest_face; each next is `factor` times the one before, as long as the
    shorter side keeps at least CELL pixels.

    Args:
        height, width: of the picture, in pixels.
        smallest_face: pixels, above 0. factor: above 0 and below 1.

    Returns:
        scales: float64 (S,), from large to small; S is 0 where the picture is smaller than the smallest face.

    Source: Zhang, Zhang, Li, Qiao, "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks" (2016),
        section II.A.

    Example:
        >>> pyramid_scales(100, 40, smallest_face=12, factor=0.5)  # 40 pixels, then 20; 10 would be too few
        array([1. , 0.5])
    """
    ### BEGIN SOLUTION
    scale = CELL / smallest_face
    scales = []
    while min(height, width) * scale >= CELL:
        scales.append(scale)
        scale *= factor
    return np.array(scales)
    ### END SOLUTION


def proposal_net(x, params):
    """The first network, P-Net: is there a face in each window of CELL x CELL pixels, two pixels apart?

    conv1, prelu1, ceil_max_pool2d (kernel 2, stride 2), conv2, prelu2, conv3, prelu3; on that the convolutions "face" and "box",
    with kernels of 1 x 1. A softmax over the two channels of "face"; channel 1 is asked for. Names begin with "pnet.".

    Args:
        x: (N, C, H, W), H and W at least CELL.
        params: dict of arrays.

    Returns:
        (face, deltas): probabilities (N, H', W') and (N, 4, H', W').

    Source: Zhang and others (2016), figure 2.
    """
    ### BEGIN SOLUTION
    for k in (1, 2, 3):
        x = conv2d_forward(x, params[f"pnet.conv{k}.weight"], params[f"pnet.conv{k}.bias"])[0]
        x = prelu(x, params[f"pnet.prelu{k}"])
        if k == 1:
            x = ceil_max_pool2d(x, 2, 2)
    scores = conv2d_forward(x, params["pnet.face.weight"], params["pnet.face.bias"])[0]
    deltas = conv2d_forward(x, params["pnet.box.weight"], params["pnet.box.bias"])[0]
    return softmax(scores, axis=1)[:, 1], deltas
    ### END SOLUTION


def proposals(face, deltas, scale, threshold=0.6):
    """The boxes that P-Net proposes at one scale, in pixels of the picture before it was shrunk.

    Cell (i, j) of the map looked at x from 2 j to 2 j + CELL and y from 2 i to 2 i + CELL. Each corner moves by its delta, in
    widths of that window, and all is divided by the scale: box = ([2 j, 2 i, 2 j + CELL, 2 i + CELL] + CELL * deltas) / scale.

    Args:
        face: probabilities (H', W'). deltas: (4, H', W'), for x1, y1, x2, y2.
        scale: by which the picture was shrunk. threshold: only cells with MORE than it propose.

    Returns:
        (boxes, scores): (M, 4) and (M,), row by row as in the map, in face's dtype. M may be 0.

    Source: Zhang and others (2016), section II.A; the package mtcnn 1.0.0, without its offset of one pixel.

    Example:
        >>> face = np.array([[0.1, 0.9]])
        >>> proposals(face, np.zeros((4, 1, 2)), 0.5)  # the window from 2 to 14, in a picture twice as large
        (array([[ 4.,  0., 28., 24.]]), array([0.9]))
    """
    ### BEGIN SOLUTION
    i, j = np.nonzero(face > threshold)
    cells = np.stack([2 * j, 2 * i, 2 * j + CELL, 2 * i + CELL], axis=1)
    boxes = (cells + CELL * deltas[:, i, j].T) / scale
    return boxes.astype(face.dtype), face[i, j]
    ### END SOLUTION


def square_boxes(boxes):
    """Each box made a square around the same centre, as large as its longer side.

    Args:
        boxes: floats (M, 4), x1 < x2 and y1 < y2. M may be 0.

    Returns:
        New array (M, 4), in boxes' dtype.

    Source: the package mtcnn 1.0.0; its authors' code calls it rerec.

    Example:
        >>> square_boxes(np.array([[0.0, 0.0, 2.0, 4.0]]))
        array([[-1.,  0.,  3.,  4.]])
    """
    ### BEGIN SOLUTION
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([centres - half, centres + half], axis=1)
    ### END SOLUTION


def refine_boxes(boxes, deltas):
    """Move each corner by its delta: those of x in widths of the box, those of y in heights. Both corners start from the OLD box.

    A box from 3 to 7 is 4 wide: nothing is added to a width.

    Args:
        boxes: floats (M, 4). deltas: (M, 4), for x1, y1, x2, y2. M may be 0.

    Returns:
        New array (M, 4), in boxes' dtype.

    Source: Zhang and others (2016), section II.A ("bounding box regression").

    Example:
        >>> refine_boxes(np.array([[0.0, 0.0, 10.0, 20.0]]), np.array([[0.1, 0.1, -0.1, 0.0]]))
        array([[ 1.,  2.,  9., 20.]])
    """
    ### BEGIN SOLUTION
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes + deltas * np.concatenate([sides, sides], axis=1)
    ### END SOLUTION


def crop_boxes(image, boxes, size):
    """What lies in each box, brought to size x size points: the first at its upper left corner, the last at its lower right one.

    Points divide each side evenly, k / (size - 1) of the way for k = 0 .. size - 1. Between four pixels the value is bilinear:
    linear in x and linear in y. Every pixel outside of the picture counts as 0, also as one of the four.

    Args:
        image: (C, H, W). boxes: (M, 4), which may reach outside; M may be 0. size: int, at least 2.

    Returns:
        crops: (M, C, size, size), in image's dtype.

    Source: torch.nn.functional.grid_sample with align_corners=True and padding_mode="zeros".

    Example:
        >>> image = np.array([[[0.0, 2.0], [4.0, 6.0]]])
        >>> crop_boxes(image, np.array([[0.0, 0.0, 1.0, 1.0]]), 3)
        array([[[[0., 1., 2.],
                 [2., 3., 4.],
                 [4., 5., 6.]]]])
    """
    ### BEGIN SOLUTION
    height, width = image.shape[1:]
    padded = np.pad(image, ((0, 0), (1, 2), (1, 2)))
    steps = np.arange(size) / (size - 1)
    x = np.clip(boxes[:, :1] + (boxes[:, 2:3] - boxes[:, :1]) * steps, -1, width)[:, np.newaxis]
    y = np.clip(boxes[:, 1:2] + (boxes[:, 3:] - boxes[:, 1:2]) * steps, -1, height)[:, :, np.newaxis]
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, down = x - left, y - top
    above = padded[:, top + 1, left + 1] * (1 - right) + padded[:, top + 1, left + 2] * right
    below = padded[:, top + 2, left + 1] * (1 - right) + padded[:, top + 2, left + 2] * right
    return (above * (1 - down) + below * down).swapaxes(0, 1).astype(image.dtype)
    ### END SOLUTION


def refine_net(crops, params):
    """The second network, R-Net: is a crop a face, and where should its box have been?

    conv1, prelu1, ceil_max_pool2d (3, 2), conv2, prelu2, ceil_max_pool2d (3, 2), conv3, prelu3. What is left is laid out in a row
    for each crop: columns outermost, then rows, channels innermost. The linear layer fc4, prelu4; on that the linear layers
    "face" (softmax, class 1 is asked for) and "box". Names begin with "rnet.".

    Args:
        crops: (M, C, H, W), in the published network 24 x 24; M may be 0.
        params: dict of arrays.

    Returns:
        (face, deltas): probabilities (M,) and (M, 4).

    Source: Zhang and others (2016), figure 2; the package mtcnn 1.0.0 for the order of the row.
    """
    ### BEGIN SOLUTION
    x = crops
    for k in (1, 2, 3):
        x = conv2d_forward(x, params[f"rnet.conv{k}.weight"], params[f"rnet.conv{k}.bias"])[0]
        x = prelu(x, params[f"rnet.prelu{k}"])
        if k < 3:
            x = ceil_max_pool2d(x, 3, 2)
    x = x.transpose(0, 3, 2, 1).reshape(len(x), params["rnet.fc4.weight"].shape[1])
    x = prelu(x @ params["rnet.fc4.weight"].T + params["rnet.fc4.bias"], params["rnet.prelu4"])
    scores = x @ params["rnet.face.weight"].T + params["rnet.face.bias"]
    return softmax(scores)[:, 1], x @ params["rnet.box.weight"].T + params["rnet.box.bias"]
    ### END SOLUTION


def output_net(crops, params):
    """The third network, O-Net: is a crop a face, where is its box, where are eyes, nose and the corners of the mouth?

    conv1, prelu1, ceil_max_pool2d (3, 2), conv2, prelu2, ceil_max_pool2d (3, 2), conv3, prelu3, ceil_max_pool2d (2, 2),
    conv4, prelu4; a row as in refine_net; fc5, prelu5; on that "face", "box" and "landmarks". Names begin with "onet.".
    The ten numbers of "landmarks" are the five x first, then the five y, in shares of the box: 0 at its left or upper edge,
    1 at the other.

    Args:
        crops: (M, C, H, W), in the published network 48 x 48; M may be 0.
        params: dict of arrays.

    Returns:
        (face, deltas, landmarks): probabilities (M,), (M, 4), and pairs x, y (M, 5, 2).

    Source: Zhang and others (2016), figure 2; the package mtcnn 1.0.0 for the order of the row.
    """
    ### BEGIN SOLUTION
    x = crops
    for k, kernel in ((1, 3), (2, 3), (3, 2), (4, 0)):
        x = conv2d_forward(x, params[f"onet.conv{k}.weight"], params[f"onet.conv{k}.bias"])[0]
        x = prelu(x, params[f"onet.prelu{k}"])
        if kernel:
            x = ceil_max_pool2d(x, kernel, 2)
    x = x.transpose(0, 3, 2, 1).reshape(len(x), params["onet.fc5.weight"].shape[1])
    x = prelu(x @ params["onet.fc5.weight"].T + params["onet.fc5.bias"], params["onet.prelu5"])
    scores = x @ params["onet.face.weight"].T + params["onet.face.bias"]
    deltas = x @ params["onet.box.weight"].T + params["onet.box.bias"]
    landmarks = x @ params["onet.landmarks.weight"].T + params["onet.landmarks.bias"]
    return softmax(scores)[:, 1], deltas, landmarks.reshape(-1, 2, 5).swapaxes(1, 2)
    ### END SOLUTION


def find_faces(image, params):
    """All faces in a picture: proposals at every scale, then two closer looks.

    1. For each of pyramid_scales: resize_area to int(H * scale) x int(W * scale), proposal_net, proposals (threshold 0.6),
       nms 0.5.
    2. All scales together, in their order: nms 0.7, square_boxes.
    3. crop_boxes of size 24, refine_net; those with more than 0.7: refine_boxes, nms 0.7, square_boxes.
    4. crop_boxes of size 48, output_net; those with more than 0.8: landmarks in pixels of the picture, from the square box;
       refine_boxes; nms 0.7.

    Args:
        image: (C, H, W), (p - 127.5) / 128 of bytes p.
        params: dict of arrays.

    Returns:
        (boxes, scores, landmarks): (M, 4), (M,) of O-Net's probabilities, and (M, 5, 2), best first; M may be 0.

    Source: Zhang and others (2016), section II.A and figure 1; thresholds of the package mtcnn 1.0.0.
    """
    ### BEGIN SOLUTION
    boxes, scores = np.zeros((0, 4), image.dtype), np.zeros(0, image.dtype)
    for scale in pyramid_scales(*image.shape[1:]):
        small = resize_area(image, int(image.shape[1] * scale), int(image.shape[2] * scale))
        face, deltas = proposal_net(small[np.newaxis], params)
        found, sure = proposals(face[0], deltas[0], scale)
        keep = nms(found, sure, 0.5)
        boxes, scores = np.concatenate([boxes, found[keep]]), np.concatenate([scores, sure[keep]])
    boxes = square_boxes(boxes[nms(boxes, scores, 0.7)])
    scores, deltas = refine_net(crop_boxes(image, boxes, 24), params)
    boxes, scores = refine_boxes(boxes, deltas)[scores > 0.7], scores[scores > 0.7]
    boxes = square_boxes(boxes[nms(boxes, scores, 0.7)])
    scores, deltas, landmarks = output_net(crop_boxes(image, boxes, 48), params)
    corner, sides = boxes[:, np.newaxis, :2], (boxes[:, 2:] - boxes[:, :2])[:, np.newaxis]
    boxes, landmarks = refine_boxes(boxes, deltas), corner + landmarks * sides
    sure = scores > 0.8
    boxes, scores, landmarks = boxes[sure], scores[sure], landmarks[sure]
    keep = nms(boxes, scores, 0.7)
    return boxes[keep], scores[keep], landmarks[keep]
    ### END SOLUTION
