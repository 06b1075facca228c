"""A convolutional network, whole: described as plain data, run forwards and backwards, trained, and asked what it looks at.

A network is a list of layers, each a tuple:

    ("conv", filters, kernel, stride)   kernel an odd int or a pair (kH, kW) of them; as many zeros at the sides as keep the size
                                        at stride 1: (kH - 1) / 2 above and below, (kW - 1) / 2 left and right
    ("relu",)                           max(x, 0); its derivative at 0 is 0
    ("pool",)                           the largest of each 2 x 2 block; a last odd row or column is left out
    ("fc", units)                       fully connected: each image becomes a row first, in the order (C, H, W)

and params = [(w, b), ...] holds one pair for each conv and fc, in their order: w is (F, C, kH, kW) and b (F,) of a conv, w is
(units, inputs) and b (units,) of an fc. Images are (N, C, H, W). Results are new arrays in x's dtype, and functions leave
what they are given as it was. The four layers' arithmetic is given below, from units 04, 11 and 12: each is a function that
returns (out, back), and back(dout) gives the gradients. The lines above yours refuse bad input; they are given too.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def kernel_sides(kernel):
    """(kH, kW) of a kernel that is an int or a pair. Given.

    Example:
        >>> kernel_sides(3), kernel_sides((1, 7))
        ((3, 3), (1, 7))
    """
    return tuple(kernel) if isinstance(kernel, (tuple, list)) else (kernel, kernel)


def require_layers(input_shape, layers):
    """Refuse a network that cannot be: ValueError naming layers. Given; it asks from the end how long a side must be."""
    flat, least = False, 1
    for kind, *_ in layers:
        require(kind in ("conv", "relu", "pool", "fc"), f"layers must be conv, relu, pool or fc, not {kind!r}")
        require(not flat or kind in ("relu", "fc"), f"layers must not have a {kind} after an fc: no image is left")
        flat = flat or kind == "fc"
    for kind, *settings in reversed(layers):
        if kind == "pool":
            least *= 2
        elif kind == "conv":
            odd = all(side % 2 == 1 for side in kernel_sides(settings[1]))
            require(odd, f"layers must have odd kernels, not {settings[1]}")
            least = (least - 1) * settings[2] + 1
    require(min(input_shape[1:]) >= least, f"layers leave no pixel: they need sides of {least}, not {input_shape[1:]}")


def convolve(x, w, b, stride=1):
    """A conv layer: every filter at every stride-th place, with the zeros at the sides that "same" asks for. Given.

    Args:
        x: (N, C, H, W). w: (F, C, kH, kW), with odd sides. b: (F,).
        stride: int.

    Returns:
        (out, back): out (N, F, ceil(H / stride), ceil(W / stride)); back(dout) gives (dx, dw, db).

    Example:
        >>> out, back = convolve(np.array([[[[1.0, 2.0, 3.0]]]]), np.ones((1, 1, 1, 3)), np.zeros(1))
        >>> out
        array([[[[3., 6., 5.]]]])
    """
    up, left = w.shape[2] // 2, w.shape[3] // 2
    framed = np.pad(x, [(0, 0), (0, 0), (up, up), (left, left)])
    seen = sliding_window_view(framed, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    images, rows, columns = seen.shape[:3]
    seen = seen.reshape(images * rows * columns, -1)
    flat = w.reshape(len(w), -1)
    out = (seen @ flat.T + b).reshape(images, rows, columns, -1).transpose(0, 3, 1, 2)

    def back(dout):
        sums = dout.transpose(0, 2, 3, 1).reshape(len(seen), -1)
        shares = (sums @ flat).reshape(images, rows, columns, *w.shape[1:]).transpose(4, 5, 0, 3, 1, 2)
        spread = np.zeros_like(framed)
        for i, j in np.ndindex(*w.shape[2:]):
            spread[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride] += shares[i, j]
        dx = spread[:, :, up : up + x.shape[2], left : left + x.shape[3]]
        return dx, (sums.T @ seen).reshape(w.shape), sums.sum(0)

    return out, back


def halve(x):
    """A pool layer: the largest of each 2 x 2 block; of equal ones the first. Given.

    Args:
        x: (N, C, H, W).

    Returns:
        (out, back): out (N, C, H // 2, W // 2); back(dout) gives dx.

    Example:
        >>> out, back = halve(np.array([[[[1.0, 5.0, 9.0], [2.0, 3.0, 9.0]]]]))
        >>> out, back(np.array([[[[7.0]]]]))
        (array([[[[5.]]]]), array([[[[0., 7., 0.],
                 [0., 0., 0.]]]]))
    """
    high, wide = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    corners = np.stack([x[:, :, i:high:2, j:wide:2] for i in (0, 1) for j in (0, 1)])
    first = corners.argmax(axis=0)

    def back(dout):
        dx = np.zeros(x.shape, dout.dtype)
        for number, (i, j) in enumerate(np.ndindex(2, 2)):
            dx[:, :, i:high:2, j:wide:2] = dout * (first == number)
        return dx

    return corners.max(axis=0), back


def dense(x, w, b):
    """An fc layer of rows: weighted sums. Given.

    Args:
        x: (N, D). w: (units, D). b: (units,).

    Returns:
        (out, back): out (N, units); back(dout) gives (dx, dw, db).

    Example:
        >>> out, back = dense(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([0.5]))
        >>> out, back(np.array([[10.0]]))
        (array([[11.5]]), (array([[30., 40.]]), array([[10., 20.]]), array([10.])))
    """
    return np.dot(x, w.T) + b, lambda dout: (np.dot(dout, w), np.dot(dout.T, x), dout.sum(0))


def cross_entropy(logits, labels):
    """Softmax, and the mean of -log of the right class's probability. Given.

    Args:
        logits: (N, K). labels: ints (N,), 0 to K - 1.

    Returns:
        (loss, dlogits): a float, and its gradient (N, K), already divided by N.

    Example:
        >>> loss, dlogits = cross_entropy(np.zeros((1, 2)), np.array([1]))
        >>> round(loss, 4), dlogits
        (0.6931, array([[ 0.5, -0.5]]))
    """
    powers = np.exp(logits - logits.max(1)[:, None])
    shares = powers / powers.sum(1)[:, None]
    right = np.eye(logits.shape[1], dtype=logits.dtype)[labels]
    distances = np.log(powers.sum(1)) - ((logits - logits.max(1)[:, None]) * right).sum(1)
    return float(distances.mean()), (shares - right) / logits.dtype.type(len(logits))


def layer_shapes(input_shape, layers):
    """The shape of one image, as each layer leaves it.

    A conv gives (filters, ceil(H / stride), ceil(W / stride)): with the zeros at its sides the kernel does not matter. relu
    keeps the shape, pool gives (C, floor(H / 2), floor(W / 2)), fc gives (units,).

    Args:
        input_shape: (C, H, W).
        layers: list of tuples, as above.

    Returns:
        List of tuples of ints: input_shape first, then one for each layer.

    Raises:
        ValueError: naming layers, if a conv or pool comes after an fc, if a kernel is even, if a side would become 0, or if
            there is a layer of another kind.

    Source: torch.nn.Conv2d and torch.nn.MaxPool2d, under "Shape".

    Example:
        >>> layer_shapes((3, 32, 32), [("conv", 15, 5, 1), ("relu",), ("pool",), ("fc", 10)])
        [(3, 32, 32), (15, 32, 32), (15, 32, 32), (15, 16, 16), (10,)]
    """
    require_layers(input_shape, layers)
    ### BEGIN SOLUTION
    shapes = [tuple(input_shape)]
    for kind, *settings in layers:
        shape = shapes[-1]
        if kind == "conv":
            filters, _, stride = settings
            shape = (filters, *(-(-side // stride) for side in shape[1:]))
        elif kind == "pool":
            shape = (shape[0], *(side // 2 for side in shape[1:]))
        elif kind == "fc":
            shape = (settings[0],)
        shapes.append(shape)
    return shapes
    ### END SOLUTION


def layer_parameters(input_shape, layers):
    """How many numbers each layer learns.

    A filter of a conv has a weight for each pixel of its kernel in each channel of its input, and a bias. A unit of an fc has a
    weight for each number of its input, all of (C, H, W), and a bias. relu and pool learn nothing.

    Args:
        input_shape: (C, H, W).
        layers: list of tuples, as above.

    Returns:
        List of ints, one for each layer.

    Raises:
        ValueError: naming layers, as layer_shapes does.

    Source: the sizes of weight and bias of torch.nn.Conv2d and torch.nn.Linear.

    Example:
        >>> layer_parameters((3, 32, 32), [("conv", 15, 5, 1), ("relu",), ("pool",), ("fc", 10)])
        [1140, 0, 0, 38410]
    """
    require_layers(input_shape, layers)
    ### BEGIN SOLUTION
    counts = []
    for shape, (kind, *settings) in zip(layer_shapes(input_shape, layers), layers, strict=False):
        inputs = {"conv": shape[0], "fc": int(np.prod(shape))}.get(kind, 0)
        if kind == "conv":
            inputs *= int(np.prod(kernel_sides(settings[1])))
        counts.append(settings[0] * (inputs + 1) if inputs else 0)
    return counts
    ### END SOLUTION


def initial_params(input_shape, layers, rng):
    """Weights to start from: normal with mean 0 and standard deviation sqrt(2 / fan_in), biases 0 (He's rule, unit 07).

    fan_in is how many numbers one output is summed from: C kH kW of a conv, all C H W (or units) before an fc.

    Args:
        input_shape: (C, H, W).
        layers: list of tuples, as above.
        rng: numpy Generator, the only source of randomness.

    Returns:
        params: list of pairs (w, b) of float64 arrays, one for each conv and fc, in the shapes told above.

    Raises:
        ValueError: naming layers, as layer_shapes does.

    Source: torch.nn.init.kaiming_normal_(nonlinearity="relu"); He and others, "Delving Deep into Rectifiers" (2015).

    Example:
        >>> params = initial_params((3, 8, 6), [("conv", 5, (1, 3), 1), ("pool",), ("fc", 2)], np.random.default_rng(0))
        >>> [(w.shape, b.shape) for w, b in params]
        [((5, 3, 1, 3), (5,)), ((2, 60), (2,))]
    """
    require_layers(input_shape, layers)
    ### BEGIN SOLUTION
    params = []
    for shape, (kind, *settings) in zip(layer_shapes(input_shape, layers), layers, strict=False):
        if kind in ("conv", "fc"):
            one = (shape[0], *kernel_sides(settings[1])) if kind == "conv" else (np.prod(shape),)
            w = rng.normal(scale=np.sqrt(2 / np.prod(one)), size=(settings[0], *one))
            params.append((w, np.zeros(settings[0])))
    return params
    ### END SOLUTION


def require_params(layers, params):
    """Refuse params that are not one pair for each conv and fc: ValueError naming params. Given."""
    learning = sum(kind in ("conv", "fc") for kind, *_ in layers)
    require(len(params) == learning, f"params must hold {learning} pairs (w, b), not {len(params)}")


def network_forward(x, layers, params):
    """Send images through all layers.

    Args:
        x: (N, C, H, W).
        layers: list of tuples, as above.
        params: list of pairs (w, b), one for each conv and fc.

    Returns:
        (logits, caches): what the last layer gives, of whatever shape; caches is whatever network_backward needs.

    Raises:
        ValueError: naming params, if there is not one pair for each conv and fc.

    Source: torch.nn.Sequential of Conv2d, ReLU, MaxPool2d, Flatten and Linear.

    Example:
        >>> x, w = np.arange(8.0).reshape(1, 2, 2, 2), np.ones((1, 2))
        >>> logits, caches = network_forward(x, [("pool",), ("fc", 1)], [(w, np.array([0.5]))])
        >>> logits
        array([[10.5]])
    """
    require_params(layers, params)
    ### BEGIN SOLUTION
    out, caches, left = x, [], iter(params)
    for kind, *settings in layers:
        shape = out.shape
        if kind == "conv":
            out, back = convolve(out, *next(left), settings[2])
        elif kind == "relu":
            out, back = np.maximum(out, 0), out > 0
        elif kind == "pool":
            out, back = halve(out)
        else:
            out, back = dense(out.reshape(len(out), -1), *next(left))
        caches.append((kind, shape, back))
    return out, caches
    ### END SOLUTION


def network_backward(dlogits, caches):
    """Send the gradient back through all layers, from the last to the first.

    Args:
        dlogits: upstream gradient, of the shape of logits.
        caches: what network_forward returned beside the logits; other images may have been sent through since.

    Returns:
        (grads, dx): grads is a list of pairs (dw, db), in the order and the shapes of params; dx is the gradient for the images,
        (N, C, H, W).

    Source: the gradients of torch.nn.Sequential, by torch.autograd.

    Example:
        >>> x, w = np.arange(8.0).reshape(1, 2, 2, 2), np.array([[10.0, 20.0]])
        >>> logits, caches = network_forward(x, [("pool",), ("fc", 1)], [(w, np.zeros(1))])
        >>> grads, dx = network_backward(np.array([[1.0]]), caches)
        >>> grads, dx.ravel().tolist()
        ([(array([[3., 7.]]), array([1.]))], [0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 20.0])
    """
    ### BEGIN SOLUTION
    grads, dout = [], dlogits
    for kind, shape, back in reversed(caches):
        if kind == "relu":
            dout = dout * back
        elif kind == "pool":
            dout = back(dout)
        else:
            dout, dw, db = back(dout)
            grads = [(dw, db), *grads]
        dout = dout.reshape(shape)
    return grads, dout
    ### END SOLUTION


class ConvNet:
    """A network that classifies images: its layers end in an fc, which has one unit for each class.

    Args:
        input_shape: (C, H, W).
        layers: list of tuples, as above; the last one is an fc.
        rng: numpy Generator, which draws the weights as initial_params does.

    Attributes:
        params: list of pairs (w, b), one for each conv and fc, as they are now.

    Raises:
        ValueError: naming layers, as layer_shapes does, or if the last one is no fc.

    Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition" (1998).

    Example:
        >>> net = ConvNet((1, 4, 4), [("conv", 3, 3, 1), ("relu",), ("pool",), ("fc", 2)], np.random.default_rng(0))
        >>> net.forward(np.zeros((5, 1, 4, 4))).shape, net.features(np.zeros((5, 1, 4, 4))).shape
        ((5, 2), (5, 12))
    """

    def __init__(self, input_shape, layers, rng):
        require_layers(input_shape, layers)
        require(layers and layers[-1][0] == "fc", f"layers must end in an fc, not {layers[-1:]}")
        ### BEGIN SOLUTION
        self.layers = list(layers)
        self.params = initial_params(input_shape, layers, rng)
        self._frozen = 0
        ### END SOLUTION

    def forward(self, x):
        """The logits (N, K) of images x (N, C, H, W)."""
        ### BEGIN SOLUTION
        return network_forward(x, self.layers, self.params)[0]
        ### END SOLUTION

    def features(self, x):
        """What the last fc is given for images x (N, C, H, W): rows (N, D), after every layer before it."""
        ### BEGIN SOLUTION
        return network_forward(x, self.layers[:-1], self.params[:-1])[0].reshape(len(x), -1)
        ### END SOLUTION

    def predict(self, x):
        """The class of each image, ints (N,): that with the largest logit, of equal ones the first."""
        ### BEGIN SOLUTION
        return self.forward(x).argmax(axis=1)
        ### END SOLUTION

    def loss_and_grads(self, x, labels):
        """The mean cross-entropy of images x (N, C, H, W) with labels (N,), and its gradients in the order of params.

        Returns:
            (loss, grads): a float, and a list of pairs (dw, db). params stays as it is.
        """
        ### BEGIN SOLUTION
        logits, caches = network_forward(x, self.layers, self.params)
        loss, dlogits = cross_entropy(logits, labels)
        return loss, network_backward(dlogits, caches)[0]
        ### END SOLUTION

    def freeze(self, count):
        """From now on fit leaves the first `count` pairs of params as they are; freeze(0) lets all of them learn again.

        Raises:
            ValueError: naming count, if it is below 0 or above the number of pairs.
        """
        require(0 <= count <= len(self.params), f"count must be from 0 to {len(self.params)}, not {count}")
        ### BEGIN SOLUTION
        self._frozen = count
        ### END SOLUTION

    def replace_head(self, units, rng):
        """Put a new fc of `units` units in the place of the last one, drawn as initial_params draws; the rest stays.

        Raises:
            ValueError: naming units, if it is below 1.
        """
        require(units >= 1, f"units must be at least 1, not {units}")
        ### BEGIN SOLUTION
        inputs = self.params[-1][0].shape[1]
        self.layers[-1] = ("fc", units)
        self.params[-1] = initial_params((inputs, 1, 1), self.layers[-1:], rng)[0]
        ### END SOLUTION

    def fit(self, x, y, epochs, lr, momentum, batch_size, rng, decay=1.0):
        """Train by minibatch descent with momentum on the mean cross-entropy.

        In every epoch the images are shuffled anew and cut into batches of batch_size, the last one shorter if need be. A batch
        moves each w and b that is not frozen, by its own change:

            change = momentum * change - lr * decay^epoch * gradient,   w = w + change

        Epochs count from 0. Each call of fit begins with changes of 0, which live on from batch to batch and epoch to epoch.

        Args:
            x: (N, C, H, W). y: ints (N,), the classes.
            epochs, lr, momentum, batch_size: passes over the images, learning rate, share of the last change, images a batch.
            rng: numpy Generator that shuffles.
            decay: by what the learning rate is multiplied from one epoch to the next.

        Returns:
            losses: list of floats, one for each epoch: the mean over all N images of their cross-entropy, each with the params as
            they were when its batch came. x and y stay as they are.

        Raises:
            ValueError: naming batch_size, if it is below 1; naming y, if it holds a class that does not exist.

        Source: torch.optim.SGD with momentum takes the same steps while lr is constant.
        """
        require(batch_size >= 1, f"batch_size must be at least 1, not {batch_size}")
        require(y.min() >= 0 and y.max() < len(self.params[-1][1]), "y must hold classes that exist")
        ### BEGIN SOLUTION
        losses, changes = [], [[0 * w, 0 * b] for w, b in self.params]
        for epoch in range(epochs):
            order, total = rng.permutation(len(x)), 0.0
            for start in range(0, len(x), batch_size):
                rows = order[start : start + batch_size]
                loss, grads = self.loss_and_grads(x[rows], y[rows])
                total += loss * len(rows)
                for k in range(self._frozen, len(grads)):
                    steps = zip(changes[k], grads[k], strict=True)
                    changes[k] = [momentum * change - lr * decay**epoch * grad for change, grad in steps]
                    self.params[k] = tuple(p + change for p, change in zip(self.params[k], changes[k], strict=True))
            losses.append(total / len(x))
        return losses
        ### END SOLUTION


def require_square(image, size, stride):
    """Refuse a square that does not fit, or does not move: ValueError naming size or stride. Given, for occlusion_map."""
    most = min(image.shape[1:])
    require(1 <= size <= most, f"size must be from 1 to {most}, not {size}")
    require(stride >= 1, f"stride must be at least 1, not {stride}")


def occlusion_map(predict, image, label, size, stride, fill=0.0):
    """Cover one square of the image after another, and note how probable the class still is.

    out[r, c] is the probability of label when the pixels [r * stride : r * stride + size, c * stride : c * stride + size]
    of all channels are set to fill, and no others. There is a place for each r and c for which the whole square lies in the
    image. Where the value is low, the network needed what was covered.

    Args:
        predict: function of images (N, C, H, W), for any N from 1, that returns probabilities (N, K). It may be called once with
            all images or several times.
        image: (C, H, W).
        label: int, the class to watch.
        size: side of the square in pixels, at least 1, and at most H and W.
        stride: pixels from one place to the next, at least 1.
        fill: what is put in place of the pixels.

    Returns:
        out: (rows, columns), of the probabilities' dtype. image stays as it is.

    Raises:
        ValueError: naming size, if it is below 1 or above H or W; naming stride, if it is below 1.

    Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014), on occlusion sensitivity.

    Example:
        >>> def brightness(images):
        ...     mean = images.mean(axis=(1, 2, 3))
        ...     return np.stack([mean, 1 - mean], axis=1)
        >>> occlusion_map(brightness, np.array([[[0.0, 1.0], [0.5, 0.5]]]), label=0, size=1, stride=1)
        array([[0.5  , 0.25 ],
               [0.375, 0.375]])
    """
    require_square(image, size, stride)
    ### BEGIN SOLUTION
    high, wide = image.shape[1:]
    tops, lefts = range(0, high - size + 1, stride), range(0, wide - size + 1, stride)
    covered = []
    for top in tops:
        for left in lefts:
            copy = image.copy()
            copy[:, top : top + size, left : left + size] = fill
            covered.append(copy)
    return predict(np.stack(covered))[:, label].reshape(len(tops), len(lefts))
    ### END SOLUTION


def gram_matrix(features):
    """How strongly each two channels of an image are active together, wherever in the image: its style, for Gatys.

    G[n, a, b] = sum over all pixels of features[n, a] * features[n, b], divided by C H W. Where something is in the image no
    longer shows in G.

    Args:
        features: (N, C, H, W).

    Returns:
        New array (N, C, C), of features' dtype.

    Source: Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks" (2016); divided by C H W as in
    torch's tutorial on style transfer.

    Example:
        >>> gram_matrix(np.array([[[[1.0, 2.0]], [[3.0, 0.0]]]]))
        array([[[1.25, 0.75],
                [0.75, 2.25]]])
    """
    ### BEGIN SOLUTION
    n, c, h, w = features.shape
    rows = features.reshape(n, c, h * w)
    return rows @ rows.transpose(0, 2, 1) / (c * h * w)
    ### END SOLUTION


def style_gradient(features, target_gram):
    """How far the style of features is from another, and which way to move them.

    loss = mean over all N * C * C entries of (gram_matrix(features) - target_gram)^2

    With dG, the gradient of the loss for G, and F, one image's features as (C, H W): each F takes part in a row and in a
    column of G, so dF = (dG + dG^T) F / (C H W).

    Args:
        features: (N, C, H, W).
        target_gram: (C, C), symmetric: the Gram matrix of the style that all N images should have.

    Returns:
        (loss, dfeatures): a number, and an array of features' shape and dtype.

    Raises:
        ValueError: naming target_gram, if it is not (C, C).

    Source: Gatys, Ecker, Bethge (2016), with the mean of torch.nn.functional.mse_loss in place of their factor.

    Example:
        >>> loss, dfeatures = style_gradient(np.array([[[[3.0]]]]), np.array([[5.0]]))
        >>> float(loss), dfeatures.tolist()
        (16.0, [[[[48.0]]]])
    """
    require(target_gram.shape == 2 * features.shape[1:2], f"target_gram must be (C, C), not {target_gram.shape}")
    ### BEGIN SOLUTION
    n, c, h, w = features.shape
    apart = gram_matrix(features) - target_gram
    dgram = 2 * apart / apart.size
    rows = features.reshape(n, c, h * w)
    drows = (dgram + dgram.transpose(0, 2, 1)) @ rows / (c * h * w)
    return np.mean(apart**2), drows.reshape(features.shape)
    ### END SOLUTION
