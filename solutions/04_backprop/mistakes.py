"""Known wrong answers, each with the hint that a student gets."""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake("linear_forward", hint="reshape does not transpose: it deals the same numbers out into other rows. Use W.T.")
def linear_reshaped_weights(x, W, b):
    return x @ W.reshape(W.shape[::-1]) + b, (x, W)


@mistake("linear_forward", hint="Every output has a bias as well: add b, which broadcasts over the rows of the batch.")
def linear_without_bias(x, W, b):
    return x @ W.T, (x, W)


@mistake("linear_forward", hint="Look at the shapes first. A b of one value broadcasts to all outputs without a complaint.")
def linear_without_checks(x, W, b):
    return x @ W.T + b, (x, W)


@mistake("linear_backward", hint="b is added to every row of the batch, so its gradient is the sum of dout over the rows.")
def linear_db_not_summed(dout, cache):
    dx, dW, _ = reference.linear_backward(dout, cache)
    return dx, dW, dout


@mistake("linear_backward", hint="W is (out, in), and a gradient has the shape of what it is for: dW is the wrong way round.")
def linear_dW_transposed(dout, cache):
    dx, dW, db = reference.linear_backward(dout, cache)
    return dx, dW.T, db


@mistake("linear_backward", hint="The chain rule adds up over the batch. A mean is the loss's business: dout has its 1/N already.")
def linear_mean_over_batch(dout, cache):
    dx, dW, db = reference.linear_backward(dout, cache)
    return dx, dW / len(dout), db / len(dout)


@mistake("linear_backward", hint="Going back, output o hands its gradient to input i through the same W[o, i]: no reshape is needed.")
def linear_dx_reshaped_weights(dout, cache):
    _, dW, db = reference.linear_backward(dout, cache)
    W = cache[1]
    return dout @ W.T.reshape(W.shape), dW, db


LAST = {}  # a mistake: what forward leaves for backward lies here, one place for all layers


@mistake("linear_backward", hint="The cache is there so that every layer keeps its own x and W: a global holds those of the last call.")
def linear_ignores_cache(dout, cache):
    x, W = cache
    kept = LAST.setdefault(dout.shape[1] if len(LAST) else 0, (x, W))
    return reference.linear_backward(dout, kept)
