"""The two GRUs in torch, with words of any length and states of any size."""

import numpy as np

from autograder import Twin, datasets

GRU = ("w_ih", "w_hh", "b_ih", "b_hh")


def weights_of(rng, part, d, h):
    shapes = {"w_ih": (3 * h, d), "w_hh": (3 * h, h), "b_ih": (3 * h,), "b_hh": (3 * h,)}
    return {f"{part}_{name}": rng.normal(size=shape) / h**0.5 for name, shape in shapes.items()}


class Reading(Twin):
    """A word of 2 `size` letters, read by `size` units."""

    exercises, sizes = ("read_word",), (8, 64, 256)

    def inputs(self, rng, size):
        params = {"enc_emb": rng.normal(size=(29, size + 1)), **weights_of(rng, "enc", size + 1, size)}
        return {"ids": rng.integers(0, 29, size=2 * size), **params}

    def torch(self, torch, ids, enc_emb, **params):
        size = params["enc_w_hh"].shape[1]
        weights = [params[f"enc_{name}"] for name in GRU]
        start = torch.zeros(1, 1, size, dtype=enc_emb.dtype, device=enc_emb.device)
        _, h = torch.gru(enc_emb[ids][None], start, weights, True, 1, 0.0, False, False, True)
        return h[0]

    def forward(self, student, ids, **params):
        return student.read_word(ids, params), None

    def reduction(self, size):
        return 4 * size


class Speaking(Twin):
    """One step of `size` units, with as many sounds."""

    exercises, sizes = ("next_sound",), (8, 64, 1024)

    def inputs(self, rng, size):
        params = {"dec_emb": rng.normal(size=(size, size + 1)), **weights_of(rng, "dec", size + 1, size)}
        params |= {"fc_w": rng.normal(size=(size, size)) / size**0.5, "fc_b": rng.normal(size=size)}
        return {"h": rng.normal(size=(1, size)), **params}

    def torch(self, torch, h, dec_emb, fc_w, fc_b, **params):
        after = torch.gru_cell(dec_emb[1:2], h, *(params[f"dec_{name}"] for name in GRU))
        return torch.nn.functional.linear(after, fc_w, fc_b)[0]

    def forward(self, student, h, **params):
        return student.next_sound(1, h, params)[0], None

    def reduction(self, size):
        return 2 * size


class Phonemes(Twin):
    """`size` letters are read, and the scores of as many sounds said, each after the right one before it."""

    exercises, sizes = ("read_word", "next_sound"), (6, 15, 60)
    network = "g2p_en 2.1.0"

    def inputs(self, rng, size):
        letters, names, said = "", list(datasets.output_names("g2p")), []
        words = datasets.load_pronunciations()
        for word in rng.permutation(list(words)):
            if len(letters) >= size <= len(said):
                break
            letters, said = letters + word, [*said, *words[word]]
        ids = np.array([ord(each) - ord("a") + 3 for each in letters[:size]] + [2])
        return {"ids": ids, "before": np.array([2, *map(names.index, said)])[:size], "params": datasets.load("g2p")}

    def torch(self, torch, ids, before, params):
        weights = {part: [params[f"{part}_{name}"] for name in GRU] for part in ("enc", "dec")}
        start = torch.zeros(1, 1, 256, dtype=params["enc_emb"].dtype, device=params["enc_emb"].device)
        _, h = torch.gru(params["enc_emb"][ids][None], start, weights["enc"], True, 1, 0.0, False, False, True)
        shown, _ = torch.gru(params["dec_emb"][before][None], h, weights["dec"], True, 1, 0.0, False, False, True)
        return torch.nn.functional.linear(shown[0], params["fc_w"], params["fc_b"])

    def forward(self, student, ids, before, params):
        h, scores = student.read_word(ids, params), []
        for sound in before:
            logits, h = student.next_sound(sound, h, params)
            scores.append(logits)
        return np.stack(scores), None

    def reduction(self, size):
        return 256 * size


TWINS = [Reading(), Speaking(), Phonemes()]
