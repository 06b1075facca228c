"""Hidden checks: texts cut and counted, a chunk to learn from, writing by its distribution, a short training, manners."""

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
    cast,
    no_warnings,
)

CHARACTERS = list("zyx\n cab?ZQ\"'.")


def some_text(rng, n, characters=CHARACTERS):
    return "".join(rng.choice(characters, size=n).tolist())


def shuffled(rng, characters=CHARACTERS):
    """A vocabulary in an order of its own."""
    return [characters[k] for k in rng.permutation(len(characters))]


@pytest.mark.exercise("build_vocabulary")
class TestVocabulary:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [5, 12, 200])
    def test_random_texts(self, student, reference, rng, n):
        text = some_text(rng, n)
        assert_close(student.build_vocabulary(text), reference.build_vocabulary(text), name="vocabulary")

    def test_many_characters(self, student, reference, rng):
        text = some_text(rng, 3000, [chr(33 + k) for k in range(1100)])
        assert_close(student.build_vocabulary(text), reference.build_vocabulary(text), name="vocabulary")

    @pytest.mark.rests_on("test_random_texts")
    @pytest.mark.weight(0.5)
    def test_no_text(self, student):
        assert_close(student.build_vocabulary(""), [], name="vocabulary")


@pytest.mark.exercise("encode")
class TestEncode:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [7, 40])
    def test_random_texts(self, student, reference, rng, n):
        arguments = some_text(rng, n), shuffled(rng)
        assert_close(student.encode(*arguments), reference.encode(*arguments), name="ids")

    @pytest.mark.weight(0.5)
    def test_many_characters(self, student, reference, rng):
        vocabulary = shuffled(rng, [chr(33 + k) for k in range(1100)])
        text = some_text(rng, 2000, vocabulary)
        assert_close(student.encode(text, vocabulary), reference.encode(text, vocabulary), name="ids")

    @pytest.mark.after("test_random_texts")
    def test_int64(self, student, rng):
        for n in (0, 6):
            assert_dtype(student.encode(some_text(rng, n), shuffled(rng)), "int64", name="ids")

    @pytest.mark.after("test_random_texts")
    def test_unknown_character(self, student, rng):
        for place in (0, 5):
            text = list(some_text(rng, 6))
            text[place] = "w"
            assert_refuses(student.encode, "text", "".join(text), shuffled(rng))


@pytest.mark.exercise("decode")
class TestDecode:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [6, 50])
    def test_random_ids(self, student, reference, rng, n):
        arguments = rng.integers(len(CHARACTERS), size=n), shuffled(rng)
        assert_close(student.decode(*arguments), reference.decode(*arguments), name="text")

    @pytest.mark.weight(0.5)
    def test_many_characters(self, student, reference, rng):
        arguments = rng.integers(1100, size=2000), shuffled(rng, [chr(33 + k) for k in range(1100)])
        assert_close(student.decode(*arguments), reference.decode(*arguments), name="text")

    @pytest.mark.rests_on("test_random_ids")
    @pytest.mark.weight(0.5)
    def test_list(self, student, reference, rng):
        arguments = rng.integers(len(CHARACTERS), size=9).tolist(), shuffled(rng)
        assert_close(student.decode(*arguments), reference.decode(*arguments), name="text")

    @pytest.mark.after("test_random_ids")
    def test_bad_ids(self, student):
        for wrong in (-1, 3):
            assert_refuses(student.decode, "ids", np.array([0, wrong, 2]), ["a", "b", "c"])


@pytest.mark.exercise("one_hot")
class TestOneHot:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", [(6,), (1,)])
    def test_rows(self, student, reference, rng, shape):
        arguments = rng.integers(7, size=shape), 7
        assert_close(student.one_hot(*arguments), reference.one_hot(*arguments), name="out")

    @pytest.mark.parametrize("shape, size", [((3, 4), 5), ((2, 3, 4), 6), ((), 3)])
    def test_other_shapes(self, student, reference, rng, shape, size):
        arguments = np.array(rng.integers(size, size=shape)), size
        assert_close(student.one_hot(*arguments), reference.one_hot(*arguments), name="out")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape, size", [((70,), 3), ((4,), 1030), ((3,), 1)])
    def test_sizes(self, student, reference, rng, shape, size):
        arguments = rng.integers(size, size=shape), size
        assert_close(student.one_hot(*arguments), reference.one_hot(*arguments), name="out")

    @pytest.mark.after("test_rows")
    def test_float64_and_keeps_ids(self, student, rng):
        assert_dtype(assert_inputs_unchanged(student.one_hot, rng.integers(4, size=6), 4), "float64", name="out")

    @pytest.mark.after("test_rows")
    def test_bad_ids(self, student):
        for wrong in (-1, 3):
            assert_refuses(student.one_hot, "ids", np.array([0, wrong]), 3)


def assert_chunks(student, reference, ids, length, *streams):
    expected = reference.chunks(ids, length, *streams)
    assert_close(student.chunks(ids, length, *streams), expected, name="chunks")


@pytest.mark.exercise("chunks")
class TestChunks:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, length", [(13, 4), (21, 5)], ids=["three whole chunks", "four whole chunks"])
    def test_one_stream(self, student, reference, rng, n, length):
        assert_chunks(student, reference, rng.integers(50, size=n), length)

    @pytest.mark.parametrize(
        "n, length", [(15, 4), (11, 7), (5, 9), (9, 1)],
        ids=["a shorter last chunk", "two chunks", "longer than the text", "one step a chunk"],
    )  # fmt: skip
    def test_lengths(self, student, reference, rng, n, length):
        assert_chunks(student, reference, rng.integers(50, size=n), length)

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, length, streams", [(13, 2, 3), (25, 4, 2)])
    def test_streams(self, student, reference, rng, n, length, streams):
        assert_chunks(student, reference, rng.integers(50, size=n), length, streams)

    @pytest.mark.parametrize("n, length, streams", [(18, 3, 3), (16, 3, 3), (15, 2, 3), (6, 4, 5), (40, 5, 4)])
    def test_what_is_left_over(self, student, reference, rng, n, length, streams):
        assert_chunks(student, reference, rng.integers(50, size=n), length, streams)

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, length, streams", [(2100, 70, 2), (150, 1, 70), (2, 1, 1), (1300, 1100, 1)])
    def test_sizes(self, student, reference, rng, n, length, streams):
        assert_chunks(student, reference, rng.integers(50, size=n), length, streams)

    @pytest.mark.after("test_one_stream")
    def test_keeps_ids(self, student, rng):
        assert_inputs_unchanged(student.chunks, rng.integers(50, size=11), 3)

    @pytest.mark.after("test_one_stream")
    def test_bad_settings(self, student, rng):
        ids = rng.integers(50, size=8)
        assert_refuses(student.chunks, "length", ids, 0)
        assert_refuses(student.chunks, "streams", ids, 3, 0)
        assert_refuses(student.chunks, "ids", ids, 3, 8)


@pytest.mark.exercise("bigram_model")
class TestBigrams:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, size", [(40, 4), (100, 6)])
    def test_random_texts(self, student, reference, rng, n, size):
        arguments = rng.integers(size, size=n), size
        assert_close(student.bigram_model(*arguments), reference.bigram_model(*arguments), name="out")

    @pytest.mark.parametrize("smoothing", [0.1, 2, 7.5])
    def test_smoothing(self, student, reference, rng, smoothing):
        arguments = rng.integers(5, size=60), 5, smoothing
        assert_close(student.bigram_model(*arguments), reference.bigram_model(*arguments), name="out")

    def test_characters_that_nothing_follows(self, student, reference, rng):
        arguments = rng.integers(1, 4, size=30), 6, 0.5
        assert_close(student.bigram_model(*arguments), reference.bigram_model(*arguments), name="out")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, size", [(5000, 70), (1, 3), (200, 260), (9, 1)])
    def test_sizes(self, student, reference, rng, n, size):
        arguments = rng.integers(size, size=n), size
        assert_close(student.bigram_model(*arguments), reference.bigram_model(*arguments), name="out")

    @pytest.mark.after("test_random_texts")
    def test_keeps_ids(self, student, rng):
        assert_inputs_unchanged(student.bigram_model, rng.integers(5, size=20), 5)

    @pytest.mark.after("test_random_texts")
    def test_bad_input(self, student):
        for wrong in (-1, 3):
            assert_refuses(student.bigram_model, "ids", np.array([0, wrong, 1]), 3)
        assert_refuses(student.bigram_model, "smoothing", np.array([0, 2, 1]), 3, 0.0)


@pytest.mark.exercise("joint_table_size")
class TestTable:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("low, high", [(2, 5), (5, 9), (8, 12)])
    def test_small(self, student, reference, rng, low, high):
        v, t = (int(each) for each in rng.permutation(np.arange(low, high))[:2])
        assert_close(student.joint_table_size(v, t), reference.joint_table_size(v, t), name="(whole, bigrams)")

    @pytest.mark.weight(1.5)
    def test_beyond_int64(self, student, reference, rng):
        v, t = 1100 + int(rng.integers(9)), 70 + int(rng.integers(9))
        got, expected = student.joint_table_size(v, t), reference.joint_table_size(v, t)
        assert_close([str(each) for each in got], [str(each) for each in expected], name="(whole, bigrams)")

    @pytest.mark.rests_on("test_small")
    @pytest.mark.weight(0.5)
    def test_one_of_each(self, student, rng):
        v = int(rng.integers(3, 20))
        assert_close(student.joint_table_size(v, 1), (v - 1, v * (v - 1)), name="(whole, bigrams)")
        assert_close(student.joint_table_size(1, v), (0, 0), name="(whole, bigrams)")

    @pytest.mark.after("test_small")
    def test_bad_input(self, student):
        assert_refuses(student.joint_table_size, "v", 0, 3)
        assert_refuses(student.joint_table_size, "t", 3, 0)


NETS = {  # streams N, steps T, characters V, hidden units H
    "one stream": (1, 4, 5, 3),
    "three streams": (3, 5, 7, 4),
    "more units than characters": (2, 4, 3, 6),
    "one step": (3, 1, 4, 5),
    "one step of one stream": (1, 1, 4, 3),
}
LARGE = {
    "70 characters, 66 units": (2, 3, 70, 66),
    "1,030 characters": (1, 3, 1030, 2),
    "80 steps": (2, 80, 3, 4),
    "70 streams": (70, 2, 4, 3),
}
GRADS = ("w_xh", "w_hh", "b_h", "w_hy", "b_y")


def weights(rng, v, h, scale=1.0):
    shapes = {"w_xh": (h, v), "w_hh": (h, h), "b_h": (h,), "w_hy": (v, h), "b_y": (v,)}
    params = {name: scale * rng.normal(size=shape) for name, shape in shapes.items()}
    return params | {"w_hh": params["w_hh"] / h**0.5}


def chunk(rng, net):
    """(params, h0, inputs, targets)"""
    n, t, v, h = (NETS | LARGE)[net]
    inputs, targets = rng.integers(v, size=(2, n, t))
    return weights(rng, v, h), rng.uniform(-0.9, 0.9, size=(n, h)), inputs, targets


def all_of(params):
    """Like the params, but zeros: with a large tolerance they ask for keys and shapes only."""
    return {name: np.zeros_like(w) for name, w in params.items()}


def assert_grads(student, reference, arguments, names=GRADS):
    _, grads, _ = student.loss_and_grads(*arguments)
    assert_close(grads, all_of(arguments[0]), atol=1e6, name="grads")
    _, expected, _ = reference.loss_and_grads(*arguments)
    for name in names:
        assert_close(grads[name], expected[name], name=f"grads[{name!r}]")


@pytest.mark.exercise("loss_and_grads")
class TestLossAndGrads:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("net", NETS)
    def test_loss(self, student, reference, rng, net):
        arguments = chunk(rng, net)
        loss, _, _ = student.loss_and_grads(*arguments)
        assert_close(loss, reference.loss_and_grads(*arguments)[0], name="loss")

    @pytest.mark.parametrize("net", NETS)
    def test_h_last(self, student, reference, rng, net):
        arguments = chunk(rng, net)
        _, _, h_last = student.loss_and_grads(*arguments)
        assert_close(h_last, reference.loss_and_grads(*arguments)[2], name="h_last")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("net", ["one stream", "three streams"])
    @pytest.mark.parametrize("names", [("w_hy", "b_y")], ids=["w_hy and b_y"])
    def test_grads_of_the_output(self, student, reference, rng, net, names):
        assert_grads(student, reference, chunk(rng, net), names)

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("net", ["one step", "one step of one stream"])
    def test_grads_of_one_step(self, student, reference, rng, net):
        assert_grads(student, reference, chunk(rng, net))

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("net", ["one stream", "three streams", "more units than characters"])
    @pytest.mark.parametrize("name", ["w_xh", "w_hh", "b_h"])
    def test_grads_through_time(self, student, reference, rng, net, name):
        assert_grads(student, reference, chunk(rng, net), [name])

    def test_a_character_again_and_again(self, student, reference, rng):
        params, h0, inputs, targets = chunk(rng, "three streams")
        arguments = params, h0, np.full_like(inputs, rng.integers(7)), targets
        assert_grads(student, reference, arguments)

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("net", LARGE)
    def test_sizes(self, student, reference, rng, net):
        arguments = chunk(rng, net)
        got, expected = student.loss_and_grads(*arguments), reference.loss_and_grads(*arguments)
        assert_close(got, expected, name="(loss, grads, h_last)")

    @pytest.mark.rests_on("test_loss")
    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("where", ["above", "below", "between"])
    def test_large_logits(self, student, reference, rng, where):
        params, *rest = chunk(rng, "three streams")
        far = {"above": 2000.0, "below": -2000.0, "between": np.linspace(-1000, 1000, 7)}[where]
        arguments = params | {"b_y": params["b_y"] + far}, *rest
        got, expected = student.loss_and_grads(*arguments), reference.loss_and_grads(*arguments)
        assert_close(got, expected, name="(loss, grads, h_last)")

    @pytest.mark.rests_on("test_loss")
    @pytest.mark.weight(0.5)
    def test_logits_far_apart(self, student, reference, rng):
        # From step to step the largest logit differs by thousands: each step has to be kept from overflow by its own.
        params, *rest = chunk(rng, "three streams")
        arguments = params | {"w_hy": 3000 * params["w_hy"]}, *rest
        got, expected = student.loss_and_grads(*arguments), reference.loss_and_grads(*arguments)
        assert_close(got, expected, name="(loss, grads, h_last)")

    @pytest.mark.after("test_grads_through_time")
    def test_keeps_inputs_and_float32(self, student, rng):
        params, h0, inputs, targets = chunk(rng, "three streams")
        params, h0 = cast((params, h0), np.float32)
        _, grads, h_last = assert_inputs_unchanged(student.loss_and_grads, params, h0, inputs, targets)
        for name in GRADS:
            assert_dtype(grads[name], "float32", name=f"grads[{name!r}]")
        assert_dtype(h_last, "float32", name="h_last")

    @pytest.mark.after("test_loss")
    def test_bad_input(self, student, rng):
        params, h0, inputs, targets = chunk(rng, "three streams")
        assert_refuses(student.loss_and_grads, "h0", params, h0[:1], inputs, targets)
        assert_refuses(student.loss_and_grads, "targets", params, h0, inputs, targets[:, :4])
        assert_refuses(student.loss_and_grads, "inputs", params, h0, np.where(inputs == inputs[0, 0], 7, 0), targets)
        assert_refuses(student.loss_and_grads, "targets", params, h0, inputs, np.where(inputs == inputs[0, 0], -1, 0))


def slopes(rng, shapes=((3, 4), (5,)), size=1.0):
    """(params, grads, memory) of some arrays."""
    names = [f"w{k}" for k in range(len(shapes))]
    params, grads = ({name: rng.normal(size=shape) for name, shape in zip(names, shapes, strict=True)} for _ in "ab")
    memory = {name: rng.uniform(0.5, 4, size=shape) for name, shape in zip(names, shapes, strict=True)}
    return params, {name: size * grad for name, grad in grads.items()}, memory


@pytest.mark.exercise("clip_and_adagrad")
class TestAdagrad:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("which", [0, 1], ids=["params", "memory"])
    def test_small_gradients(self, student, reference, rng, which):
        arguments = *slopes(rng), float(rng.uniform(0.05, 0.3))
        got, expected = student.clip_and_adagrad(*arguments), reference.clip_and_adagrad(*arguments)
        assert_close(list(got)[which], expected[which], name=("params", "memory")[which])

    @pytest.mark.weight(2)
    def test_large_gradients(self, student, reference, rng):
        arguments = *slopes(rng, size=10.0), 0.1
        expected = reference.clip_and_adagrad(*arguments)
        assert_close(student.clip_and_adagrad(*arguments), expected, name="(params, memory)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("limit, eps", [(0.5, 1e-8), (50.0, 1e-8), (5.0, 2.0)])
    def test_limit_and_eps(self, student, reference, rng, limit, eps):
        arguments = *slopes(rng, size=8.0), 0.1, limit, eps
        expected = reference.clip_and_adagrad(*arguments)
        assert_close(student.clip_and_adagrad(*arguments), expected, name="(params, memory)")

    @pytest.mark.weight(0.5)
    def test_first_step_of_a_dead_unit(self, student, reference, rng):
        # A gradient of 0 and a memory of 0: eps keeps 0 / 0 away.
        params, grads, memory = slopes(rng)
        grads["w1"][[0, 3]] = 0.0
        arguments = params, grads, all_of(memory), 0.1
        with no_warnings():
            got = student.clip_and_adagrad(*arguments)
        assert_close(got, reference.clip_and_adagrad(*arguments), name="(params, memory)")

    @pytest.mark.weight(0.5)
    def test_small_gradients_from_the_start(self, student, reference, rng):
        # As small as 1e-4, where eps makes a difference inside of the root.
        params, grads, memory = slopes(rng, size=1e-4)
        arguments = params, grads, all_of(memory), 0.1
        assert_close(student.clip_and_adagrad(*arguments), reference.clip_and_adagrad(*arguments))

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shapes", [((70, 66), (1030,)), ((2,), (3, 1), (1, 4), (2, 3, 2))])
    def test_sizes(self, student, reference, rng, shapes):
        arguments = *slopes(rng, shapes), 0.1
        expected = reference.clip_and_adagrad(*arguments)
        assert_close(student.clip_and_adagrad(*arguments), expected, name="(params, memory)")

    @pytest.mark.after("test_small_gradients")
    def test_keeps_inputs_and_float32(self, student, rng):
        arguments = cast(slopes(rng, size=8.0), np.float32)
        for name, found in zip(
            ("params", "memory"), assert_inputs_unchanged(student.clip_and_adagrad, *arguments, 0.1), strict=True
        ):
            for key in ("w0", "w1"):
                assert_dtype(found[key], "float32", name=f"{name}[{key!r}]")


STACKS = {  # streams N, steps T, inputs D, hidden units H, layers L
    "one layer": (3, 4, 5, 2, 1),
    "two layers": (3, 4, 5, 2, 2),
    "three layers": (2, 5, 3, 4, 3),
    "eight layers": (1, 3, 2, 4, 8),
    "as many inputs as units": (2, 4, 3, 3, 3),
}
HIGH = {"1,030 inputs": (1, 2, 1030, 3, 2), "70 units, 66 steps": (2, 66, 3, 70, 2), "70 streams": (70, 1, 2, 3, 2)}


def stack(rng, name):
    n, t, d, h, count = (STACKS | HIGH)[name]
    layers = []
    for inputs in [d] + [h] * (count - 1):
        w_ih, w_hh = rng.normal(size=(h, inputs)) / inputs**0.5, rng.normal(size=(h, h)) / h**0.5
        layers.append((w_ih, w_hh, *rng.normal(size=(2, h)) / 2))
    return rng.normal(size=(n, t, d)), rng.uniform(-0.9, 0.9, size=(count, n, h)), layers


@pytest.mark.exercise("stacked_rnn_forward")
class TestStack:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("name", ["one layer", "two layers"])
    def test_no_state_before(self, student, reference, rng, name):
        x, h0, layers = stack(rng, name)
        hs, _ = student.stacked_rnn_forward(x, np.zeros_like(h0), layers)
        assert_close(hs, reference.stacked_rnn_forward(x, np.zeros_like(h0), layers)[0], name="hs")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("name", STACKS)
    def test_hs(self, student, reference, rng, name):
        arguments = stack(rng, name)
        hs, _ = student.stacked_rnn_forward(*arguments)
        assert_close(hs, reference.stacked_rnn_forward(*arguments)[0], name="hs")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("name", STACKS)
    def test_last(self, student, reference, rng, name):
        arguments = stack(rng, name)
        _, last = student.stacked_rnn_forward(*arguments)
        assert_close(last, reference.stacked_rnn_forward(*arguments)[1], name="last")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("name", HIGH)
    def test_sizes(self, student, reference, rng, name):
        arguments = stack(rng, name)
        expected = reference.stacked_rnn_forward(*arguments)
        assert_close(student.stacked_rnn_forward(*arguments), expected, name="(hs, last)")

    @pytest.mark.after("test_hs")
    def test_keeps_inputs_and_float32(self, student, rng):
        arguments = cast(stack(rng, "three layers"), np.float32)
        hs, last = assert_inputs_unchanged(student.stacked_rnn_forward, *arguments)
        assert_dtype(hs, "float32", name="hs")
        assert_dtype(last, "float32", name="last")

    @pytest.mark.after("test_hs")
    def test_bad_h0(self, student, rng):
        x, h0, layers = stack(rng, "two layers")
        for wrong in (h0[:1], h0[:, :1], h0[..., :1]):
            assert_refuses(student.stacked_rnn_forward, "h0", x, wrong, layers)


@pytest.mark.exercise("sharpen")
class TestSharpen:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("temperature", [1.0, 0.3, 2.5])
    def test_one_row(self, student, reference, rng, temperature):
        logits = 2 * rng.normal(size=6)
        assert_close(student.sharpen(logits, temperature), reference.sharpen(logits, temperature), name="out")

    @pytest.mark.parametrize("shape", [(3, 4), (2, 5, 3)])
    def test_more_rows(self, student, reference, rng, shape):
        logits, temperature = rng.normal(size=shape), float(rng.uniform(0.3, 3))
        assert_close(student.sharpen(logits, temperature), reference.sharpen(logits, temperature), name="out")

    @pytest.mark.parametrize("size, temperature", [(2000.0, 1.5), (1e6, 0.7), (3.0, 1e-4), (1e6, 1e-4)])
    @pytest.mark.parametrize("far", [-2, 2], ids=["far below 0", "far above 0"])
    def test_large_quotients(self, student, reference, rng, size, temperature, far):
        logits = size * (rng.permutation(np.linspace(-1, 1, 5)) + far)
        with no_warnings():
            got = student.sharpen(logits, temperature)
        assert_close(got, reference.sharpen(logits, temperature), name="out")

    @pytest.mark.weight(0.5)
    def test_rows_far_apart(self, student, reference, rng):
        logits = rng.normal(size=(3, 4)) + rng.permutation([[-2000.0], [0.0], [2000.0]])
        assert_close(student.sharpen(logits, 0.8), reference.sharpen(logits, 0.8), name="out")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape", [(1030,), (70, 3), (5, 2)])
    def test_sizes(self, student, reference, rng, shape):
        logits = rng.normal(size=shape)
        assert_close(student.sharpen(logits, 0.7), reference.sharpen(logits, 0.7), name="out")

    @pytest.mark.after("test_one_row")
    def test_keeps_logits_and_float32(self, student, rng):
        logits = rng.normal(size=(3, 4)).astype(np.float32)
        assert_dtype(assert_inputs_unchanged(student.sharpen, logits, 0.5), "float32", name="out")

    @pytest.mark.after("test_one_row")
    def test_bad_temperature(self, student, rng):
        for temperature in (0.0, -1.0):
            assert_refuses(student.sharpen, "temperature", rng.normal(size=4), temperature)


def chain(rng, v):
    """(params, p): a network that writes a Markov chain. Unit j is 1 after the character j and 0 otherwise, h plays no part."""
    p = np.stack([rng.permutation([0.52, 0.26, 0.14, 0.08]) for _ in range(v)])
    params = {"w_xh": 20 * np.eye(v), "w_hh": np.zeros((v, v)), "b_h": np.zeros(v)}
    return params | {"w_hy": np.log(p).T.copy(), "b_y": np.zeros(v)}, p


def assert_written(ids, n, v):
    """n ids from 0 to v - 1, as an array of ints."""
    assert_close(np.shape(ids), (n,), name="the shape of ids")
    if type(ids) is not np.ndarray or ids.dtype.kind not in "iu":
        raise Mismatch("ids must be an array of ints")
    if ids.min(initial=0) < 0 or ids.max(initial=0) >= v:
        raise Mismatch(f"ids must be from 0 to {v - 1}")


def likeliest(params, h, read, n, carried=True):
    """(ids, gap): what is written if the likeliest character is taken each time, and by how much it led at least."""
    state, ids, gap = h, [], np.inf
    for _ in range(n):
        state = np.tanh(params["w_xh"][:, read] + params["w_hh"] @ (state if carried else h) + params["b_h"])
        logits = params["w_hy"] @ state + params["b_y"]
        gap = min(gap, np.diff(np.sort(logits))[-1])
        read = int(np.argmax(logits))
        ids.append(read)
    return ids, gap


def certain(rng, v=4, h=6, n=9):
    """(params, h, seed) of a network that is sure of what it writes; its logits are below 600 in size, and its state matters."""
    for _ in range(5000):
        params = weights(rng, v, h, 2.0)
        params["w_hy"] *= 500 / np.abs(params["w_hy"]).sum(axis=1).max()
        start, seed = rng.uniform(-0.9, 0.9, size=h), int(rng.integers(v))
        ids, gap = likeliest(params, start, seed, n)
        others = likeliest(params, 0 * start, seed, n)[0], likeliest(params, start, seed, n, carried=False)[0]
        if gap > 25 and ids not in others:
            break
    return params, start, seed


@pytest.mark.exercise("sample")
class TestSample:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("temperature", [1.0, 0.5, 2.0])
    def test_a_known_chain(self, student, reference, rng, temperature):
        # Chi-square of the transitions: 48 at most in 60,000 chains, and 72 at a half, where some are rare. A temperature of 1
        # for a half gives 300 on average.
        v, n, most = 4, 600, 110 if temperature < 1 else 65
        params, p = chain(rng, v)
        ids = student.sample(params, np.zeros(v), 2, n, rng, temperature)
        assert_written(ids, n, v)
        counts = np.zeros((v, v))
        np.add.at(counts, (np.concatenate([[2], ids[:-1]]), ids), 1)
        p = p ** (1 / temperature) / (p ** (1 / temperature)).sum(axis=1, keepdims=True)
        expected = counts.sum(axis=1, keepdims=True) * p
        off = float(((counts - expected) ** 2 / np.maximum(expected, 1e-9)).sum())
        if not off < most:
            raise Mismatch(
                f"at temperature {temperature:g} the characters do not follow each other as often as the network says "
                f"(chi-square {off:.0f} of {n} characters; below {most} expected)"
            )

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [1, 9])
    def test_a_network_that_is_sure(self, student, reference, rng, n):
        params, h, seed = certain(rng)
        ids = student.sample(params, h, seed, n, rng)
        assert_close(ids, reference.sample(params, h, seed, n, np.random.default_rng(0)), name="ids")

    @pytest.mark.rests_on("test_a_network_that_is_sure")
    @pytest.mark.weight(0.5)
    def test_cold(self, student, reference, rng):
        params, h, seed = certain(rng)
        for name in ("w_hy", "b_y"):
            params[name] = params[name] / 500
        ids = student.sample(params, h, seed, 9, rng, 1e-3)
        assert_close(ids, reference.sample(params, h, seed, 9, np.random.default_rng(0), 1e-3), name="ids")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("v, h", [(70, 3), (5, 66), (1030, 2)])
    def test_sizes(self, student, reference, rng, v, h):
        params, state = weights(rng, v, h), rng.uniform(-0.9, 0.9, size=h)
        params["b_y"][int(rng.integers(v))] += 500
        ids = student.sample(params, state, v - 1, 3, rng)
        assert_close(ids, reference.sample(params, state, v - 1, 3, np.random.default_rng(0)), name="ids")

    @pytest.mark.rests_on("test_a_known_chain")
    @pytest.mark.weight(0.5)
    def test_rng_alone_decides(self, student, rng):
        params, _ = chain(rng, 4)
        first, same, other = (student.sample(params, np.zeros(4), 1, 60, np.random.default_rng(k)) for k in (3, 3, 4))
        for ids in (first, same, other):
            assert_written(ids, 60, 4)
        assert_close(same, first, name="ids of an equal rng")
        if np.array_equal(other, first):
            raise Mismatch("ids are the same for every rng: draw from the rng that is given")

    @pytest.mark.after("test_a_network_that_is_sure")
    def test_int64_and_keeps_inputs(self, student, rng):
        params, h, seed = certain(rng)
        for n in (0, 4):
            ids = assert_inputs_unchanged(lambda params, h, n=n: student.sample(params, h, seed, n, rng), params, h)
            assert_close(np.shape(ids), (n,), name="the shape of ids")
            assert_dtype(ids, "int64", name="ids")

    @pytest.mark.after("test_a_network_that_is_sure")
    def test_bad_input(self, student, rng):
        params, h, _ = certain(rng)
        for seed in (-1, 4):
            assert_refuses(student.sample, "seed", params, h, seed, 3, rng)
        assert_refuses(student.sample, "temperature", params, h, 0, 3, rng, 0.0)


@pytest.mark.exercise("perplexity")
class TestPerplexity:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("k", [1, 2, 5])
    def test_equal_counts(self, student, reference, rng, k):
        arguments = rng.uniform(0.2, 4, size=k), np.full(k, int(rng.integers(2, 30)))
        assert_close(student.perplexity(*arguments), reference.perplexity(*arguments), name="out")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("k", [2, 5])
    def test_other_counts(self, student, reference, rng, k):
        arguments = rng.uniform(0.2, 4, size=k), rng.permutation(30)[:k] + 1
        assert_close(student.perplexity(*arguments), reference.perplexity(*arguments), name="out")

    @pytest.mark.weight(0.5)
    def test_lists(self, student, reference, rng):
        arguments = rng.uniform(0.2, 4, size=4).tolist(), [25, 25, 25, 3]
        assert_close(student.perplexity(*arguments), reference.perplexity(*arguments), name="out")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("k", [70, 1030])
    def test_sizes(self, student, reference, rng, k):
        arguments = rng.uniform(0.2, 4, size=k), rng.integers(1, 30, size=k)
        assert_close(student.perplexity(*arguments), reference.perplexity(*arguments), name="out")

    @pytest.mark.after("test_equal_counts")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.perplexity, rng.uniform(0.2, 4, size=4), rng.integers(1, 9, size=4))


class Again:
    """In the place of a Generator: gives the arrays that somebody else has drawn."""

    def __init__(self, params):
        self.arrays = [params[name] for name in ("w_xh", "w_hh", "w_hy")]

    def normal(self, **settings):
        return self.arrays.pop(0).copy()


def like(size, hidden):
    shapes = {
        "w_xh": (hidden, size),
        "w_hh": (hidden, hidden),
        "b_h": (hidden,),
        "w_hy": (size, hidden),
        "b_y": (size,),
    }
    return {name: np.zeros(shape) for name, shape in shapes.items()}


def plain(params, size, hidden, largest, name="params"):
    """A student's params, whose shapes are right and whose numbers are not large, as float64."""
    assert_close(params, like(size, hidden), atol=largest, name=name)
    return {key: np.asarray(w, dtype=float) for key, w in params.items()}


def begun(student, ids, size, hidden, length, streams, seed):
    """The student's params before the first step."""
    params, _ = student.train(ids, size, hidden, length, streams, 0, 0.1, np.random.default_rng(seed))
    return plain(params, size, hidden, 1.0, "params before the first step")


def both(student, reference, rng, n, size, hidden, length, streams, steps, lr):
    """(params, losses) of the student's training and of the reference's from the same start."""
    ids, seed = rng.integers(size, size=n), int(rng.integers(1000))
    start = begun(student, ids, size, hidden, length, streams, seed)
    settings = ids, size, hidden, length, streams, steps, lr
    return student.train(*settings, np.random.default_rng(seed)), reference.train(*settings, Again(start))


# characters of text, V, H, steps of a chunk, streams
ONE_STREAM, TWO_STREAMS = (31, 4, 5, 3, 1), (42, 5, 3, 4, 2)


@pytest.mark.exercise("train")
class TestTrain:
    @pytest.mark.weight(1.5)
    def test_start(self, student, rng):
        size, hidden = 40, 50
        ids = rng.integers(size, size=30)
        params = begun(student, ids, size, hidden, 4, 1, int(rng.integers(1000)))
        assert_close(params["b_h"], np.zeros(hidden), name="b_h before the first step")
        assert_close(params["b_y"], np.zeros(size), name="b_y before the first step")
        for name in ("w_xh", "w_hh", "w_hy"):
            # At least 2,000 draws: seven standard deviations.
            w = params[name]
            assert_close(float(w.mean()), 0.0, atol=0.0157, name=f"the mean of {name}")
            assert_close(float(w.std()), 0.1, rtol=0.111, name=f"the standard deviation of {name}")
            power = float(np.mean((10 * w) ** 4))
            assert_close(power, 3.0, rtol=0, atol=1.54, name=f"the mean 4th power of {name} by 0.1")
        if abs(np.mean(params["w_xh"] * params["w_hy"].T)) > 0.00157:
            raise Mismatch("w_hy is drawn like w_xh: each array needs draws of its own")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("steps", [1, 7], ids=["the first chunk", "all chunks once"])
    def test_losses_without_learning(self, student, reference, rng, steps):
        # A learning rate of 0: only reading, and carrying the state on.
        (_, losses), (_, expected) = both(student, reference, rng, *ONE_STREAM, steps, 0.0)
        assert_close(losses, expected, name="losses")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("steps", [1, 3, 7])
    def test_learning(self, student, reference, rng, steps):
        got, expected = both(student, reference, rng, *ONE_STREAM, steps, 0.1)
        assert_close(got, expected, rtol=1e-6, atol=1e-8, name="(params, losses)")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("lr", [0.0, 0.1], ids=["without learning", "learning"])
    def test_the_text_begins_again(self, student, reference, rng, lr):
        got, expected = both(student, reference, rng, *ONE_STREAM, 25, lr)
        assert_close(got, expected, rtol=1e-6, atol=1e-8, name="(params, losses)")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("lr", [0.0, 0.1], ids=["without learning", "learning"])
    def test_two_streams(self, student, reference, rng, lr):
        got, expected = both(student, reference, rng, *TWO_STREAMS, 9, lr)
        assert_close(got, expected, rtol=1e-6, atol=1e-8, name="(params, losses)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("net", [(300, 70, 3, 20, 2), (80, 3, 66, 5, 4), (1500, 3, 2, 1, 1030)])
    def test_sizes(self, student, reference, rng, net):
        got, expected = both(student, reference, rng, *net, 3, 0.1)
        assert_close(got, expected, rtol=1e-6, atol=1e-8, name="(params, losses)")

    @pytest.mark.rests_on("test_learning")
    @pytest.mark.weight(0.5)
    def test_watch(self, student, reference, rng):
        n, size, hidden, length, streams = ONE_STREAM
        ids, seed = rng.integers(size, size=n), int(rng.integers(1000))
        start, seen, expected = begun(student, ids, size, hidden, length, streams, seed), [], []
        settings = ids, size, hidden, length, streams, 5, 0.1
        student.train(*settings, np.random.default_rng(seed), lambda step, params: seen.append((step, params)))
        reference.train(*settings, Again(start), lambda step, params: expected.append((step, params)))
        assert_close(seen, expected, rtol=1e-6, atol=1e-8, name="what watch saw")

    @pytest.mark.weight(2)
    def test_learns_to_count(self, student, reference, rng):
        # 1.01 to 1.05 (400 seeds). Who begins each chunk with an empty state ends above 1.8.
        ids = reference.encode("aaaaabbbbc" * 480, list("abc"))
        params, _ = student.train(ids, 3, 16, 4, 4, 250, 0.05, rng)
        params = plain(params, 3, 16, 1000.0)
        loss, _, _ = reference.loss_and_grads(params, np.zeros((1, 16)), ids[np.newaxis, :600], ids[np.newaxis, 1:601])
        if not np.exp(loss) < 1.3:
            raise Mismatch(
                f"after 250 chunks of aaaaabbbbcaaaaa... the perplexity is {np.exp(loss):.2f}; below 1.3 expected"
            )

    @pytest.mark.after("test_learning")
    def test_keeps_ids(self, student, rng):
        assert_inputs_unchanged(lambda ids: student.train(ids, 4, 3, 2, 1, 3, 0.1, rng), rng.integers(4, size=9))

    @pytest.mark.after("test_learning")
    def test_bad_settings(self, student, rng):
        ids = rng.integers(4, size=9)
        assert_refuses(student.train, "length", ids, 4, 3, 0, 1, 3, 0.1, rng)
        assert_refuses(student.train, "streams", ids, 4, 3, 2, 0, 3, 0.1, rng)
        assert_refuses(student.train, "ids", ids, 4, 3, 2, 9, 3, 0.1, rng)
        assert_refuses(student.train, "steps", ids, 4, 3, 2, 1, -1, 0.1, rng)


@pytest.mark.exercise("inside_quotes")
class TestQuotes:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [12, 60])
    def test_random_texts(self, student, reference, rng, n):
        text = some_text(rng, n, list("ab c''\"\""))
        assert_close(student.inside_quotes(text), reference.inside_quotes(text), name="out")

    @pytest.mark.parametrize("pattern", ['"ab"', 'a""b', '"""', '"'], ids=["first", "twice", "three", "one"])
    def test_edges(self, student, reference, rng, pattern):
        text = pattern + some_text(rng, 5, ["a", "b"])
        assert_close(student.inside_quotes(text), reference.inside_quotes(text), name="out")

    @pytest.mark.weight(0.5)
    def test_long(self, student, reference, rng):
        text = some_text(rng, 1500, list('abcdefghij"'))
        assert_close(student.inside_quotes(text), reference.inside_quotes(text), name="out")

    @pytest.mark.after("test_random_texts")
    def test_int64(self, student, rng):
        for text in (some_text(rng, 8, list('ab"')), ""):
            assert_dtype(student.inside_quotes(text), "int64", name="out")


def cells(rng, t, h, sign=1.0):
    """(hs, signal): one unit follows the signal or its opposite, some are alike a little, none is centred."""
    signal = rng.integers(2, size=t)
    signal[:2] = 0, 1
    hs = rng.normal(size=(t, h)) + rng.normal(size=h)
    hs[:, int(rng.integers(h))] += sign * 3 * signal
    return hs, signal


@pytest.mark.exercise("most_correlated_cell")
class TestCells:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("t, h", [(30, 5), (60, 8)])
    def test_a_unit_that_goes_up(self, student, reference, rng, t, h):
        arguments = cells(rng, t, h)
        assert_close(
            student.most_correlated_cell(*arguments), reference.most_correlated_cell(*arguments), name="(cell, r)"
        )

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("t, h", [(30, 5), (60, 8)])
    def test_a_unit_that_goes_down(self, student, reference, rng, t, h):
        arguments = cells(rng, t, h, -1.0)
        assert_close(
            student.most_correlated_cell(*arguments), reference.most_correlated_cell(*arguments), name="(cell, r)"
        )

    def test_units_of_different_size(self, student, reference, rng):
        hs, signal = cells(rng, 40, 6)
        arguments = hs * rng.permutation([0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]) + 7, 3.5 * signal - rng.normal(size=40)
        assert_close(
            student.most_correlated_cell(*arguments), reference.most_correlated_cell(*arguments), name="(cell, r)"
        )

    @pytest.mark.parametrize("value", [0.5, 0.1])
    def test_units_that_never_change(self, student, reference, rng, value):
        # The mean of seventy times 0.1 is not 0.1: rounding must not look like a change.
        hs, signal = cells(rng, 70, 7)
        hs[:, rng.permutation(7)[:3]] = value
        with no_warnings():
            got = student.most_correlated_cell(hs, signal)
        assert_close(got, reference.most_correlated_cell(hs, signal), name="(cell, r)")

    @pytest.mark.rests_on("test_a_unit_that_goes_up")
    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("still", ["units", "signal"])
    def test_nothing_changes(self, student, rng, still):
        hs, signal = cells(rng, 70, 4)
        arguments = (np.full((70, 4), 0.1), signal) if still == "units" else (hs, np.full(70, 0.1))
        with no_warnings():
            got = student.most_correlated_cell(*arguments)
        assert_close(got, (0, 0.0), name="(cell, r)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("t, h", [(1030, 2), (40, 70), (5, 1)])
    def test_sizes(self, student, reference, rng, t, h):
        arguments = cells(rng, t, h)
        assert_close(
            student.most_correlated_cell(*arguments), reference.most_correlated_cell(*arguments), name="(cell, r)"
        )

    @pytest.mark.after("test_a_unit_that_goes_up")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.most_correlated_cell, *cells(rng, 12, 3))

    @pytest.mark.after("test_a_unit_that_goes_up")
    def test_bad_signal(self, student, rng):
        hs, signal = cells(rng, 12, 3)
        assert_refuses(student.most_correlated_cell, "signal", hs, signal[:11])
