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
    "wide": ((2,), 3, 70, 66, 4),
    "a thousand keys": ((2,), 3, 1030, 4, 6),
}
HEADS = {"a batch": 2, "one query": 4, "wide": 6}
PLAIN, MORE_AXES = [*HEADS], ["no batch", "two axes before"]
GRADS = {BACKWARD: "(dq, dk, dv)", MULTI_BACK: "(dx_q, dx_kv, dparams)"}


def cases(names, sizes, weight=1):
    """Every exercise at every one of these sizes, nothing masked.

    Three such checks of masked_softmax count as one: masks are the lesson there. Whoever leaves them out keeps less than half.
    """
    params = []
    for name in names:
        marks = pytest.mark.exercise(name), pytest.mark.weight(1 / 3 if name == SOFTMAX else weight)
        params += [pytest.param(name, case, marks=marks, id=f"{name}-{case}") for case in sizes]
    return pytest.mark.parametrize("name, case", params)


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
    @pytest.mark.parametrize("t", [2, 5, 70])
    def test_every_pair(self, student, t):
        expected = np.array([[j <= i for j in range(t)] for i in range(t)])
        assert_close(student.causal_mask(t), expected, name="the mask")

    @pytest.mark.rests_on("test_every_pair")  # whoever allows everything passes
    def test_one_step(self, student):
        assert_close(student.causal_mask(1), np.array([[True]]), name="the mask")

    @pytest.mark.after("test_every_pair")
    def test_fewer_steps_than_none(self, student):
        assert_refuses(student.causal_mask, "t", -2)


@pytest.mark.exercise("padding_mask")
class TestPaddingMask:
    @pytest.mark.parametrize("n, t", [(3, 6), (70, 1030)])
    def test_random_lengths(self, student, rng, n, t):
        lengths = rng.integers(1, t + 1, size=n)
        expected = np.array([[True] * length + [False] * (t - length) for length in lengths.tolist()])
        assert_close(student.padding_mask(lengths, t), expected, name="the mask")

    @pytest.mark.rests_on("test_random_lengths")  # whoever allows everything, or nothing, has a half of it
    def test_empty_and_full(self, student):
        expected = np.array([[False] * 5, [True] * 5])
        assert_close(student.padding_mask(np.array([0, 5]), 5), expected, name="the mask")

    @pytest.mark.after("test_random_lengths")
    def test_keeps_and_refuses_lengths(self, student, rng):
        assert_inputs_unchanged(student.padding_mask, rng.integers(1, 6, size=4), 6)
        assert_refuses(student.padding_mask, "lengths", np.array([2, -1, 4]), 4)
        assert_refuses(student.padding_mask, "lengths", np.array([2, 5, 4]), 4)


@cases(MASKED, PLAIN, weight=3)
def test_random_values(student, reference, rng, name, case):
    inputs, _ = draw(name, rng, case)
    assert_close(forward(student, name, inputs), forward(reference, name, inputs))


@cases([SOFTMAX, ADDITIVE, WEIGHTS, FORWARD], ["a thousand keys"], weight=2)
def test_long_sequences(student, reference, rng, name, case):
    inputs, _ = draw(name, rng, case)
    assert_close(forward(student, name, inputs), forward(reference, name, inputs))


@cases([SOFTMAX, WEIGHTS, FORWARD], MORE_AXES)
def test_fewer_and_more_axes(student, reference, rng, name, case):
    inputs, _ = draw(name, rng, case)
    assert_close(forward(student, name, inputs), forward(reference, name, inputs))


@each_exercise(MULTI)
def test_one_head(student, reference, rng, name):
    inputs = [*draw(name, rng)[0][:3], 1]
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
    assert_close(forward(student, name, inputs), forward(reference, name, inputs))


def huge(name, rng, case="a batch"):
    """Arguments with scores in the tens of thousands, nothing masked."""
    return [each * {SOFTMAX: 1e4, WEIGHTS: 1e2}[name] for each in draw(name, rng, case)[0]]


@cases([SOFTMAX, WEIGHTS], ["a batch"], weight=2)
def test_huge_scores(student, reference, rng, name, case):
    inputs = huge(name, rng, case)
    assert_close(forward(student, name, inputs), forward(reference, name, inputs), rtol=1e-7)


@each_exercise(SOFTMAX, FORWARD)
def test_forbidden_scores_may_be_huge(student, reference, rng, name):
    inputs, mask = draw(name, rng)[0], some(rng, (6,))
    for each in inputs[-2:]:  # the scores, or keys and values; what is allowed must not underflow beside them
        each[(slice(1, None), slice(None), ~mask) if name == SOFTMAX else (slice(1, None), ~mask)] = 3e4
    assert_close(forward(student, name, [*inputs, mask]), forward(reference, name, [*inputs, mask]))


@each_exercise(SOFTMAX, after="test_random_values")
def test_nothing_warns(student, rng, name):
    inputs, shape = draw(name, rng)
    with no_warnings():
        student.masked_softmax(*huge(name, rng))
        student.masked_softmax(*inputs, blind(rng, shape))


@each_exercise(*MASKED, after="test_random_values")
def test_keeps_inputs_and_float32(student, reference, rng, name):
    inputs = cast(draw(name, rng)[0], np.float32)
    inputs[0] = np.asfortranarray(inputs[0])
    answer = assert_inputs_unchanged(lambda *inputs: forward(student, name, inputs), *inputs)
    assert_close(answer, forward(reference, name, inputs))
    assert_float32(answer)


@each_exercise(*MASKED, after="test_masks_of_many_shapes")
def test_keeps_the_mask_and_float32(student, rng, name):
    inputs, shape = draw(name, rng)
    inputs = [*cast(inputs, np.float32), some(rng, shape)]
    assert_float32(assert_inputs_unchanged(lambda *inputs: forward(student, name, inputs), *inputs))


@each_exercise(FORWARD, after="test_random_values")
def test_read_only_integers(student, reference, rng, name):
    inputs = [np.rint(2 * each).astype(int) for each in draw(name, rng)[0]]
    for each in inputs:
        each.flags.writeable = False
    assert_close(forward(student, name, inputs), forward(reference, name, inputs), name="out")


BAD = {  # exercise: argument, its place, what is wrong with it; a single row would be broadcast without complaint
    SOFTMAX: [("mask", 1, np.ones((3, 6), dtype=kind)) for kind in (float, int)]
    + [("mask", 1, np.ones(shape, dtype=bool)) for shape in ((4, 6), (2, 4, 3, 6))],
    ADDITIVE: [("keys", 1, slice(1)), ("w_query", 2, slice(1)), ("w_key", 3, slice(1)), ("mask", 5, np.ones((4, 6)))],
    WEIGHTS: [("k", 1, slice(1)), ("k", 1, (..., slice(1))), ("k", 1, 0), ("mask", 2, np.ones((3, 6)))],
    FORWARD: [
        ("v", 2, slice(1)),
        ("v", 2, (slice(None), slice(1))),
        ("k", 1, (..., slice(1))),
        ("mask", 3, np.ones((3, 6))),
    ],
    MULTI: [("heads", 3, 3), ("heads", 3, 0), ("heads", 3, -2), ("x_kv", 1, slice(1)), ("mask", 4, np.ones((3, 6)))]
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


def compare_gradients(student, reference, rng, name, inputs):
    dout = upstream(reference, rng, name, inputs)
    assert_close(gradients(student, name, inputs, dout), gradients(reference, name, inputs, dout), name=GRADS[name])


@cases([BACKWARD, MULTI_BACK], PLAIN, weight=3)
def test_gradients(student, reference, rng, name, case):
    compare_gradients(student, reference, rng, name, draw(name, rng, case)[0])


@cases([BACKWARD], MORE_AXES)
def test_gradients_with_fewer_and_more_axes(student, reference, rng, name, case):
    compare_gradients(student, reference, rng, name, draw(name, rng, case)[0])


@each_exercise(BACKWARD, MULTI_BACK)
def test_gradients_under_a_mask(student, reference, rng, name):
    inputs, shape = draw(name, rng)
    compare_gradients(student, reference, rng, name, [*inputs, some(rng, shape)])


@each_exercise(BACKWARD, MULTI_BACK)
def test_queries_that_see_nothing_have_no_gradient(student, reference, rng, name):
    inputs, shape = draw(name, rng)
    compare_gradients(student, reference, rng, name, [*inputs, blind(rng, shape)])


@each_exercise(MULTI_BACK)
def test_self_attention_without_looking_ahead(student, reference, rng, name):
    (x, _, params, heads), _ = draw(name, rng)
    compare_gradients(student, reference, rng, name, [x, x, params, heads, np.tri(3, dtype=bool)])


@each_exercise(BACKWARD, MULTI_BACK, after="test_gradients")
def test_keeps_dout_and_float32(student, reference, rng, name):
    inputs = cast(draw(name, rng)[0], np.float32)
    dout = upstream(reference, rng, name, inputs).astype(np.float32)
    _, cache = getattr(student, name.replace("backward", "forward"))(*inputs)
    grads = assert_inputs_unchanged(lambda dout: getattr(student, name)(dout, cache), dout)
    assert_close(grads, gradients(reference, name, inputs, dout), name=GRADS[name])
    assert_float32(grads)


def sequences(rng, n, t, d, a, padded=True):
    """x, w, v, lengths; if padded, one sequence is full and the padding is loud, else all are full."""
    x, w = rng.normal(size=(n, t, d)), rng.normal(scale=d**-0.5, size=(a, d))
    lengths = np.append(rng.integers(1, t, size=n - 1), t) if padded else np.full(n, t)
    x[np.arange(t) >= lengths[:, None]] *= 10
    return [x, w, rng.normal(scale=1.5, size=a), lengths]


@pytest.mark.exercise("attentive_pooling")
class TestAttentivePooling:
    @staticmethod
    def compare(student, reference, inputs):
        assert_close(student.attentive_pooling(*inputs), reference.attentive_pooling(*inputs), name="(pooled, weights)")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize(
        "size", [(5, 6, 3, 4), (1, 4, 2, 3), (4, 2, 5, 1), (3, 5, 66, 70), (2, 1030, 3, 4)], ids=str
    )
    def test_full_sequences(self, student, reference, rng, size):
        self.compare(student, reference, sequences(rng, *size, padded=False))

    @pytest.mark.parametrize("size", [(5, 6, 3, 4), (70, 9, 2, 3)], ids=str)
    def test_lengths_that_differ(self, student, reference, rng, size):
        self.compare(student, reference, sequences(rng, *size))

    def test_empty_sequences(self, student, reference, rng):
        *arrays, lengths = sequences(rng, 4, 3, 5, 2)
        self.compare(student, reference, [*arrays, lengths * np.array([1, 0, 1, 1])])

    @pytest.mark.after("test_full_sequences")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        *arrays, lengths = sequences(rng, 4, 3, 5, 2, padded=False)
        inputs = [*cast(arrays, np.float32), lengths]
        answer = assert_inputs_unchanged(student.attentive_pooling, *inputs)
        assert_close(answer, reference.attentive_pooling(*inputs), name="(pooled, weights)")
        assert_float32(answer)

    @pytest.mark.after("test_full_sequences")
    def test_shapes_and_lengths_must_fit(self, student, rng):
        x, w, v, lengths = sequences(rng, 3, 4, 5, 2)
        assert_refuses(student.attentive_pooling, "w", x, w[:, :1], v, lengths)
        for wrong in (lengths[:1], lengths + 1, lengths - 5):
            assert_refuses(student.attentive_pooling, "lengths", x, w, v, wrong)


@pytest.mark.exercise("hierarchical_pooling")
class TestHierarchicalPooling:
    @staticmethod
    def compare(student, reference, *inputs):
        assert_close(student.hierarchical_pooling(*inputs), reference.hierarchical_pooling(*inputs), name="pooled")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, window", [(4, 1), (4, 2), (4, 3), (1, 4), (4, 7)])
    def test_full_sequences(self, student, reference, rng, n, window):
        self.compare(student, reference, rng.normal(size=(n, 7, 5)), window, np.full(n, 7))

    @pytest.mark.weight(2)
    def test_a_thousand_steps(self, student, reference, rng):
        self.compare(student, reference, rng.normal(size=(2, 1030, 3)), 70, np.full(2, 1030))

    def test_window_over_everything_and_more(self, student, reference, rng):
        self.compare(student, reference, rng.normal(size=(4, 7, 5)), 9, np.full(4, 7))

    @pytest.mark.parametrize("window", [2, 3, 9])
    def test_lengths_that_differ(self, student, reference, rng, window):
        x, lengths = rng.normal(size=(4, 7, 5)), np.array([7, 2, 5, 1])
        x[np.arange(7) >= lengths[:, None]] *= 10
        self.compare(student, reference, x, window, lengths)

    def test_empty_sequences(self, student, reference, rng):
        self.compare(student, reference, rng.normal(size=(3, 4, 2)), 2, np.array([4, 0, 3]))

    @pytest.mark.after("test_full_sequences")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, lengths = rng.normal(size=(3, 8, 2)).astype(np.float32)[:, ::2], np.full(3, 4)
        pooled = assert_inputs_unchanged(student.hierarchical_pooling, x, 2, lengths)
        assert_close(pooled, reference.hierarchical_pooling(x, 2, lengths), name="pooled")
        assert_float32(pooled)

    @pytest.mark.after("test_full_sequences")
    def test_bad_window_and_lengths(self, student, rng):
        x = rng.normal(size=(2, 3, 4))
        assert_refuses(student.hierarchical_pooling, "window", x, -1, np.array([3, 2]))
        for wrong in ([3], [4, 1], [-1, 2]):
            assert_refuses(student.hierarchical_pooling, "lengths", x, 2, np.array(wrong))
