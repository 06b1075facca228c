"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake(
    "layer_shapes", hint="An image is (C, H, W): the height comes before the width, and each is divided by itself."
)
def shapes_sides_swapped(input_shape, layers):
    channels, high, wide = input_shape
    shapes = reference.layer_shapes((channels, wide, high), layers)
    return [tuple(input_shape), *shapes[1:]]


@mistake("layer_shapes", hint="Every layer has a shape in the list, relu too, though it changes nothing.")
def shapes_without_relu(input_shape, layers):
    shapes = reference.layer_shapes(input_shape, layers)
    return [shapes[0], *(shape for shape, (kind, *_) in zip(shapes[1:], layers, strict=True) if kind != "relu")]


def walked(input_shape, layers, side, pooled=lambda side: side // 2, flat=lambda units, shape: (units,)):
    """layer_shapes with other rules: side(side, kernel, stride) of a conv, pooled(side), flat(units, shape) of an fc."""
    reference.require_layers(input_shape, layers)
    shapes = [tuple(input_shape)]
    for kind, *settings in layers:
        shape = shapes[-1]
        if kind == "conv":
            kernel = reference.kernel_sides(settings[1])
            sides = [side(each, k, settings[2]) for each, k in zip(shape[1:], kernel, strict=True)]
            shape = (settings[0], *sides)
        elif kind == "pool":
            shape = (shape[0], *map(pooled, shape[1:]))
        elif kind == "fc":
            shape = flat(settings[0], shape)
        shapes.append(shape)
    return shapes


@mistake(
    "layer_shapes",
    hint="At stride s the kernel stands on pixels 0, s, 2 s, ...: of 7 pixels at stride 2 that is 4, rounded UP.",
)
def shapes_stride_rounds_down(input_shape, layers):
    return walked(input_shape, layers, lambda side, kernel, stride: side // stride)


@mistake("layer_shapes", hint="The zeros at the sides keep the size at stride 1: nothing is lost to the kernel.")
def shapes_without_padding(input_shape, layers):
    return walked(input_shape, layers, lambda side, kernel, stride: (side - kernel) // stride + 1)


@mistake("layer_shapes", hint="A conv at stride 2 gives every second place: divide the sides by the stride.")
def shapes_without_stride(input_shape, layers):
    return walked(input_shape, layers, lambda side, kernel, stride: side)


@mistake("layer_shapes", hint="pool rounds down: a last odd row or column is left out.")
def shapes_pool_rounds_up(input_shape, layers):
    return walked(input_shape, layers, lambda side, kernel, stride: -(-side // stride), lambda side: -(-side // 2))


@mistake("layer_shapes", hint="What an fc gives is one row, (units,): no sides are left.")
def shapes_fc_keeps_sides(input_shape, layers):
    return walked(
        input_shape, layers, lambda side, kernel, stride: -(-side // stride), flat=lambda units, shape: (units, 1, 1)
    )


@mistake("layer_shapes", hint="The list begins with the input's own shape; the layers' come after it.")
def shapes_without_the_input(input_shape, layers):
    return reference.layer_shapes(input_shape, layers)[1:]


@mistake("layer_shapes", hint="The channels after a conv are its filters, not the channels that went in.")
def shapes_keep_channels(input_shape, layers):
    shapes = reference.layer_shapes(input_shape, layers)
    return [(input_shape[0], *shape[1:]) if len(shape) == 3 else shape for shape in shapes]


@mistake("layer_parameters", hint="Each filter and each unit has a bias: one more than its weights.")
def parameters_without_bias(input_shape, layers):
    counts = reference.layer_parameters(input_shape, layers)
    return [count - settings[0] if count else 0 for count, (_, *settings) in zip(counts, layers, strict=True)]


@mistake("layer_parameters", hint="A filter looks at all channels of its input: C * kH * kW weights, not kH * kW.")
def parameters_of_one_channel(input_shape, layers):
    counts = reference.layer_parameters(input_shape, layers)
    for k, (kind, *settings) in enumerate(layers):
        if kind == "conv":
            counts[k] = settings[0] * (int(np.prod(reference.kernel_sides(settings[1]))) + 1)
    return counts


@mistake("layer_parameters", hint="An fc is given all of (C, H, W), channels times pixels, not the channels alone.")
def parameters_fc_of_channels(input_shape, layers):
    counts, shapes = reference.layer_parameters(input_shape, layers), reference.layer_shapes(input_shape, layers)
    for k, (kind, *settings) in enumerate(layers):
        if kind == "fc":
            counts[k] = settings[0] * (shapes[k][0] + 1)
    return counts


@mistake("layer_parameters", hint="A kernel (kH, kW) has kH * kW weights: here one of its sides was squared.")
def parameters_square_kernels(input_shape, layers):
    square = [
        (kind, rest[0], reference.kernel_sides(rest[1])[0], rest[2]) if kind == "conv" else (kind, *rest)
        for kind, *rest in layers
    ]
    reference.require_layers(input_shape, layers)
    return reference.layer_parameters(input_shape, square)


@mistake("layer_parameters", hint="One bias for each filter, not one for the whole layer.")
def parameters_one_bias(input_shape, layers):
    counts = reference.layer_parameters(input_shape, layers)
    return [count - settings[0] + 1 if count else 0 for count, (_, *settings) in zip(counts, layers, strict=True)]


@mistake("layer_parameters", hint="relu and pool learn nothing, and have a 0 in the list: one number for each layer.")
def parameters_of_learning_layers_only(input_shape, layers):
    return [count for count in reference.layer_parameters(input_shape, layers) if count]


@mistake(
    "layer_parameters", hint="The same filter is used at every place: its weights are counted once, not once a pixel."
)
def parameters_at_every_place(input_shape, layers):
    counts, shapes = reference.layer_parameters(input_shape, layers), reference.layer_shapes(input_shape, layers)
    return [
        count * int(np.prod(shape[1:])) if kind == "conv" else count
        for count, shape, (kind, *_) in zip(counts, shapes[1:], layers, strict=True)
    ]


def redrawn(input_shape, layers, rng, factor):
    """initial_params with each w times factor(w)."""
    return [(w * factor(w), b) for w, b in reference.initial_params(input_shape, layers, rng)]


@mistake(
    "initial_params",
    hint="fan_in counts what ONE output is summed from: here the filters or units themselves were counted.",
)
def params_fan_out(input_shape, layers, rng):
    return redrawn(input_shape, layers, rng, lambda w: np.sqrt(w[0].size / len(w)))


@mistake(
    "initial_params",
    hint="A conv sums C * kH * kW numbers: the kernel's area belongs to fan_in, not the channels alone.",
)
def params_without_kernel_area(input_shape, layers, rng):
    return redrawn(input_shape, layers, rng, lambda w: np.sqrt(w[0].size / w.shape[1]))


@mistake("initial_params", hint="2 / fan_in is the variance: the standard deviation is its root.")
def params_variance_for_deviation(input_shape, layers, rng):
    return redrawn(input_shape, layers, rng, lambda w: np.sqrt(2 / w[0].size))


@mistake("initial_params", hint="relu silences half of the sums, so He's variance is 2 / fan_in, not 1 / fan_in.")
def params_without_the_two(input_shape, layers, rng):
    return redrawn(input_shape, layers, rng, lambda w: np.sqrt(0.5))


@mistake("initial_params", hint="Normal numbers, please: uniform ones of the same variance have no tails.")
def params_uniform(input_shape, layers, rng):
    drawn = reference.initial_params(input_shape, layers, rng)
    return [(rng.uniform(-1, 1, size=w.shape) * np.sqrt(6 / w[0].size), b) for w, b in drawn]


@mistake("initial_params", hint="The biases start at 0: only the weights are drawn, to make the filters differ.")
def params_random_biases(input_shape, layers, rng):
    return [(w, rng.normal(scale=0.1, size=b.shape)) for w, b in reference.initial_params(input_shape, layers, rng)]


@mistake("initial_params", hint="Draw from the rng that is given: with a seed of your own every network starts alike.")
def params_with_a_seed_of_their_own(input_shape, layers, rng):
    return reference.initial_params(input_shape, layers, np.random.default_rng(0))


@mistake(
    "initial_params", hint="One pair (w, b) for each conv and fc: relu and pool have nothing to learn, and no entry."
)
def params_for_every_layer(input_shape, layers, rng):
    drawn = iter(reference.initial_params(input_shape, layers, rng))
    return [next(drawn) if kind in ("conv", "fc") else (np.zeros(0), np.zeros(0)) for kind, *_ in layers]


def passed(x, layers, params, flat=lambda x: x.reshape(len(x), -1), pick=lambda k, learnt: learnt):
    """The logits with another way to flatten, or another choice of the pair for layer k (`learnt` conv and fc before it)."""
    reference.require_params(layers, params)
    learnt = 0
    for k, (kind, *settings) in enumerate(layers):
        if kind == "relu":
            x = np.maximum(x, 0)
        elif kind == "pool":
            x, _ = reference.halve(x)
        else:
            w, b = params[pick(k, learnt)]
            learnt += 1
            x = reference.convolve(x, w, b, settings[2])[0] if kind == "conv" else reference.dense(flat(x), w, b)[0]
    return x


@mistake("network_forward", hint="params has an entry for each conv and fc only: count those, not the layers.")
def forward_counts_layers(x, layers, params):
    caches = reference.network_forward(x, layers, params)[1]
    return passed(x, layers, params, pick=lambda k, learnt: k), caches


@mistake("network_forward", hint="The logits are what the last layer gives: no relu of your own comes after it.")
def forward_relu_on_logits(x, layers, params):
    logits, caches = reference.network_forward(x, layers, params)
    return np.maximum(logits, 0), caches


@mistake("network_forward", hint="Softmax belongs to the loss: network_forward gives the logits as they are.")
def forward_softmax(x, layers, params):
    logits, caches = reference.network_forward(x, layers, params)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True), caches


@mistake(
    "network_forward",
    hint="An fc reads its image in the order (C, H, W), as reshape(N, -1) writes it: not channels last.",
)
def forward_channels_last(x, layers, params):
    caches = reference.network_forward(x, layers, params)[1]

    def flat(x):
        return (x.transpose(0, 2, 3, 1) if x.ndim == 4 else x).reshape(len(x), -1)

    return passed(x, layers, params, flat=flat), caches


@mistake("network_forward", hint="A conv has a stride, its fourth entry: hand it on to convolve.")
def forward_without_stride(x, layers, params):
    caches = reference.network_forward(x, layers, params)[1]
    once = [(kind, *rest[:2], 1) if kind == "conv" else (kind, *rest) for kind, *rest in layers]
    return passed(x, once, params), caches


@mistake(
    "network_forward", hint="relu is a layer of its own: where the list has none, after a conv or fc, none is applied."
)
def forward_relu_after_every_conv(x, layers, params):
    caches = reference.network_forward(x, layers, params)[1]
    more = [each for layer in layers for each in ([layer, ("relu",)] if layer[0] == "conv" else [layer])]
    return passed(x, more, params), caches


@mistake("network_forward", hint="The biases are added too: each pair of params is (w, b).")
def forward_without_bias(x, layers, params):
    caches = reference.network_forward(x, layers, params)[1]
    return passed(x, layers, [(w, 0 * b) for w, b in params]), caches


def sent_back(dlogits, caches, relu=lambda dout, mask: dout * mask, pool=lambda dout, back, shape: back(dout)):
    """network_backward with other rules for relu and pool."""
    grads, dout = [], dlogits
    for kind, shape, back in reversed(caches):
        if kind == "relu":
            dout = relu(dout, back)
        elif kind == "pool":
            dout = pool(dout, back, shape)
        else:
            dout, dw, db = back(dout)
            grads = [(dw, db), *grads]
        dout = dout.reshape(shape)
    return grads, dout


@mistake(
    "network_backward", hint="grads has the order of params: the first layer's comes first, though it is met last."
)
def backward_grads_reversed(dlogits, caches):
    grads, dx = reference.network_backward(dlogits, caches)
    return grads[::-1], dx


@mistake(
    "network_backward", hint="relu has a derivative: nothing comes back through it where its input was not above 0."
)
def backward_without_relu(dlogits, caches):
    return sent_back(dlogits, caches, relu=lambda dout, mask: dout)


@mistake("network_backward", hint="relu's mask is where its INPUT was above 0, not where the gradient is.")
def backward_relu_of_the_gradient(dlogits, caches):
    return sent_back(dlogits, caches, relu=lambda dout, mask: np.maximum(dout, 0))


def to_all(dout, back, shape, share):
    even = np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3) * share
    return np.pad(even, [(0, 0), (0, 0), *((0, side % 2) for side in shape[2:])])


@mistake(
    "network_backward",
    hint="Only the largest pixel of a block made the pool's output: it gets the gradient, the others 0.",
)
def backward_pool_to_all(dlogits, caches):
    return sent_back(dlogits, caches, pool=lambda dout, back, shape: to_all(dout, back, shape, 1))


@mistake("network_backward", hint="That is the gradient of a MEAN over each block: the largest pixel gets it all.")
def backward_pool_as_mean(dlogits, caches):
    return sent_back(dlogits, caches, pool=lambda dout, back, shape: to_all(dout, back, shape, 0.25))


@mistake("network_backward", hint="dx has the shape of the images: before an fc, bring the rows back to (N, C, H, W).")
def backward_without_reshape(dlogits, caches):
    grads, dx = reference.network_backward(dlogits, caches)
    return grads, dx.reshape(len(dx), -1)


@mistake("network_backward", hint="dw and db are sums over the batch: the loss has divided by N already.")
def backward_mean_over_the_batch(dlogits, caches):
    grads, dx = reference.network_backward(dlogits, caches)
    return [(dw / len(dx), db / len(dx)) for dw, db in grads], dx


@mistake("network_backward", hint="Two results: the list of (dw, db), and dx, the gradient for the images, LAST.")
def backward_dx_first(dlogits, caches):
    grads, dx = reference.network_backward(dlogits, caches)
    return dx, grads


class Explicit(reference.ConvNet):
    """The reference's network, with fit in pieces that mistakes can replace."""

    def order(self, count, rng, epoch):
        return rng.permutation(count)

    def rate(self, lr, decay, epoch, step):
        return lr * decay**epoch

    def first_changes(self):
        return [(0 * w, 0 * b) for w, b in self.params]

    def between_batches(self, changes):
        return changes

    def between_epochs(self, changes):
        return changes

    def learning(self):
        return range(self._frozen, len(self.params))

    def batches(self, order, size):
        return [order[start : start + size] for start in range(0, len(order), size)]

    def mean(self, losses, sizes):
        return float(np.dot(losses, sizes) / np.sum(sizes))

    def move(self, change, grad, lr, momentum):
        return momentum * change - lr * grad

    def fit(self, x, y, epochs, lr, momentum, batch_size, rng, decay=1.0):
        super().fit(x[:1], y, 0, lr, momentum, batch_size, rng, decay)  # refuses bad input
        told, changes, step = [], self.first_changes(), 0
        for epoch in range(epochs):
            losses, sizes = [], []
            for rows in self.batches(self.order(len(x), rng, epoch), batch_size):
                loss, grads = self.loss_and_grads(x[rows], y[rows])
                losses.append(loss)
                sizes.append(len(rows))
                changes = self.between_batches(changes)
                for k in self.learning():
                    now = self.rate(lr, decay, epoch, step)
                    changes[k] = tuple(
                        self.move(c, g, now, momentum) for c, g in zip(changes[k], grads[k], strict=True)
                    )
                    self.params[k] = tuple(p + c for p, c in zip(self.params[k], changes[k], strict=True))
                step += 1
            changes = self.between_epochs(changes)
            told.append(self.mean(losses, sizes))
        return told


@mistake("ConvNet", hint="The changes live on from batch to batch: set them to 0 once, at the beginning of fit.")
class NetForgetsMomentumEachBatch(Explicit):
    def between_batches(self, changes):
        return self.first_changes()


@mistake("ConvNet", hint="The changes live on from epoch to epoch too: set them to 0 once, before the first.")
class NetForgetsMomentumEachEpoch(Explicit):
    def between_epochs(self, changes):
        return self.first_changes()


@mistake("ConvNet", hint="Each call of fit begins with changes of 0: what is left of the last call still pushes here.")
class NetNeverForgetsMomentum(Explicit):
    kept = None

    def first_changes(self):
        fitting = self.kept and [[p.shape for p in pair] for pair in self.kept]
        if fitting != [[p.shape for p in pair] for pair in self.params]:
            self.kept = super().first_changes()
        return self.kept


@mistake(
    "ConvNet",
    hint="replace_head changes the shape of the last pair: make the changes anew in each fit, not in __init__.",
)
class NetOldVelocityShape(Explicit):
    def __init__(self, input_shape, layers, rng):
        super().__init__(input_shape, layers, rng)
        self.velocity = super().first_changes()

    def first_changes(self):
        return [tuple(0 * v for v in pair) for pair in self.velocity]


@mistake("ConvNet", hint="decay is for epochs: lr * decay^epoch stays the same for all batches of an epoch.")
class NetDecaysEachBatch(Explicit):
    def rate(self, lr, decay, epoch, step):
        return lr * decay**step


@mistake("ConvNet", hint="Epochs count from 0: in the first one the rate is lr itself.")
class NetDecaysFromTheFirstEpoch(Explicit):
    def rate(self, lr, decay, epoch, step):
        return lr * decay ** (epoch + 1)


@mistake("ConvNet", hint="decay has no effect here: in epoch number k the rate is lr * decay^k.")
class NetNeverDecays(Explicit):
    def rate(self, lr, decay, epoch, step):
        return lr


@mistake("ConvNet", hint="freeze counts pairs of params, not layers: relu and pool have none.")
class NetFreezesLayers(Explicit):
    def learning(self):
        frozen = sum(kind in ("conv", "fc") for kind, *_ in self.layers[: self._frozen])
        return range(frozen, len(self.params))


@mistake("ConvNet", hint="freeze has no effect: fit must leave the first `count` pairs of params as they are.")
class NetFreezesNothing(Explicit):
    def learning(self):
        return range(len(self.params))


@mistake(
    "ConvNet", hint="freeze keeps the FIRST pairs as they are, and the rest learns: here it is the other way round."
)
class NetFreezesTheEnd(Explicit):
    def learning(self):
        return range(len(self.params) - self._frozen)


@mistake("ConvNet", hint="freeze(0) lets everything learn again: what is frozen is the last count, not the largest.")
class NetNeverThaws(reference.ConvNet):
    def freeze(self, count):
        super().freeze(max(count, self._frozen))


@mistake("ConvNet", hint="Every image counts in every epoch: the last batch is shorter, not left out.")
class NetDropsTheShortBatch(Explicit):
    def batches(self, order, size):
        return [each for each in super().batches(order, size) if len(each) == min(size, len(order))]


@mistake(
    "ConvNet", hint="Shuffle the images, anew in every epoch: here they come in the order in which they were given."
)
class NetNeverShuffles(Explicit):
    def order(self, count, rng, epoch):
        return np.arange(count)


@mistake("ConvNet", hint="Shuffle in every epoch, inside the loop: shuffled once, the images keep one order for ever.")
class NetShufflesOnce(Explicit):
    def order(self, count, rng, epoch):
        if epoch == 0:
            self.once = rng.permutation(count)
        return self.once


@mistake("ConvNet", hint="An epoch's loss is the mean over its images: the short batch counts less than the full ones.")
class NetMeanOfBatchMeans(Explicit):
    def mean(self, losses, sizes):
        return float(np.mean(losses))


@mistake("ConvNet", hint="The loss falls AGAINST the gradient: change = momentum * change MINUS lr * gradient.")
class NetClimbs(Explicit):
    def move(self, change, grad, lr, momentum):
        return momentum * change + lr * grad


@mistake(
    "ConvNet", hint="The gradient is not weighed by 1 - momentum here: change = momentum * change - lr * gradient."
)
class NetAveragesGradients(Explicit):
    def move(self, change, grad, lr, momentum):
        return momentum * change - (1 - momentum) * lr * grad


@mistake("ConvNet", hint="params must hold the trained weights after fit: here it still holds those of the start.")
class NetTrainsCopies(reference.ConvNet):
    def fit(self, x, y, epochs, lr, momentum, batch_size, rng, decay=1.0):
        params = list(self.params)
        losses = super().fit(x, y, epochs, lr, momentum, batch_size, rng, decay)
        self.params = params
        return losses


@mistake("ConvNet", hint="predict gives classes, ints (N,): the argmax of each row of logits, not probabilities.")
class NetPredictsProbabilities(reference.ConvNet):
    def predict(self, x):
        powers = np.exp(self.forward(x))
        return powers / powers.sum(axis=1, keepdims=True)


@mistake("ConvNet", hint="argmax over axis 1, the classes: over axis 0 it compares the images with each other.")
class NetPredictsAlongTheBatch(reference.ConvNet):
    def predict(self, x):
        return self.forward(x).argmax(axis=0)


@mistake("ConvNet", hint="features are what the last fc is GIVEN: stop before it. These are the logits.")
class NetFeaturesAreLogits(reference.ConvNet):
    def features(self, x):
        return self.forward(x)


@mistake("ConvNet", hint="features are rows: (N, D), flattened, and not images (N, C, H, W).")
class NetFeaturesAreImages(reference.ConvNet):
    def features(self, x):
        return reference.network_forward(x, self.layers[:-1], self.params[:-1])[0]


@mistake("ConvNet", hint="Only the last fc is new: replace_head must not draw the other pairs again.")
class NetNewBody(reference.ConvNet):
    def replace_head(self, units, rng):
        super().replace_head(units, rng)
        self.params = [(rng.permutation(w.ravel()).reshape(w.shape), b) for w, b in self.params]


@mistake("ConvNet", hint="The new head is drawn by He's rule, from the number of its INPUTS, as initial_params draws.")
class NetHeadOfFanOut(reference.ConvNet):
    def replace_head(self, units, rng):
        super().replace_head(units, rng)
        w, b = self.params[-1]
        self.params[-1] = w * np.sqrt(w.shape[1] / units), b


@mistake("ConvNet", hint="Weights of 0 would do for a head alone, but the docstring asks for initial_params' draws.")
class NetHeadOfZeros(reference.ConvNet):
    def replace_head(self, units, rng):
        super().replace_head(units, rng)
        w, b = self.params[-1]
        self.params[-1] = 0 * w, b


@mistake("ConvNet", hint="loss_and_grads only looks: the step is fit's, and params must stay as they are.")
class NetStepsInLossAndGrads(reference.ConvNet):
    def loss_and_grads(self, x, labels):
        loss, grads = super().loss_and_grads(x, labels)
        self.params = [(w - 0.1 * dw, b - 0.1 * db) for (w, b), (dw, db) in zip(self.params, grads, strict=True)]
        return loss, grads


def covered(predict, image, label, size, stride, fill=0.0, cover=None, places=None, value=None):
    """occlusion_map with another way to cover, other places, or another value."""
    high, wide = image.shape[1:]
    if not 1 <= size <= min(high, wide):
        raise ValueError("size must fit")
    if stride < 1:
        raise ValueError("stride must be at least 1")
    tops, lefts = places or (range(0, high - size + 1, stride), range(0, wide - size + 1, stride))
    out = np.zeros((len(tops), len(lefts)))
    for r, top in enumerate(tops):
        for c, left in enumerate(lefts):
            copy = image.copy()
            (cover or cover_square)(copy, top, left, size, fill)
            out[r, c] = (value or (lambda row: row[label]))(predict(copy[None])[0])
    return out


def cover_square(copy, top, left, size, fill):
    copy[:, max(top, 0) : top + size, max(left, 0) : left + size] = fill


@mistake("occlusion_map", hint="The value is the probability under cover itself, not by how much it has dropped.")
def occlusion_drop(predict, image, label, size, stride, fill=0.0):
    whole = predict(image[None])[0][label]
    return whole - reference.occlusion_map(predict, image, label, size, stride, fill)


@mistake("occlusion_map", hint="The square covers all channels: here only the first is covered.")
def occlusion_of_one_channel(predict, image, label, size, stride, fill=0.0):
    def cover(copy, top, left, size, fill):
        copy[0, top : top + size, left : left + size] = fill

    return covered(predict, image, label, size, stride, fill, cover)


@mistake(
    "occlusion_map",
    hint="A place is the square's upper left corner, and the square lies in the image: here it is its centre.",
)
def occlusion_centred(predict, image, label, size, stride, fill=0.0):
    def cover(copy, top, left, size, fill):
        cover_square(copy, top - size // 2, left - size // 2, size, fill)

    high, wide = image.shape[1:]
    return covered(predict, image, label, size, stride, fill, cover, (range(0, high, stride), range(0, wide, stride)))


@mistake(
    "occlusion_map", hint="Uncover the last square before the next: take a fresh copy of the image for each place."
)
def occlusion_never_uncovered(predict, image, label, size, stride, fill=0.0):
    worked_on = image.copy()

    def cover(copy, top, left, size, fill):
        cover_square(worked_on, top, left, size, fill)
        copy[...] = worked_on

    return covered(predict, image, label, size, stride, fill, cover)


@mistake("occlusion_map", hint="stride is ignored: the square moves on by stride pixels, not by one.")
def occlusion_without_stride(predict, image, label, size, stride, fill=0.0):
    reference.occlusion_map(predict, image, label, size, stride, fill)
    return reference.occlusion_map(predict, image, label, size, 1, fill)


@mistake(
    "occlusion_map", hint="One place too few: the last square may touch the edge, so H - size + 1 tops are possible."
)
def occlusion_one_place_short(predict, image, label, size, stride, fill=0.0):
    high, wide = image.shape[1:]
    places = range(0, max(high - size, 1), stride), range(0, max(wide - size, 1), stride)
    return covered(predict, image, label, size, stride, fill, places=places)


@mistake("occlusion_map", hint="The pixels are set to fill: here they are set to 0, whatever fill is.")
def occlusion_fills_zero(predict, image, label, size, stride, fill=0.0):
    return reference.occlusion_map(predict, image, label, size, stride)


@mistake("occlusion_map", hint="Watch one class, label: the largest probability may be another's.")
def occlusion_of_the_largest(predict, image, label, size, stride, fill=0.0):
    return covered(predict, image, label, size, stride, fill, value=max)


@mistake("occlusion_map", hint="The square is what is COVERED: here everything else is.")
def occlusion_covers_the_rest(predict, image, label, size, stride, fill=0.0):
    def cover(copy, top, left, size, fill):
        seen = copy[:, top : top + size, left : left + size].copy()
        copy[...] = fill
        copy[:, top : top + size, left : left + size] = seen

    return covered(predict, image, label, size, stride, fill, cover)


@mistake("occlusion_map", hint="out is (rows, columns): r goes down and c goes across.")
def occlusion_transposed(predict, image, label, size, stride, fill=0.0):
    return reference.occlusion_map(predict, image, label, size, stride, fill).T


@mistake("gram_matrix", hint="Each image has a Gram matrix of its own: do not sum over the batch.")
def gram_over_the_batch(features):
    return reference.gram_matrix(features).sum(axis=0)


@mistake("gram_matrix", hint="Divide by C H W: here the sums are as they are.")
def gram_not_divided(features):
    return reference.gram_matrix(features) * features[0].size


@mistake("gram_matrix", hint="Divide by the channels too: C H W, not H W.")
def gram_without_channels(features):
    return reference.gram_matrix(features) * features.shape[1]


@mistake("gram_matrix", hint="F F^T of the rows (C, H W) compares channels. This is F^T F, which compares pixels.")
def gram_of_pixels(features):
    n, c, h, w = features.shape
    rows = features.reshape(n, c, h * w)
    return rows.transpose(0, 2, 1) @ rows / (c * h * w)


@mistake("gram_matrix", hint="Nothing is subtracted first: the Gram matrix is no covariance.")
def gram_centred(features):
    return reference.gram_matrix(features - features.mean(axis=(2, 3), keepdims=True))


@mistake(
    "gram_matrix",
    hint="reshape(N, H W, C) does not move the channels to the end: it reads the numbers in another order.",
)
def gram_of_a_scrambled_reshape(features):
    n, c, h, w = features.shape
    rows = features.reshape(n, h * w, c)
    return rows.transpose(0, 2, 1) @ rows / (c * h * w)


@mistake("style_gradient", hint="F takes part in a row AND in a column of G: twice what one of them gives.")
def style_without_symmetry(features, target_gram):
    loss, dfeatures = reference.style_gradient(features, target_gram)
    return loss, dfeatures / 2


@mistake("style_gradient", hint="The derivative of a square has a 2, besides that of the symmetry.")
def style_without_the_two(features, target_gram):
    loss, dfeatures = reference.style_gradient(features, target_gram)
    return loss, dfeatures / 4


@mistake("style_gradient", hint="A mean over all N C C entries: the loss here is their sum.")
def style_sum(features, target_gram):
    loss, dfeatures = reference.style_gradient(features, target_gram)
    entries = len(features) * target_gram.size
    return loss * entries, dfeatures * entries


@mistake("style_gradient", hint="The mean is over the images too, N C C entries: the gradient lacks the N.")
def style_gradient_of_each_image(features, target_gram):
    loss, dfeatures = reference.style_gradient(features, target_gram)
    return loss, dfeatures * len(features)


@mistake(
    "style_gradient", hint="gram_matrix divides by C H W, and its gradient does so once more: the factor is missing."
)
def style_gradient_not_divided(features, target_gram):
    loss, dfeatures = reference.style_gradient(features, target_gram)
    return loss, dfeatures * features[0].size


@mistake("style_gradient", hint="The gradient leads uphill, from the target to G: here its sign is the other one.")
def style_gradient_downhill(features, target_gram):
    loss, dfeatures = reference.style_gradient(features, target_gram)
    return loss, -dfeatures


@mistake("style_gradient", hint="The loss is the mean of squares: here a root was taken.")
def style_root(features, target_gram):
    loss, dfeatures = reference.style_gradient(features, target_gram)
    return np.sqrt(loss), dfeatures
