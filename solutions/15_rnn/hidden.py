"""Hidden checks: random sequences of every length, gradients, padding, both directions, and manners."""

import numpy as np
import pytest

from autograder import (
    assert_close,
    assert_dtype,
    assert_gradients,
    assert_inputs_unchanged,
    assert_refuses,
    cast,
    no_warnings,
)

# N, T, D, H: no two alike. Whoever stumbles over a single sequence or a single step keeps the points of the others.
SIZES = {"a batch": (4, 6, 3, 5), "wide": (2, 3, 70, 66), "one sequence": (1, 7, 2, 3), "one step": (3, 1, 4, 2)}
each_size = pytest.mark.parametrize("size", SIZES)
GRADS = "(dx, dh0, dw_ih, dw_hh, db_ih, db_hh)"


def weights(rng, d, h):
    """w_ih, w_hh, b_ih, b_hh: the state matters as much as the input, and tanh is neither flat nor straight."""
    w_ih, w_hh = rng.normal(scale=d**-0.5, size=(h, d)), rng.normal(scale=0.9 * h**-0.5, size=(h, h))
    return w_ih, w_hh, rng.normal(scale=0.3, size=h), rng.normal(scale=0.3, size=h)


def layer(rng, n, t, d, h):
    """x, h0 and the weights."""
    return rng.normal(size=(n, t, d)), rng.normal(scale=0.7, size=(n, h)), *weights(rng, d, h)


def step(rng, n, d, h):
    x, *others = layer(rng, n, 1, d, h)
    return x[:, 0], *others


def bad_shapes(function, names, arrays):
    """Each array but the first in shapes that do not fit; (1, ...) would be broadcast without complaint."""
    for place, name in enumerate(names, 1):
        right = arrays[place]
        for wrong in (right[:1], right[:, :-1] if name.startswith("w_") else np.concatenate([right, right])):
            if name != "w_ih" or wrong.shape[0] == right.shape[0]:  # the rows of w_ih say what H is
                assert_refuses(function, name, *arrays[:place], wrong, *arrays[place + 1 :])


@pytest.mark.exercise("rnn_step_forward")
class TestStepForward:
    @pytest.mark.parametrize("n", [4, 1])
    def test_random_values(self, student, reference, rng, n):
        inputs = step(rng, n, 3, 5)
        assert_close(student.rnn_step_forward(*inputs)[0], reference.rnn_step_forward(*inputs)[0], name="h_next")

    def test_a_thousand_inputs(self, student, reference, rng):
        inputs = step(rng, 3, 1030, 70)
        assert_close(student.rnn_step_forward(*inputs)[0], reference.rnn_step_forward(*inputs)[0], name="h_next")

    def test_saturated_units(self, student, reference, rng):
        x, *others = step(rng, 3, 4, 2)
        h_next, _ = student.rnn_step_forward(1e4 * x, *others)
        assert_close(h_next, reference.rnn_step_forward(1e4 * x, *others)[0], name="h_next")

    @pytest.mark.after("test_random_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        inputs = cast(step(rng, 3, 4, 2), np.float32)
        h_next, _ = assert_inputs_unchanged(student.rnn_step_forward, *inputs)
        assert_close(h_next, reference.rnn_step_forward(*inputs)[0], name="h_next")
        assert_dtype(h_next, "float32")

    @pytest.mark.after("test_random_values")
    def test_shapes_must_fit(self, student, rng):
        bad_shapes(student.rnn_step_forward, ("h", "w_ih", "w_hh", "b_ih", "b_hh"), step(rng, 4, 3, 2))


@pytest.mark.exercise("rnn_step_backward")
class TestStepBackward:
    @pytest.mark.parametrize("n, d, h", [(4, 3, 5), (1, 3, 5), (2, 70, 66)])
    def test_gradients(self, student, reference, rng, n, d, h):
        inputs, dh_next = step(rng, n, d, h), rng.normal(size=(n, h))
        grads = student.rnn_step_backward(dh_next, student.rnn_step_forward(*inputs)[1])
        expected = reference.rnn_step_backward(dh_next, reference.rnn_step_forward(*inputs)[1])
        assert_close(grads, expected, name=GRADS.replace("h0", "h"))

    @pytest.mark.after("test_gradients")
    def test_keeps_dh_next_and_float32(self, student, reference, rng):
        inputs, dh_next = cast(step(rng, 3, 4, 2), np.float32), rng.normal(size=(3, 2)).astype(np.float32)
        _, cache = student.rnn_step_forward(*inputs)
        grads = assert_inputs_unchanged(lambda dh_next: student.rnn_step_backward(dh_next, cache), dh_next)
        expected = reference.rnn_step_backward(dh_next, reference.rnn_step_forward(*inputs)[1])
        assert_close(grads, expected, name=GRADS.replace("h0", "h"))
        for each in grads:
            assert_dtype(each, "float32")


@pytest.mark.exercise("rnn_forward")
class TestForward:
    @each_size
    def test_values(self, student, reference, rng, size):
        inputs = layer(rng, *SIZES[size])
        assert_close(student.rnn_forward(*inputs)[0], reference.rnn_forward(*inputs)[0], name="hs")

    def test_a_thousand_steps(self, student, reference, rng):
        inputs = layer(rng, 1, 1030, 3, 2)
        assert_close(student.rnn_forward(*inputs)[0], reference.rnn_forward(*inputs)[0], name="hs")

    @pytest.mark.after("test_values")
    def test_words_as_read_only_integers(self, student, reference, rng):
        _, *others = layer(rng, 2, 5, 4, 3)
        one_hot = np.eye(4, dtype=int)[rng.integers(4, size=(2, 5))]
        one_hot.flags.writeable = False
        assert_close(student.rnn_forward(one_hot, *others)[0], reference.rnn_forward(one_hot, *others)[0], name="hs")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, *others = cast(layer(rng, 3, 8, 2, 5), np.float32)
        hs, _ = assert_inputs_unchanged(student.rnn_forward, x[:, ::2], *others)
        assert_close(hs, reference.rnn_forward(x[:, ::2], *others)[0], name="hs")
        assert_dtype(hs, "float32")

    @pytest.mark.after("test_values")
    def test_shapes_must_fit(self, student, rng):
        bad_shapes(student.rnn_forward, ("h0", "w_ih", "w_hh", "b_ih", "b_hh"), layer(rng, 4, 5, 3, 2))


@pytest.mark.exercise("rnn_backward")
class TestBackward:
    @each_size
    def test_gradients(self, student, reference, rng, size):
        inputs = layer(rng, *SIZES[size])
        hs, cache = reference.rnn_forward(*inputs)
        dhs = rng.normal(size=hs.shape)
        grads = student.rnn_backward(dhs, student.rnn_forward(*inputs)[1])
        assert_close(grads, reference.rnn_backward(dhs, cache), name=GRADS)

    def test_central_differences(self, student, reference, rng):
        inputs = dict(zip(("x", "h0", "w_ih", "w_hh", "b_ih", "b_hh"), layer(rng, 2, 5, 4, 3), strict=True))
        dhs = rng.normal(size=(2, 5, 3))
        grads = student.rnn_backward(dhs, student.rnn_forward(**inputs)[1])
        assert_gradients(lambda **values: reference.rnn_forward(**values)[0], inputs, dhs, grads, rng, directions=2)

    def test_loss_on_one_state_alone(self, student, reference, rng):
        # Later steps then get exactly no gradient, earlier ones only what comes back through time.
        inputs, dhs = layer(rng, 3, 6, 2, 4), np.zeros((3, 6, 4))
        dhs[:, 3] = rng.normal(size=(3, 4))
        grads = student.rnn_backward(dhs, student.rnn_forward(*inputs)[1])
        assert_close(grads, reference.rnn_backward(dhs, reference.rnn_forward(*inputs)[1]), name=GRADS)

    @pytest.mark.after("test_gradients")
    def test_keeps_dhs_and_float32(self, student, reference, rng):
        inputs, dhs = cast(layer(rng, 2, 4, 3, 5), np.float32), rng.normal(size=(2, 8, 5)).astype(np.float32)[:, ::2]
        _, cache = student.rnn_forward(*inputs)
        grads = assert_inputs_unchanged(lambda dhs: student.rnn_backward(dhs, cache), dhs)
        assert_close(grads, reference.rnn_backward(dhs, reference.rnn_forward(*inputs)[1]), name=GRADS)
        for each in grads:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_gradients")
    def test_two_layers_keep_apart(self, student, reference, rng):
        both = [layer(rng, 2, 3, 4, 5), layer(rng, 3, 2, 5, 4)]
        caches = [student.rnn_forward(*inputs)[1] for inputs in both]
        for inputs, cache in zip(both, caches, strict=True):
            hs, own = reference.rnn_forward(*inputs)
            dhs = rng.normal(size=hs.shape)
            assert_close(student.rnn_backward(dhs, cache), reference.rnn_backward(dhs, own), name=GRADS)


@pytest.mark.exercise("truncated_bptt")
class TestTruncated:
    @staticmethod
    def compare(student, reference, rng, steps, window):
        inputs = layer(rng, 3, steps, 2, 4)
        hs, cache = reference.rnn_forward(*inputs)
        dhs = rng.normal(size=hs.shape)
        grads = student.truncated_bptt(dhs, student.rnn_forward(*inputs)[1], window)
        assert_close(grads, reference.truncated_bptt(dhs, cache, window), name=GRADS)

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("steps, window", [(6, 3), (5, 1), (70, 35)])
    def test_windows_that_fit(self, student, reference, rng, steps, window):
        self.compare(student, reference, rng, steps, window)

    @pytest.mark.parametrize("steps, window", [(7, 3), (8, 3)])
    def test_a_shorter_window_at_the_end(self, student, reference, rng, steps, window):
        self.compare(student, reference, rng, steps, window)

    @pytest.mark.rests_on("test_windows_that_fit")  # whoever cuts nowhere passes
    @pytest.mark.parametrize("window", [5, 9])
    def test_window_over_everything_cuts_nothing(self, student, reference, rng, window):
        inputs, dhs = layer(rng, 2, 5, 3, 4), rng.normal(size=(2, 5, 4))
        grads = student.truncated_bptt(dhs, student.rnn_forward(*inputs)[1], window)
        assert_close(grads, reference.rnn_backward(dhs, reference.rnn_forward(*inputs)[1]), name=GRADS)

    @pytest.mark.after("test_windows_that_fit")
    def test_keeps_dhs_and_float32(self, student, reference, rng):
        inputs, dhs = cast(layer(rng, 1, 6, 3, 4), np.float32), rng.normal(size=(1, 6, 4)).astype(np.float32)
        _, cache = student.rnn_forward(*inputs)
        grads = assert_inputs_unchanged(lambda dhs: student.truncated_bptt(dhs, cache, 2), dhs)
        assert_close(grads, reference.truncated_bptt(dhs, reference.rnn_forward(*inputs)[1], 2), name=GRADS)
        for each in grads:
            assert_dtype(each, "float32")


def gradients(rng):
    return [rng.normal(size=(3, 4)), rng.normal(scale=5.0, size=6), rng.normal(scale=0.2, size=(2, 1, 5))]


@pytest.mark.exercise("clip_grad_norm")
class TestClipNorm:
    # The norms here are above 2, so that with or without torch's 1e-6 differs by less than 1e-6.
    def test_long_gradients_are_shortened_together(self, student, reference, rng):
        grads, max_norm = gradients(rng), float(rng.uniform(0.5, 1.5))
        assert_close(student.clip_grad_norm(grads, max_norm), reference.clip_grad_norm(grads, max_norm), rtol=1e-6)

    def test_short_gradients_stay(self, student, reference, rng):
        grads = gradients(rng)
        norm = float(np.linalg.norm(np.concatenate([grad.ravel() for grad in grads])))
        assert_close(student.clip_grad_norm(grads, 3 * norm), (grads, norm), rtol=1e-6, name="(clipped, norm)")

    def test_many_large_gradients(self, student, reference, rng):
        grads = [rng.normal(size=(1030, 2)), *(rng.normal(size=k) for k in range(1, 70))]
        assert_close(student.clip_grad_norm(grads, 7.0), reference.clip_grad_norm(grads, 7.0), rtol=1e-6)

    def test_exploded(self, student):
        huge = [np.array([3e90]), np.array([[-4e90]])]
        clipped = [np.array([1.2]), np.array([[-1.6]])]
        assert_close(student.clip_grad_norm(huge, 2.0), (clipped, 5e90), rtol=1e-6, name="(clipped, norm)")

    @pytest.mark.rests_on("test_long_gradients_are_shortened_together")  # whoever clips nothing passes
    def test_vanished(self, student):
        nothing = [np.zeros(3), np.zeros((2, 1))]
        assert_close(student.clip_grad_norm(nothing, 2.0), (nothing, 0.0), name="(clipped, norm)")
        almost = [np.array([3e-8]), np.array([[-4e-8]])]  # shorter than torch's 1e-6, and no reason to stretch them
        assert_close(student.clip_grad_norm(almost, 2.0), (almost, 5e-8), rtol=1e-6, name="(clipped, norm)")

    @pytest.mark.after("test_long_gradients_are_shortened_together")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        grads = [grad.astype(np.float32) for grad in gradients(rng)]
        clipped, _ = assert_inputs_unchanged(student.clip_grad_norm, grads, 1.5)
        assert_close(clipped, reference.clip_grad_norm(grads, 1.5)[0], name="clipped")
        for each in clipped:
            assert_dtype(each, "float32")


@pytest.mark.exercise("clip_grad_value")
class TestClipValue:
    def test_random_values(self, student, rng):
        grads, limit = gradients(rng), float(rng.uniform(0.3, 0.9))
        expected = [np.where(np.abs(grad) > limit, limit * np.sign(grad), grad) for grad in grads]
        assert_close(student.clip_grad_value(grads, limit), expected, name="clipped")

    def test_exploded(self, student, rng):
        grads = [rng.normal(scale=1e300, size=70), np.array([[np.inf], [-np.inf], [0.25]])]
        expected = [1.5 * np.sign(grads[0]), np.array([[1.5], [-1.5], [0.25]])]
        assert_close(student.clip_grad_value(grads, 1.5), expected, name="clipped")

    @pytest.mark.after("test_random_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        grads = [grad.astype(np.float32) for grad in gradients(rng)]
        clipped = assert_inputs_unchanged(student.clip_grad_value, grads, 0.5)
        assert_close(clipped, reference.clip_grad_value(grads, 0.5), name="clipped")
        for each in clipped:
            assert_dtype(each, "float32")


@pytest.mark.exercise("gradient_norm_through_time")
class TestNormThroughTime:
    def test_scaled_rotation(self, student, rng):
        # An orthogonal matrix keeps lengths, so that here every direction shrinks or grows by the same factor.
        factors, steps = rng.uniform([0.5, 1.1], [0.9, 1.5]).tolist(), 7
        for factor, size in zip(factors, (4, 70), strict=True):
            w_hh = factor * np.linalg.qr(rng.normal(size=(size, size)))[0]
            norms = student.gradient_norm_through_time(w_hh, steps, rng)
            assert_close(norms, factor ** np.arange(steps + 1), name="norms")

    @pytest.mark.parametrize("w_hh, ratios", [(np.diag([7.0], 1), [0, 0]), (np.diag([2.0, 0.0]), [2, 4])], ids=str)
    def test_length_is_not_the_eigenvalues_alone(self, student, rng, w_hh, ratios):
        # [[0, 7], [0, 0]] sends (g1, g2) to (0, 7 g1), then to 0; [[2, 0], [0, 0]] leaves 2 g1, 4 g1, 8 g1.
        norms = student.gradient_norm_through_time(w_hh, 3, rng)
        assert_close(norms, np.ones(4), atol=np.inf, name="norms")  # a look at its type and shape
        first = float(norms[1])
        assert 0 < first < w_hh.max(), f"norms[1] is {first:.3g}: a random direction is no eigenvector"
        assert_close(norms, np.array([1, first, ratios[0] * first, ratios[1] * first]), atol=1e-12, name="norms")

    @pytest.mark.rests_on("test_length_is_not_the_eigenvalues_alone")
    def test_back_is_through_the_transpose(self, student, rng):
        # W_hh^T sends (g1, g2, g3) to (0, 7 g1, g2), then to (0, 0, 7 g1), which is no longer; W_hh to (7 g2, g3, 0) and
        # (7 g3, 0, 0), which is longer for every other direction.
        w_hh = np.diag([7.0, 1.0], 1)
        for _ in range(20):
            norms = student.gradient_norm_through_time(w_hh, 2, rng)
            assert_close(norms, np.ones(3), atol=np.inf, name="norms")
            first, second = norms[1:].tolist()
            longer = f"from {first:.3g} to {second:.3g} at the second step, which cannot lengthen it: W_hh^T, not W_hh?"
            assert second <= first + 1e-9, longer

    @pytest.mark.rests_on("test_length_is_not_the_eigenvalues_alone")
    def test_direction_is_random_and_even(self, student, rng):
        def left_of(w_hh):
            norms = student.gradient_norm_through_time(w_hh, 1, rng)
            assert_close(norms, np.ones(2), atol=np.inf, name="norms")
            return float(norms[1])

        # What half of 200 components hold of the whole: 1/2 on average, with a standard deviation of 0.035.
        half = np.diag(rng.permutation(np.repeat([0.0, 1.0], 100)))
        first, second = left_of(half), left_of(half)
        for share in (first**2, second**2):
            assert abs(share - 0.5) < 0.25, f"half of the components hold {share:.2f} of the squared length"
        assert abs(first - second) > 1e-9, "the direction is the same each time, so it is not random"
        # What all components have in common: as good as nothing where they have no sign of their own.
        common = left_of(np.full((200, 200), 1 / 200)) ** 2
        assert common < 0.2, f"the mean of the components holds {common:.2f} of the squared length: are they positive?"

    @pytest.mark.rests_on("test_scaled_rotation")
    def test_no_steps(self, student, rng):
        for size in (3, 5):
            norms = student.gradient_norm_through_time(rng.normal(size=(size, size)), 0, rng)
            assert_close(norms, np.ones(1), name="norms")

    @pytest.mark.after("test_scaled_rotation")
    def test_keeps_w_hh_and_refuses_bad_input(self, student, rng):
        w_hh = rng.normal(size=(3, 3))
        assert_inputs_unchanged(student.gradient_norm_through_time, w_hh, 2, rng)
        assert_refuses(student.gradient_norm_through_time, "w_hh", rng.normal(size=(3, 2)), 4, rng)
        assert_refuses(student.gradient_norm_through_time, "steps", w_hh, -1, rng)


LOSSES = "(loss, dhs, dw, db)"


# N, T, H, K, all different; each sequence as long as it can be.
FULL = [(5, 7, 3, 4), (1, 4, 2, 3), (4, 1, 3, 2), (2, 3, 4, 1030)]


def answers(rng, n, t, h, k, padded=True):
    """hs, lengths, w, b: every state is different. If padded, no two neighbours are of one length, one is full."""
    lengths = np.array([1 + (2 * i + t - 1) % t if padded else t for i in range(n)])
    return rng.normal(size=(n, t, h)), lengths, rng.normal(size=(k, h)), rng.normal(size=k)


def huge(rng, labels):
    """Logits up to some 10,000; nothing is padded."""
    hs, lengths, w, b = answers(rng, 3, 4, 2, 5, padded=False)
    return hs, lengths, 1e4 * w, b, labels


def steps_of(rng, n, t, k, lengths):
    """Labels at every step, -1 in the padding."""
    return np.where(np.arange(t) < lengths[:, None], rng.integers(k, size=(n, t)), -1)


@pytest.mark.exercise("many_to_one_loss")
class TestManyToOne:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, t, h, k", FULL)
    def test_full_sequences(self, student, reference, rng, n, t, h, k):
        inputs = (*answers(rng, n, t, h, k, padded=False), rng.integers(k, size=n))
        assert_close(student.many_to_one_loss(*inputs), reference.many_to_one_loss(*inputs), name=LOSSES)

    @pytest.mark.parametrize("n, t, h, k", [(5, 7, 3, 4), (70, 66, 2, 5)])
    def test_lengths_that_differ(self, student, reference, rng, n, t, h, k):
        inputs = (*answers(rng, n, t, h, k), rng.integers(k, size=n))
        assert_close(student.many_to_one_loss(*inputs), reference.many_to_one_loss(*inputs), name=LOSSES)

    def test_padding_does_not_count(self, student, reference, rng):
        hs, lengths, w, b = answers(rng, 4, 6, 3, 5)
        labels = rng.integers(5, size=4)
        expected = reference.many_to_one_loss(hs, lengths, w, b, labels)
        hs = np.where(np.arange(6)[:, None] < lengths[:, None, None], hs, 99.0)
        assert_close(student.many_to_one_loss(hs, lengths, w, b, labels), expected, name=LOSSES)

    def test_huge_logits(self, student, reference, rng):
        inputs = huge(rng, np.array([4, 0, 2]))
        # A softmax of such logits is 0 or 1 but for the last digits.
        ours = student.many_to_one_loss(*inputs)
        assert_close(ours, reference.many_to_one_loss(*inputs), atol=1e-9, name=LOSSES)

    @pytest.mark.after("test_huge_logits")
    def test_huge_logits_are_silent(self, student, rng):
        with no_warnings():
            student.many_to_one_loss(*huge(rng, np.array([4, 0, 2])))

    @pytest.mark.after("test_full_sequences")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        hs, lengths, w, b = answers(rng, 3, 5, 2, 4, padded=False)
        inputs = (hs.astype(np.float32), lengths, *cast((w, b), np.float32), rng.integers(4, size=3))
        answer = assert_inputs_unchanged(student.many_to_one_loss, *inputs)
        assert_close(answer, reference.many_to_one_loss(*inputs), name=LOSSES)
        for each in answer[1:]:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_full_sequences")
    def test_lengths_and_labels_out_of_range(self, student, rng):
        hs, lengths, w, b = answers(rng, 3, 5, 2, 4)
        labels = np.array([3, 0, 2])
        for wrong in ([0, 2, 5], [6, 2, 5], [3, -1, 4], [4, 5]):
            assert_refuses(student.many_to_one_loss, "lengths", hs, np.array(wrong), w, b, labels)
        for wrong in ([4, 0, 2], [3, 0, -1], [3, 0]):
            assert_refuses(student.many_to_one_loss, "labels", hs, lengths, w, b, np.array(wrong))


@pytest.mark.exercise("many_to_many_loss")
class TestManyToMany:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, t, h, k", FULL)
    def test_full_sequences(self, student, reference, rng, n, t, h, k):
        inputs = (*answers(rng, n, t, h, k, padded=False), rng.integers(k, size=(n, t)))
        assert_close(student.many_to_many_loss(*inputs), reference.many_to_many_loss(*inputs), name=LOSSES)

    @pytest.mark.parametrize("n, t, h, k", [(5, 7, 3, 4), (8, 66, 2, 5)])
    def test_lengths_that_differ(self, student, reference, rng, n, t, h, k):
        hs, lengths, w, b = answers(rng, n, t, h, k)
        inputs = (hs, lengths, w, b, steps_of(rng, n, t, k, lengths))
        assert_close(student.many_to_many_loss(*inputs), reference.many_to_many_loss(*inputs), name=LOSSES)

    def test_huge_logits(self, student, reference, rng):
        inputs = huge(rng, rng.integers(5, size=(3, 4)))
        ours = student.many_to_many_loss(*inputs)
        assert_close(ours, reference.many_to_many_loss(*inputs), atol=1e-9, name=LOSSES)

    def test_padding_does_not_count(self, student, reference, rng):
        hs, lengths, w, b = answers(rng, 4, 6, 3, 5)
        labels = steps_of(rng, 4, 6, 5, lengths)
        expected = reference.many_to_many_loss(hs, lengths, w, b, labels)
        hs = np.where(np.arange(6)[:, None] < lengths[:, None, None], hs, 99.0)
        ours = student.many_to_many_loss(hs, lengths, w, b, np.where(labels < 0, -100, labels))
        assert_close(ours, expected, name=LOSSES)

    @pytest.mark.after("test_full_sequences")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        hs, lengths, w, b = answers(rng, 3, 5, 2, 4, padded=False)
        inputs = (hs.astype(np.float32), lengths, *cast((w, b), np.float32), steps_of(rng, 3, 5, 4, lengths))
        answer = assert_inputs_unchanged(student.many_to_many_loss, *inputs)
        assert_close(answer, reference.many_to_many_loss(*inputs), name=LOSSES)
        for each in answer[1:]:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_full_sequences")
    def test_lengths_and_labels_out_of_range(self, student, rng):
        hs, lengths, w, b = answers(rng, 3, 5, 2, 4)
        labels = rng.integers(4, size=(3, 5))
        for wrong in ([0, 2, 5], [6, 2, 5], [3, 2]):
            assert_refuses(student.many_to_many_loss, "lengths", hs, np.array(wrong), w, b, labels)
        for wrong in (4, -1):
            spoilt = labels.copy()
            spoilt[1, 0] = wrong
            assert_refuses(student.many_to_many_loss, "labels", hs, lengths, w, b, spoilt)
        assert_refuses(student.many_to_many_loss, "labels", hs, lengths, w, b, labels[:, 0])


@pytest.mark.exercise("generate_one_to_many")
class TestOneToMany:
    @pytest.mark.parametrize("n, steps", [(4, 6), (1, 5), (3, 1), (2, 70)])
    def test_values(self, student, reference, rng, n, steps):
        inputs = (rng.normal(size=(n, 3)), steps, *weights(rng, 3, 5))
        assert_close(student.generate_one_to_many(*inputs), reference.generate_one_to_many(*inputs), name="hs")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, params = rng.normal(size=(2, 3)).astype(np.float32), cast(weights(rng, 3, 4), np.float32)
        hs = assert_inputs_unchanged(student.generate_one_to_many, x, 4, *params)
        assert_close(hs, reference.generate_one_to_many(x, 4, *params), name="hs")
        assert_dtype(hs, "float32")


@pytest.mark.exercise("birnn_forward")
class TestBiForward:
    @each_size
    def test_values(self, student, reference, rng, size):
        n, t, d, h = SIZES[size]
        inputs = rng.normal(size=(n, t, d)), weights(rng, d, h), weights(rng, d, h)
        assert_close(student.birnn_forward(*inputs)[0], reference.birnn_forward(*inputs)[0], name="hs")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x = rng.normal(size=(2, 8, 3)).astype(np.float32)[:, ::2]
        inputs = x, cast(weights(rng, 3, 5), np.float32), cast(weights(rng, 3, 5), np.float32)
        hs, _ = assert_inputs_unchanged(student.birnn_forward, *inputs)
        assert_close(hs, reference.birnn_forward(*inputs)[0], name="hs")
        assert_dtype(hs, "float32")


@pytest.mark.exercise("birnn_backward")
class TestBiBackward:
    @each_size
    def test_gradients(self, student, reference, rng, size):
        n, t, d, h = SIZES[size]
        inputs = rng.normal(size=(n, t, d)), weights(rng, d, h), weights(rng, d, h)
        dhs = rng.normal(size=(n, t, 2 * h))
        grads = student.birnn_backward(dhs, student.birnn_forward(*inputs)[1])
        expected = reference.birnn_backward(dhs, reference.birnn_forward(*inputs)[1])
        assert_close(grads, expected, name="(dx, dforward_params, dbackward_params)")

    @pytest.mark.after("test_gradients")
    def test_keeps_dhs_and_float32(self, student, reference, rng):
        inputs = (
            rng.normal(size=(2, 4, 3)).astype(np.float32),
            *(cast(weights(rng, 3, 5), np.float32) for _ in range(2)),
        )
        dhs = rng.normal(size=(2, 4, 10)).astype(np.float32)
        _, cache = student.birnn_forward(*inputs)
        grads = assert_inputs_unchanged(lambda dhs: student.birnn_backward(dhs, cache), dhs)
        expected = reference.birnn_backward(dhs, reference.birnn_forward(*inputs)[1])
        assert_close(grads, expected, name="(dx, dforward_params, dbackward_params)")
        for each in [grads[0], *grads[1], *grads[2]]:
            assert_dtype(each, "float32")


@pytest.mark.exercise("leaky_forward")
class TestLeaky:
    @pytest.mark.parametrize("n, t, h", [(4, 6, 3), (1, 5, 2), (3, 1, 4), (2, 70, 66)])
    def test_running_average(self, student, rng, n, t, h):
        v, alpha = rng.normal(size=(n, t, h)), float(rng.uniform(0.6, 0.9))
        v[:, 0, 0] = 0
        # Unrolled: h_t = (1 - alpha) * sum over s <= t of alpha^(t - s) * v_s.
        ages = np.subtract.outer(np.arange(t), np.arange(t))
        shares = np.where(ages >= 0, (1 - alpha) * alpha ** np.abs(ages), 0.0)
        assert_close(student.leaky_forward(v, alpha)[0], np.einsum("ts,nsh->nth", shares, v), name="hs")

    @pytest.mark.rests_on("test_running_average")  # whoever gives v back passes a half of it
    def test_no_memory_and_nothing_new(self, student, rng):
        v = rng.normal(size=(2, 4, 3))
        for alpha, expected in ((0.0, v), (1.0, 0 * v)):
            assert_close(student.leaky_forward(v, alpha)[0], expected, name=f"hs for alpha = {alpha}")

    @pytest.mark.after("test_running_average")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        v = rng.normal(size=(2, 6, 3)).astype(np.float32)[:, ::2]
        hs, _ = assert_inputs_unchanged(student.leaky_forward, v, 0.75)
        assert_close(hs, reference.leaky_forward(v, 0.75)[0], name="hs")
        assert_dtype(hs, "float32")

    @pytest.mark.after("test_running_average")
    def test_integers_count_as_floats(self, student, reference, rng):
        whole = rng.integers(-9, 9, size=(2, 3, 4))
        assert_close(student.leaky_forward(whole, 0.75)[0], reference.leaky_forward(whole, 0.75)[0], name="hs")
        assert_refuses(student.leaky_forward, "alpha", whole, -0.1)


@pytest.mark.exercise("delayed_rnn_forward")
class TestDelayed:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, t, delay", [(4, 9, 3), (1, 6, 2), (3, 5, 1)])
    def test_steps_that_fit(self, student, reference, rng, n, t, delay):
        inputs = (*layer(rng, n, t, 2, 5), delay)
        assert_close(student.delayed_rnn_forward(*inputs)[0], reference.delayed_rnn_forward(*inputs)[0], name="hs")

    # In the last no state ever looks at another.
    @pytest.mark.parametrize("n, t, delay", [(3, 8, 3), (2, 70, 9), (2, 3, 4)])
    def test_steps_left_over(self, student, reference, rng, n, t, delay):
        inputs = (*layer(rng, n, t, 2, 5), delay)
        assert_close(student.delayed_rnn_forward(*inputs)[0], reference.delayed_rnn_forward(*inputs)[0], name="hs")

    @pytest.mark.after("test_steps_that_fit")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        inputs = (*cast(layer(rng, 3, 6, 2, 4), np.float32), 2)
        hs, _ = assert_inputs_unchanged(student.delayed_rnn_forward, *inputs)
        assert_close(hs, reference.delayed_rnn_forward(*inputs)[0], name="hs")
        assert_dtype(hs, "float32")
