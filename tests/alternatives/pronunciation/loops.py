"""Step by step: the reader by single steps, beams in a heap, the whole table of edits, paths carried along."""

import heapq

import numpy as np


def letter_ids(word):
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    out = []
    for each in word.lower():
        at = alphabet.find(each)
        out.append(at + 3 if at >= 0 else 1)
    out.append(2)
    return np.array(out, dtype=np.int64)


def read_word(ids, params):
    h = np.zeros((1, params["enc_b_hh"].size // 3), dtype=params["enc_emb"].dtype)
    for each in ids:
        row = params["enc_emb"][int(each)].reshape(1, -1)
        h = gru_step_forward(row, h, params["enc_w_ih"], params["enc_w_hh"], params["enc_b_ih"], params["enc_b_hh"])[0]
    return h


def next_sound(previous, h, params):
    row = params["dec_emb"][int(previous)][None, :]
    h = gru_step_forward(row, h, params["dec_w_ih"], params["dec_w_hh"], params["dec_b_ih"], params["dec_b_hh"])[0]
    return (params["fc_w"] * h).sum(axis=1) + params["fc_b"], h


def pronounce(word, params, limit=20):
    said = [START]
    h = read_word(letter_ids(word), params)
    while len(said) <= limit:
        logits, h = next_sound(said[-1], h, params)
        best = max(range(len(logits)), key=lambda k: logits[k])
        if best == END:
            return said[1:]
        said.append(best)
    return said[1:]


def beam_search(word, params, width=5, limit=20):
    require(width >= 1, "width must be at least 1")
    open_ = [(0.0, (START,), read_word(letter_ids(word), params))]
    closed = []
    for _ in range(limit):
        scored = []
        for total, said, h in open_:
            logits, after = next_sound(said[-1], h, params)
            top = logits.max()
            chances = logits - top - np.log(np.exp(logits - top).sum())
            scored += [(total + chances[k], (*said, k), after) for k in range(len(chances))]
        best = heapq.nlargest(width, scored, key=lambda each: each[0])
        closed += [each for each in best if each[1][-1] == END]
        open_ = [each for each in best if each[1][-1] != END]
    every = heapq.nlargest(width, closed + open_, key=lambda each: each[0])
    return [(float(total), [k for k in said[1:] if k != END]) for total, said, _ in every]


def edit_distance(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            if i == 0 or j == 0:
                table[i][j] = i + j
            elif a[i - 1] == b[j - 1]:
                table[i][j] = table[i - 1][j - 1]
            else:
                table[i][j] = 1 + min(table[i - 1][j], table[i][j - 1], table[i - 1][j - 1])
    return table[len(a)][len(b)]


def sound_error_rate(found, right):
    require(len(found) == len(right), "found must be as many as right")
    wrong = total = 0
    for one, other in zip(found, right, strict=True):
        wrong += edit_distance(other, one)
        total += len(other)
    return wrong / total


def align(word, sounds, costs):
    require(len(word) > 0, "word")
    require(len(sounds) > 0, "sounds")
    ids = letter_ids(word)
    best = {}
    for i in range(len(word)):
        for j in range(len(sounds)):
            cost = costs[ids[i], sounds[j]]
            before = [best[at] for at in ((i - 1, j - 1), (i - 1, j), (i, j - 1)) if at in best]
            if not before:
                best[i, j] = (cost, [(i, j)])
                continue
            least = min(total for total, _ in before)
            path = next(path for total, path in before if total == least)
            best[i, j] = (cost + least, [*path, (i, j)])
    return best[len(word) - 1, len(sounds) - 1][1]
