"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake("embed_forward", hint="Each token gets a ROW of the table: table[ids], not table[:, ids].")
def embed_columns(ids, table):
    out, cache = reference.embed_forward(ids, table)
    return np.moveaxis(out, -1, 0), cache


def dtable_of(dout, cache):
    """(ids, dout as rows, zeros of the table's shape), without a look at the cache."""
    counts = reference.embed_backward(np.ones_like(dout), cache)
    return counts, reference.embed_backward(dout, cache)


@mistake(
    "embed_backward",
    hint="dtable[ids] += dout keeps one of several places of the same token: NumPy adds only once. np.add.at adds them all.",
)
def embed_repeats_lost(dout, cache):
    ids, shape = cache
    dtable = np.zeros(shape, dout.dtype)
    dtable[ids] += dout
    return dtable


@mistake("embed_backward", hint="The places of a token ADD UP: here each row is their mean.")
def embed_mean_of_repeats(dout, cache):
    counts, dtable = dtable_of(dout, cache)
    return dtable / np.maximum(counts, 1)


@mistake("embed_backward", hint="dtable has a row for every token of the table, also for those that did not occur.")
def embed_rows_that_occurred(dout, cache):
    counts, dtable = dtable_of(dout, cache)
    return dtable[counts[:, 0] > 0]


def read(x, lengths, weights, frozen):
    """encode, with another state past the length: frozen(real, further, h)."""
    reference.require_lengths(lengths, x.shape[1])
    h, hs = np.zeros((len(x), weights[1].shape[1]), x.dtype), []
    for s in range(x.shape[1]):
        h = frozen((s < lengths)[:, None], reference.cell(x[:, s], h, weights)[0], h)
        hs.append(h)
    return np.stack(hs, axis=1), h


@mistake("encode", hint="Past its length a sequence is frozen: here the cell goes on over the padding.")
def encode_reads_padding(x, lengths, weights):
    return read(x, lengths, weights, lambda real, further, h: further)


@mistake("encode", hint="Past its length the state stays as the last real word left it: here it is set to zero.")
def encode_zeroes_padding(x, lengths, weights):
    return read(x, lengths, weights, lambda real, further, h: np.where(real, further, 0))


@mistake("encode", hint="The word at index `length` is padding already: the last real one is at length - 1.")
def encode_one_too_many(x, lengths, weights):
    reference.require_lengths(lengths, x.shape[1])
    return reference.encode(x, np.minimum(lengths + 1, x.shape[1]), weights)


@mistake("encode", hint="Read from the first word to the last: here time runs backwards.")
def encode_backwards(x, lengths, weights):
    hs, last = reference.encode(x[:, ::-1], lengths, weights)
    return hs, last


def scores_of(query, keys):
    return np.einsum("nh,nsh->ns", query, keys)


def looked(keys, weights, query):
    """What attend_forward gives with these weights."""
    context = np.einsum("ns,nsh->nh", weights, keys)
    return context, weights, (query, keys, weights)


@mistake("attend_forward", hint="The score is the dot product as it is: nothing is divided by the root of H here.")
def attend_scaled(query, keys, mask):
    context, weights, _ = reference.attend_forward(query / np.sqrt(query.shape[1]), keys, mask)
    return context, weights, (query, keys, weights)


@mistake(
    "attend_forward",
    hint="Leave the other places out BEFORE softmax (a score of -inf): after it, the weights do not add up to 1 any more.",
)
def attend_masks_too_late(query, keys, mask):
    return looked(keys, reference.softmax(scores_of(query, keys)) * mask, query)


@mistake("attend_forward", hint="Softmax over the places of each sequence, axis 1: this one is over the batch.")
def attend_over_the_batch(query, keys, mask):
    scores = np.where(mask, scores_of(query, keys), -1e30)
    return looked(keys, reference.softmax(scores.T).T * mask, query)


@mistake("attend_forward", hint="A row without a place to look at gets zeros, not NaN.")
def attend_nan_without_a_place(query, keys, mask):
    with np.errstate(invalid="ignore"):
        return looked(keys, reference.softmax(np.where(mask, scores_of(query, keys), -np.inf)), query)


@mistake(
    "attend_forward",
    hint="A row without a place to look at gets zeros: -1e9 for all of them, instead of -inf, makes them all equal.",
)
def attend_evenly_without_a_place(query, keys, mask):
    weights = reference.softmax(np.where(mask, scores_of(query, keys), -1e30))
    return looked(keys, weights, query)


@mistake("attend_backward", hint="A key is also compared with the query: dscores query is missing in dkeys.")
def dkeys_as_values_only(dcontext, cache):
    _, _, weights = cache
    return reference.attend_backward(dcontext, cache)[0], weights[:, :, None] * dcontext[:, None]


@mistake("attend_backward", hint="A key is also what is added up: its weight times dcontext is missing in dkeys.")
def dkeys_as_keys_only(dcontext, cache):
    _, _, weights = cache
    dquery, dkeys = reference.attend_backward(dcontext, cache)
    return dquery, dkeys - weights[:, :, None] * dcontext[:, None]


@mistake(
    "attend_backward",
    hint="p (1 - p) is only the softmax's own slope: every weight also depends on the scores of all other places.",
)
def softmax_slope_of_a_sigmoid(dcontext, cache):
    query, keys, weights = cache
    dscores = weights * (1 - weights) * np.einsum("nh,nsh->ns", dcontext, keys)
    dquery = np.einsum("ns,nsh->nh", dscores, keys)
    return dquery, weights[:, :, None] * dcontext[:, None] + dscores[:, :, None] * query[:, None]


def step(tokens, state, keys, mask, params, asks=None, joined=lambda state, context: (state, context)):
    """decoder_step with another query, asks(old, new), or another order of what is joined."""
    x, _ = reference.embed_forward(tokens, params["target_table"])
    new, _ = reference.cell(x, state, params["decoder"])
    query = new if asks is None else asks(state, new)
    context, weights, _ = reference.attend_forward(query, keys, mask)
    return np.concatenate(joined(new, context), axis=1) @ params["w_out"].T + params["b_out"], new, weights


@mistake("decoder_step", hint="The NEW state asks: first the cell, then the look back.")
def step_old_state_asks(tokens, state, keys, mask, params):
    return step(tokens, state, keys, mask, params, asks=lambda old, new: old)


@mistake("decoder_step", hint="[state; context]: the state's numbers come first.")
def step_context_first(tokens, state, keys, mask, params):
    return step(tokens, state, keys, mask, params, joined=lambda state, context: (context, state))


@mistake("decoder_step", hint="Return the state AFTER the step: the next one goes on from there.")
def step_returns_the_old_state(tokens, state, keys, mask, params):
    logits, _, weights = step(tokens, state, keys, mask, params)
    return logits, state, weights


def forced(targets_in, state, keys, mask, params, fed, carried):
    """decode_teacher_forced with another token fed, fed(t, logits), and another state carried, carried(first, state)."""
    first, logits, steps = state, None, []
    for t in range(targets_in.shape[1]):
        logits, state, _ = reference.decoder_step(fed(t, logits), carried(first, state), keys, mask, params)
        steps.append(logits)
    return np.stack(steps, axis=1)


@mistake("decode_teacher_forced", hint="Feed what should have come, targets_in[:, t]: here it is what scored highest.")
def forced_feeds_its_own(targets_in, state, keys, mask, params):
    def fed(t, logits):
        return targets_in[:, 0] if logits is None else logits.argmax(axis=1)

    return forced(targets_in, state, keys, mask, params, fed, lambda first, state: state)


@mistake(
    "decode_teacher_forced", hint="Each step goes on from the state of the last one: here all start from the first."
)
def forced_state_not_carried(targets_in, state, keys, mask, params):
    return forced(targets_in, state, keys, mask, params, lambda t, logits: targets_in[:, t], lambda first, state: first)


@mistake("sequence_loss", hint="The mean is over REAL steps: here padding counts in the number that it is divided by.")
def loss_mean_over_padding(logits, targets, mask):
    loss, dlogits = reference.sequence_loss(logits, targets, mask)
    share = logits.dtype.type(mask.sum() / mask.size)
    return loss * share, dlogits * share


@mistake("sequence_loss", hint="All real steps count the same: this is a mean of each sequence's own mean.")
def loss_mean_of_means(logits, targets, mask):
    counts = np.maximum(mask.sum(axis=1, keepdims=True), 1)
    weights = mask / counts / len(mask)
    right = np.arange(logits.shape[2]) == targets[:, :, None]
    shifted = logits - logits.max(axis=2, keepdims=True)
    distances = np.log(np.exp(shifted).sum(axis=2)) - (shifted * right).sum(axis=2)
    dlogits = (reference.softmax(logits) - right) * weights[:, :, None]
    return (distances * weights).sum(), dlogits.astype(logits.dtype)


@mistake("sequence_loss", hint="Padding gets no gradient: multiply dlogits by the mask as well.")
def loss_gradient_on_padding(logits, targets, mask):
    loss, _ = reference.sequence_loss(logits, targets, mask)
    dlogits = reference.sequence_loss(logits, targets, mask | True)[1]
    return loss, dlogits * logits.dtype.type(mask.size / max(mask.sum(), 1))


@mistake("sequence_loss", hint="The gradient is that of the MEAN: divide it by the number of real steps, too.")
def loss_gradient_of_the_sum(logits, targets, mask):
    loss, dlogits = reference.sequence_loss(logits, targets, mask)
    return loss, dlogits * logits.dtype.type(max(mask.sum(), 1))


@mistake(
    "sequence_loss",
    hint="The log of a probability that underflowed to 0 is -inf. Use logits - max - log(sum(exp(logits - max))).",
)
def loss_log_of_softmax(logits, targets, mask):
    _, dlogits = reference.sequence_loss(logits, targets, mask)
    right = np.take_along_axis(reference.softmax(logits), targets[:, :, None], axis=2)[:, :, 0]
    with np.errstate(divide="ignore"):
        return -np.log(right[mask]).sum() / max(mask.sum(), 1), dlogits


def decoded(step, state, start, end, max_steps, ends=None, written_first=False):
    """greedy_decode with a fault: when all are over, ends(over); is the end written, too?"""
    written = [[] for _ in state]
    tokens, over = np.full(len(state), start), np.zeros(len(state), dtype=bool)
    for _ in range(max_steps):
        logits, state = step(tokens, state)
        tokens = logits.argmax(axis=1)
        if not written_first:
            over = over | (tokens == end)
        for n in np.flatnonzero(~over):
            written[n].append(int(tokens[n]))
        over = over | (tokens == end)
        if (ends or np.all)(over):
            break
    return written


@mistake("greedy_decode", hint="end is not part of what was written: leave it out.")
def greedy_writes_the_end(step, state, start, end, max_steps):
    return decoded(step, state, start, end, max_steps, written_first=True)


@mistake("greedy_decode", hint="start is only fed, not written: leave it out.")
def greedy_writes_the_start(step, state, start, end, max_steps):
    return [[start, *each] for each in reference.greedy_decode(step, state, start, end, max_steps)]


@mistake("greedy_decode", hint="One sequence that is over must not stop the others: go on until ALL are.")
def greedy_first_end_stops_all(step, state, start, end, max_steps):
    return decoded(step, state, start, end, max_steps, ends=np.any)


@mistake(
    "greedy_decode",
    hint="A sequence is over at its FIRST end: what comes after it is not written, even if it is no end.",
)
def greedy_goes_on_after_the_end(step, state, start, end, max_steps):
    written = [[] for _ in state]
    tokens, over = np.full(len(state), start), np.zeros(len(state), dtype=bool)
    for _ in range(max_steps):
        logits, state = step(tokens, state)
        tokens = logits.argmax(axis=1)
        over = over | (tokens == end)
        for n in np.flatnonzero(tokens != end):
            written[n].append(int(tokens[n]))
        if over.all():
            break
    return written


@mistake("greedy_decode", hint="At most max_steps symbols, and as many calls of step: here it is one more.")
def greedy_one_step_too_many(step, state, start, end, max_steps):
    return reference.greedy_decode(step, state, start, end, max_steps + 1)


@mistake(
    "greedy_decode", hint="Carry the state that step returned to the next step: here each begins with the first one."
)
def greedy_state_not_carried(step, state, start, end, max_steps):
    return reference.greedy_decode(lambda tokens, _: (step(tokens, state)[0], state), state, start, end, max_steps)


def halted(step, state, uniforms, stops, before=False):
    outputs = []
    for t, uniform in enumerate(uniforms):
        output, stop_logit, state = step(state)
        if not (before and stops(uniform, stop_logit)):
            outputs.append(output)
        if stops(uniform, stop_logit):
            return outputs, t
    return outputs, None


@mistake("halting_decode", hint="The coin is tossed AFTER the output: the one that it stops after is written, too.")
def halting_before_the_output(step, state, uniforms):
    return halted(step, state, uniforms, lambda uniform, logit: uniform < reference.sigmoid(logit), before=True)


@mistake("halting_decode", hint="stop_logit is no probability yet: compare with its sigmoid.")
def halting_with_the_logit(step, state, uniforms):
    return halted(step, state, uniforms, lambda uniform, logit: uniform < logit)


@mistake("halting_decode", hint="The draw decides: here it stops as soon as stopping is more probable than not.")
def halting_without_draws(step, state, uniforms):
    return halted(step, state, uniforms, lambda uniform, logit: logit > 0)


@mistake("halting_decode", hint="stopped is the number of the last output, counted from 0: this is how many there are.")
def halting_counts_from_one(step, state, uniforms):
    outputs, stopped = reference.halting_decode(step, state, uniforms)
    return outputs, stopped if stopped is None else stopped + 1


def stopped(stop_logits, length):
    """The real steps' logits, each with the sign with which it is likely: minus for going on."""
    reference.require(1 <= length <= len(stop_logits), "length must be from 1 to T")
    over = np.arange(length) == length - 1
    return np.where(over, -stop_logits[:length], stop_logits[:length]), over


@mistake("stop_loss", hint="After the last output it STOPS: the last term is -log p, not -log(1 - p).")
def stop_never(stop_logits, length):
    stopped(stop_logits, length)
    gradient = np.zeros_like(stop_logits)
    gradient[:length] = reference.sigmoid(stop_logits[:length])
    return np.logaddexp(0, stop_logits[:length]).sum(), gradient


@mistake("stop_loss", hint="Before the last output it went ON: -log(1 - p) for each of those steps is missing.")
def stop_last_term_only(stop_logits, length):
    z, _ = stopped(stop_logits, length)
    gradient = np.zeros_like(stop_logits)
    gradient[length - 1] = reference.sigmoid(stop_logits[length - 1]) - 1
    return np.logaddexp(0, z[-1]), gradient


@mistake("stop_loss", hint="A sum over the steps: the probability of the whole is a product. Here it is their mean.")
def stop_mean(stop_logits, length):
    loss, gradient = reference.stop_loss(stop_logits, length)
    return loss / length, gradient / stop_logits.dtype.type(length)


@mistake("stop_loss", hint="After the length nothing happens any more: those steps have no loss and no gradient.")
def stop_gradient_past_the_end(stop_logits, length):
    loss, gradient = reference.stop_loss(stop_logits, length)
    gradient[length:] = reference.sigmoid(stop_logits[length:])
    return loss, gradient


@mistake("stop_loss", hint="log(1 - p) is -inf once p rounds to 1: use log(1 + exp(z)), as np.logaddexp(0, z).")
def stop_overflows(stop_logits, length):
    z, _ = stopped(stop_logits, length)
    with np.errstate(divide="ignore"):
        return -np.log(1 - reference.sigmoid(z)).sum(), reference.stop_loss(stop_logits, length)[1]


@mistake("predict_length", hint="Class k IS length k, from 0: nothing is added.")
def length_from_one(h, w, b):
    return reference.predict_length(h, w, b) + 1


@mistake("predict_length", hint="One length for each row: argmax over the classes, axis 1, not over the batch.")
def length_over_the_batch(h, w, b):
    return (h @ w.T + b).argmax(axis=0)


@mistake("steps_left", hint="At the first step all tau symbols are still to come: here it begins with tau - 1.")
def left_begins_one_low(lengths, t):
    return np.maximum(lengths[:, None] - 1 - np.arange(t), 0)


@mistake("steps_left", hint="After the last real step it stays at 0: here it goes on below.")
def left_below_zero(lengths, t):
    return lengths[:, None] - np.arange(t)


def whole(params, source, lengths, targets, loss_of=None, share_of=None, further=True, frozen=False, padding=True):
    """seq2seq_loss_and_grads with a fault: in the loss, in what the keys get, in what the next state gives, at frozen steps."""
    reference.require_lengths(lengths, source.shape[1])
    x, read = reference.embed_forward(source, params["source_table"])
    y, fed = reference.embed_forward(targets[:, :-1], params["target_table"])
    mask, units = np.arange(source.shape[1]) < lengths[:, None], len(params["encoder"][2]) // 2
    state, keys, reading, both, writing = np.zeros((len(source), units), x.dtype), [], [], [], []
    for s in range(source.shape[1]):
        after, back = reference.cell(x[:, s], state, params["encoder"])
        state = np.where(mask[:, s, None], after, state)
        keys.append(state)
        reading.append(back)
    keys = np.stack(keys, axis=1)
    for t in range(y.shape[1]):
        state, back = reference.cell(y[:, t], state, params["decoder"])
        context, _, cache = reference.attend_forward(state, keys, mask)
        both.append(np.concatenate([state, context], axis=1))
        writing.append((back, cache))
    both = np.stack(both, axis=1)
    logits = both @ params["w_out"].T + params["b_out"]
    loss, dlogits = (loss_of or right_loss)(logits, targets)
    dboth, dx, dy, dkeys = dlogits @ params["w_out"], np.zeros_like(x), np.zeros_like(y), np.zeros_like(keys)
    dstate, grads = np.zeros_like(state), {key: [0 * w for w in params[key]] for key in ("encoder", "decoder")}
    for t in reversed(range(y.shape[1])):
        dquery, share = reference.attend_backward(dboth[:, t, units:], writing[t][1])
        dkeys += share if share_of is None else share_of(share)
        dh = dboth[:, t, :units] + dquery + (dstate if further else 0)
        dy[:, t], dstate, dweights = writing[t][0](dh)
        grads["decoder"] = [total + dw for total, dw in zip(grads["decoder"], dweights, strict=True)]
    for s in reversed(range(source.shape[1])):
        real = mask[:, s, None]
        dstate = dstate + dkeys[:, s]
        dx[:, s], through, dweights = reading[s](dstate if frozen else dstate * real)
        dstate = np.where(real, through, dstate if padding else 0)
        grads["encoder"] = [total + dw for total, dw in zip(grads["encoder"], dweights, strict=True)]
    tables = {"source_table": reference.embed_backward(dx, read), "target_table": reference.embed_backward(dy, fed)}
    last = {"w_out": np.einsum("ntv,nth->vh", dlogits, both), "b_out": dlogits.sum(axis=(0, 1))}
    return loss, tables | grads | last


def right_loss(logits, targets):
    return reference.sequence_loss(logits, targets[:, 1:], targets[:, 1:] != 0)


@mistake(
    "seq2seq_loss_and_grads",
    hint="What the keys get from looking back flows into the encoder, too: here it learns from its last state alone.",
)
def whole_without_dkeys(params, source, lengths, targets):
    return whole(params, source, lengths, targets, share_of=lambda share: 0)


@mistake(
    "seq2seq_loss_and_grads",
    hint="Past its length a sequence is frozen: the cell's weights and the padding get no gradient there.",
)
def whole_gradient_at_frozen_steps(params, source, lengths, targets):
    return whole(params, source, lengths, targets, frozen=True)


@mistake("seq2seq_loss_and_grads", hint="Through a frozen step the gradient passes unchanged: here it is lost.")
def whole_gradient_lost_at_frozen_steps(params, source, lengths, targets):
    return whole(params, source, lengths, targets, padding=False)


@mistake(
    "seq2seq_loss_and_grads",
    hint="A state gets gradient from the state after it, too: here each decoder step stands alone.",
)
def whole_without_the_next_state(params, source, lengths, targets):
    return whole(params, source, lengths, targets, further=False)


@mistake(
    "seq2seq_loss_and_grads",
    hint="Step t is fed symbol t and should say symbol t + 1: compare with the targets without their FIRST symbol.",
)
def whole_says_what_it_is_fed(params, source, lengths, targets):
    def loss_of(logits, targets):
        return reference.sequence_loss(logits, targets[:, :-1], targets[:, :-1] != 0)

    return whole(params, source, lengths, targets, loss_of)


@mistake("seq2seq_loss_and_grads", hint="Steps whose target is 0 are padding: leave them out of the loss by its mask.")
def whole_learns_padding(params, source, lengths, targets):
    def loss_of(logits, targets):
        return reference.sequence_loss(logits, targets[:, 1:], targets[:, 1:] > -1)

    return whole(params, source, lengths, targets, loss_of)


def said(image, params, start, end, max_steps, first, feeds):
    """caption with another way in for the image: first(x) is the state before start, feeds(x, word) what a step takes in."""
    x = params["w_image"] @ image + params["b_image"]
    h, words, token = first(x), [], start
    for _ in range(max_steps):
        h, _ = reference.cell(feeds(x, params["table"][token])[None], h, params["cell"])
        token = int((h @ params["w_out"].T + params["b_out"]).argmax())
        if token == end:
            break
        words.append(token)
    return words


def shown(x, params):
    """The state after the image."""
    return reference.cell(x[None], np.zeros((1, params["w_out"].shape[1])), params["cell"])[0]


@mistake("caption", hint="The image is shown once, before the first word: here it is added at every step.")
def caption_image_at_every_step(image, params, start, end, max_steps):
    return said(image, params, start, end, max_steps, lambda x: shown(x, params), lambda x, word: x + word)


@mistake("caption", hint="The image goes in as the first INPUT of the cell, from h = 0: its features are no state.")
def caption_image_as_state(image, params, start, end, max_steps):
    def first(x):
        h = np.zeros((1, params["w_out"].shape[1]))
        h[0, : len(x)] = x[: h.shape[1]]
        return h

    return said(image, params, start, end, max_steps, first, lambda x, word: word)


@mistake(
    "caption",
    hint="After the image comes start, and only then the first word: here what follows the image is taken for it.",
)
def caption_without_start(image, params, start, end, max_steps):
    h, words = shown(params["w_image"] @ image + params["b_image"], params), []
    for _ in range(max_steps):
        token = int((h @ params["w_out"].T + params["b_out"]).argmax())
        if token == end:
            break
        words.append(token)
        h, _ = reference.cell(params["table"][[token]], h, params["cell"])
    return words


@mistake("glimpse", hint="A block of 2^k x 2^k pixels is AVERAGED: here only its first pixel is taken.")
def glimpse_picks_pixels(image, centre, size, scales):
    out = reference.glimpse(image, centre, size, scales)
    high, wide = image.shape
    for k in range(scales):
        rows, columns = (middle - 2**k * size // 2 + 2**k * np.arange(size) for middle in centre)
        inside = np.outer((rows >= 0) & (rows < high), (columns >= 0) & (columns < wide))
        out[k] = image[np.ix_(rows % high, columns % wide)] * inside
    return out


@mistake("glimpse", hint="Outside of the image all is 0: here the window is moved until it lies inside.")
def glimpse_pushed_inside(image, centre, size, scales):
    out = []
    for k in range(scales):
        half = 2**k * size // 2
        moved = [int(max(half, min(c, side - half))) for c, side in zip(centre, image.shape, strict=True)]
        out.append(reference.glimpse(image, moved, size, k + 1)[k])
    return np.stack(out)


@mistake("glimpse", hint="centre is (row, column): the two are swapped.")
def glimpse_swapped(image, centre, size, scales):
    return reference.glimpse(image, centre[::-1], size, scales)


def window(image, gx, gy, delta, variance, n, first=1, normal=None, least=1e-8):
    """draw_read with i from another number, or another way to divide each row, normal(bank)."""
    reference.require(variance > 0, "variance must be above 0")
    filters = []
    for middle, pixels in ((gy, image.shape[0]), (gx, image.shape[1])):
        centres = middle + (first + np.arange(n) - n / 2 - 0.5) * delta
        bank = np.exp(-((np.arange(pixels) - centres[:, None]) ** 2) / (2 * variance))
        sums = bank.sum(axis=1, keepdims=True)
        filters.append(np.where(sums < least, 0, bank / np.maximum(sums, least)) if normal is None else normal(bank))
    return filters[0] @ image @ filters[1].T


@mistake("draw_read", hint="i runs from 1 to n, so that the grid is centred: here it runs from 0.")
def draw_from_zero(image, gx, gy, delta, variance, n):
    return window(image, gx, gy, delta, variance, n, first=0)


@mistake("draw_read", hint="Divide each row of the filters by its sum: a soft eye takes a mean.")
def draw_not_normalised(image, gx, gy, delta, variance, n):
    return window(image, gx, gy, delta, variance, n, normal=lambda bank: bank)


@mistake("draw_read", hint="gx goes along the columns and gy along the rows: F_y image F_x^T. The two are swapped.")
def draw_swapped(image, gx, gy, delta, variance, n):
    return window(image, gy, gx, delta, variance, n)


@mistake("draw_read", hint="variance is the square already: divide by 2 variance, not by 2 variance^2.")
def draw_variance_squared(image, gx, gy, delta, variance, n):
    return window(image, gx, gy, delta, variance**2, n)


@mistake(
    "draw_read",
    hint="Outside of the image, where a row's sum is below 1e-8, there is nothing to see: its row is zeros.",
)
def draw_divides_by_next_to_nothing(image, gx, gy, delta, variance, n):
    return window(image, gx, gy, delta, variance, n, least=1e-300)
