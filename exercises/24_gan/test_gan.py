"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses

LN2, LN3 = np.log(2), np.log(3)


@pytest.mark.exercise("discriminator_loss")
def test_discriminator_loss_by_hand(student):
    # D says 1/2 and 3/4 of the real rows: -ln(1/2) = ln 2 and -ln(3/4) = ln(4/3), on the mean ln(8/3) / 2.
    # It says 3/4 of the only fake, which costs -ln(1/4) = ln 4. The slopes are D - 1 (over 2 rows) and D (over 1).
    loss, dreal, dfake = student.discriminator_loss(np.array([[0.0], [LN3]]), np.array([[LN3]]))
    assert_close(loss, np.log(8 / 3) / 2 + np.log(4), name="loss")
    assert_close(dreal, np.array([[-0.25], [-0.125]]), name="dreal")
    assert_close(dfake, np.array([[0.75]]), name="dfake")


@pytest.mark.exercise("discriminator_loss")
@pytest.mark.rests_on("test_discriminator_loss_by_hand")
def test_discriminator_loss_of_large_logits(student):
    # Both rows are called the opposite of what they are, with certainty: softplus(1000) is 1000.
    loss, dreal, dfake = student.discriminator_loss(np.array([[-1000.0]]), np.array([[1000.0]]))
    assert_close([loss, dreal[0, 0], dfake[0, 0]], [2000.0, -1.0, 1.0], name="[loss, dreal, dfake]")


@pytest.mark.exercise("generator_loss")
def test_generator_loss_by_hand(student):
    # D says 1/2 and 3/4 of the fakes: -ln(1/2) and -ln(3/4), on the mean ln(8/3) / 2. The slopes are (D - 1) / 2.
    loss, dfake = student.generator_loss(np.array([[0.0], [LN3]]))
    assert_close(loss, np.log(8 / 3) / 2, name="loss")
    assert_close(dfake, np.array([[-0.25], [-0.125]]), name="dfake")


@pytest.mark.exercise("generator_loss")
def test_generator_loss_far_out(student):
    # D is 0 as far as a float can tell; -ln D is 1000 all the same.
    loss, dfake = student.generator_loss(np.array([[-1000.0]]))
    assert_close([loss, dfake], [1000.0, np.array([[-1.0]])], name="(loss, dfake)")


@pytest.mark.exercise("generator_loss")
def test_minimax_by_hand(student):
    # ln(1 - D): ln(1/2) and ln(1/4), on the mean -ln(8) / 2. The slopes are -D / 2: also downhill with larger logits.
    loss, dfake = student.generator_loss(np.array([[0.0], [LN3]]), "minimax")
    assert_close(loss, -np.log(8) / 2, name="loss")
    assert_close(dfake, np.array([[-0.25], [-0.375]]), name="dfake")


@pytest.mark.exercise("generator_loss")
@pytest.mark.after("test_generator_loss_by_hand")
def test_kind_must_be_known(student):
    assert_refuses(student.generator_loss, "kind", np.zeros((1, 1)), "wasserstein")


@pytest.mark.exercise("optimal_discriminator")
def test_optimal_discriminator_by_hand(student):
    # 3 of 4 rows with this value are real; all; none; it never occurs.
    best = student.optimal_discriminator(np.array([0.3, 0.7, 0.0, 0.0]), np.array([0.1, 0.0, 0.9, 0.0]))
    assert_close(best, np.array([0.75, 1.0, 0.0, 0.5]), atol=1e-12, name="D")


@pytest.mark.exercise("js_divergence")
def test_js_by_hand(student):
    # m = (1/4, 1/2, 1/4). KL(p || m) = 1/2 ln 2 + 1/2 ln 1, and so is KL(q || m).
    js = student.js_divergence(np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5]))
    assert_close(js, LN2 / 2, name="JS")
    # Nothing in common: each is ln 2 from the middle.
    assert_close(student.js_divergence(np.array([1.0, 0.0]), np.array([0.0, 1.0])), LN2, name="JS")


@pytest.mark.exercise("value_at_optimum")
def test_value_by_hand(student):
    # D is 1, 1/2, 0: only in the middle is there a doubt, 1/2 ln(1/2) for each side.
    value = student.value_at_optimum(np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5]))
    assert_close(value, -LN2, name="V")
    # The same distribution twice: D is 1/2 everywhere.
    assert_close(student.value_at_optimum(np.array([0.25, 0.75]), np.array([0.25, 0.75])), -np.log(4), name="V")


@pytest.mark.exercise("wasserstein_1d")
def test_wasserstein_by_hand(student):
    # Sorted: 0, 4, 7 and 1, 5, 9. Each goes up, by 1, 1 and 2.
    assert_close(student.wasserstein_1d(np.array([7.0, 0.0, 4.0]), np.array([1.0, 9.0, 5.0])), 4 / 3, name="distance")
    # Half of the mass goes 1 up, half of it 3 down: means say 1, but the way is 2.
    assert_close(student.wasserstein_1d(np.array([0.0, 4.0]), np.array([1.0])), 2.0, name="distance")


@pytest.mark.exercise("mode_shares")
def test_shares_by_hand(student):
    # 0.5 and 1.0 belong to 0 (1.0 just so), 1.25 to 2, the nearer one though 0 is near too, and 9 to none.
    shares = student.mode_shares(np.array([[0.5], [1.0], [1.25], [9.0]]), np.array([[0.0], [2.0]]), 1.25)
    assert_close(shares, np.array([0.5, 0.25, 0.25]), name="shares")


@pytest.mark.exercise("bilinear_path")
def test_simultaneous_by_hand(student):
    # x: 1, 1 - 0.5 * 0 = 1, 1 - 0.5 * 0.5 = 0.75. y: 0, 0 + 0.5 * 1, 0.5 + 0.5 * 1.
    path = student.bilinear_path(1.0, 0.0, 0.5, 2, False)
    assert_close(path, np.array([[1.0, 0.0], [1.0, 0.5], [0.75, 1.0]]), atol=1e-12, name="path")


@pytest.mark.exercise("bilinear_path")
def test_alternating_by_hand(student):
    # x: 1, 1, 0.75. y looks at the new x: 0.5 * 1, then 0.5 + 0.5 * 0.75.
    path = student.bilinear_path(1.0, 0.0, 0.5, 2, True)
    assert_close(path, np.array([[1.0, 0.0], [1.0, 0.5], [0.75, 0.875]]), atol=1e-12, name="path")


def line(w, b):
    """One layer from one number to one number."""
    return [(np.array([[w]]), np.array([b]))]


@pytest.mark.exercise("discriminator_step")
def test_discriminator_step_by_hand(student):
    # The fake is 2 * 1 - 1 = 1, its logit 1 ln 3 - ln 3 = 0; the real row 2 has the logit ln 3. D says 1/2 and 3/4.
    # Slopes of the logits: 1/2 and -1/4. dw = 1/2 * 1 - 1/4 * 2, db = 1/2 - 1/4.
    loss, grads = student.discriminator_step(np.array([[2.0]]), np.array([[1.0]]), line(2.0, -1.0), line(LN3, -LN3))
    assert_close(loss, np.log(8 / 3), name="loss")
    assert_close(grads, line(0.0, 0.25), atol=1e-12, name="grads")


@pytest.mark.exercise("generator_step")
def test_generator_step_by_hand(student):
    # The fake is 2 * 3 - 5 = 1, its logit 4 * 1 - 4 = 0, whose slope is -1/2. At the fake it is -1/2 * 4 = -2.
    # dw = -2 * 3, db = -2.
    loss, grads = student.generator_step(np.array([[3.0]]), line(2.0, -5.0), line(4.0, -4.0))
    assert_close(loss, LN2, name="loss")
    assert_close(grads, line(-6.0, -2.0), name="grads")


@pytest.mark.exercise("generator_step")
def test_generator_step_of_the_other_kind(student):
    # ln(1 - D) of the same fake is -ln 2, and its slope is -1/2, too.
    loss, grads = student.generator_step(np.array([[3.0]]), line(2.0, -5.0), line(4.0, -4.0), "minimax")
    assert_close(loss, -LN2, name="loss")
    assert_close(grads, line(-6.0, -2.0), name="grads")


@pytest.mark.exercise("generator_step")
@pytest.mark.after("test_generator_step_by_hand")
def test_generator_step_leaves_both_networks_alone(student):
    noise = np.array([[3.0]])
    assert_inputs_unchanged(lambda a, b: student.generator_step(noise, a, b), line(2.0, -5.0), line(4.0, -4.0))


# A generator without noise: whatever is drawn, it makes its bias, 0. All real rows are 2, so drawing changes nothing.
NO_NOISE = [(np.zeros((1, 0)), np.array([0.0]))]


@pytest.mark.exercise("train_gan")
def test_one_step_by_hand(student):
    # D's logits are 0: loss 2 ln 2, dw = -1/2 * 2 + 1/2 * 0, db = 0. Adam's first step has the length lr: w is 0.1 now.
    # G's fake 0 still has the logit 0: loss ln 2. With the NEW w its slope is -1/2 * 0.1: the bias goes up by lr.
    generator, discriminator, history = student.train_gan(
        np.full((3, 1), 2.0), NO_NOISE, line(0.0, 0.0), 1, 4, 0.1, np.random.default_rng(0)
    )
    assert_close(history, np.array([[2 * LN2, LN2]]), name="history")
    assert_close(discriminator, line(0.1, 0.0), atol=1e-6, name="discriminator")
    assert_close(generator, [(np.zeros((1, 0)), np.array([0.1]))], atol=1e-6, name="generator")


@pytest.mark.exercise("train_gan")
def test_one_step_of_the_other_kind(student):
    # As above, but G's fake costs ln(1 - 1/2).
    data, rng = np.full((3, 1), 2.0), np.random.default_rng(0)
    _, _, history = student.train_gan(data, NO_NOISE, line(0.0, 0.0), 1, 4, 0.1, rng, "minimax")
    assert_close(history, np.array([[2 * LN2, -LN2]]), name="history")


@pytest.mark.exercise("train_gan")
def test_adam_remembers_the_first_step(student):
    # After the first step D's w is 0.1 and the fake 0.1: the logits are 0.2 and 0.01, and dw = -0.45017 * 2 + 0.5025 * 0.1 =
    # -0.85008, after -1. Means: (0.25 * 1 + 0.5 * 0.85008) / 0.75 = 0.90006; squares: (0.0099 * 1 + 0.01 * 0.72264) / 0.0199 =
    # 0.86062. The second step is 0.1 * 0.90006 / 0.92770 = 0.09702 long.
    data, rng = np.full((3, 1), 2.0), np.random.default_rng(0)
    _, discriminator, _ = student.train_gan(data, NO_NOISE, line(0.0, 0.0), 2, 4, 0.1, rng)
    assert_close(discriminator, line(0.19702, 0.0), atol=0.2, name="discriminator")  # its shapes
    assert_close(discriminator[0][0], np.array([[0.19702]]), atol=1e-5, name="discriminator's w")


@pytest.mark.exercise("train_gan")
@pytest.mark.rests_on("test_one_step_by_hand")
def test_the_bias_walks_to_the_only_row(student):
    # Steps of about 0.1 upwards, from 0 to where all real rows are: it is past the middle after 15 steps, and not beyond 3.
    data, rng = np.full((3, 1), 2.0), np.random.default_rng(0)
    generator, _, history = student.train_gan(data, NO_NOISE, line(0.0, 0.0), 15, 4, 0.1, rng)
    assert_close(history, np.full((15, 2), 1.0), atol=1.0, name="history")
    assert_close(generator[0][1], np.array([2.0]), atol=1.0, name="the generator's bias")
