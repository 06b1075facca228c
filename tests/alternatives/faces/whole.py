"""Einstein sums for the layers, flattening by loops, and a cascade that works on a list of stages."""

import numpy as np


def together(x, params, name, kernel):
    x = prelu(
        conv2d_forward(x, params[name % "conv" + ".weight"], params[name % "conv" + ".bias"])[0], params[name % "prelu"]
    )
    return ceil_max_pool2d(x, kernel, 2) if kernel else x


def prelu(x, slope):
    a = np.moveaxis(x, 1, -1)
    return np.ascontiguousarray(np.moveaxis(np.maximum(a, 0) + slope * np.minimum(a, 0), -1, 1))


def ceil_max_pool2d(x, kernel, stride):
    if not 1 <= stride <= kernel <= min(x.shape[2:]):
        raise ValueError("kernel does not fit")
    more = [int(np.ceil((n - kernel) / stride)) * stride + kernel - n for n in x.shape[2:]]
    x = np.pad(x, ((0, 0), (0, 0), (0, more[0]), (0, more[1])), constant_values=-np.inf)
    return max_pool2d_forward(x, (kernel, kernel), (stride, stride))[0]


def proposal_net(x, params):
    for k, kernel in zip("123", (2, 0, 0), strict=True):
        x = together(x, params, f"pnet.%s{k}", kernel)
    a, b = (
        np.einsum("nchw,fc->nfhw", x, params[f"pnet.{head}.weight"][:, :, 0, 0])
        + params[f"pnet.{head}.bias"][:, None, None]
        for head in ("face", "box")
    )
    return 1 / (1 + np.exp(a[:, 0] - a[:, 1])), b


def in_a_row(x):
    return np.concatenate(
        [
            x[:, :, :, q].swapaxes(1, 2).reshape(len(x), x[0:1, :, :, 0].size or x.shape[1] * x.shape[2])
            for q in range(x.shape[3])
        ],
        axis=1,
    )


def heads(x, params, net, dense, names):
    x = np.einsum("mi,di->md", in_a_row(x), params[f"{net}.{dense}.weight"]) + params[f"{net}.{dense}.bias"]
    x = prelu(x, params[f"{net}.prelu{dense[-1]}"])
    return [np.einsum("mi,di->md", x, params[f"{net}.{n}.weight"]) + params[f"{net}.{n}.bias"] for n in names]


def refine_net(crops, params):
    for k, kernel in zip("123", (3, 3, 0), strict=True):
        crops = together(crops, params, f"rnet.%s{k}", kernel)
    scores, deltas = heads(crops, params, "rnet", "fc4", ("face", "box"))
    return 1 / (1 + np.exp(scores[:, 0] - scores[:, 1])), deltas


def output_net(crops, params):
    for k, kernel in zip("1234", (3, 3, 2, 0), strict=True):
        crops = together(crops, params, f"onet.%s{k}", kernel)
    scores, deltas, marks = heads(crops, params, "onet", "fc5", ("face", "box", "landmarks"))
    return 1 / (1 + np.exp(scores[:, 0] - scores[:, 1])), deltas, np.stack([marks[:, :5], marks[:, 5:]], axis=2)


def find_faces(image, params):
    found, sure = [np.zeros((0, 4), image.dtype)], [np.zeros(0, image.dtype)]
    for scale in pyramid_scales(image.shape[1], image.shape[2]):
        small = resize_area(image, int(image.shape[1] * scale), int(image.shape[2] * scale))
        face, deltas = proposal_net(small[None], params)
        boxes, scores = proposals(face[0], deltas[0], scale, 0.6)
        kept = nms(boxes, scores, 0.5)
        found.append(boxes[kept])
        sure.append(scores[kept])
    boxes, scores = np.concatenate(found), np.concatenate(sure)
    marks = np.zeros((0, 5, 2), image.dtype)
    for net, size, least in ((refine_net, 24, 0.7), (output_net, 48, 0.8)):
        boxes = square_boxes(boxes[nms(boxes, scores, 0.7)])
        if len(boxes) == 0:
            return boxes, np.zeros(0, image.dtype), marks
        scores, deltas, *rest = net(crop_boxes(image, boxes, size), params)
        good = scores > least
        if rest:
            marks = (boxes[:, None, :2] + rest[0] * (boxes[:, None, 2:] - boxes[:, None, :2]))[good]
        boxes, scores = refine_boxes(boxes, deltas)[good], scores[good]
    kept = nms(boxes, scores, 0.7)
    return boxes[kept], scores[kept], marks[kept]
