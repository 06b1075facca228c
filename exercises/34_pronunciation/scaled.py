"""The two GRUs in torch, with words of any length and states of any size."""

from autograder import Twin

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


TWINS = [Reading(), Speaking()]
