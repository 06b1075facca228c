"""Unit 05's Tensor beside torch's on graphs that nobody chose."""

import numpy as np
import pytest

from autograder.checks.comparison import assert_close
from autograder.course.units import load_course
from autograder.sandbox.local import load_module

FOLDER = load_course().root / "solutions" / "05_autodiff"


def test_200_random_graphs_agree_with_torch():
    torch = pytest.importorskip("torch")
    module = load_module(FOLDER / "autodiff.py")
    programs = load_module(FOLDER / "hidden.py", "hidden_of_autodiff")
    rng = np.random.default_rng(0)
    for count in range(200):
        steps, leaves = programs.random_program(rng, 2 + count % 40)
        tensors = [torch.tensor(leaf, requires_grad=True) for leaf in leaves]
        values = list(tensors)
        for operation, places, extra in steps:
            x, *others = [values[place] for place in places]
            known = module.OPERATIONS.get(operation)
            values.append(known(x, *others, *extra) if known else getattr(x, operation)(*extra))
        values[-1].backward()
        expected = values[-1].detach().numpy(), [tensor.grad.numpy() for tensor in tensors]
        assert_close(module.evaluate(steps, leaves), expected, rtol=1e-9, name=f"graph {count}")
