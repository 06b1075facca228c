"""A class for each layer, whose cache is the object itself; images covered all at once by a mask; tensordot for Gram."""

import numpy as np


class Learning:
    def __init__(self, pair):
        self.w, self.b = pair


class Conv(Learning):
    def run(self, x, stride):
        self.stride, (kh, kw) = stride, self.w.shape[2:]
        self.x = np.pad(x, [(0, 0), (0, 0), (kh // 2, kh // 2), (kw // 2, kw // 2)])
        self.sides = [-(-side // stride) for side in x.shape[2:]]
        out = self.b[None, :, None, None] + np.zeros((len(x), len(self.b), *self.sides), x.dtype)
        for i, j in np.ndindex(kh, kw):
            out += np.einsum("nchw,fc->nfhw", self.under(self.x, i, j), self.w[:, :, i, j])
        return out

    def under(self, x, i, j):
        rows, columns = self.sides
        return x[:, :, i : i + self.stride * rows : self.stride, j : j + self.stride * columns : self.stride]

    def turn(self, dout):
        dx, dw = np.zeros_like(self.x), np.zeros_like(self.w)
        kh, kw = self.w.shape[2:]
        for i, j in np.ndindex(kh, kw):
            seen = self.under(self.x, i, j)
            dw[:, :, i, j] = np.tensordot(dout, seen, axes=([0, 2, 3], [0, 2, 3]))
            self.under(dx, i, j)[...] += np.einsum("nfhw,fc->nchw", dout, self.w[:, :, i, j])
        high, wide = dx.shape[2] - kh + 1, dx.shape[3] - kw + 1
        return dx[:, :, kh // 2 : kh // 2 + high, kw // 2 : kw // 2 + wide], (dw, dout.sum(axis=(0, 2, 3)))


class Fc(Learning):
    def run(self, x):
        self.shape, self.x = x.shape, x.reshape(x.shape[0], -1)
        return self.x @ self.w.T + self.b

    def turn(self, dout):
        return (dout @ self.w).reshape(self.shape), (dout.T @ self.x, np.ones(len(dout), dout.dtype) @ dout)


class Relu:
    def run(self, x):
        self.open = np.sign(np.maximum(x, 0))
        return x * self.open

    def turn(self, dout):
        return dout * self.open, None


class Pool:
    def run(self, x):
        out, self.back = halve(x)
        return out

    def turn(self, dout):
        return self.back(dout), None


def layer_shapes(input_shape, layers):
    require_layers(input_shape, layers)

    def after(shape, layer):
        match layer:
            case ("conv", filters, _, stride):
                return (filters, *((side + stride - 1) // stride for side in shape[1:]))
            case ("pool",):
                return (shape[0], shape[1] // 2, shape[2] // 2)
            case ("fc", units):
                return (units,)
        return shape

    shapes = (tuple(input_shape),)
    for layer in layers:
        shapes += (after(shapes[-1], layer),)
    return shapes


def layer_parameters(input_shape, layers):
    require_layers(input_shape, layers)
    counts = []
    for (channels, *sides), layer in zip(layer_shapes(input_shape, layers)[:-1], layers, strict=True):
        if layer[0] == "conv":
            sides = kernel_sides(layer[2])
        weights = channels
        for side in sides:
            weights *= side
        counts.append(layer[1] * weights + layer[1] if len(layer) > 1 else 0)
    return counts


def initial_params(input_shape, layers, rng):
    require_layers(input_shape, layers)
    params = []
    for shape, layer in zip(layer_shapes(input_shape, layers)[:-1], layers, strict=True):
        if len(layer) > 1:
            sides = kernel_sides(layer[2]) if layer[0] == "conv" else ()
            size = (layer[1], shape[0] if layer[0] == "conv" else int(np.prod(shape)), *sides)
            params.append((rng.normal(0, (2 / np.prod(size[1:])) ** 0.5, size), np.zeros(layer[1])))
    return tuple(params)


def network_forward(x, layers, params):
    require_params(layers, params)
    passed, number = [], 0
    for kind, *settings in layers:
        if kind in ("relu", "pool"):
            passed.append(Relu() if kind == "relu" else Pool())
            x = passed[-1].run(x)
        else:
            passed.append(Conv(params[number]) if kind == "conv" else Fc(params[number]))
            x = passed[-1].run(x, *settings[2:])
            number += 1
    return x, passed


def network_backward(dlogits, caches):
    grads = []
    for layer in reversed(caches):
        dlogits, pair = layer.turn(dlogits)
        if pair is not None:
            grads.insert(0, pair)
    return tuple(grads), dlogits


class ConvNet:
    def __init__(self, input_shape, layers, rng):
        require_layers(input_shape, layers)
        require(bool(layers) and layers[-1][0] == "fc", "layers must end in an fc")
        self._layers = tuple(layers)
        self._body = [tuple(pair) for pair in initial_params(input_shape, layers, rng)]
        self._head = self._body.pop()
        self._still = 0

    @property
    def params(self):
        return [*self._body, self._head]

    def forward(self, x):
        return network_forward(x, self._layers, self.params)[0]

    def features(self, x):
        return network_forward(x, self._layers, self.params)[1][-1].x

    def predict(self, x):
        logits = self.forward(x)
        return np.argmax(logits == logits.max(axis=1, keepdims=True), axis=1)

    def loss_and_grads(self, x, labels):
        logits, caches = network_forward(x, self._layers, self.params)
        loss, dlogits = cross_entropy(logits, labels)
        return loss, list(network_backward(dlogits, caches)[0])

    def freeze(self, count):
        require(0 <= count <= len(self.params), "count must be a number of pairs")
        self._still = count

    def replace_head(self, units, rng):
        require(units >= 1, "units must be at least 1")
        size = (units, self._head[0].shape[1])
        self._head = rng.standard_normal(size) * (2 / size[1]) ** 0.5, np.zeros(units)

    def fit(self, x, y, epochs, lr, momentum, batch_size, rng, decay=1.0):
        require(batch_size >= 1, "batch_size must be at least 1")
        require(set(map(int, y)) <= set(range(len(self._head[1]))), "y must hold classes that exist")
        changes = [(np.zeros(w.shape), np.zeros(b.shape)) for w, b in self.params]
        losses = []
        for epoch in range(epochs):
            order, told = rng.permutation(len(x)), np.zeros(len(x))
            for rows in (order[k : k + batch_size] for k in range(0, len(x), batch_size)):
                told[rows], grads = self.loss_and_grads(x[rows], y[rows])
                rate, moved = lr * decay**epoch, self.params
                for k, (change, grad) in enumerate(zip(changes, grads, strict=True)):
                    if k >= self._still:
                        changes[k] = tuple(momentum * c - rate * g for c, g in zip(change, grad, strict=True))
                        moved[k] = tuple(p + c for p, c in zip(moved[k], changes[k], strict=True))
                *self._body, self._head = moved
            losses.append(float(told.mean()))
        return losses


def occlusion_map(predict, image, label, size, stride, fill=0.0):
    require_square(image, size, stride)
    high, wide = image.shape[1:]
    tops, lefts = (np.arange(0, side - size + 1, stride) for side in (high, wide))
    in_rows = (np.arange(high) >= tops[:, None]) & (np.arange(high) < tops[:, None] + size)
    in_columns = (np.arange(wide) >= lefts[:, None]) & (np.arange(wide) < lefts[:, None] + size)
    out = []
    for rows in in_rows:
        mask = rows[None, None, :, None] & in_columns[:, None, None, :]
        out.append(predict(np.where(mask, fill, image))[:, label])
    return np.stack(out)


def gram_matrix(features):
    return np.stack([np.tensordot(each, each, axes=([1, 2], [1, 2])) for each in features]) / features[0].size


def style_gradient(features, target_gram):
    require(target_gram.shape == (features.shape[1],) * 2, "target_gram must be (C, C)")
    away = gram_matrix(features) - target_gram
    factor = 4 / away.size / features[0].size
    return float((away * away).mean()), (factor * np.einsum("nab,nbhw->nahw", away, features)).astype(features.dtype)
