"""Loops over examples, children and parents, and lists of numbers."""

import math

import numpy as np


def _length(vector):
    return math.sqrt(math.fsum(float(each) ** 2 for each in vector))


def _squash(vector):
    r = _length(vector)
    return vector * vector.dtype.type(r / (1 + r * r))


def squash(s, axis=-1):
    turned = np.moveaxis(s, axis, -1)
    out = np.zeros_like(turned)
    for place in np.ndindex(*turned.shape[:-1]):
        out[place] = _squash(turned[place])
    return np.moveaxis(out, -1, axis)


def _squash_back(dv, s):
    r = _length(s)
    if r == 0:
        return np.zeros_like(s)
    inner = float(np.dot(dv, s))
    turn = (1 - r * r) / (1 + r * r) ** 2 * inner / r
    return np.array([r / (1 + r * r) * a + turn * b for a, b in zip(dv.tolist(), s.tolist(), strict=True)], s.dtype)


def squash_backward(dv, s):
    if dv.shape != s.shape:
        raise ValueError("dv must have the shape of s")
    out = np.zeros_like(s)
    for place in np.ndindex(*s.shape[:-1]):
        out[place] = _squash_back(dv[place], s[place])
    return out


def primary_capsules(features, size):
    if size < 1 or features.shape[1] % size:
        raise ValueError("size must divide the channels")
    out = []
    for picture in features:
        capsules = []
        for first in range(0, len(picture), size):
            for i in range(picture.shape[1]):
                for j in range(picture.shape[2]):
                    capsules.append(_squash(picture[first : first + size, i, j]))
        out.append(capsules)
    return np.array(out)


def predictions(u, w):
    if (w.shape[0], w.shape[3]) != u.shape[1:]:
        raise ValueError("w must fit u")
    out = np.zeros((len(u), *w.shape[:3]), u.dtype)
    for n in range(len(u)):
        for i in range(len(w)):
            for j in range(w.shape[1]):
                out[n, i, j] = w[i, j].dot(u[n, i])
    return out


def predictions_backward(du_hat, u, w):
    du, dw = np.zeros_like(u), np.zeros_like(w)
    for n in range(len(u)):
        for i in range(len(w)):
            for j in range(w.shape[1]):
                du[n, i] += w[i, j].T.dot(du_hat[n, i, j])
                dw[i, j] += np.outer(du_hat[n, i, j], u[n, i])
    return du, dw


def routing(u_hat, iterations):
    if iterations < 1:
        raise ValueError("iterations must be at least 1")
    n, children, parents, _ = u_hat.shape
    v = np.zeros((n, *u_hat.shape[2:]), u_hat.dtype)
    c = np.zeros((n, children, parents), u_hat.dtype)
    for row in range(n):
        b = np.zeros((children, parents))
        for turn in range(iterations):
            if turn:
                for j in range(parents):
                    b[:, j] += u_hat[row, :, j].dot(v[row, j])
            for i in range(children):
                top = max(b[i])
                raw = [math.exp(each - top) for each in b[i]]
                c[row, i] = [each / sum(raw) for each in raw]
            for j in range(parents):
                v[row, j] = _squash(c[row, :, j].dot(u_hat[row, :, j]))
    return v, c


def routing_backward(dv, u_hat, c):
    out = np.zeros_like(u_hat)
    for n in range(len(u_hat)):
        for j in range(u_hat.shape[2]):
            ds = _squash_back(dv[n, j], c[n, :, j].dot(u_hat[n, :, j]))
            for i in range(u_hat.shape[1]):
                out[n, i, j] = c[n, i, j] * ds
    return out


def _check(labels, v):
    if np.shape(labels) != (len(v),) or min(labels) < 0 or max(labels) >= v.shape[1]:
        raise ValueError("labels do not fit")


def margin_loss(v, labels, m_plus=0.9, m_minus=0.1, down=0.5):
    _check(labels, v)
    loss, dv = 0.0, np.zeros_like(v)
    for n, label in enumerate(labels):
        for j in range(v.shape[1]):
            r = _length(v[n, j])
            if j == label:
                gap, weight = min(0.0, r - m_plus), 1.0
            else:
                gap, weight = max(0.0, r - m_minus), down
            loss += weight * gap * gap / len(v)
            if r > 0:
                dv[n, j] = v[n, j] * v.dtype.type(2 * weight * gap / r / len(v))
    return loss, dv


def capsule_scores(v):
    return np.array([[_length(capsule) for capsule in row] for row in v], v.dtype)


def mask_capsules(v, labels):
    _check(labels, v)
    out = []
    for row, label in zip(v, labels, strict=True):
        out.append([each if j == label else 0.0 for j, capsule in enumerate(row) for each in capsule])
    return np.array(out, v.dtype)


def perturb(v, labels, dimension, amounts):
    _check(labels, v)
    if not 0 <= dimension < v.shape[2]:
        raise ValueError("dimension is not there")
    out = []
    for amount in amounts:
        changed = v.copy()
        for n, label in enumerate(labels):
            changed[n, label, dimension] += amount
        out.append(mask_capsules(changed, labels))
    return np.array(out)
