"""Whole arrays at once: norms, matrix products, an outer product for the Jacobian, one-hot masks."""

import numpy as np


def squash(s, axis=-1):
    r = np.linalg.norm(s, axis=axis, keepdims=True)
    return s * (r / (r * r + 1))


def squash_backward(dv, s):
    require(dv.shape == s.shape, "dv does not fit")
    r = np.linalg.norm(s, axis=-1)[..., None, None]
    safe = np.maximum(r, np.finfo(s.dtype).tiny)
    outer = (s[..., :, None] / safe) * (s[..., None, :] / safe)
    jacobian = r / (1 + r * r) * np.eye(s.shape[-1], dtype=s.dtype) + r * (1 - r * r) / (1 + r * r) ** 2 * outer
    return np.matmul(jacobian, dv[..., None])[..., 0]


def primary_capsules(features, size):
    require(size >= 1 and features.shape[1] % size == 0, "size does not divide the channels")
    parts = np.split(features, features.shape[1] // size, axis=1)
    return squash(np.concatenate([part.reshape(*part.shape[:2], -1).swapaxes(1, 2) for part in parts], axis=1))


def predictions(u, w):
    require((w.shape[0], w.shape[3]) == u.shape[1:], "w does not fit")
    return np.matmul(w[None], u[:, :, None, :, None])[..., 0]


def predictions_backward(du_hat, u, w):
    du = np.matmul(du_hat[..., None, :], w[None])[..., 0, :].sum(2)
    return du, (du_hat[..., None] * u[:, :, None, None, :]).sum(0)


def _gathered(c, u_hat):
    return np.matmul(c.transpose(0, 2, 1)[:, :, None, :], u_hat.transpose(0, 2, 1, 3))[:, :, 0]


def routing(u_hat, iterations):
    require(iterations >= 1, "iterations is too small")
    heard = np.zeros((len(u_hat), *u_hat.shape[2:]), u_hat.dtype)  # b is linear in u_hat: keep the sum of the v
    for _ in range(iterations):
        b = np.matmul(u_hat[..., None, :], heard[:, None, :, :, None])[..., 0, 0]
        raw = np.exp(b - b.max(2, keepdims=True))
        c = raw / raw.sum(2, keepdims=True)
        v = squash(_gathered(c, u_hat))
        heard = heard + v
    return v, c


def routing_backward(dv, u_hat, c):
    return np.einsum("nij,njo->nijo", c, squash_backward(dv, _gathered(c, u_hat)))


def margin_loss(v, labels, m_plus=0.9, m_minus=0.1, down=0.5):
    require_labels(labels, v)
    t = np.eye(v.shape[1], dtype=v.dtype)[labels]
    r = np.linalg.norm(v, axis=-1)
    up, over = (m_plus - r).clip(0), (r - m_minus).clip(0)
    dr = (2 * down * (1 - t) * over - 2 * t * up) / v.dtype.type(len(v))
    way = np.divide(v, r[..., None], out=np.zeros_like(v), where=r[..., None] > 0)
    return float(np.sum(t * up**2 + down * (1 - t) * over**2) / len(v)), dr[..., None] * way


def capsule_scores(v):
    return np.linalg.norm(v, axis=-1)


def mask_capsules(v, labels):
    require_labels(labels, v)
    return (v * np.eye(v.shape[1], dtype=v.dtype)[labels][..., None]).reshape(len(v), -1)


def perturb(v, labels, dimension, amounts):
    require(0 <= dimension < v.shape[2], "dimension is not there")
    changed = np.tile(v, (len(amounts), 1, 1, 1))
    changed[..., dimension] += np.asarray(amounts)[:, None, None]
    return np.stack([mask_capsules(each, labels) for each in changed])
