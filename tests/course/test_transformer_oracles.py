"""The whole model of unit 22 beside torch's encoder layers under a causal mask; Adam; masks that allow nothing."""

import numpy as np
import pytest

from autograder.checks.comparison import assert_close
from autograder.course.units import load_course
from autograder.sandbox.local import load_module

FOLDER = load_course().root / "solutions" / "22_transformer"
transformer = load_module(FOLDER / "transformer.py")
scaled = load_module(FOLDER / "scaled.py", "scaled_of_transformer")


def tensors(torch, nested):
    if isinstance(nested, dict):
        return {key: tensors(torch, each) for key, each in nested.items()}
    if isinstance(nested, list):
        return [tensors(torch, each) for each in nested]
    return torch.from_numpy(nested.copy()).requires_grad_(True)


@pytest.mark.parametrize("layers, t", [(1, 5), (2, 7), (3, 1)])
def test_tiny_transformer_is_torchs_encoder_under_a_causal_mask(layers, t):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(layers)
    model = transformer.TinyTransformer(11, 7, 8, scaled.HEADS, 12, layers, rng)
    for array in transformer.arrays_of(model.params):
        array += rng.normal(scale=0.2, size=array.shape)  # gammas, betas and biases too
    tokens, targets = rng.integers(11, size=(2, 3, t))
    weights = rng.integers(0, 2, size=(3, t)) + np.eye(3, t)

    params = tensors(torch, model.params)
    x = params["table"][torch.from_numpy(tokens)] + torch.from_numpy(transformer.positional_encoding(t, 8))
    later = torch.ones(t, t, dtype=torch.bool).triu(1)
    for block in params["blocks"]:
        layer = scaled.layer_of(torch, "TransformerEncoderLayer", x, block, norm_first=True)
        x = torch.func.functional_call(layer, scaled.theirs(torch, block) | scaled.rest(block, 2), (x, later))
    logits = x @ params["w_out"].T + params["b_out"]
    each = torch.nn.functional.cross_entropy(logits.mT, torch.from_numpy(targets), reduction="none")
    loss = (each * torch.from_numpy(weights)).sum() / weights.sum()
    loss.backward()

    assert_close(model.logits(tokens), logits.detach().numpy(), rtol=1e-10, atol=1e-10)
    found, grads = model.loss_and_grads(tokens, targets, weights)
    assert_close(found, loss.item(), rtol=1e-10)
    for ours, theirs in zip(transformer.arrays_of(grads), transformer.arrays_of(params), strict=True):
        assert_close(ours, theirs.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_adam_is_torchs():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    params, state = {"b": [rng.normal(size=3)], "a": rng.normal(size=(2, 2))}, {}
    theirs = tensors(torch, params)
    optimizer = torch.optim.Adam(transformer.arrays_of(theirs), lr=0.1, betas=(0.9, 0.98), eps=1e-9)
    for _ in range(3):
        grads = {"b": [rng.normal(size=3)], "a": rng.normal(size=(2, 2))}
        for tensor, gradient in zip(transformer.arrays_of(theirs), transformer.arrays_of(grads), strict=True):
            tensor.grad = torch.from_numpy(gradient)
        optimizer.step()
        transformer.adam_step(params, grads, state, 0.1)
    for ours, tensor in zip(transformer.arrays_of(params), transformer.arrays_of(theirs), strict=True):
        assert_close(ours, tensor.detach().numpy(), rtol=1e-10)


def test_a_step_that_may_look_at_nothing_changes_nothing_by_looking():
    rng = np.random.default_rng(0)
    weights, x = {key: rng.normal(size=(4, 4)) for key in transformer.ATTENTION}, rng.normal(size=(2, 3, 4))
    mask = np.array([[True, False, True], [False, False, False], [True, True, True]])
    out, back = transformer.attend(x, x, weights, 2, mask)
    assert_close(out[:, 1], np.zeros((2, 4)))
    dout = np.zeros((2, 3, 4))
    dout[:, 1] = 1
    for each in transformer.arrays_of(list(back(dout))):
        assert_close(each, np.zeros(each.shape))
