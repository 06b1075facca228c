"""Hidden checks: small random models of odd sizes against the reference, the shipped one on its text, manners."""

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, assert_refuses, cast, datasets

MERGES, VOCABULARY = datasets.load_byte_pairs()
# A verse of Ruth, its ids, and its perplexity by torch, as tools/train_scribe.py computes it.
STORED_IDS = [
    *(78, 347, 353, 471, 289, 597, 286, 258, 672, 435, 258, 723, 103, 281, 32),
    *(500, 647, 44, 296, 379, 367, 259, 274, 345, 427, 286, 258, 497, 46),
]  # fmt: skip
STORED = 10.371108
VERSE = "Now it came to pass in the days when the judges ruled, that there was a famine in the land."


def some_merges(rng, count, letters=4):
    """Merges of a, b, c, d: of any tokens that are there before, each pair once."""
    known, merges = list(range(97, 97 + letters)), []
    while len(merges) < count:
        pair = tuple(rng.choice(known, size=2).tolist())
        if pair not in merges:
            known.append(256 + len(merges))
            merges.append(pair)
    return np.array(merges)


def letters(rng, n, count=4):
    return bytes(rng.integers(97, 97 + count, size=n).tolist()).decode()


def block_weights(rng, d, hidden, scale=0.6):
    shapes = {
        "ln_1.weight": (d,),
        "ln_1.bias": (d,),
        "attn.c_attn.weight": (d, 3 * d),
        "attn.c_attn.bias": (3 * d,),
        "attn.c_proj.weight": (d, d),
        "attn.c_proj.bias": (d,),
        "ln_2.weight": (d,),
        "ln_2.bias": (d,),
        "mlp.c_fc.weight": (d, hidden),
        "mlp.c_fc.bias": (hidden,),
        "mlp.c_proj.weight": (hidden, d),
        "mlp.c_proj.bias": (d,),
    }
    return {name: rng.normal(scale=scale, size=shape) for name, shape in shapes.items()}


def model(rng, vocabulary=7, d=6, places=9, layers=2, hidden=10):
    weights = {"wte.weight": rng.normal(size=(vocabulary, d)), "wpe.weight": rng.normal(size=(places, d))}
    for layer in range(layers):
        weights |= {f"h.{layer}.{name}": array for name, array in block_weights(rng, d, hidden).items()}
    return weights | {"ln_f.weight": rng.normal(size=d), "ln_f.bias": rng.normal(size=d)}


def before(rng, heads, t, width):
    """A cache of t tokens."""
    return rng.normal(size=(heads, t, width)), rng.normal(size=(heads, t, width))


@pytest.mark.exercise("byte_pairs")
class TestPairs:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, count", [(12, 3), (60, 9), (150, 30)])
    def test_values(self, student, reference, rng, n, count):
        text, merges = letters(rng, n), some_merges(rng, count)
        assert_close(student.byte_pairs(text, merges), reference.byte_pairs(text, merges), name="ids")

    @pytest.mark.weight(2)
    def test_a_merge_that_comes_late_gets_what_is_left(self, student, reference, rng):
        text = letters(rng, 80, 2)
        merges = np.array([[97, 98], [98, 97], [256, 256], [97, 97], [98, 98], [258, 257]])
        assert_close(student.byte_pairs(text, merges), reference.byte_pairs(text, merges), name="ids")

    def test_of_equal_letters_from_the_left(self, student, reference, rng):
        text = "".join("a" * int(k) + "b" for k in rng.permutation([1, 2, 3, 4, 5, 6, 7]))
        merges = np.array([[97, 97], [256, 97], [256, 256]])
        assert_close(student.byte_pairs(text, merges), reference.byte_pairs(text, merges), name="ids")

    @pytest.mark.parametrize("text", ["caf\u00e9", "\u65e5\u672c\U0001f600!"], ids=["accent", "other scripts"])
    def test_other_characters(self, student, reference, rng, text):
        text = letters(rng, 5) + text + letters(rng, 6)
        merges = np.concatenate([np.array([[195, 169], [230, 151]]), some_merges(rng, 3)])
        assert_close(student.byte_pairs(text, merges), reference.byte_pairs(text, merges), name="ids")

    @pytest.mark.weight(2)
    def test_the_shipped_ones(self, student, reference, rng):
        verses = datasets.load_text().splitlines()
        text = " ".join(verses[k] for k in rng.integers(0, 700, size=3))
        assert_close(student.byte_pairs(text, MERGES), reference.byte_pairs(text, MERGES), name="ids")

    @pytest.mark.weight(0.5)
    def test_nothing(self, student, rng):
        assert_close(student.byte_pairs("", some_merges(rng, 2)), np.array([], dtype=np.int64), name="ids")
        assert_close(student.byte_pairs("ab", np.zeros((0, 2), dtype=np.int64)), np.array([97, 98]), name="ids")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        merges = some_merges(rng, 5)
        assert_inputs_unchanged(student.byte_pairs, "abcd", merges)
        assert_dtype(student.byte_pairs(letters(rng, 9), merges), "int64", "ids")


@pytest.mark.exercise("join")
class TestJoin:
    @pytest.mark.parametrize("n", [1, 9])
    def test_values(self, student, reference, rng, n):
        ids = rng.integers(300, 768, size=n)
        assert student.join(ids, VOCABULARY) == reference.join(ids, VOCABULARY)

    def test_characters_of_several_tokens(self, student, rng):
        text = letters(rng, 3) + "\u65e5\u00e9\U0001f600" + letters(rng, 3)
        assert student.join(np.array(list(text.encode())), VOCABULARY) == text

    def test_half_a_character(self, student, rng):
        text = letters(rng, 4)
        assert student.join(np.array([*text.encode(), 195]), VOCABULARY) == text + "\ufffd"

    @pytest.mark.weight(0.5)
    def test_nothing(self, student):
        assert student.join(np.array([], dtype=np.int64), VOCABULARY) == ""


@pytest.mark.exercise("layer_norm")
class TestNorm:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", [(1, 5), (4, 3), (3, 3), (2, 4, 7)])
    def test_values(self, student, reference, rng, shape):
        x, weight, bias = rng.normal(2.0, 3.0, size=shape), rng.normal(size=shape[-1]), rng.normal(size=shape[-1])
        assert_close(student.layer_norm(x, weight, bias), reference.layer_norm(x, weight, bias))

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("eps", [0.7, 1e-8])
    def test_eps(self, student, reference, rng, eps):
        x, weight, bias = 1e-2 * rng.normal(size=(3, 5)), rng.normal(size=5), rng.normal(size=5)
        assert_close(student.layer_norm(x, weight, bias, eps), reference.layer_norm(x, weight, bias, eps))

    def test_small_features(self, student, reference, rng):
        x, weight, bias = 3e-3 * rng.normal(size=(4, 6)), rng.normal(size=6), rng.normal(size=6)
        assert_close(student.layer_norm(x, weight, bias), reference.layer_norm(x, weight, bias))

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        inputs = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=4)
        assert_inputs_unchanged(student.layer_norm, *inputs)
        assert_dtype(student.layer_norm(*cast(inputs, np.float32)), "float32")


@pytest.mark.exercise("block")
class TestBlock:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("t, d, hidden, heads", [(5, 6, 7, 3), (4, 6, 24, 2), (7, 5, 3, 1), (3, 8, 9, 4)])
    def test_values(self, student, reference, rng, t, d, hidden, heads):
        x, weights = rng.normal(size=(t, d)), block_weights(rng, d, hidden)
        out, _ = student.block(x, weights, None, heads)
        assert_close(out, reference.block(x, weights, None, heads)[0])

    def test_one_token(self, student, reference, rng):
        x, weights = rng.normal(size=(1, 6)), block_weights(rng, 6, 5)
        assert_close(student.block(x, weights, None, 2)[0], reference.block(x, weights, None, 2)[0])

    def test_four_heads_unless_told(self, student, reference, rng):
        x, weights = rng.normal(size=(3, 8)), block_weights(rng, 8, 5)
        assert_close(student.block(x, weights)[0], reference.block(x, weights)[0])

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("t, heads", [(5, 3), (1, 2)])
    def test_what_it_keeps(self, student, reference, rng, t, heads):
        x, weights = rng.normal(size=(t, 6)), block_weights(rng, 6, 7)
        _, (keys, values) = student.block(x, weights, None, heads)
        expected = reference.block(x, weights, None, heads)[1]
        assert_close(keys, expected[0], name="the keys in the cache")
        assert_close(values, expected[1], name="the values in the cache")

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("t, held", [(1, 4), (3, 2), (4, 5)])
    def test_after_a_cache(self, student, reference, rng, t, held):
        x, weights, cache = rng.normal(size=(t, 6)), block_weights(rng, 6, 7), before(rng, 3, held, 2)
        out, (keys, values) = student.block(x, weights, cache, 3)
        expected, (their_keys, their_values) = reference.block(x, weights, cache, 3)
        assert_close(out, expected)
        assert_close(keys, their_keys, name="the keys in the cache")
        assert_close(values, their_values, name="the values in the cache")

    @pytest.mark.weight(2)
    def test_the_shipped_weights(self, student, reference, rng):
        shipped = datasets.load("scribe")
        weights = reference.weights_of(int(rng.integers(4)), shipped)
        x = shipped["wte.weight"][rng.integers(0, 768, size=9)].astype(np.float64)
        weights = cast(weights, np.float64)
        assert_close(student.block(x, weights)[0], reference.block(x, weights)[0], rtol=1e-6, atol=1e-6)

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        x, weights, cache = rng.normal(size=(3, 6)), block_weights(rng, 6, 7), before(rng, 2, 4, 3)
        assert_inputs_unchanged(student.block, x, weights, cache, 2)
        out, _ = student.block(*cast((x, weights, cache), np.float32), 2)
        assert_dtype(out, "float32")

    @pytest.mark.after("test_values")
    def test_heads_must_divide(self, student, rng):
        assert_refuses(student.block, "heads", rng.normal(size=(3, 6)), block_weights(rng, 6, 7), None, 4)


@pytest.mark.exercise("next_logits")
class TestLogits:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("t, layers, heads", [(5, 2, 3), (9, 1, 2), (4, 3, 1), (1, 2, 2)])
    def test_values(self, student, reference, rng, t, layers, heads):
        weights, ids = model(rng, layers=layers), rng.integers(0, 7, size=t)
        logits, _ = student.next_logits(ids, weights, None, heads)
        assert_close(logits, reference.next_logits(ids, weights, None, heads)[0], name="logits")

    def test_twelve_blocks(self, student, reference, rng):
        """h.10 comes after h.9, not after h.1."""
        weights, ids = model(rng, layers=12, d=4, hidden=3), rng.integers(0, 7, size=5)
        weights = {name: weights[name] for name in sorted(weights)}
        logits, _ = student.next_logits(ids, weights, None, 2)
        assert_close(logits, reference.next_logits(ids, weights, None, 2)[0], rtol=1e-6, atol=1e-6, name="logits")

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("first, then", [(4, 1), (1, 5), (3, 4)])
    def test_in_two_pieces(self, student, reference, rng, first, then):
        weights, ids = model(rng), rng.integers(0, 7, size=first + then)
        _, cache = student.next_logits(ids[:first], weights, None, 3)
        logits, _ = student.next_logits(ids[first:], weights, cache, 3)
        expected = reference.next_logits(ids, weights, None, 3)[0]
        assert_close(logits, expected[first:], name="logits after a cache")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("layers", [1, 3])
    def test_token_by_token(self, student, reference, rng, layers):
        weights, ids = model(rng, places=5, layers=layers), rng.integers(0, 7, size=5)
        expected, cache = reference.next_logits(ids, weights, None, 2)[0], None
        for place in range(5):
            logits, cache = student.next_logits(ids[place : place + 1], weights, cache, 2)
            assert_close(logits, expected[place : place + 1], name=f"logits in place {place}")

    @pytest.mark.weight(2)
    def test_shipped_weights(self, student, reference, rng):
        weights = datasets.load("scribe")
        start = int(rng.integers(60))
        ids = reference.byte_pairs(VERSE[start:], MERGES)[:12]
        expected = reference.next_logits(ids, weights)[0]
        assert_close(student.next_logits(ids, weights)[0], expected, rtol=1e-4, atol=1e-4, name="logits")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        weights, ids = model(rng), rng.integers(0, 7, size=4)
        assert_inputs_unchanged(student.next_logits, ids, weights, None, 2)
        assert_dtype(student.next_logits(ids, cast(weights, np.float32), None, 2)[0], "float32", "logits")

    @pytest.mark.after("test_values")
    def test_places_end(self, student, rng):
        assert_refuses(student.next_logits, "ids", rng.integers(0, 7, size=10), model(rng), None, 2)


@pytest.mark.exercise("top_p")
class TestTopP:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("v, p, temperature", [(5, 0.9, 1.0), (9, 0.5, 0.7), (30, 0.95, 1.3), (7, 0.3, 0.5)])
    def test_values(self, student, reference, rng, v, p, temperature):
        logits, uniforms = rng.normal(scale=1.5, size=v), rng.random(25)
        expected = reference.top_p(logits, p, temperature, uniforms)
        assert_close(student.top_p(logits, p, temperature, uniforms), expected, name="ids")

    @pytest.mark.weight(2)
    def test_all_of_them(self, student, reference, rng):
        logits, uniforms = rng.normal(size=6), np.concatenate([[0.0, 1 - 1e-12], rng.random(40)])
        expected = reference.top_p(logits, 1.0, 1.0, uniforms)
        assert_close(student.top_p(logits, 1.0, 1.0, uniforms), expected, name="ids")

    @pytest.mark.weight(2)
    def test_the_one_that_crosses_p_is_kept(self, student, rng):
        chances = np.array([0.4, 0.35, 0.15, 0.1])
        order = rng.permutation(4)
        ids = student.top_p(np.log(chances)[order], float(rng.uniform(0.45, 0.7)), 1.0, np.linspace(0.0, 0.99, 34))
        kept = np.array([int(np.argmax(order == 0)), int(np.argmax(order == 1))])
        assert_close(np.unique(ids), np.sort(kept), name="the ids that were drawn")

    def test_only_the_surest(self, student, rng):
        logits = rng.permutation([0.0, 3.0, 5.0, -2.0])
        ids = student.top_p(logits, 0.2, 1.0, rng.random(5))
        assert_close(ids, np.full(5, np.argmax(logits)), name="ids")

    def test_equal_ones_in_their_order(self, student, rng):
        logits = np.array([1.0, 2.0, 2.0, 1.0, 2.0]) + rng.normal()
        ids = student.top_p(logits, 0.5, 1.0, np.array([0.1, 0.4, 0.6, 0.9]))
        assert_close(ids, np.array([1, 1, 2, 2]), name="ids")

    def test_on_the_border(self, student, rng):
        """Four equal chances, which are exact numbers: two of them are 0.5 together, and 0.5 of them is not above 0.5."""
        logits = np.full(4, float(rng.integers(5)))
        assert_close(
            student.top_p(logits, 0.5, 1.0, np.array([0.0, 0.49, 0.5, 0.99])), np.array([0, 0, 1, 1]), name="ids"
        )
        assert_close(student.top_p(logits, 1.0, 1.0, np.array([0.25, 0.5, 0.75])), np.array([1, 2, 3]), name="ids")

    @pytest.mark.weight(0.5)
    def test_large_logits(self, student, reference, rng):
        logits, uniforms = 300 * rng.normal(size=8), rng.random(6)
        expected = reference.top_p(logits, 0.9, 0.1, uniforms)
        assert_close(student.top_p(logits, 0.9, 0.1, uniforms), expected, name="ids")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        logits = rng.normal(size=6)
        assert_inputs_unchanged(student.top_p, logits, 0.9, 0.8, rng.random(3))
        assert_dtype(student.top_p(logits, 0.9, 0.8, rng.random(3)), "int64", "ids")

    @pytest.mark.after("test_values")
    @pytest.mark.parametrize("p, temperature, named", [(0.0, 1.0, "p"), (1.5, 1.0, "p"), (0.9, 0.0, "temperature")])
    def test_refuses(self, student, rng, p, temperature, named):
        assert_refuses(student.top_p, named, rng.normal(size=4), p, temperature, rng.random(2))


@pytest.mark.exercise("generate")
class TestGenerate:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("t, n, heads", [(1, 6, 3), (4, 4, 2), (3, 6, 1)])
    def test_values(self, student, reference, rng, t, n, heads):
        weights, prompt, uniforms = model(rng), rng.integers(0, 7, size=t), rng.random(n)
        ids = student.generate(prompt, n, weights, uniforms, 0.9, 1.5, heads)
        expected = reference.generate(prompt, n, weights, uniforms, 0.9, 1.5, heads)
        assert_close(ids, expected, name="ids")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("t, places", [(2, 6), (5, 5), (9, 6), (14, 7)])
    def test_beyond_its_places(self, student, reference, rng, t, places):
        weights, prompt = model(rng, places=places), rng.integers(0, 7, size=t)
        uniforms = rng.random(12)
        ids = student.generate(prompt, 12, weights, uniforms, 0.95, 1.5, 2)
        expected = reference.generate(prompt, 12, weights, uniforms, 0.95, 1.5, 2)
        assert_close(ids, expected, name="ids")

    def test_settings_unless_told(self, student, reference, rng):
        weights, prompt = model(rng, d=8, vocabulary=11), rng.integers(0, 11, size=2)
        uniforms = rng.random(6)
        ids = student.generate(prompt, 6, weights, uniforms)
        assert_close(ids, reference.generate(prompt, 6, weights, uniforms), name="ids")

    @pytest.mark.weight(2)
    def test_the_shipped_one_writes(self, student, reference, rng):
        weights = datasets.load("scribe")
        prompt = reference.byte_pairs(VERSE[: 12 + int(rng.integers(8))], MERGES)
        uniforms = rng.random(8)
        ids = student.generate(prompt, 8, weights, uniforms, 0.4)
        assert_close(ids, reference.generate(prompt, 8, weights, uniforms, 0.4), name="ids")

    @pytest.mark.weight(0.5)
    def test_nothing(self, student, rng):
        ids = student.generate(np.array([3]), 0, model(rng), np.array([]), 0.9, 0.8, 2)
        assert_close(ids, np.array([], dtype=np.int64), name="ids")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        weights, prompt = model(rng), rng.integers(0, 7, size=3)
        assert_inputs_unchanged(student.generate, prompt, 3, weights, rng.random(3), 0.9, 0.8, 2)
        assert_dtype(student.generate(prompt, 3, weights, rng.random(3), 0.9, 0.8, 2), "int64", "ids")

    @pytest.mark.after("test_values")
    def test_an_empty_prompt(self, student, rng):
        assert_refuses(student.generate, "prompt", np.array([], dtype=np.int64), 3, model(rng), rng.random(3))

    @pytest.mark.after("test_values")
    def test_a_uniform_each(self, student, rng):
        assert_refuses(student.generate, "uniforms", np.array([2]), 3, model(rng), rng.random(4))


@pytest.mark.exercise("perplexity")
class TestPerplexity:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("t, heads", [(2, 2), (6, 3), (10, 1)])
    def test_values(self, student, reference, rng, t, heads):
        weights, ids = model(rng), rng.integers(0, 7, size=t)
        expected = reference.perplexity(ids, weights, heads)
        assert_close(student.perplexity(ids, weights, heads), expected, name="perplexity")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("t", [11, 18, 19, 27])
    def test_in_pieces(self, student, reference, rng, t):
        weights, ids = model(rng), rng.integers(0, 7, size=t)
        assert_close(student.perplexity(ids, weights, 2), reference.perplexity(ids, weights, 2), name="perplexity")

    @pytest.mark.weight(2)
    def test_of_the_shipped_one(self, student):
        """As the script that trained it says of this text, by torch."""
        ids = np.array(STORED_IDS)
        assert_close(student.perplexity(ids, datasets.load("scribe")), STORED, rtol=1e-4, name="perplexity")

    @pytest.mark.weight(0.5)
    def test_most_surprised(self, student, reference, rng):
        """A token whose probability is no number above 0 any more: its logarithm is one all the same."""
        weights = model(rng)
        weights["wte.weight"] = np.zeros((7, 6))
        weights["wte.weight"][:, 0] = rng.permutation(np.linspace(-500.0, 500.0, 7))
        weights |= {"ln_f.weight": np.zeros(6), "ln_f.bias": np.eye(6)[0]}
        least, most = np.argmin(weights["wte.weight"][:, 0]), np.argmax(weights["wte.weight"][:, 0])
        ids = np.array([int(rng.integers(7)), least, most])
        logged = np.log(reference.perplexity(ids, weights, 2))
        assert_close(np.log(student.perplexity(ids, weights, 2)), logged, name="log of the perplexity")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        weights, ids = model(rng), rng.integers(0, 7, size=4)
        assert_inputs_unchanged(student.perplexity, ids, weights, 2)

    @pytest.mark.after("test_values")
    def test_of_one_id(self, student, rng):
        assert_refuses(student.perplexity, "ids", np.array([2]), model(rng), 2)
