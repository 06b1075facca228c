"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require, require_room, gelu, weights_of = (
    reference.require,
    reference.require_room,
    reference.gelu,
    reference.weights_of,
)
softmax, log_softmax = reference.softmax, reference.log_softmax
attend = reference.scaled_dot_product_attention_forward
BYTES = reference.BYTES


def merged_once(ids, pair, new, overlapping=False):
    out, place = [], 0
    while place < len(ids):
        if ids[place : place + 2] == pair:
            out.append(new)
            place += 1 if overlapping and ids[place + 1 : place + 3] == pair else 2
        else:
            out.append(ids[place])
            place += 1
    return out


def pairs(text, merges, order=None, start=BYTES, **options):
    ids, listed = list(text.encode()), np.asarray(merges).tolist()
    for number in order(len(listed)) if order else range(len(listed)):
        ids = merged_once(ids, listed[number], start + number, **options)
    return np.array(ids, dtype=np.int64)


@mistake(
    "byte_pairs", hint="The first merges go first: begin with merges[0]. The last ones need what the first ones made."
)
def last_merge_first(text, merges):
    return pairs(text, merges, lambda count: range(count - 1, -1, -1))


@mistake("byte_pairs", hint="merges[k] has the id 256 + k: ids 0 to 255 are the bytes.")
def ids_from_257(text, merges):
    return pairs(text, merges, start=BYTES + 1)


@mistake("byte_pairs", hint="Each merge takes all its pairs in the text, not the first alone.")
def one_pair_a_merge(text, merges):
    ids = list(text.encode())
    for number, (first, second) in enumerate(np.asarray(merges).tolist()):
        places = [k for k in range(len(ids) - 1) if ids[k : k + 2] == [first, second]]
        if places:
            ids[places[0] : places[0] + 2] = [BYTES + number]
    return np.array(ids, dtype=np.int64)


@mistake("byte_pairs", hint="Pairs are taken from the left: of a, a, a the first two are one, and the third is left.")
def from_the_right(text, merges):
    ids = list(text.encode())
    for number, pair in enumerate(np.asarray(merges).tolist()):
        ids = merged_once(ids[::-1], pair[::-1], BYTES + number)[::-1]
    return np.array(ids, dtype=np.int64)


@mistake("byte_pairs", hint="What was merged is gone: in a, a, a the second a cannot be in two pairs.")
def a_token_in_two_pairs(text, merges):
    return pairs(text, merges, overlapping=True)


@mistake("byte_pairs", hint="Ids are those of the text's bytes, text.encode(): a character may have several of them.")
def characters_for_bytes(text, merges):
    ids = [ord(each) for each in text]
    for number, pair in enumerate(np.asarray(merges).tolist()):
        ids = merged_once(ids, pair, BYTES + number)
    return np.array(ids, dtype=np.int64)


@mistake(
    "byte_pairs",
    hint="Merges go one after the other over the whole text. The longest token that fits, from the left, is another rule.",
)
def longest_token_first(text, merges):
    known = {bytes([k]): k for k in range(BYTES)}
    names = [bytes([k]) for k in range(BYTES)]
    for number, (first, second) in enumerate(np.asarray(merges).tolist()):
        names.append(names[first] + names[second])
        known[names[-1]] = BYTES + number
    data, place, ids = text.encode(), 0, []
    while place < len(data):
        size = next(k for k in range(len(data) - place, 0, -1) if data[place : place + k] in known)
        ids.append(known[data[place : place + size]])
        place += size
    return np.array(ids, dtype=np.int64)


@mistake("byte_pairs", hint="The bytes are not enough: the merges make one token of two, one merge after the other.")
def no_merges(text, merges):
    return np.array(list(text.encode()), dtype=np.int64)


@mistake("join", hint="A character may lie in several tokens: put the bytes together first, then decode them.")
def decoded_one_by_one(ids, vocabulary):
    return "".join(vocabulary[each].decode("utf-8", errors="replace") for each in ids)


@mistake("join", hint="A byte is no character: decode them as UTF-8.")
def latin_for_utf8(ids, vocabulary):
    return b"".join(vocabulary[each] for each in ids).decode("latin-1")


@mistake("join", hint='A character that is not whole becomes U+FFFD, not nothing: errors="replace".')
def broken_ones_left_out(ids, vocabulary):
    return b"".join(vocabulary[each] for each in ids).decode("utf-8", errors="ignore")


@mistake("join", hint="Tokens carry their own spaces: nothing stands between them.")
def joined_by_spaces(ids, vocabulary):
    return b" ".join(vocabulary[each] for each in ids).decode("utf-8", errors="replace")


def normed(x, weight, bias, eps=1e-5, axis=-1, ddof=0):
    return (
        weight * (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True, ddof=ddof) + eps)
        + bias
    )


@mistake("layer_norm", hint="Each token is normalized over its own features, the last axis, not over all tokens.")
def norm_over_tokens(x, weight, bias, eps=1e-5):
    return normed(x, weight, bias, eps, axis=0)


@mistake("layer_norm", hint="The variance is divided by D, not by D - 1.")
def sample_variance(x, weight, bias, eps=1e-5):
    return normed(x, weight, bias, eps, ddof=1)


@mistake("layer_norm", hint="eps stands under the root, beside the variance.")
def norm_with_eps_outside(x, weight, bias, eps=1e-5):
    centred = x - x.mean(axis=-1, keepdims=True)
    return weight * centred / (np.sqrt((centred**2).mean(axis=-1, keepdims=True)) + eps) + bias


@mistake("layer_norm", hint="`eps` is an argument: here it is always 1e-5.")
def eps_ignored(x, weight, bias, eps=1e-5):
    return normed(x, weight, bias)


@mistake("layer_norm", hint="Divide by the root of the variance, not by the variance.")
def without_the_root(x, weight, bias, eps=1e-5):
    centred = x - x.mean(axis=-1, keepdims=True)
    return weight * centred / ((centred**2).mean(axis=-1, keepdims=True) + eps) + bias


@mistake("layer_norm", hint="The mean is taken away first; without that it is another normalization, RMSNorm.")
def rms_norm(x, weight, bias, eps=1e-5):
    return weight * x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps) + bias


@mistake("layer_norm", hint="After the division comes times weight, then plus bias: the bias is not multiplied.")
def bias_multiplied(x, weight, bias, eps=1e-5):
    return weight * (normed(x, 1.0, 0.0, eps) + bias)


def any_block(
    x, weights, cache, heads, *, split=None, whole=None, mask=None, act=gelu, post=False, order=(0, 1, 2), back=True,
    first=True, held=None, norm=None, transposed=False,
):  # fmt: skip
    """A block of which one thing at a time is another."""
    norm = norm or reference.layer_norm
    t, d = x.shape

    def linear(values, name):
        w = weights[f"{name}.weight"]
        return values @ (w.T if transposed and w.shape[0] == w.shape[1] else w) + weights[f"{name}.bias"]

    def normal(values, name):
        return norm(values, weights[f"{name}.weight"], weights[f"{name}.bias"])

    mixed = linear(x if post else normal(x, "ln_1"), "attn.c_attn")
    if split:
        parts = split(mixed, t, heads, d)
    else:
        parts = mixed.reshape(t, 3, heads, d // heads).transpose(1, 2, 0, 3)
    q, k, v = (parts[each] for each in order)
    old = 0 if cache is None else cache[0].shape[1]
    if cache is not None:
        sides = (lambda old, new: [old, new]) if first else (lambda old, new: [new, old])
        k, v = np.concatenate(sides(cache[0], k), axis=1), np.concatenate(sides(cache[1], v), axis=1)
    allowed = (mask or (lambda old, t: np.arange(old + t) <= old + np.arange(t)[:, np.newaxis]))(old, t)
    answers, _ = attend(q, k, v, allowed)
    answers = whole(answers, t, d) if whole else answers.transpose(1, 0, 2).reshape(t, d)
    answers = linear(answers, "attn.c_proj")
    a = (x if back else normal(x, "ln_1")) + answers
    if post:
        a = normal(a, "ln_1")
    out = a + linear(act(linear(a if post else normal(a, "ln_2"), "mlp.c_fc")), "mlp.c_proj")
    if post:
        out = normal(out, "ln_2")
    return out, held(parts, k, v) if held else (k, v)


@mistake(
    "block", hint="A token may look at itself and at what came before. Here it looks ahead, at what it shall foretell."
)
def no_mask(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, mask=lambda old, t: np.ones((t, old + t), dtype=bool))


@mistake(
    "block",
    hint="With a cache of n tokens, new token i stands in place n + i and may look at keys 0 to n + i. The mask is (T, n + T).",
)
def mask_off_by_the_cache(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, mask=lambda old, t: np.arange(old + t) <= np.arange(t)[:, np.newaxis])


@mistake("block", hint="A token may look at itself, too: j <= i, not j < i.")
def not_at_itself(x, weights, cache=None, heads=4):
    return any_block(
        x, weights, cache, heads, mask=lambda old, t: np.arange(old + t) < old + np.arange(t)[:, np.newaxis]
    )


@mistake("block", hint="With a cache of n tokens the last new token sees all n + T keys: the mask is one key short.")
def mask_off_by_one(x, weights, cache=None, heads=4):
    def mask(old, t):
        return np.arange(old + t) <= old + np.arange(t)[:, np.newaxis] - (old > 0)

    return any_block(x, weights, cache, heads, mask=mask)


@mistake(
    "block",
    hint="Reshape to (T, 3, heads, D / heads) first, then move the axes: (T, ...) cannot become (heads, T, ...) by reshape.",
)
def split_without_a_transpose(x, weights, cache=None, heads=4):
    def split(mixed, t, heads, d):
        return [each.reshape(heads, t, d // heads) for each in np.split(mixed, 3, axis=1)]

    return any_block(x, weights, cache, heads, split=split)


@mistake(
    "block",
    hint="The heads' answers are (heads, T, D / heads): move the axes back to (T, heads, D / heads) before the reshape.",
)
def joined_without_a_transpose(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, whole=lambda answers, t, d: answers.reshape(t, d))


@mistake("block", hint="Head j takes D / heads features that follow each other, not every heads-th one.")
def heads_taken_in_turn(x, weights, cache=None, heads=4):
    return any_block(
        x, weights, cache, heads,
        split=lambda mixed, t, heads, d: mixed.reshape(t, 3, d // heads, heads).transpose(1, 3, 0, 2),
        whole=lambda answers, t, d: answers.transpose(1, 2, 0).reshape(t, d),
    )  # fmt: skip


@mistake(
    "block",
    hint="c_attn gives all queries, then all keys, then all values, D each: split it into three first, then into heads.",
)
def three_parts_a_head(x, weights, cache=None, heads=4):
    return any_block(
        x, weights, cache, heads, split=lambda mixed, t, heads, d: mixed.reshape(t, heads, 3, d // heads).transpose(2, 1, 0, 3)
    )  # fmt: skip


@mistake("block", hint="The order is queries, keys, values. Here keys and queries have changed places.")
def keys_before_queries(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, order=(1, 0, 2))


@mistake("block", hint="The order is queries, keys, values. Here keys and values have changed places.")
def values_before_keys(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, order=(0, 2, 1))


@mistake("block", hint="GPT-2 normalizes BEFORE attention and network (pre-norm), and adds to x as it came.")
def post_norm(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, post=True)


@mistake("block", hint="What is added to is x as it came, not x normalized.")
def added_to_the_normalized(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, back=False)


@mistake("block", hint="Between c_fc and c_proj stands gelu, not relu.")
def relu_for_gelu(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, act=lambda values: np.maximum(values, 0))


@mistake("block", hint="What the cache holds came before: its keys and values stand in front of the new ones.")
def cache_behind(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, first=False)


@mistake("block", hint="The cache that is returned holds all tokens so far, those that were in it before included.")
def only_new_ones_kept(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, held=lambda parts, k, v: (parts[1], parts[2]))


@mistake(
    "block", hint="x @ W + b: these matrices are (in, out), not torch's (out, in). c_proj is square, so nothing warns."
)
def square_matrix_turned(x, weights, cache=None, heads=4):
    return any_block(x, weights, cache, heads, transposed=True)


@mistake(
    "block", hint="The cache counts: without what came before, a token that comes alone knows nothing of the text."
)
def cache_not_read(x, weights, cache=None, heads=4):
    return any_block(x, weights, None, heads)


def any_logits(ids, weights, cache, heads, *, start=None, names=None, norm=True, head=None, places=True, layers=None):
    require_room(len(ids), weights, cache)
    before = 0 if cache is None else cache[0][0].shape[1]
    before = before if start is None else start(before)
    x = weights["wte.weight"][ids]
    if places:
        x = x + weights["wpe.weight"][before : before + len(ids)]
    count = len({name.split(".")[1] for name in weights if name.startswith("h.")})
    after = []
    for number, layer in enumerate(names(count) if names else range(count)):
        known = None if cache is None else cache[number]
        x, held = reference.block(x, weights_of(layer, weights), known, heads)
        after.append(held)
    if norm:
        x = reference.layer_norm(x, weights["ln_f.weight"], weights["ln_f.bias"])
    return x @ weights["wte.weight"].T, after


@mistake(
    "next_logits", hint="Places go on where the cache ends: the token after n others stands in place n, not in place 0."
)
def places_from_zero(ids, weights, cache=None, heads=4):
    return any_logits(ids, weights, cache, heads, start=lambda before: 0)


@mistake(
    "next_logits", hint="The first token stands in place 0, and after n tokens comes place n: here all are one too far."
)
def places_one_too_far(ids, weights, cache=None, heads=4):
    require_room(len(ids), weights, cache)
    longer = weights | {"wpe.weight": np.concatenate([weights["wpe.weight"], weights["wpe.weight"][-1:]])}
    return any_logits(ids, longer, cache, heads, start=lambda before: before + 1)


@mistake(
    "next_logits", hint='A row of "wpe.weight" is added for each place: without it "dog bites man" is "man bites dog".'
)
def without_places(ids, weights, cache=None, heads=4):
    return any_logits(ids, weights, cache, heads, places=False)


@mistake("next_logits", hint="After the last block comes layer_norm with ln_f, before the product.")
def without_the_last_norm(ids, weights, cache=None, heads=4):
    return any_logits(ids, weights, cache, heads, norm=False)


@mistake("next_logits", hint="The blocks in the order of their numbers, h.0 first.")
def blocks_backwards(ids, weights, cache=None, heads=4):
    return any_logits(ids, weights, cache, heads, names=lambda count: range(count - 1, -1, -1))


@mistake("next_logits", hint="h.10 comes after h.9: sorted as text it would come after h.1.")
def blocks_sorted_as_text(ids, weights, cache=None, heads=4):
    return any_logits(ids, weights, cache, heads, names=lambda count: sorted(map(str, range(count))))


@mistake("next_logits", hint="There are as many blocks as the weights have: count the names, rather than four.")
def always_the_first_block(ids, weights, cache=None, heads=4):
    return any_logits(ids, weights, cache, heads, names=lambda count: range(1))


@mistake("next_logits", hint="A row for each of the T ids: what follows every one of them, not the last alone.")
def last_row_only(ids, weights, cache=None, heads=4):
    logits, cache = any_logits(ids, weights, cache, heads)
    return logits[-1], cache


@mistake("next_logits", hint="Scores, not probabilities: the softmax comes later, after the temperature.")
def softmax_at_once(ids, weights, cache=None, heads=4):
    logits, cache = any_logits(ids, weights, cache, heads)
    return softmax(logits), cache


def drawn(chances, p, uniforms, *, kept=None, again=True, order=None):
    order = np.argsort(-chances, kind="stable") if order is None else order
    running = np.cumsum(chances[order])
    count = min(int(np.sum(running < p)) + 1, len(order))
    count = count if kept is None else kept(count, running)
    total = running[count - 1] if again else 1.0
    places = np.searchsorted(running[:count] / total, uniforms, side="right")
    return order[np.minimum(places, count - 1)]


def require_both(p, temperature):
    require(0 < p <= 1, f"p must be above 0 and at most 1, not {p}")
    require(temperature > 0, f"temperature must be above 0, not {temperature}")


@mistake("top_p", hint="The token that crosses p is kept, too: the sum of those that are kept is p or more.")
def crossing_one_dropped(logits, p, temperature, uniforms):
    require_both(p, temperature)
    return drawn(
        softmax(logits / temperature), p, uniforms, kept=lambda count, running: max(int(np.sum(running <= p)), 1)
    )


@mistake("top_p", hint="One token fewer: as soon as the sum is p or more, nothing further is kept.")
def one_more_kept(logits, p, temperature, uniforms):
    require_both(p, temperature)
    return drawn(softmax(logits / temperature), p, uniforms, kept=lambda count, running: min(count + 1, len(running)))


@mistake("top_p", hint="The temperature divides the logits, before the softmax.")
def temperature_after_the_softmax(logits, p, temperature, uniforms):
    require_both(p, temperature)
    chances = softmax(logits) / temperature
    return drawn(chances / chances.sum(), p, uniforms)


@mistake("top_p", hint="Divide by the temperature: a low one makes the probable more probable.")
def multiplied_by_the_temperature(logits, p, temperature, uniforms):
    require_both(p, temperature)
    return drawn(softmax(logits * temperature), p, uniforms)


@mistake("top_p", hint="What is kept must add up to 1 again: divide by its sum, or the last one gets what was cut off.")
def not_divided_again(logits, p, temperature, uniforms):
    require_both(p, temperature)
    return drawn(softmax(logits / temperature), p, uniforms, again=False)


@mistake("top_p", hint="From the largest to the smallest: here the least probable are kept.")
def smallest_first(logits, p, temperature, uniforms):
    require_both(p, temperature)
    chances = softmax(logits / temperature)
    return drawn(chances, p, uniforms, order=np.argsort(chances, kind="stable"))


@mistake("top_p", hint="Sort first: p counts from the most probable token on, not from token 0.")
def not_sorted(logits, p, temperature, uniforms):
    require_both(p, temperature)
    chances = softmax(logits / temperature)
    return drawn(chances, p, uniforms, order=np.arange(len(chances)))


@mistake("top_p", hint="Places in the sorted row are not ids: look up which token stands there.")
def places_for_ids(logits, p, temperature, uniforms):
    require_both(p, temperature)
    chances = softmax(logits / temperature)
    return drawn(np.sort(chances)[::-1], p, uniforms, order=np.arange(len(chances)))


@mistake("top_p", hint="Draw by the uniforms: the most probable token each time is what p near 0 would give.")
def always_the_surest(logits, p, temperature, uniforms):
    require_both(p, temperature)
    return np.full(len(uniforms), np.argmax(logits), dtype=np.int64)


def written(prompt, n, weights, uniforms, p, temperature, heads, *, part=None, read=None, row=-1, with_prompt=False):
    require(len(prompt) > 0, "prompt must have an id or more, not none")
    require(len(uniforms) == n, f"uniforms must be {n}, one for each token, not {len(uniforms)}")
    places = len(weights["wpe.weight"])
    ids = [int(each) for each in prompt]
    unread, cache, held = ids, None, 0
    for uniform in uniforms:
        if held + len(unread) > places:
            unread, cache, held = ids[-(part(places) if part else places // 2) :], None, 0
        logits, cache = reference.next_logits(np.array(unread), weights, cache, heads)
        held += len(unread)
        new = int(reference.top_p(logits[row], p, temperature, np.array([uniform]))[0])
        ids = [*ids, new]
        unread = [new]
        if read:
            unread, cache, held = read(ids, cache, held)
    return np.array(ids if with_prompt else ids[len(prompt) :], dtype=np.int64)


@mistake("generate", hint="Return what was written, without the prompt.")
def prompt_returned_too(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    return written(prompt, n, weights, uniforms, p, temperature, heads, with_prompt=True)


@mistake("generate", hint="What follows is told by the last row of the logits; row 0 tells what follows the first id.")
def first_row_for_the_last(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    return written(prompt, n, weights, uniforms, p, temperature, heads, row=0)


@mistake(
    "generate",
    hint="The new token goes in beside the cache that was returned: without it the model has forgotten the text.",
)
def cache_thrown_away(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    return written(
        prompt, n, weights, uniforms, p, temperature, heads, read=lambda ids, cache, held: ([ids[-1]], None, 0)
    )


@mistake("generate", hint="Use p and temperature as they are given.")
def settings_ignored(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    return written(prompt, n, weights, uniforms, 0.9, 0.8, heads)


@mistake("generate", hint="When the places are full, the last P // 2 ids are read anew, not one alone.")
def starts_again_from_the_last_id(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    return written(prompt, n, weights, uniforms, p, temperature, heads, part=lambda places: 1)


@mistake(
    "generate",
    hint="When the places are full, only the last P // 2 ids are read anew: with all P the next token would be too much again.",
)
def reads_all_places_anew(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    return written(prompt, n, weights, uniforms, p, temperature, heads, part=lambda places: places)


@mistake("generate", hint="All P places may be taken: only the token after that needs a new beginning.")
def stops_one_place_early(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    require(len(prompt) > 0, "prompt must have an id or more, not none")
    require(len(uniforms) == n, f"uniforms must be {n}, one for each token, not {len(uniforms)}")
    places = len(weights["wpe.weight"])
    ids, unread, cache, held = [int(each) for each in prompt], [int(each) for each in prompt], None, 0
    for uniform in uniforms:
        if held + len(unread) >= places:
            unread, cache, held = ids[-(places // 2) :], None, 0
        logits, cache = reference.next_logits(np.array(unread), weights, cache, heads)
        held += len(unread)
        unread = [int(reference.top_p(logits[-1], p, temperature, np.array([uniform]))[0])]
        ids += unread
    return np.array(ids[len(prompt) :], dtype=np.int64)


@mistake("generate", hint="Each token has its own uniform: uniforms[k] draws token k.")
def same_uniform_each_time(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    require(len(prompt) > 0, "prompt must have an id or more, not none")
    require(len(uniforms) == n, f"uniforms must be {n}, one for each token, not {len(uniforms)}")
    return written(prompt, n, weights, np.full(n, uniforms[0]) if n else uniforms, p, temperature, heads)


def surprise(ids, weights, heads, *, pieces=True, shift=1):
    require(len(ids) >= 2, f"ids must be 2 or more, not {len(ids)}")
    places, found = len(weights["wpe.weight"]), []
    for start in range(0, len(ids) - 1, places):
        targets = np.asarray(ids[start + 1 : start + places + 1])
        logits, _ = reference.next_logits(ids[start : start + len(targets)], weights, None, heads)
        if not shift:
            targets = np.asarray(ids[start : start + len(targets)])
        found.extend(-log_softmax(logits)[np.arange(len(targets)), targets])
        if not pieces:
            break
    return np.array(found, dtype=np.float64)


@mistake("perplexity", hint="Row t foretells ids[t + 1], the NEXT id, not ids[t].")
def foretells_itself(ids, weights, heads=4):
    return float(np.exp(surprise(ids, weights, heads, shift=0).mean()))


@mistake("perplexity", hint="exp of the mean: this is the mean itself.")
def without_exp(ids, weights, heads=4):
    return float(surprise(ids, weights, heads).mean())


@mistake("perplexity", hint="2 to the mean would go with logarithms to the base 2; with natural ones it is exp.")
def two_to_the_mean(ids, weights, heads=4):
    return float(2 ** surprise(ids, weights, heads).mean())


@mistake("perplexity", hint="The mean is over all ids but the first: T - 1 of them.")
def divided_by_all_ids(ids, weights, heads=4):
    return float(np.exp(surprise(ids, weights, heads).sum() / len(ids)))


@mistake("perplexity", hint="All pieces count, not the first alone.")
def first_piece_only(ids, weights, heads=4):
    return float(np.exp(surprise(ids, weights, heads, pieces=False).mean()))


@mistake("perplexity", hint="Mean first, then exp: the mean of 1 / p is another number.")
def mean_of_the_inverses(ids, weights, heads=4):
    with np.errstate(over="ignore"):
        return float(np.exp(surprise(ids, weights, heads)).mean())


@mistake(
    "perplexity",
    hint="Take log_softmax: the probability of what is very surprising is 0 to a computer, and its logarithm -inf.",
)
def log_of_the_softmax(ids, weights, heads=4):
    require(len(ids) >= 2, f"ids must be 2 or more, not {len(ids)}")
    with np.errstate(all="ignore"):
        return float(np.exp(-np.log(np.exp(-surprise(ids, weights, heads))).mean()))


@mistake("perplexity", hint="Pieces do not overlap: each id but the first is foretold once, from s = 0, P, 2 P, ...")
def pieces_of_one_less(ids, weights, heads=4):
    require(len(ids) >= 2, f"ids must be 2 or more, not {len(ids)}")
    places, found = len(weights["wpe.weight"]), []
    for start in range(0, len(ids) - 1, places - 1):
        targets = np.asarray(ids[start + 1 : start + places])
        logits, _ = reference.next_logits(ids[start : start + len(targets)], weights, None, heads)
        found.extend(-log_softmax(logits)[np.arange(len(targets)), targets])
    return float(np.exp(np.mean(found)))
