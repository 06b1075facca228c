"""35_scribe's language model: a small GPT-2, trained in torch on the King James Version and written to datasets/weights/.

    apt-get install bible-kjv bible-kjv-text
    python tools/train_scribe.py            # half an hour at most, on two cores
    python tools/train_scribe.py --steps 20 # only to see that it runs; writes nothing

The text: all 66 books of Debian's package, a verse a line, the references taken off. Ruth and Jonah are held out: they ship as
the end of `datasets/kjv.txt`, so that anyone can measure the perplexity again. The vocabulary: 256 bytes, then 512 byte pairs,
merged most frequent first within words (Sennrich, Haddow and Birch 2016, section 3.2; on bytes as in Radford et al. 2019,
section 2.2). The network has the layout and the names of GPT-2's published checkpoints: pre-norm, learned positions, weights
that are multiplied from the right, the embedding as head.
"""

import argparse
import collections
import hashlib
import itertools
import math
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from npz import write
from torch.nn import functional

FOLDER = Path(__file__).resolve().parent.parent / "datasets"
TEXT_DIGEST = "cd45f0c9cedab8e4439bd6486c8952c77cc8b0ecc5d1f6ae3513f2039f47229d"
HELD_OUT = ("Ruth", "Jonah")
BYTES, MERGES = 256, 512
WIDTH, HEADS, LAYERS, PLACES = 128, 4, 4, 128
STEPS, ROWS, WARM_UP, RATE = 3500, 32, 200, 2e-3
WORDS = re.compile(r" ?[A-Za-z]+| ?[^A-Za-z\s]+|\s")


def text_of_the_package():
    """All verses, a verse a line, with the book before each."""
    printed = subprocess.run(["bible", "-f", "Genesis 1:1-Revelation 22:21"], capture_output=True, check=True).stdout
    if hashlib.sha256(printed).hexdigest() != TEXT_DIGEST:
        sys.exit("bible-kjv-text prints another text than the one that was trained on (version 4.38).")
    lines = [re.fullmatch(r"(\d?[A-Za-z]+)\d+:\d+ (.*)", line) for line in printed.decode("ascii").splitlines()]
    return [(line[1], line[2]) for line in lines]


def learn_merges(text):
    """MERGES pairs of ids, most frequent first; of equally frequent ones the pair with the smaller ids."""
    words = {tuple(word.encode()): count for word, count in collections.Counter(WORDS.findall(text)).items()}
    merges = []
    while len(merges) < MERGES:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in itertools.pairwise(word):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merged = collections.Counter()
        for word, count in words.items():
            merged[merge(word, best, BYTES + len(merges))] += count
        words = merged
        merges.append(best)
    return merges


def merge(ids, pair, new):
    """The ids with each such pair, from the left, made one."""
    out, place = [], 0
    while place < len(ids):
        if ids[place : place + 2] == pair:
            out.append(new)
            place += 2
        else:
            out.append(ids[place])
            place += 1
    return tuple(out)


def encode(text, merges):
    """The text's ids; each word that occurs is merged once."""
    known = {}
    ids = []
    for word in WORDS.findall(text):
        if word not in known:
            known[word] = tuple(word.encode())
            for number, pair in enumerate(merges):
                if pair[0] in known[word]:
                    known[word] = merge(known[word], pair, BYTES + number)
        ids.extend(known[word])
    return torch.tensor(ids)


def fresh_weights():
    """Name -> parameter: normal with deviation 0.02, biases zero, scales one (GPT-2's own; Radford et al. 2019, section 2.3)."""
    shapes = {"wte.weight": (BYTES + MERGES, WIDTH), "wpe.weight": (PLACES, WIDTH)}
    for layer in range(LAYERS):
        here = f"h.{layer}"
        shapes |= {
            **{f"{here}.ln_1.weight": (WIDTH,), f"{here}.ln_1.bias": (WIDTH,)},
            **{f"{here}.attn.c_attn.weight": (WIDTH, 3 * WIDTH), f"{here}.attn.c_attn.bias": (3 * WIDTH,)},
            **{f"{here}.attn.c_proj.weight": (WIDTH, WIDTH), f"{here}.attn.c_proj.bias": (WIDTH,)},
            **{f"{here}.ln_2.weight": (WIDTH,), f"{here}.ln_2.bias": (WIDTH,)},
            **{f"{here}.mlp.c_fc.weight": (WIDTH, 4 * WIDTH), f"{here}.mlp.c_fc.bias": (4 * WIDTH,)},
            **{f"{here}.mlp.c_proj.weight": (4 * WIDTH, WIDTH), f"{here}.mlp.c_proj.bias": (WIDTH,)},
        }
    shapes |= {"ln_f.weight": (WIDTH,), "ln_f.bias": (WIDTH,)}
    weights = {}
    for name, shape in shapes.items():
        if len(shape) == 2:
            value = 0.02 * torch.randn(shape)
            if name.endswith("c_proj.weight"):  # the residual path adds up two of them a layer
                value /= math.sqrt(2 * LAYERS)
        else:
            value = torch.ones(shape) if name.endswith("weight") else torch.zeros(shape)
        weights[name] = value.requires_grad_()
    return weights


def logits(ids, weights):
    """ids (N, T) -> (N, T, V)."""
    n, t = ids.shape

    def norm(x, name):
        return functional.layer_norm(x, (WIDTH,), weights[f"{name}.weight"], weights[f"{name}.bias"])

    def linear(x, name):
        return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]

    x = weights["wte.weight"][ids] + weights["wpe.weight"][:t]
    for layer in range(LAYERS):
        mixed = linear(norm(x, f"h.{layer}.ln_1"), f"h.{layer}.attn.c_attn")
        q, k, v = mixed.view(n, t, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        heads = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + linear(heads.transpose(1, 2).reshape(n, t, WIDTH), f"h.{layer}.attn.c_proj")
        inner = functional.gelu(linear(norm(x, f"h.{layer}.ln_2"), f"h.{layer}.mlp.c_fc"), approximate="tanh")
        x = x + linear(inner, f"h.{layer}.mlp.c_proj")
    return norm(x, "ln_f") @ weights["wte.weight"].T


@torch.no_grad()
def held_out_loss(ids, weights):
    """Mean negative log-likelihood of each id but the first, in pieces of PLACES that do not see each other."""
    losses = [
        functional.cross_entropy(logits(ids[None, start : start + PLACES][:, : len(ids) - 1 - start], weights)[0],
                                 ids[start + 1 : start + PLACES + 1], reduction="sum")
        for start in range(0, len(ids) - 1, PLACES)
    ]  # fmt: skip
    return float(sum(losses)) / (len(ids) - 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    started = time.perf_counter()

    verses = text_of_the_package()
    text = "\n".join(verse for book, verse in verses if book not in HELD_OUT) + "\n"
    held_out = "\n".join(verse for book, verse in verses if book in HELD_OUT) + "\n"
    merges = learn_merges(text)
    train, test = encode(text, merges), encode(held_out, merges)
    weights = fresh_weights()
    print(
        f"{len(text):,} characters, {len(train):,} tokens ({len(text) / len(train):.2f} characters each); "
        f"held out: {len(held_out):,} and {len(test):,}; {sum(each.numel() for each in weights.values()):,} parameters; "
        f"torch {torch.__version__}, {torch.get_num_threads()} threads; byte pairs after {time.perf_counter() - started:.0f} s",
        flush=True,
    )

    matrices = [each for each in weights.values() if each.ndim == 2]
    vectors = [each for each in weights.values() if each.ndim == 1]
    groups = [{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98))
    windows = torch.arange(PLACES + 1)
    for step in range(chosen.steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min((step + 1) / WARM_UP, 0.51 + 0.49 * math.cos(math.pi * step / STEPS))
        rows = train[torch.randint(0, len(train) - PLACES, (ROWS, 1)) + windows]
        loss = functional.cross_entropy(logits(rows[:, :-1], weights).flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
        optimizer.step()
        if step % 250 == 0 or step == chosen.steps - 1:
            report(
                f"step {step}, {time.perf_counter() - started:.0f} s, loss {loss.item():.3f}", test, weights, held_out
            )
    if chosen.steps != STEPS:
        return
    stored = {name: each.detach().numpy().astype(np.float16) for name, each in weights.items()}
    report(
        "as float16", test, {name: torch.from_numpy(each.astype(np.float32)) for name, each in stored.items()}, held_out
    )
    path = FOLDER / "weights" / "scribe.npz"
    write(path, {**stored, "merges": np.array(merges, np.int16)})
    content = path.read_bytes()
    print(f"{path.name}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


def report(what, ids, weights, text):
    loss = held_out_loss(ids, weights)
    bits = loss * (len(ids) - 1) / math.log(2) / (len(text) - 1)
    print(f"{what}; held out: {loss:.4f}, perplexity {math.exp(loss):.2f}, {bits:.3f} bits a character", flush=True)


if __name__ == "__main__":
    main()
