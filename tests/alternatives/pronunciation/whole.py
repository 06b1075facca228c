"""Arrays where they fit: tables of characters, all beams in one batch, edits by anti-diagonals of slices, recursion for paths."""

import functools

import numpy as np


def letter_ids(word):
    codes = np.array([ord(each) for each in word.lower()] + [ord("a") - 1], dtype=np.int64) - 94
    codes = np.where((codes >= 3) & (codes <= 28), codes, 1)
    codes[-1] = 2
    return codes


def read_word(ids, params):
    x = np.take(params["enc_emb"], ids, axis=0)
    h0 = np.zeros_like(params["enc_b_hh"][: params["enc_w_hh"].shape[1]])
    hs = gru_forward(x[None], h0[None], *[params["enc_" + name] for name in ("w_ih", "w_hh", "b_ih", "b_hh")])[0]
    return hs[0, -1:]


def next_sounds(previous, h, params):
    x = params["dec_emb"][np.asarray(previous)]
    h, _ = gru_step_forward(x, h, *[params["dec_" + name] for name in ("w_ih", "w_hh", "b_ih", "b_hh")])
    return linear_forward(h, params["fc_w"], params["fc_b"])[0], h


def next_sound(previous, h, params):
    logits, h = next_sounds([previous], h, params)
    return logits.ravel(), h


def pronounce(word, params, limit=20):
    h, said = read_word(letter_ids(word), params), [START]
    for _ in range(limit):
        logits, h = next_sound(said[-1], h, params)
        said.append(logits.argmax().item())
        if said[-1] == END:
            said.pop()
            break
    return said[1:]


def beam_search(word, params, width=5, limit=20):
    require(width >= 1, "width must be at least 1")
    totals, said, h = np.zeros(1), [[]], read_word(letter_ids(word), params)
    done = []
    for _ in range(limit):
        if not said:
            break
        logits, h = next_sounds([each[-1] if each else START for each in said], h, params)
        scores = totals[:, None] + log_softmax(logits, axis=1)
        best = np.argsort(-scores.ravel(), kind="stable")[:width]
        rows, sounds = np.unravel_index(best, scores.shape)
        over = sounds == END
        done += [(scores[row, END].item(), said[row]) for row in rows[over]]
        said = [[*said[row], int(sound)] for row, sound in zip(rows[~over], sounds[~over], strict=True)]
        totals, h = scores[rows[~over], sounds[~over]], h[rows[~over]]
    done += list(zip(totals.tolist(), said, strict=True)) if said else []
    return sorted(done, key=lambda each: each[0], reverse=True)[:width]


def edit_distance(a, b):
    row = np.arange(len(b) + 1)
    for i, left in enumerate(a):
        differs = np.array([left != right for right in b], dtype=int)
        least = np.concatenate([[i + 1], np.minimum(row[:-1] + differs, row[1:] + 1)])
        # What is put in costs one each: the least of what stands to the left, plus the way from there.
        row = np.minimum.accumulate(least - np.arange(len(b) + 1)) + np.arange(len(b) + 1)
    return int(row[-1])


def sound_error_rate(found, right):
    require(len(found) == len(right), "found must be as many as right")
    return sum(map(edit_distance, found, right)) / sum(map(len, right))


def align(word, sounds, costs):
    require(len(word) > 0, "word must have a letter")
    require(len(sounds) > 0, "sounds must be one or more")
    table = np.take(np.take(costs, letter_ids(word)[:-1], axis=0), sounds, axis=1)

    @functools.cache
    def least(i, j):
        if i < 0 or j < 0:
            return np.inf, None
        if i == j == 0:
            return table[0, 0], None
        before = min(((i - 1, j - 1), (i - 1, j), (i, j - 1)), key=lambda at: least(*at)[0])
        return table[i, j] + least(*before)[0], before

    path = [(len(word) - 1, len(sounds) - 1)]
    while (before := least(*path[-1])[1]) is not None:
        path.append(before)
    path.reverse()
    return path
