"""Loops over layers by index, pixels and entries; own backward closures instead of the given ones for relu; lists for tuples."""

import math

import numpy as np


def layer_shapes(input_shape, layers):
    require_layers(input_shape, layers)
    shapes = [list(input_shape)]
    for layer in layers:
        if layer[0] == "fc":
            shapes.append([layer[1]])
            continue
        channels, high, wide = shapes[-1] if len(shapes[-1]) == 3 else (shapes[-1][0], 0, 0)
        if layer[0] == "conv":
            shapes.append([layer[1], len(range(0, high, layer[3])), len(range(0, wide, layer[3]))])
        elif layer[0] == "pool":
            shapes.append([channels, (high - high % 2) // 2, (wide - wide % 2) // 2])
        else:
            shapes.append(list(shapes[-1]))
    return shapes


def layer_parameters(input_shape, layers):
    require_layers(input_shape, layers)
    shapes, counts = layer_shapes(input_shape, layers), []
    for k, layer in enumerate(layers):
        count = 0
        if layer[0] == "conv":
            kh, kw = kernel_sides(layer[2])
            for _ in range(layer[1]):
                count += shapes[k][0] * kh * kw
                count += 1
        if layer[0] == "fc":
            count = layer[1] * math.prod(shapes[k]) + layer[1]
        counts.append(count)
    return tuple(counts)


def initial_params(input_shape, layers, rng):
    require_layers(input_shape, layers)
    params, shapes = [], layer_shapes(input_shape, layers)
    for k, layer in enumerate(layers):
        if layer[0] == "conv":
            shape = [layer[1], shapes[k][0], *kernel_sides(layer[2])]
        elif layer[0] == "fc":
            shape = [layer[1], math.prod(shapes[k])]
        else:
            continue
        w = rng.standard_normal(shape)
        w *= math.sqrt(2.0 / math.prod(shape[1:]))
        params.append([w, np.zeros(shape[0])])
    return params


def network_forward(x, layers, params):
    require_params(layers, params)
    backs, number = [], 0
    for layer in layers:
        if layer[0] == "relu":
            x, back = rectify(x)
        elif layer[0] == "pool":
            x, back = halve(x)
        else:
            w, b = params[number]
            number += 1
            x, back = convolve(x, w, b, layer[3]) if layer[0] == "conv" else dense_on_images(x, w, b)
        backs.append(back)
    return x, backs


def rectify(x):
    out = np.where(x > 0, x, np.zeros_like(x))
    return out, lambda dout: np.where(out > 0, dout, np.zeros_like(dout))


def dense_on_images(x, w, b):
    rows = np.stack([image.ravel() for image in x])
    out, back = dense(rows, w, b)

    def unflatten(dout):
        drows, dw, db = back(dout)
        return np.stack([row.reshape(image.shape) for row, image in zip(drows, x, strict=True)]), dw, db

    return out, unflatten


def network_backward(dlogits, caches):
    grads = []
    for back in caches[::-1]:
        found = back(dlogits)
        if isinstance(found, tuple):
            dlogits, dw, db = found
            grads.append([dw, db])
        else:
            dlogits = found
    grads.reverse()
    return grads, dlogits


class ConvNet:
    def __init__(self, input_shape, layers, rng):
        require_layers(input_shape, layers)
        require(len(layers) > 0 and layers[-1][0] == "fc", "layers must end in an fc")
        self.body, self.params, self.first = layers[:-1], initial_params(input_shape, layers, rng), 0

    def forward(self, x):
        w, b = self.params[-1]
        return np.einsum("nd,kd->nk", self.features(x), w) + b

    def features(self, x):
        out, self.backs = network_forward(x, self.body, self.params[:-1])
        self.shape = out.shape
        return out.reshape(out.shape[0], math.prod(out.shape[1:]))

    def predict(self, x):
        return np.array([int(np.argmax(row)) for row in self.forward(x)])

    def loss_and_grads(self, x, labels):
        rows = self.features(x)
        w, b = self.params[-1]
        loss, dlogits = cross_entropy(rows @ w.T + b, labels)
        grads, _ = network_backward((dlogits @ w).reshape(self.shape), self.backs)
        return loss, [*grads, [dlogits.T @ rows, dlogits.sum(axis=0)]]

    def freeze(self, count):
        require(0 <= count <= len(self.params), "count must be a number of pairs")
        self.first = count

    def replace_head(self, units, rng):
        require(units >= 1, "units must be at least 1")
        inputs = self.params[-1][0].shape[1]
        self.params[-1] = [rng.normal(0, math.sqrt(2 / inputs), (units, inputs)), np.zeros(units)]

    def fit(self, x, y, epochs, lr, momentum, batch_size, rng, decay=1.0):
        require(batch_size >= 1, "batch_size must be at least 1")
        require(min(y) >= 0 and max(y) < len(self.params[-1][1]), "y must hold classes that exist")
        self.params = [[w.copy(), b.copy()] for w, b in self.params]
        speed = [[np.zeros_like(each) for each in pair] for pair in self.params]
        losses = []
        for _ in range(epochs):
            order = np.arange(len(x))
            rng.shuffle(order)
            heard = 0.0
            for batch in np.split(order, range(batch_size, len(order), batch_size)):
                loss, grads = self.loss_and_grads(x[batch], y[batch])
                heard += loss * len(batch) / len(x)
                for number, pair in enumerate(self.params):
                    if number < self.first:
                        continue
                    for which in (0, 1):
                        speed[number][which] *= momentum
                        speed[number][which] -= lr * grads[number][which]
                        pair[which] += speed[number][which]
            losses.append(heard)
            lr *= decay
        return losses


def occlusion_map(predict, image, label, size, stride, fill=0.0):
    require_square(image, size, stride)
    rows = []
    for top in range(0, image.shape[1], stride):
        if top + size > image.shape[1]:
            break
        row = []
        for left in range(0, image.shape[2], stride):
            if left + size > image.shape[2]:
                break
            copy = np.array(image)
            for i in range(size):
                for j in range(size):
                    copy[:, top + i, left + j] = fill
            row.append(predict(copy[np.newaxis])[0][label])
        rows.append(row)
    return np.array(rows)


def gram_matrix(features):
    n, c, h, w = features.shape
    out = np.zeros((n, c, c), dtype=features.dtype)
    for k in range(n):
        for a in range(c):
            for b in range(c):
                out[k, a, b] = np.vdot(features[k, a], features[k, b]) / (c * h * w)
    return out


def style_gradient(features, target_gram):
    require(target_gram.shape == (features.shape[1], features.shape[1]), "target_gram must be (C, C)")
    n, c, h, w = features.shape
    loss, dfeatures = 0.0, np.zeros_like(features)
    for k, gram in enumerate(gram_matrix(features)):
        for a in range(c):
            loss += float(((gram[a] - target_gram[a]) ** 2).sum())
            for b in range(c):
                dfeatures[k, a] += 4 * (gram[a, b] - target_gram[a, b]) * features[k, b]
    return loss / (n * c * c), dfeatures / (n * c * c * c * h * w)
