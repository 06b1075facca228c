"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require = reference.require


@mistake("build_vocabulary", hint="Sort the characters: otherwise an id means another character in another text.")
def vocabulary_by_appearance(text):
    return list(dict.fromkeys(text))


@mistake("build_vocabulary", hint="Each character stands in the vocabulary once, however often it is in the text.")
def vocabulary_with_repeats(text):
    return sorted(text)


@mistake(
    "encode", hint="An id is the character's place in the vocabulary that is given, from 0, not its number in Unicode."
)
def encode_by_unicode(text, vocabulary):
    reference.require_known(text, vocabulary)
    return np.array([ord(character) for character in text], dtype=np.int64)


@mistake("encode", hint="Take the vocabulary in the order it has: here it was sorted, or made anew.")
def encode_by_another_order(text, vocabulary):
    reference.require_known(text, vocabulary)
    return np.array([sorted(vocabulary).index(character) for character in text], dtype=np.int64)


@mistake("decode", hint="Join the characters to one string: here they are still a list.")
def decode_as_list(ids, vocabulary):
    reference.require_ids("ids", ids, len(vocabulary))
    return [vocabulary[each] for each in ids]


@mistake("one_hot", hint="The new axis is the last one: out[..., j] says whether the id is j.")
def one_hot_axis_first(ids, size):
    reference.require_ids("ids", ids, size)
    return np.moveaxis(np.eye(size)[ids], -1, 0).copy()


@mistake("one_hot", hint="The last axis has `size` places, also if the largest id here is smaller.")
def one_hot_as_wide_as_the_ids(ids, size):
    reference.require_ids("ids", ids, size)
    return np.eye(int(np.max(ids)) + 1)[ids]


def cut(ids, length, streams):
    """What chunks is made of: inputs and targets, (streams, steps)."""
    reference.require_reading(ids, length, streams)
    steps = (len(ids) - 1) // streams
    used = streams * steps
    return ids[:used].reshape(streams, steps), ids[1 : used + 1].reshape(streams, steps)


def pieces(inputs, targets, length, stride=None):
    starts = range(0, inputs.shape[1], stride or length)
    return [(inputs[:, k : k + length], targets[:, k : k + length]) for k in starts]


@mistake(
    "chunks",
    hint="A chunk's last target is the next chunk's first input: np.roll takes the chunk's own first one instead.",
)
def chunks_rolled(ids, length, streams=1):
    inputs, targets = cut(ids, length, streams)
    return [(x, np.roll(x, -1, axis=1)) for x, _ in pieces(inputs, targets, length)]


@mistake(
    "chunks", hint="Each input has a target, the last one of a chunk too: it stands in the text behind the chunk's end."
)
def chunks_one_step_short(ids, length, streams=1):
    inputs, targets = cut(ids, length, streams)
    return [(x[:, :-1], x[:, 1:]) for x, _ in pieces(inputs, targets, length)]


@mistake("chunks", hint="A chunk begins where the one before has ended: here neighbours share an input.")
def chunks_that_overlap(ids, length, streams=1):
    inputs, targets = cut(ids, length, streams)
    return pieces(inputs, targets, length, stride=max(length - 1, 1))


@mistake(
    "chunks",
    hint="A stream is a piece of text that goes on: here its characters are `streams` places apart (reshape the other way).",
)
def chunks_interleaved(ids, length, streams=1):
    reference.require_reading(ids, length, streams)
    steps = (len(ids) - 1) // streams
    used = streams * steps
    inputs, targets = ids[:used].reshape(steps, streams).T, ids[1 : used + 1].reshape(steps, streams).T
    return pieces(inputs.copy(), targets.copy(), length)


@mistake("chunks", hint="The last chunk may be shorter than length; it is not left out.")
def chunks_without_the_last(ids, length, streams=1):
    inputs, targets = cut(ids, length, streams)
    return [(x, y) for x, y in pieces(inputs, targets, length) if x.shape[1] == length]


@mistake(
    "chunks",
    hint="The state of a stream goes on from chunk to chunk: the streams stand below each other, in every chunk.",
)
def chunks_stream_after_stream(ids, length, streams=1):
    inputs, targets = cut(ids, length, streams)
    return [pair for k in range(streams) for pair in pieces(inputs[k : k + 1], targets[k : k + 1], length)]


def counted(ids, size, smoothing):
    """How often j follows i."""
    reference.require_ids("ids", ids, size)
    require(smoothing > 0, f"smoothing must be above 0, not {smoothing}")
    counts = np.zeros((size, size))
    np.add.at(counts, (ids[:-1], ids[1:]), 1)
    return counts


@mistake("bigram_model", hint="Each ROW sums to 1, over what may follow: here the columns do.")
def bigrams_columns(ids, size, smoothing=1.0):
    counts = counted(ids, size, smoothing) + smoothing
    return counts / counts.sum(axis=0)


@mistake("bigram_model", hint="out[i, j] is for j AFTER i: the row is the character before.")
def bigrams_transposed(ids, size, smoothing=1.0):
    counts = counted(ids, size, smoothing).T + smoothing
    return counts / counts.sum(axis=1, keepdims=True)


@mistake("bigram_model", hint="Smoothing is added to all V counts of a row, so the row's sum grows by smoothing * V.")
def bigrams_smoothed_above_only(ids, size, smoothing=1.0):
    counts = counted(ids, size, smoothing)
    return (counts + smoothing) / np.maximum(counts.sum(axis=1, keepdims=True), 1)


@mistake(
    "bigram_model",
    hint="counts[a, b] += 1 with arrays counts a pair once, however often it comes: use np.add.at, or a loop.",
)
def bigrams_counted_once(ids, size, smoothing=1.0):
    counts = (counted(ids, size, smoothing) > 0) + float(smoothing)
    return counts / counts.sum(axis=1, keepdims=True)


def require_table(v, t):
    require(v >= 1, f"v must be at least 1, not {v}")
    require(t >= 1, f"t must be at least 1, not {t}")


@mistake(
    "joint_table_size", hint="The probabilities sum to 1, so the last of each table or row follows from the others."
)
def table_all_entries(v, t):
    require_table(v, t)
    return v**t, v * v


@mistake("joint_table_size", hint="Every one of the v rows of the bigrams sums to 1: v numbers follow, not one.")
def table_bigrams_less_one(v, t):
    require_table(v, t)
    return v**t - 1, v * v - 1


def learned(
    params,
    h0,
    inputs,
    targets,
    factor=None,
    start=True,
    carried=True,
    bend=True,
    hh="right",
    hy="right",
    xh="right",
    shift=0,
):
    """loss_and_grads with one thing changed.

    factor: what the gradients are divided by, 1 / (N T) if None; start: does h0 count; carried: does the gradient go through
    time; bend: does it go through tanh; hh: "right", "turned" (its way back is not transposed) or "after" (its gradient by
    the states after the step); hy: "right" or "last" (its gradient by the last step); xh: "right", "set" (a column is
    set, not added to) or "once" (a step adds once to a column); shift: of the targets, in steps.
    """
    reference.require_chunk(params, h0, inputs, targets)
    targets = np.roll(targets, shift, axis=1)
    n, t = inputs.shape
    size = len(params["b_y"])
    eye = np.eye(size, dtype=params["b_y"].dtype)
    states = [h0 if start else np.zeros_like(h0)]
    for k in range(t):
        states.append(np.tanh(params["w_xh"].T[inputs[:, k]] + states[-1] @ params["w_hh"].T + params["b_h"]))
    grads = {name: np.zeros_like(w) for name, w in params.items()}
    share, loss = (1 / (n * t) if factor is None else factor), 0.0
    later = np.zeros_like(h0)
    for k in range(t - 1, -1, -1):
        h, before = states[k + 1], states[k]
        logits = h @ params["w_hy"].T + params["b_y"]
        logits = logits - logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        loss -= float(np.sum(logs * eye[targets[:, k]]))
        out = (np.exp(logs) - eye[targets[:, k]]) * share
        if hy == "right" or k == t - 1:
            grads["w_hy"] += out.T @ h
        grads["b_y"] += out.sum(axis=0)
        slope = (out @ params["w_hy"] + carried * later) * ((1 - h**2) if bend else 1)
        if xh == "right":
            grads["w_xh"] += slope.T @ eye[inputs[:, k]]
        else:
            grads["w_xh"][:, inputs[:, k]] = slope.T + (xh == "once") * grads["w_xh"][:, inputs[:, k]]
        grads["w_hh"] += slope.T @ (before if hh != "after" else h)
        grads["b_h"] += slope.sum(axis=0)
        later = slope @ (params["w_hh"].T if hh == "turned" else params["w_hh"])
    return loss / (n * t), grads, states[-1]


@mistake(
    "loss_and_grads", hint="The loss is the MEAN over all N T characters, and so are the gradients: here it is the sum."
)
def loss_sum(params, h0, inputs, targets):
    loss, grads, last = learned(params, h0, inputs, targets, factor=1.0)
    return loss * inputs.size, grads, last


@mistake(
    "loss_and_grads", hint="The mean is over the N T characters: here the steps were summed, and the mean taken over N."
)
def loss_mean_over_streams(params, h0, inputs, targets):
    loss, grads, last = learned(params, h0, inputs, targets, factor=1 / len(inputs))
    return loss * inputs.shape[1], grads, last


@mistake("loss_and_grads", hint="The gradients are divided by N T as the loss is: (probabilities - one-hot) / (N T).")
def loss_gradient_of_the_sum(params, h0, inputs, targets):
    return learned(params, h0, inputs, targets, factor=1.0)


@mistake(
    "loss_and_grads",
    hint="h moves its own logits AND the next state: on the way back, add what comes from step t + 1.",
)
def loss_without_the_way_through_time(params, h0, inputs, targets):
    return learned(params, h0, inputs, targets, carried=False)


@mistake("loss_and_grads", hint="The states begin at h0, the one that is given: here they begin at 0.")
def loss_from_zero(params, h0, inputs, targets):
    return learned(params, h0, inputs, targets, start=False)


@mistake(
    "loss_and_grads", hint="Step t guesses targets[:, t]; they are shifted already. Here they were shifted once more."
)
def loss_targets_shifted_again(params, h0, inputs, targets):
    return learned(params, h0, inputs, targets, shift=-1)


@mistake("loss_and_grads", hint="The target of step t is targets[:, t], the NEXT character: here it was its own input.")
def loss_guesses_what_it_reads(params, h0, inputs, targets):
    reference.require_chunk(params, h0, inputs, targets)
    return learned(params, h0, inputs, inputs)


@mistake("loss_and_grads", hint="Through the tanh the gradient is multiplied by 1 - h^2.")
def loss_without_the_slope_of_tanh(params, h0, inputs, targets):
    return learned(params, h0, inputs, targets, bend=False)


@mistake("loss_and_grads", hint="On the way back w_hh is transposed: with rows as states, dh_before = dsum @ w_hh.")
def loss_w_hh_not_turned(params, h0, inputs, targets):
    return learned(params, h0, inputs, targets, hh="turned")


@mistake(
    "loss_and_grads", hint="w_hh has read the state BEFORE the step (h0 in the first one): here it is the one after."
)
def loss_w_hh_by_the_state_after(params, h0, inputs, targets):
    return learned(params, h0, inputs, targets, hh="after")


@mistake(
    "loss_and_grads", hint="w_hy speaks at every step: its gradient is a sum over all of them, not the last one's."
)
def loss_w_hy_of_the_last_step(params, h0, inputs, targets):
    return learned(params, h0, inputs, targets, hy="last")


@mistake(
    "loss_and_grads",
    hint="A character that comes again ADDS to its column of w_xh's gradient: here the column was set anew each time.",
)
def loss_w_xh_by_assignment(params, h0, inputs, targets):
    return learned(params, h0, inputs, targets, xh="set")


@mistake(
    "loss_and_grads",
    hint="dw_xh[:, ids] += ... adds only once where two streams read the same character: use np.add.at, or one-hot rows.",
)
def loss_w_xh_added_once(params, h0, inputs, targets):
    return learned(params, h0, inputs, targets, xh="once")


@mistake("loss_and_grads", hint="h_last is the state after the last step: here it is the one after the first.")
def loss_first_state_as_last(params, h0, inputs, targets):
    loss, grads, _ = learned(params, h0, inputs, targets)
    first = np.tanh(params["w_xh"].T[inputs[:, 0]] + h0 @ params["w_hh"].T + params["b_h"])
    return loss, grads, first


def adagrad(params, grads, memory, lr, limit, eps, clip=np.clip, remember=None, outside=False):
    """clip_and_adagrad with one thing changed."""
    found, kept = {}, {}
    for name, w in params.items():
        g = clip(grads[name], -limit, limit)
        kept[name] = memory[name] + (g if remember is None else remember[name]) ** 2
        below = np.sqrt(kept[name]) + eps if outside else np.sqrt(kept[name] + eps)
        found[name] = w - lr * g / below
    return found, kept


@mistake("clip_and_adagrad", hint="Clip first: memory adds the square of the CLIPPED gradient.")
def adagrad_remembers_unclipped(params, grads, memory, lr, limit=5.0, eps=1e-8):
    return adagrad(params, grads, memory, lr, limit, eps, remember=grads)


@mistake("clip_and_adagrad", hint="Here eps stands inside of the root: sqrt(memory + eps).")
def adagrad_eps_outside(params, grads, memory, lr, limit=5.0, eps=1e-8):
    return adagrad(params, grads, memory, lr, limit, eps, outside=True)


@mistake("clip_and_adagrad", hint="Each number is clipped by itself: here the whole array was shortened, by its norm.")
def adagrad_clips_the_norm(params, grads, memory, lr, limit=5.0, eps=1e-8):
    def shortened(g, low, high):
        return g * min(1.0, float(high / max(np.sqrt(np.sum(g**2)), 1e-300)))

    return adagrad(params, grads, memory, lr, limit, eps, clip=shortened)


@mistake("clip_and_adagrad", hint="Clip to +-limit: here large gradients got through.")
def adagrad_without_clipping(params, grads, memory, lr, limit=5.0, eps=1e-8):
    return adagrad(params, grads, memory, lr, limit, eps, clip=lambda g, low, high: g)


@mistake("clip_and_adagrad", hint="The step divides by the memory AFTER this gradient's square was added.")
def adagrad_divides_by_the_old_memory(params, grads, memory, lr, limit=5.0, eps=1e-8):
    kept = adagrad(params, grads, memory, lr, limit, eps)[1]
    clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return {name: w - lr * clipped[name] / np.sqrt(memory[name] + eps) for name, w in params.items()}, kept


@mistake("clip_and_adagrad", hint="Descent goes against the gradient: w MINUS lr g / sqrt(memory + eps).")
def adagrad_upwards(params, grads, memory, lr, limit=5.0, eps=1e-8):
    return adagrad(params, grads, memory, -lr, limit, eps)


@mistake("clip_and_adagrad", hint="Return new dicts and arrays: here what was given was changed in place.")
def adagrad_in_place(params, grads, memory, lr, limit=5.0, eps=1e-8):
    found, kept = adagrad(params, grads, memory, lr, limit, eps)
    for name in params:
        params[name][...], memory[name][...] = found[name], kept[name]
    return params, memory


def stacked(x, h0, layers, reads_x=False, first_state=False, upside_down=False, both=True, carried=True):
    """stacked_rnn_forward with one thing changed: (all states by layer, the top's)."""
    reference.require_shape("h0", h0, (len(layers), len(x), len(layers[0][1])))
    below, every = x, []
    for number, (w_ih, w_hh, b_ih, b_hh) in enumerate(layers):
        h, states = h0[0 if first_state else number], []
        source = x if reads_x and w_ih.shape[1] == x.shape[2] else below
        for t in range(x.shape[1]):
            h = np.tanh(source[:, t] @ w_ih.T + b_ih + (h if carried else h0[number]) @ w_hh.T + both * b_hh)
            states.append(h)
        below = np.stack(states, axis=1)
        every.append(below)
    return every, below


def ends(every):
    return np.stack([states[:, -1] for states in every])


@mistake("stacked_rnn_forward", hint="A layer above the first one reads what the layer BELOW it says, not x.")
def stack_reads_x(x, h0, layers):
    every, top = stacked(x, h0, layers, reads_x=True)
    return top, ends(every)


@mistake("stacked_rnn_forward", hint="Layer l begins at h0[l]: here all layers begin at h0[0].")
def stack_first_state_for_all(x, h0, layers):
    every, top = stacked(x, h0, layers, first_state=True)
    return top, ends(every)


@mistake(
    "stacked_rnn_forward",
    hint="hs is right, last is not: it holds EACH layer's state after the last step, (L, N, H), from the first layer upwards.",
)
def stack_last_of_the_top(x, h0, layers):
    _, top = stacked(x, h0, layers)
    return top, top[np.newaxis, :, -1]


@mistake("stacked_rnn_forward", hint="Both biases are added, b_ih and b_hh.")
def stack_with_one_bias(x, h0, layers):
    every, top = stacked(x, h0, layers, both=False)
    return top, ends(every)


@mistake("stacked_rnn_forward", hint="A step goes on from the state before it: here every step goes on from h0.")
def stack_forgets(x, h0, layers):
    every, top = stacked(x, h0, layers, carried=False)
    return top, ends(every)


@mistake(
    "stacked_rnn_forward", hint="A layer's state begins at h0[l]: here it goes on from the end of the layer below."
)
def stack_from_the_layer_below(x, h0, layers):
    reference.require_shape("h0", h0, (len(layers), len(x), len(layers[0][1])))
    h, every = h0[0], []
    for w_ih, w_hh, b_ih, b_hh in layers:
        states = []
        for t in range(x.shape[1]):
            h = np.tanh(x[:, t] @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
            states.append(h)
        x = np.stack(states, axis=1)
        every.append(x)
    return x, ends(every)


def warmed(logits, temperature):
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


@mistake(
    "sharpen", hint="Divide the logits by the temperature: multiplied, a cold network would be the adventurous one."
)
def sharpen_multiplies(logits, temperature):
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    return warmed(logits * temperature, 1.0)


@mistake("sharpen", hint="Divide the logits by the temperature: here it plays no part.")
def sharpen_without_temperature(logits, temperature):
    return warmed(logits, temperature)


@mistake("sharpen", hint="Subtract the largest logit before exp: the quotients can be large, and exp(800) is infinite.")
def sharpen_overflows(logits, temperature):
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    with np.errstate(all="ignore"):
        odds = np.exp(logits / temperature)
        return odds / odds.sum(axis=-1, keepdims=True)


@mistake("sharpen", hint="The probabilities of each row sum to 1, along the last axis: here all of them together do.")
def sharpen_all_together(logits, temperature):
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    odds = np.exp((logits - logits.max()) / temperature)
    return odds / odds.sum()


def written(params, h, seed, n, rng, temperature, choose=None, reads=True, carried=True, first=False, colder=None):
    """sample with one thing changed."""
    reference.require_ids("seed", seed, len(params["w_hy"]))
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    state, read, ids = h, seed, [seed] if first else []
    for _ in range(n):
        state = np.tanh(params["w_xh"][:, read] + params["w_hh"] @ (state if carried else h) + params["b_h"])
        logits = params["w_hy"] @ state + params["b_y"]
        chances = warmed(logits / (temperature if colder is None else colder), 1.0)
        drawn = int(np.argmax(chances)) if choose == "best" else int(rng.choice(len(chances), p=chances))
        read = drawn if reads else seed
        ids.append(drawn)
    return np.array(ids[:n], dtype=np.int64)


@mistake("sample", hint="DRAW from the probabilities: here the likeliest character was taken each time.")
def sample_likeliest(params, h, seed, n, rng, temperature=1.0):
    return written(params, h, seed, n, rng, temperature, choose="best")


@mistake("sample", hint="Divide the logits by the temperature: here they were multiplied.")
def sample_turned_temperature(params, h, seed, n, rng, temperature=1.0):
    return written(params, h, seed, n, rng, temperature, colder=1 / temperature)


@mistake("sample", hint="The temperature that is given counts: here it is always 1.")
def sample_without_temperature(params, h, seed, n, rng, temperature=1.0):
    return written(params, h, seed, n, rng, temperature, colder=1.0)


@mistake("sample", hint="What was drawn is read in the next step: here the network reads seed again and again.")
def sample_reads_the_seed(params, h, seed, n, rng, temperature=1.0):
    return written(params, h, seed, n, rng, temperature, reads=False)


@mistake("sample", hint="seed is read, and not given back: the first of the n ids is drawn.")
def sample_gives_the_seed_back(params, h, seed, n, rng, temperature=1.0):
    return written(params, h, seed, n, rng, temperature, first=True)


@mistake("sample", hint="The state goes on from step to step: here each step begins at the h that was given.")
def sample_forgets(params, h, seed, n, rng, temperature=1.0):
    return written(params, h, seed, n, rng, temperature, carried=False)


@mistake("sample", hint="Begin at the state h that is given: here it was 0.")
def sample_from_zero(params, h, seed, n, rng, temperature=1.0):
    return written(params, np.zeros_like(h), seed, n, rng, temperature)


@mistake("perplexity", hint="First the mean of the losses, then exp: here it was the mean of the exps.")
def perplexity_mean_of_exps(losses, counts):
    return float(np.average(np.exp(losses), weights=counts))


@mistake("perplexity", hint="A chunk of 25 characters weighs more than one of 3: weigh each loss with its count.")
def perplexity_unweighted(losses, counts):
    return float(np.exp(np.mean(losses)))


@mistake("perplexity", hint="The losses are in nats: exp, not 2 to the power.")
def perplexity_base_two(losses, counts):
    return float(2 ** np.average(losses, weights=counts))


def taught(
    ids, size, hidden, length, streams, steps, lr, rng, watch, scale=0.1, bias=0.0, empty="text", first=False, stale=False,
    forgetful=False, late=False,
):  # fmt: skip
    """train with one thing changed. empty: when the state is zero: "text" begins, each "chunk", or only "once"."""
    reference.require_reading(ids, length, streams)
    require(steps >= 0, f"steps must be at least 0, not {steps}")
    params = {"w_xh": scale * rng.normal(size=(hidden, size)), "w_hh": scale * rng.normal(size=(hidden, hidden))}
    params |= {"w_hy": scale * rng.normal(size=(size, hidden))}
    params |= {"b_h": np.full(hidden, bias), "b_y": np.full(size, bias)}
    memory = {name: np.zeros_like(w) for name, w in params.items()}
    parts, losses, old = reference.chunks(ids, length, streams), [], None
    state = np.zeros((streams, hidden))
    for step in range(steps):
        place = 0 if first else step % len(parts)
        if empty == "chunk" or (empty == "text" and step % len(parts) == 0):
            state = np.zeros((streams, hidden))
        loss, grads, state = reference.loss_and_grads(params, state, *parts[place])
        before = params
        if forgetful:
            memory = {name: np.zeros_like(w) for name, w in params.items()}
        params, memory = reference.clip_and_adagrad(params, grads if not stale or old is None else old, memory, lr)
        old = grads
        losses.append(loss)
        if watch:
            watch(step + (not late), before if late else params)
    return params, np.array(losses, dtype=np.float64)


@mistake("train", hint="The state goes on from chunk to chunk: here each chunk begins at 0.")
def train_resets_each_chunk(ids, size, hidden, length, streams, steps, lr, rng, watch=None):
    return taught(ids, size, hidden, length, streams, steps, lr, rng, watch, empty="chunk")


@mistake("train", hint="When the text begins again, so does the state: set it to 0 before the first chunk every time.")
def train_never_resets(ids, size, hidden, length, streams, steps, lr, rng, watch=None):
    return taught(ids, size, hidden, length, streams, steps, lr, rng, watch, empty="once")


@mistake("train", hint="Go from chunk to chunk: here every step learns from the first one.")
def train_first_chunk_only(ids, size, hidden, length, streams, steps, lr, rng, watch=None):
    return taught(ids, size, hidden, length, streams, steps, lr, rng, watch, first=True)


@mistake("train", hint="A step uses the gradients of its own chunk: here it uses those of the chunk before.")
def train_old_gradients(ids, size, hidden, length, streams, steps, lr, rng, watch=None):
    return taught(ids, size, hidden, length, streams, steps, lr, rng, watch, stale=True)


@mistake("train", hint="Adagrad's memory adds up over the whole training: here it begins at 0 in each step.")
def train_forgets_the_memory(ids, size, hidden, length, streams, steps, lr, rng, watch=None):
    return taught(ids, size, hidden, length, streams, steps, lr, rng, watch, forgetful=True)


@mistake("train", hint="The weights start with standard deviation 0.1: here it is 0.01, as in min-char-rnn.")
def train_small_start(ids, size, hidden, length, streams, steps, lr, rng, watch=None):
    return taught(ids, size, hidden, length, streams, steps, lr, rng, watch, scale=0.01)


@mistake("train", hint="watch is called AFTER a step, with 1 the first time and with the params that it has led to.")
def train_watched_early(ids, size, hidden, length, streams, steps, lr, rng, watch=None):
    return taught(ids, size, hidden, length, streams, steps, lr, rng, watch, late=True)


@mistake(
    "inside_quotes", hint='The closing " is outside: count up to and with each place, and take the remainder by 2.'
)
def quotes_closing_inside(text):
    marks = np.array([character == '"' for character in text], dtype=np.int64)
    return ((np.cumsum(marks) % 2) | marks).astype(np.int64)


@mistake("inside_quotes", hint='The opening " is inside already: here the signal comes one place late.')
def quotes_opening_outside(text):
    marks = np.array([character == '"' for character in text], dtype=np.int64)
    return ((np.cumsum(marks) - marks) % 2).astype(np.int64)


@mistake("inside_quotes", hint='Only " counts: an apostrophe opens nothing.')
def quotes_with_apostrophes(text):
    return np.cumsum(np.array([character in "\"'" for character in text], dtype=np.int64)) % 2


def related(hs, signal):
    """What most_correlated_cell is made of: covariances, and the product of the standard deviations (0 where nothing moves)."""
    reference.require_shape("signal", signal, (len(hs),))
    off, away = hs - hs.mean(axis=0), signal - np.mean(signal)
    moves = (np.ptp(hs, axis=0) > 0) & (np.ptp(signal) > 0)
    return away @ off / len(hs), moves * np.sqrt((off**2).mean(axis=0) * (away**2).mean())


def quotient(above, below):
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)


@mistake(
    "most_correlated_cell",
    hint="The largest |r| wins: a unit that goes down when the signal goes up follows it as well.",
)
def cell_without_abs(hs, signal):
    r = quotient(*related(hs, signal))
    return int(np.argmax(r)), float(r.max())


@mistake("most_correlated_cell", hint="Keep the sign of r: only the search is by |r|.")
def cell_without_the_sign(hs, signal):
    r = np.abs(quotient(*related(hs, signal)))
    return int(np.argmax(r)), float(r.max())


@mistake(
    "most_correlated_cell", hint="Divide by both standard deviations: a covariance is large where a unit's numbers are."
)
def cell_by_covariance(hs, signal):
    above, _ = related(hs, signal)
    cell = int(np.argmax(np.abs(above)))
    return cell, float(above[cell])


@mistake(
    "most_correlated_cell", hint="A unit that never changes has r = 0: its 0 / 0 is NaN, and NaN wins every argmax."
)
def cell_nan_wins(hs, signal):
    above, below = related(hs, signal)
    with np.errstate(all="ignore"):
        r = np.where(below > 0, above / below, np.nan)
    cell = int(np.argmax(np.abs(r)))
    return cell, float(r[cell])


@mistake("most_correlated_cell", hint="Subtract the means first, of the unit and of the signal.")
def cell_not_centred(hs, signal):
    reference.require_shape("signal", signal, (len(hs),))
    moves = (np.ptp(hs, axis=0) > 0) & (np.ptp(signal) > 0)
    r = quotient(signal @ hs, moves * np.sqrt((hs**2).sum(axis=0) * np.sum(np.square(signal))))
    cell = int(np.argmax(np.abs(r)))
    return cell, float(r[cell])
