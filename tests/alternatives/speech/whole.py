"""Whole arrays: NumPy's own Fourier transform, windows that slide over views, runs of frames counted without a loop."""

import numpy as np


def frames(signal, size=512, context=64):
    filled = np.pad(signal, (context, -len(signal) % size))
    if len(signal) == 0:
        return np.zeros((0, context + size), signal.dtype)
    return np.lib.stride_tricks.sliding_window_view(filled, context + size)[::size].copy()


def fourier_kernels(n=256):
    window = np.sin(np.pi * np.arange(n) / n) ** 2
    z = np.fft.rfft(np.diag(window), axis=1).T
    return np.vstack([z.real, z.imag]).reshape(n + 2, 1, n)


def spectrogram(frames, kernels, stride=128, pad=64):
    back = np.arange(frames.shape[1] - 2, frames.shape[1] - 2 - pad, -1)
    x = np.hstack([frames, frames[:, back]])
    pieces = np.lib.stride_tricks.sliding_window_view(x, kernels.shape[-1], axis=1)[:, ::stride]
    z = np.einsum("tpw,kw->tkp", pieces, kernels.squeeze(1))
    return abs(z[:, : len(kernels) // 2] + 1j * z[:, len(kernels) // 2 :])


def encode(x, params):
    for name, step in zip(("conv1", "conv2", "conv3", "conv4"), (1, 2, 2, 1), strict=True):
        padded = np.concatenate([np.zeros_like(x[:, :, :1]), x, np.zeros_like(x[:, :, :1])], axis=2)
        pieces = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=2)[:, :, ::step]
        z = np.tensordot(pieces, params[f"{name}.weight"], axes=([1, 3], [1, 2])).swapaxes(1, 2)
        x = (z + params[f"{name}.bias"][:, None]).clip(min=0)
    return x[..., -1]


def from_onnx_gates(w, hidden):
    require(w.shape[0] == 4 * hidden, f"w needs {4 * hidden} rows")
    return w.reshape(4, hidden, *w.shape[1:])[[0, 2, 3, 1]].reshape(w.shape)


def speech_probability(features, h, c, params):
    w = {name: params["lstm_cell." + name] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    given = features @ w["weight_ih"].T + w["bias_ih"] + w["bias_hh"]
    h, c, states = h.copy(), c.copy(), []
    for row in given:
        i, f, g, o = (row + h @ w["weight_hh"].T).reshape(4, 1, -1)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        states.append(h[0])
    if not states:
        return np.zeros(0, h.dtype), h, c
    z = np.maximum(np.array(states), 0) @ params["final_conv.weight"][0, :, 0] + params["final_conv.bias"][0]
    return 0.5 * (1 + np.tanh(z / 2)), h, c


def speech_segments(p, on=0.5, off=0.35, least=8, pause=3):
    if off > on:
        raise ValueError("off lies above on")
    t = np.arange(len(p))
    heard = np.maximum.accumulate(np.where(p >= off, t, -1))
    event = np.where(p >= on, 1, np.where(t - heard > pause, -1, 0))
    last = np.maximum.accumulate(np.where(event != 0, t, -1))
    speaks = np.concatenate([[False], (last >= 0) & (event[last] == 1), [False]])
    edges = np.flatnonzero(np.diff(speaks.astype(int)))
    found = []
    for start, stop in edges.reshape(-1, 2).tolist():
        stop = stop if stop == len(p) else stop - pause
        if stop - start >= least:
            found.append((start, stop))
    return found


class StreamingDetector:
    def __init__(self, params):
        self.params, self.kept = params, np.zeros(0, params["lstm_cell.bias_ih"].dtype)
        self.tail = np.zeros(64, self.kept.dtype)
        self.state = np.zeros((2, 1, len(params["lstm_cell.bias_ih"]) // 4), self.kept.dtype)

    def feed(self, samples):
        every = np.append(self.kept, samples).astype(self.kept.dtype)
        done = len(every) - len(every) % 512
        whole = frames(every[:done])
        if done:
            whole[0, :64] = self.tail
            self.tail = every[done - 64 : done]
        self.kept = every[done:]
        x = encode(spectrogram(whole, self.params["stft_conv.weight"]), self.params)
        p, h, c = speech_probability(x, *self.state, self.params)
        self.state = np.stack([h, c])
        return p
