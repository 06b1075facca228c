"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it. Those of a backward pass read the reference's
cache: (x, w1, w2, hidden) of the feed-forward part, (norm_first, back1, attention, back2, fed_cache) of a block.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


def angled(steps, d, first=0, exponent=lambda i, d: 2 * i / d, cosines=lambda i, d: 2 * i / d):
    reference.positional_encoding(steps, d)  # refuses bad input
    i, t = np.arange(d // 2), first + np.arange(steps)[:, None]
    return np.sin(t / 1e4 ** exponent(i, d)), np.cos(t / 1e4 ** cosines(i, d))


def interleaved(first, second):
    return np.stack([first, second], axis=2).reshape(len(first), -1)


@mistake(
    "positional_encoding",
    hint="The exponent is 2 i / d, with i the number of the PAIR: over all pairs it runs up to almost 1.",
)
def positions_exponent_halved(steps, d):
    return interleaved(*angled(steps, d, exponent=lambda i, d: i / d, cosines=lambda i, d: i / d))


@mistake(
    "positional_encoding",
    hint="Sine and cosine take turns, 2 i and 2 i + 1: not all sines first and all cosines after them.",
)
def positions_in_halves(steps, d):
    return np.concatenate(angled(steps, d), axis=1)


@mistake("positional_encoding", hint="Steps count from 0: the first row is sin 0 = 0 and cos 0 = 1, over and over.")
def positions_from_one(steps, d):
    return interleaved(*angled(steps, d, first=1))


@mistake(
    "positional_encoding",
    hint="Both of a pair share one angle: the cosine's exponent is 2 i / d too, not (2 i + 1) / d.",
)
def positions_cosines_slower(steps, d):
    return interleaved(*angled(steps, d, cosines=lambda i, d: (2 * i + 1) / d))


@mistake("feed_forward_forward", hint="Between the two layers stands a relu: without it both are one linear layer.")
def forward_without_relu(x, w1, b1, w2, b2):
    return (x @ w1.T + b1) @ w2.T + b2, reference.feed_forward_forward(x, w1, b1, w2, b2)[1]


@mistake("feed_forward_forward", hint="The relu stands between the layers only: what comes out may be negative.")
def forward_relu_at_the_end(x, w1, b1, w2, b2):
    out, cache = reference.feed_forward_forward(x, w1, b1, w2, b2)
    return np.maximum(out, 0), cache


def fed(dout, cache, mask=lambda dhidden, hidden: hidden > 0):
    x, w1, w2, hidden = cache
    dhidden = dout @ w2
    dhidden = dhidden * mask(dhidden, hidden)
    dw1, dw2 = np.einsum("ntf,ntd->fd", dhidden, x), np.einsum("ntd,ntf->df", dout, hidden)
    return dhidden @ w1, dw1, dhidden.sum(axis=(0, 1)), dw2, dout.sum(axis=(0, 1))


@mistake("feed_forward_backward", hint="Where the relu was shut, no gradient passes: multiply dh by (h > 0).")
def backward_without_relu(dout, cache):
    return fed(dout, cache, mask=lambda dhidden, hidden: 1)


@mistake("feed_forward_backward", hint="The relu's mask is where its OUTPUT h is above 0, not where the gradient is.")
def backward_relu_of_the_gradient(dout, cache):
    return fed(dout, cache, mask=lambda dhidden, hidden: dhidden > 0)


@mistake("feed_forward_backward", hint="Biases are used at every step, too: sum their gradients over N and over T.")
def backward_biases_over_sequences_only(dout, cache):
    dx, dw1, _, dw2, _ = fed(dout, cache)
    _, _, w2, hidden = cache
    return dx, dw1, (dout @ w2 * (hidden > 0)).sum(axis=0), dw2, dout.sum(axis=0)


def blocked(
    x,
    params,
    heads,
    mask,
    norm_first,
    norms="12",
    first=lambda kept, seen, more: kept + more,
    second=None,
):
    """encoder_block_forward with other sums or norms; the cache is the right one."""
    _, cache = reference.encoder_block_forward(x, params, heads, mask, norm_first)
    second = second or (lambda kept, seen, more: kept + more)

    def norm(number, x):
        return reference.normalize(x, params["gamma" + norms[number]], params["beta" + norms[number]])[0]

    def feed(x):
        return np.maximum(x @ params["w1"].T + params["b1"], 0) @ params["w2"].T + params["b2"]

    if norm_first:
        seen = norm(0, x)
        y = first(x, seen, reference.attend(seen, seen, params, heads, mask)[0])
        seen = norm(1, y)
        return second(y, seen, feed(seen)), cache
    y = norm(0, first(x, x, reference.attend(x, x, params, heads, mask)[0]))
    return norm(1, second(y, y, feed(y))), cache


@mistake("encoder_block_forward", hint="What attention gives is ADDED to x: the first residual connection is missing.")
def block_without_first_residual(x, params, heads, mask=None, norm_first=False):
    return blocked(x, params, heads, mask, norm_first, first=lambda kept, seen, more: more)


@mistake(
    "encoder_block_forward",
    hint="What the feed-forward part gives is ADDED to y: the second residual connection is missing.",
)
def block_without_second_residual(x, params, heads, mask=None, norm_first=False):
    return blocked(x, params, heads, mask, norm_first, second=lambda kept, seen, more: more)


@mistake(
    "encoder_block_forward", hint="With norm_first the sum is x + A(LN1(x)): x itself is kept, not what LN1 made of it."
)
def block_keeps_the_normalised(x, params, heads, mask=None, norm_first=False):
    both = {name: lambda kept, seen, more: seen + more for name in ("first", "second")}
    return blocked(x, params, heads, mask, norm_first, **both)


@mistake("encoder_block_forward", hint="The second norm has weights of its own, gamma2 and beta2.")
def block_one_norm_twice(x, params, heads, mask=None, norm_first=False):
    return blocked(x, params, heads, mask, norm_first, norms="11")


@mistake(
    "encoder_block_forward",
    hint="norm_first=True normalises before A and F, False after the sums: here it is the other way round.",
)
def block_orders_swapped(x, params, heads, mask=None, norm_first=False):
    return reference.encoder_block_forward(x, params, heads, mask, not norm_first)


@mistake("encoder_block_forward", hint="The mask has no effect here: hand it on to attend.")
def block_without_mask(x, params, heads, mask=None, norm_first=False):
    return reference.encoder_block_forward(x, params, heads, None, norm_first)


def sent_back(dout, cache, keep=(1, 1), both=lambda dquery, dkeys: dquery + dkeys, swap=False, always_post=False):
    """encoder_block_backward with other rules for the sums, the two gradients of attention, the norms' names."""
    norm_first, back1, attention, back2, fed_cache = cache
    if norm_first and not always_post:
        dseen, *dfed = reference.feed_forward_backward(dout, fed_cache)
        dnorm, dgamma2, dbeta2 = back2(dseen)
        dy = dnorm + keep[1] * dout
        dquery, dkeys, dweights = attention(dy)
        dnorm, dgamma1, dbeta1 = back1(both(dquery, dkeys))
        dx = dnorm + keep[0] * dy
    else:
        dsum, dgamma2, dbeta2 = back2(dout)
        dy, *dfed = reference.feed_forward_backward(dsum, fed_cache)
        dsum, dgamma1, dbeta1 = back1(keep[1] * dsum + dy)
        dquery, dkeys, dweights = attention(dsum)
        dx = keep[0] * dsum + both(dquery, dkeys)
    dparams = dict(zip(("w1", "b1", "w2", "b2"), dfed, strict=True)) | dweights
    one, two = "21" if swap else "12"
    return dx, dparams | {"gamma" + one: dgamma1, "beta" + one: dbeta1, "gamma" + two: dgamma2, "beta" + two: dbeta2}


@mistake(
    "encoder_block_backward", hint="Around attention the sum x + ... passes its gradient to x as well: add it to dx."
)
def block_backward_first_residual_dropped(dout, cache):
    return sent_back(dout, cache, keep=(0, 1))


@mistake(
    "encoder_block_backward",
    hint="Around the feed-forward part the sum y + ... passes its gradient to y as well: add it to dy.",
)
def block_backward_second_residual_dropped(dout, cache):
    return sent_back(dout, cache, keep=(1, 0))


@mistake(
    "encoder_block_backward", hint="x is keys and values, too: attend's back gives TWO gradients for it. Add them."
)
def block_backward_queries_only(dout, cache):
    return sent_back(dout, cache, both=lambda dquery, dkeys: dquery)


@mistake(
    "encoder_block_backward",
    hint="The gradients of the two norms have changed places: going back, the LAST one is met first.",
)
def block_backward_norms_swapped(dout, cache):
    return sent_back(dout, cache, swap=True)


@mistake("encoder_block_backward", hint="With norm_first the road back is another one: keep in the cache which it was.")
def block_backward_always_post_norm(dout, cache):
    return sent_back(dout, cache, always_post=True)


def decoded(x, memory, params, heads, mask, memory_mask, cross=None, third="3"):
    """decoder_block_forward with another cross-attention or third norm."""
    weights = {key: params["cross_" + key] for key in ("query", "key", "value", "out")}

    def norm(number, x):
        return reference.normalize(x, params["gamma" + number], params["beta" + number])[0]

    y = norm("1", x + reference.attend(x, x, params, heads, mask)[0])
    looked = cross(y, weights) if cross else reference.attend(y, memory, weights, heads, memory_mask)[0]
    z = norm("2", y + looked)
    hidden = np.maximum(z @ params["w1"].T + params["b1"], 0)
    return norm(third, z + hidden @ params["w2"].T + params["b2"])


def valid(x, memory, params, heads):
    """Bad input is refused."""
    reference.decoder_block_forward(x, memory, params, heads, None)


@mistake(
    "decoder_block_forward",
    hint="Cross-attention reads the MEMORY: its keys and values come from there, not from what was written.",
)
def decoder_ignores_memory(x, memory, params, heads, mask, memory_mask=None):
    valid(x, memory, params, heads)
    return decoded(x, memory, params, heads, mask, None, lambda y, w: reference.attend(y, y, w, heads, mask)[0])


@mistake(
    "decoder_block_forward",
    hint="In cross-attention y asks and memory answers: attend(y, memory, ...), not the other way round.",
)
def decoder_memory_asks(x, memory, params, heads, mask, memory_mask=None):
    valid(x, memory, params, heads)
    return decoded(
        x, memory, params, heads, mask, None, lambda y, w: reference.attend(memory, y, w, heads, memory_mask)[0]
    )


@mistake(
    "decoder_block_forward", hint="mask is for self-attention alone; what may be seen of memory is told by memory_mask."
)
def decoder_mask_on_memory(x, memory, params, heads, mask, memory_mask=None):
    valid(x, memory, params, heads)
    return decoded(x, memory, params, heads, mask, mask)


@mistake("decoder_block_forward", hint="memory_mask has no effect here: it is the mask of cross-attention.")
def decoder_memory_mask_ignored(x, memory, params, heads, mask, memory_mask=None):
    valid(x, memory, params, heads)
    return decoded(x, memory, params, heads, mask, None)


@mistake("decoder_block_forward", hint="Three parts, three norms: the last one has gamma3 and beta3.")
def decoder_two_norms(x, memory, params, heads, mask, memory_mask=None):
    valid(x, memory, params, heads)
    return decoded(x, memory, params, heads, mask, memory_mask, third="2")


@mistake(
    "decoder_block_forward",
    hint="Cross-attention has weights of its own: cross_query, cross_key, cross_value, cross_out.",
)
def decoder_one_attention(x, memory, params, heads, mask, memory_mask=None):
    valid(x, memory, params, heads)
    return decoded(
        x, memory, params, heads, mask, None, lambda y, w: reference.attend(y, memory, params, heads, memory_mask)[0]
    )


def judged(logits, labels, smoothing, weights, right=None, rest=None, share=None):
    """smoothed_cross_entropy with another target or another share of each step."""
    reference.smoothed_cross_entropy(logits, labels, smoothing, weights)  # refuses bad input
    v = logits.shape[2]
    log_p = logits - logits.max(axis=2, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=2, keepdims=True))
    rest = smoothing / v if rest is None else rest
    right = 1 - smoothing + smoothing / v if right is None else right
    q = np.where(labels[:, :, None] == np.arange(v), right, rest).astype(logits.dtype)
    share = weights / max(weights.sum(), 1e-300) if share is None else share
    share = share[:, :, None].astype(logits.dtype)
    return float(-(share * q * log_p).sum()), share * (np.exp(log_p) - q)


@mistake(
    "smoothed_cross_entropy",
    hint="The smoothing is spread over ALL V tokens, the right one too: s / V each, not s / (V - 1).",
)
def smoothed_over_the_wrong_ones(logits, labels, smoothing, weights):
    return judged(logits, labels, smoothing, weights, right=1 - smoothing, rest=smoothing / (logits.shape[2] - 1))


@mistake(
    "smoothed_cross_entropy",
    hint="The right token gets its s / V as well: 1 - s + s / V, so that the target adds up to 1.",
)
def smoothed_without_the_right_ones_share(logits, labels, smoothing, weights):
    return judged(logits, labels, smoothing, weights, right=1 - smoothing)


@mistake(
    "smoothed_cross_entropy", hint="Divide by the sum of the weights: ignored steps do not count in the mean either."
)
def smoothed_mean_over_all_steps(logits, labels, smoothing, weights):
    return judged(logits, labels, smoothing, weights, share=weights / weights.size)


@mistake("smoothed_cross_entropy", hint="The loss is divided by the sum of the weights, and so is its gradient.")
def smoothed_gradient_not_divided(logits, labels, smoothing, weights):
    loss, dlogits = judged(logits, labels, smoothing, weights)
    return loss, dlogits * weights.sum().astype(logits.dtype)


@mistake("smoothed_cross_entropy", hint="The gradient is p minus the SMOOTHED target: here it is p minus one-hot.")
def smoothed_gradient_of_one_hot(logits, labels, smoothing, weights):
    return judged(logits, labels, smoothing, weights)[0], judged(logits, labels, 0.0, weights)[1]


@mistake("smoothed_cross_entropy", hint="The weights have no effect here: each step's loss is multiplied by its own.")
def smoothed_weights_ignored(logits, labels, smoothing, weights):
    return judged(logits, labels, smoothing, weights, share=np.full(weights.shape, 1 / weights.size))


@mistake(
    "smoothed_cross_entropy",
    hint="A probability may underflow to 0, and its log is -inf: compute log p directly, as logits - log(sum(exp)).",
)
def smoothed_log_of_softmax(logits, labels, smoothing, weights):
    loss, dlogits = judged(logits, labels, smoothing, weights)
    p = np.exp(logits - logits.max(axis=2, keepdims=True))
    p /= p.sum(axis=2, keepdims=True)
    q = (1 - smoothing) * (labels[:, :, None] == np.arange(p.shape[2])) + smoothing / p.shape[2]
    if (p > 0).all():
        return loss, dlogits
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(-(weights[:, :, None] * q * np.log(p)).sum() / weights.sum()), dlogits


@mistake("warmup_lr", hint="min, not max: the smaller of the two grows at first and falls later.")
def warmup_the_larger(step, d, warmup):
    reference.warmup_lr(step, d, warmup)
    return d**-0.5 * max(step**-0.5, step * warmup**-1.5)


@mistake("warmup_lr", hint="d^-0.5: a wider model takes smaller steps.")
def warmup_wider_is_faster(step, d, warmup):
    return reference.warmup_lr(step, d, warmup) * d


@mistake("warmup_lr", hint="Steps count from 1 already: nothing is to be added.")
def warmup_a_step_late(step, d, warmup):
    reference.warmup_lr(step, d, warmup)
    return reference.warmup_lr(step + 1, d, warmup)


@mistake(
    "warmup_lr",
    hint="step^-0.5 is the second half only: while step is below warmup, the rate climbs in a straight line.",
)
def warmup_without_warmup(step, d, warmup):
    reference.warmup_lr(step, d, warmup)
    return (d * step) ** -0.5


class Explicit(reference.TinyTransformer):
    """The reference's model, with logits and the gradients in pieces that mistakes can replace."""

    norm_first = True

    def mask(self, t):
        return np.tri(t, dtype=bool)

    def first(self, tokens):
        return self.params["table"][tokens] + self.places(*tokens.shape)

    def places(self, n, t):
        return reference.positional_encoding(t, self.params["table"].shape[1])

    def last(self, x):
        return x

    def logits(self, tokens):
        super().logits(tokens[:, : self.steps])  # refuses bad tokens
        reference.require(
            tokens.shape[1] <= self.steps, f"tokens must be {self.steps} in a row at most, not {tokens.shape[1]}"
        )
        x, self._caches = self.first(tokens), []
        for block in self.params["blocks"]:
            x, cache = reference.encoder_block_forward(
                x, block, self.heads, self.mask(tokens.shape[1]), self.norm_first
            )
            self._caches.append(cache)
        self._last = self.last(x)
        return self._last @ self.params["w_out"].T + self.params["b_out"]


@mistake(
    "TinyTransformer",
    hint="Without a causal mask every step sees the answer that it is to give: let step i see steps 0 to i.",
)
class ModelWithoutMask(Explicit):
    def mask(self, t):
        return None


@mistake("TinyTransformer", hint="The mask is upside down: step i may see the steps BEFORE it, the lower triangle.")
class ModelLooksAhead(Explicit):
    def mask(self, t):
        return np.tri(t, dtype=bool).T


@mistake(
    "TinyTransformer",
    hint="Without positions attention sees a bag of tokens: add positional_encoding to the table's rows.",
)
class ModelWithoutPositions(Explicit):
    def places(self, n, t):
        return 0


@mistake("TinyTransformer", hint="The table is not scaled here: its rows are added to the positions as they are.")
class ModelScalesTheTable(Explicit):
    def first(self, tokens):
        table = self.params["table"]
        return table.shape[1] ** 0.5 * table[tokens] + self.places(*tokens.shape)


@mistake("TinyTransformer", hint="The blocks of this model normalise first: norm_first=True.")
class ModelPostNorm(Explicit):
    norm_first = False


@mistake("TinyTransformer", hint="No normalisation comes after the last block here: w_out reads its output as it is.")
class ModelLastNorm(Explicit):
    def last(self, x):
        d = x.shape[2]
        return reference.normalize(x, np.ones(d), np.zeros(d))[0]


@mistake(
    "TinyTransformer", hint="A token that stands at two steps gets the gradients of both: add them up, by np.add.at."
)
class ModelTableAssigned(reference.TinyTransformer):
    def loss_and_grads(self, tokens, targets, weights):
        loss, grads = super().loss_and_grads(tokens, targets, weights)
        _, dlogits = reference.smoothed_cross_entropy(self.logits(tokens), targets, 0.0, weights)
        dx = dlogits @ self.params["w_out"]
        for cache in reversed(self._caches):
            dx, _ = reference.encoder_block_backward(dx, cache)
        table = np.zeros_like(self.params["table"])
        table[tokens] = dx
        return loss, grads | {"table": table}


@mistake("TinyTransformer", hint="Only the steps with a weight count: the prompt, with weight 0, is not to be learnt.")
class ModelLearnsThePrompt(reference.TinyTransformer):
    def loss_and_grads(self, tokens, targets, weights):
        return super().loss_and_grads(tokens, targets, np.ones(np.shape(weights)))


@mistake(
    "TinyTransformer",
    hint="The next token depends on all that stands before it: look at the last `steps` tokens, not at one alone.",
)
class ModelForgetsTheSequence(reference.TinyTransformer):
    def generate(self, tokens, n):
        now, found = tokens, []
        for _ in range(n):
            found.append(self.logits(now[:, -1:])[:, -1].argmax(axis=1))
            now = found[-1][:, None]
        return np.stack(found, axis=1)


@mistake("TinyTransformer", hint="The window moves along: look at the LAST `steps` tokens, not at the first.")
class ModelLooksAtTheBeginning(reference.TinyTransformer):
    def generate(self, tokens, n):
        row = tokens
        for _ in range(n):
            new = self.logits(row[:, : self.steps])[:, -1].argmax(axis=1)
            row = np.concatenate([row, new[:, None]], axis=1)
        return row[:, tokens.shape[1] :]


@mistake("TinyTransformer", hint="generate returns the new tokens alone, without those that were given.")
class ModelRepeatsThePrompt(reference.TinyTransformer):
    def generate(self, tokens, n):
        return np.concatenate([tokens, super().generate(tokens, n)], axis=1)


@mistake(
    "TinyTransformer", hint="Xavier's matrices are uniform here, within +- sqrt(6 / (rows + columns)), not normal."
)
class ModelNormalMatrices(reference.TinyTransformer):
    def __init__(self, vocabulary, steps, d, heads, hidden, layers, rng):
        super().__init__(vocabulary, steps, d, heads, hidden, layers, rng)
        for params in (self.params, *self.params["blocks"]):
            for key, array in params.items():
                if key in ("query", "key", "value", "out", "w1", "w2", "w_out"):
                    params[key] = rng.normal(scale=(2 / sum(array.shape)) ** 0.5, size=array.shape)


def pooled(
    x, kernels, lengths, cut=None, pad=None, answer=lambda answers: np.maximum(answers, 0), everywhere=False, clean=True
):
    """multi_head_resolution_pool with another share of the features, other zeros, no relu, the maximum over all steps."""
    reference.multi_head_resolution_pool(x, kernels, lengths)  # refuses bad input
    real = np.arange(x.shape[1]) < lengths[:, None]
    x, share = np.where(real[:, :, None] | (not clean), x, 0), x.shape[2] // len(kernels)
    pools = []
    for head, group in enumerate(kernels):
        own = cut(x, head) if cut else x[:, :, head * share : (head + 1) * share]
        for w in group:
            k = w.shape[2]
            framed = np.pad(own, [(0, 0), pad(k) if pad else (k // 2, k // 2), (0, 0)])
            answers = sum(framed[:, j : j + x.shape[1]] @ w[:, :, j].T for j in range(k))
            shown = np.where(everywhere | real[:, :, None], answer(answers), -np.inf).max(axis=1)
            pools.append(np.where(shown == -np.inf, 0, shown).astype(x.dtype))
    return pools


@mistake(
    "multi_head_resolution_pool",
    hint="As in conv1d, w[..., 0] meets the EARLIEST step: the kernel is not turned round.",
)
def pool_flipped(x, kernels, lengths):
    reference.multi_head_resolution_pool(x, kernels, lengths)
    return reference.multi_head_resolution_pool(x, [[w[:, :, ::-1] for w in group] for group in kernels], lengths)


@mistake(
    "multi_head_resolution_pool",
    hint="Just past the end a kernel still sees real steps and may answer most: only real steps t < length count.",
)
def pool_padding_wins(x, kernels, lengths):
    return np.concatenate(pooled(x, kernels, lengths, everywhere=True), axis=1)


@mistake(
    "multi_head_resolution_pool", hint="The heads' answers are put side by side, head by head: they are not added."
)
def pool_heads_summed(x, kernels, lengths):
    pools, heads = pooled(x, kernels, lengths), []
    for group in kernels:
        heads.append(np.concatenate(pools[: len(group)], axis=1))
        pools = pools[len(group) :]
    most = max(each.shape[1] for each in heads)
    return sum(np.pad(each, [(0, 0), (0, most - each.shape[1])]) for each in heads)


@mistake(
    "multi_head_resolution_pool",
    hint="Head h sees D / H features in a row, h D / H to (h + 1) D / H - 1, not every H-th one.",
)
def pool_interleaved(x, kernels, lengths):
    return np.concatenate(pooled(x, kernels, lengths, cut=lambda x, head: x[:, :, head :: len(kernels)]), axis=1)


@mistake("multi_head_resolution_pool", hint="relu comes before the maximum: where all answers are negative, 0 is left.")
def pool_without_relu(x, kernels, lengths):
    return np.concatenate(pooled(x, kernels, lengths, answer=lambda answers: answers), axis=1)


@mistake(
    "multi_head_resolution_pool",
    hint="As many zeros on both sides, (k - 1) / 2: the kernel looks back and ahead equally far.",
)
def pool_causal(x, kernels, lengths):
    return np.concatenate(pooled(x, kernels, lengths, pad=lambda k: (k - 1, 0)), axis=1)


@mistake(
    "multi_head_resolution_pool",
    hint="What stands after a sequence's end counts as 0: kernels that reach over the end must not see it.",
)
def pool_sees_the_padding(x, kernels, lengths):
    return np.concatenate(pooled(x, kernels, lengths, clean=False), axis=1)
