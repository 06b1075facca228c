"""Hidden checks: random sequences and masks of every shape, queries that see nothing, gradients, and manners."""

import numpy as np
import pytest

from autograder import (
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
    cast,
    each_exercise,
    no_warnings,
)
from autograder.sandbox.proxy import arrays_in

SOFTMAX, ADDITIVE, WEIGHTS = "masked_softmax", "additive_attention", "attention_weights"
FORWARD, BACKWARD = "scaled_dot_product_attention_forward", "scaled_dot_product_attention_backward"
MULTI, MULTI_BACK = "multi_head_attention_forward", "multi_head_attention_backward"
MASKED = [SOFTMAX, ADDITIVE, WEIGHTS, FORWARD, MULTI]

# The axes before, then T_q, T_k, D, D_v: no two alike; and the heads of multi-head attention.
SIZES = {
    "a batch": ((4,), 3, 6, 10, 7),
    "one query": ((1,), 1, 5, 4, 3),
    "no batch": ((), 4, 3, 6, 5),
    "two axes before": ((3, 2), 4, 5, 6, 7),
}
HEADS = {"a batch": 2, "one query": 4}
GRADS = {BACKWARD: "(dq, dk, dv)", MULTI_BACK: "(dx_q, dx_kv, dparams)"}


def cases(names, extra):
    """Every exercise on a batch and on a single query; `extra` ones on more or fewer axes before T too."""
    pairs = [(name, case) for name in names for case in SIZES if case in HEADS or name in extra]
    return pytest.mark.parametrize(
        "name, case", [pytest.param(*pair, marks=pytest.mark.exercise(pair[0]), id="-".join(pair)) for pair in pairs]
    )


def draw(name, rng, case="a batch"):
    """Random arguments of the exercise, without the mask, and the shape of its weights."""
    lead, t_q, t_k, d, d_v = SIZES[case]
    n = lead[0] if lead else 1

    def normal(*shape, scale=1.0):
        return rng.normal(scale=scale, size=shape)

    if name == SOFTMAX:
        return [normal(*lead, t_q, t_k, scale=2.0)], (*lead, t_q, t_k)
    if name == ADDITIVE:
        w_query, w_key = normal(8, d_v, scale=d_v**-0.5), normal(8, d, scale=d**-0.5)
        return [normal(n, d_v), normal(n, t_k, d), w_query, w_key, normal(8, scale=1.5)], (n, t_k)
    if name in (MULTI, MULTI_BACK):
        rows = {"in_proj": 3 * d, "out_proj": d}
        params = {f"{key}_weight": normal(rows[key], d, scale=1.5 * d**-0.5) for key in rows}
        params |= {f"{key}_bias": normal(rows[key], scale=0.5) for key in rows}
        return [normal(n, t_q, d), normal(n, t_k, d), params, HEADS[case]], (n, HEADS[case], t_q, t_k)
    arrays = [normal(*lead, t_q, d), normal(*lead, t_k, d), normal(*lead, t_k, d_v)]
    return arrays[:2] if name == WEIGHTS else arrays, (*lead, t_q, t_k)


def some(rng, shape):
    """A random mask; in every row something is allowed and something is not."""
    ranks = rng.random(shape).argsort(axis=-1).argsort(axis=-1)
    return ranks < rng.integers(1, shape[-1], size=(*shape[:-1], 1))


def blind(rng, shape):
    """A random mask in which a whole sequence and, in others, some queries see nothing."""
    mask = some(rng, shape)
    mask[1] = mask.reshape(-1, shape[-1])[::5] = False
    return mask


def forward(module, name, inputs):
    result = getattr(module, name)(*inputs)
    return result[0] if name.endswith("_forward") else result


def gradients(module, name, inputs, dout):
    _, cache = getattr(module, name.replace("backward", "forward"))(*inputs)
    return getattr(module, name)(dout, cache)


def upstream(reference, rng, name, inputs):
    return rng.normal(size=forward(reference, name.replace("backward", "forward"), inputs).shape)


def assert_float32(answer):
    for each in arrays_in(answer):
        assert_dtype(each, "float32")


@pytest.mark.exercise("causal_mask")
class TestCausalMask:
    @pytest.mark.parametrize("t", [2, 5])
    def test_every_pair(self, student, t):
        expected = np.array([[j <= i for j in range(t)] for i in range(t)])
        assert_close(student.causal_mask(t), expected, name="the mask")

    @pytest.mark.after("test_every_pair")
    def test_one_step_and_none(self, student):
        assert_close(student.causal_mask(1), np.array([[True]]), name="the mask")
        assert_refuses(student.causal_mask, "t", 0)


@pytest.mark.exercise("padding_mask")
class TestPaddingMask:
    def test_random_lengths(self, student, rng):
        lengths = np.append(rng.integers(1, 6, size=3), [0, 6])
        expected = np.array([[step < length for step in range(6)] for length in lengths])
        assert_close(assert_inputs_unchanged(student.padding_mask, lengths, 6), expected, name="the mask")

    @pytest.mark.after("test_random_lengths")
    def test_lengths_out_of_range(self, student):
        assert_refuses(student.padding_mask, "lengths", np.array([2, -1, 4]), 4)
        assert_refuses(student.padding_mask, "lengths", np.array([2, 5, 4]), 4)


@cases(MASKED, extra=[WEIGHTS, FORWARD])
def test_random_values(student, reference, rng, name, case):
    inputs, _ = draw(name, rng, case)
    assert_close(forward(student, name, inputs), forward(reference, name, inputs))


@pytest.mark.parametrize("kind", ["padding", "one for all"])
@each_exercise(*MASKED)
def test_masks_of_many_shapes(student, reference, rng, name, kind):
    inputs, shape = draw(name, rng)
    padding = (shape[0], *(1 for _ in shape[1:-1]), shape[-1])
    mask = some(rng, padding if kind == "padding" else shape[1:][-2:])
    assert_close(forward(student, name, [*inputs, mask]), forward(reference, name, [*inputs, mask]))


@each_exercise(*MASKED)
def test_queries_that_see_nothing(student, reference, rng, name):
    inputs, shape = draw(name, rng)
    inputs.append(blind(rng, shape))
    with no_warnings():
        answer = forward(student, name, inputs)
    assert_close(answer, forward(reference, name, inputs))


@each_exercise(SOFTMAX, WEIGHTS, after="test_random_values")
def test_huge_scores(student, reference, rng, name):
    inputs = [each * {SOFTMAX: 1e4, WEIGHTS: 1e2}[name] for each in draw(name, rng)[0]]
    with no_warnings():
        answer = forward(student, name, inputs)
    assert_close(answer, forward(reference, name, inputs), rtol=1e-7)


@each_exercise(SOFTMAX, FORWARD, after="test_masks_of_many_shapes")
def test_forbidden_scores_may_be_huge(student, reference, rng, name):
    inputs, mask = draw(name, rng)[0], some(rng, (6,))
    for each in inputs[-2:]:  # the scores, or keys and values; what is allowed must not underflow beside them
        each[(slice(1, None), slice(None), ~mask) if name == SOFTMAX else (slice(1, None), ~mask)] = 3e4
    with no_warnings():
        answer = forward(student, name, [*inputs, mask])
    assert_close(answer, forward(reference, name, [*inputs, mask]))


@each_exercise(*MASKED, after="test_random_values")
def test_keeps_inputs_and_float32(student, reference, rng, name):
    inputs, shape = draw(name, rng)
    inputs = [*cast(inputs, np.float32), some(rng, shape)]
    inputs[0] = np.asfortranarray(inputs[0])
    answer = assert_inputs_unchanged(lambda *inputs: forward(student, name, inputs), *inputs)
    assert_close(answer, forward(reference, name, inputs))
    assert_float32(answer)


@each_exercise(FORWARD, after="test_random_values")
def test_read_only_integers(student, reference, rng, name):
    inputs = [np.rint(2 * each).astype(int) for each in draw(name, rng)[0]]
    for each in inputs:
        each.flags.writeable = False
    assert_close(forward(student, name, inputs), forward(reference, name, inputs), name="out")


BAD = {  # exercise: argument, its place, what is wrong with it; a single row would be broadcast without complaint
    SOFTMAX: [("mask", 1, np.ones((3, 6), dtype=kind)) for kind in (float, int)]
    + [("mask", 1, np.ones(shape, dtype=bool)) for shape in ((4, 6), (2, 4, 3, 6))],
    ADDITIVE: [("keys", 1, slice(1)), ("w_query", 2, slice(1)), ("w_key", 3, slice(1))],
    WEIGHTS: [("k", 1, slice(1)), ("k", 1, (..., slice(1))), ("k", 1, 0)],
    FORWARD: [("v", 2, slice(1)), ("v", 2, (slice(None), slice(1)))],
    MULTI: [("heads", 3, 3), ("heads", 3, 0), ("heads", 3, -2), ("x_kv", 1, slice(1))]
    + [(f"{name}_{kind}", 2, slice(1)) for name in ("in_proj", "out_proj") for kind in ("weight", "bias")],
}


@each_exercise(*BAD, after="test_random_values")
def test_bad_input(student, rng, name):
    arguments = [*draw(name, rng)[0], None]
    for argument, place, wrong in BAD[name]:
        inputs, given = list(arguments), arguments[place]
        if isinstance(given, dict):
            inputs[place] = {**given, argument: given[argument][wrong]}
        else:
            inputs[place] = given[wrong] if isinstance(given, np.ndarray) else wrong
        assert_refuses(getattr(student, name), argument, *inputs)


@cases([BACKWARD, MULTI_BACK], extra=[BACKWARD])
def test_gradients(student, reference, rng, name, case):
    inputs, shape = draw(name, rng, case)
    inputs.append(None if case in ("one query", "no batch") else some(rng, shape))
    dout = upstream(reference, rng, name, inputs)
    assert_close(gradients(student, name, inputs, dout), gradients(reference, name, inputs, dout), name=GRADS[name])


@each_exercise(BACKWARD, MULTI_BACK, after="test_gradients")
def test_queries_that_see_nothing_have_no_gradient(student, reference, rng, name):
    inputs, shape = draw(name, rng)
    inputs.append(blind(rng, shape))
    dout = upstream(reference, rng, name, inputs)
    with no_warnings():
        grads = gradients(student, name, inputs, dout)
    assert_close(grads, gradients(reference, name, inputs, dout), name=GRADS[name])


@each_exercise(MULTI_BACK, after="test_gradients")
def test_self_attention_without_looking_ahead(student, reference, rng, name):
    (x, _, params, heads), _ = draw(name, rng)
    inputs, dout = (x, x, params, heads, np.tri(3, dtype=bool)), rng.normal(size=x.shape)
    assert_close(gradients(student, name, inputs, dout), gradients(reference, name, inputs, dout), name=GRADS[name])


@each_exercise(BACKWARD, MULTI_BACK, after="test_gradients")
def test_keeps_dout_and_float32(student, reference, rng, name):
    inputs = cast(draw(name, rng)[0], np.float32)
    dout = upstream(reference, rng, name, inputs).astype(np.float32)
    _, cache = getattr(student, name.replace("backward", "forward"))(*inputs)
    grads = assert_inputs_unchanged(lambda dout: getattr(student, name)(dout, cache), dout)
    assert_close(grads, gradients(reference, name, inputs, dout), name=GRADS[name])
    assert_float32(grads)


def padded(rng, n, t, d, a):
    """x, w, v, lengths; one sequence is full, the padding is loud."""
    x, w = rng.normal(size=(n, t, d)), rng.normal(scale=d**-0.5, size=(a, d))
    lengths = np.append(rng.integers(1, t, size=n - 1), t)
    x[np.arange(t) >= lengths[:, None]] *= 10
    return [x, w, rng.normal(scale=1.5, size=a), lengths]


@pytest.mark.exercise("attentive_pooling")
class TestAttentivePooling:
    @pytest.mark.parametrize("size", [(5, 6, 3, 4), (1, 4, 2, 3), (4, 2, 5, 1)], ids=str)
    def test_values(self, student, reference, rng, size):
        inputs = padded(rng, *size)
        assert_close(student.attentive_pooling(*inputs), reference.attentive_pooling(*inputs), name="(pooled, weights)")

    @pytest.mark.after("test_values")
    def test_empty_sequences_and_float32(self, student, reference, rng):
        *arrays, lengths = padded(rng, 4, 3, 5, 2)
        inputs = [*cast(arrays, np.float32), lengths * np.array([1, 0, 1, 1])]
        with no_warnings():
            answer = assert_inputs_unchanged(student.attentive_pooling, *inputs)
        assert_close(answer, reference.attentive_pooling(*inputs), name="(pooled, weights)")
        assert_float32(answer)

    @pytest.mark.after("test_values")
    def test_shapes_and_lengths_must_fit(self, student, rng):
        x, w, v, lengths = padded(rng, 3, 4, 5, 2)
        assert_refuses(student.attentive_pooling, "w", x, w[:, :1], v, lengths)
        for wrong in (lengths[:1], lengths + 1, lengths - 5):
            assert_refuses(student.attentive_pooling, "lengths", x, w, v, wrong)


@pytest.mark.exercise("hierarchical_pooling")
class TestHierarchicalPooling:
    @pytest.mark.parametrize("window", [1, 2, 3, 9])
    def test_values(self, student, reference, rng, window):
        x, lengths = rng.normal(size=(4, 7, 5)), np.array([7, 2, 5, 1])
        x[np.arange(7) >= lengths[:, None]] *= 10
        inputs = x, window, lengths
        assert_close(student.hierarchical_pooling(*inputs), reference.hierarchical_pooling(*inputs), name="pooled")

    @pytest.mark.after("test_values")
    def test_empty_sequences_and_float32(self, student, reference, rng):
        x, lengths = rng.normal(size=(3, 8, 2)).astype(np.float32)[:, ::2], np.array([4, 0, 3])
        with no_warnings():
            pooled = assert_inputs_unchanged(student.hierarchical_pooling, x, 2, lengths)
        assert_close(pooled, reference.hierarchical_pooling(x, 2, lengths), name="pooled")
        assert_float32(pooled)

    @pytest.mark.after("test_values")
    def test_bad_window_and_lengths(self, student, rng):
        x = rng.normal(size=(2, 3, 4))
        assert_refuses(student.hierarchical_pooling, "window", x, 0, np.array([3, 2]))
        for wrong in ([3], [4, 1], [-1, 2]):
            assert_refuses(student.hierarchical_pooling, "lengths", x, 2, np.array(wrong))
