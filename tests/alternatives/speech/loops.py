"""Plain loops over frames, frequencies and places; rows picked by their numbers; silent frames looked up in what follows."""

import numpy as np


def frames(signal, size=512, context=64):
    out = []
    for start in range(0, len(signal), size):
        row = [signal[k] if 0 <= k < len(signal) else 0.0 for k in range(start - context, start + size)]
        out.append(row)
    return np.array(out, dtype=signal.dtype).reshape(len(out), context + size)


def fourier_kernels(n=256):
    out = np.zeros((n + 2, 1, n))
    for t in range(n):
        hann = np.sin(np.pi * t / n) ** 2
        for k in range(n // 2 + 1):
            out[k, 0, t] = hann * np.cos(2 * np.pi * k * t / n)
            out[n // 2 + 1 + k, 0, t] = -hann * np.sin(2 * np.pi * k * t / n)
    return out


def spectrogram(frames, kernels, stride=128, pad=64):
    x = np.concatenate([frames, frames[:, ::-1][:, 1 : pad + 1]], axis=1)
    half, width = len(kernels) // 2, kernels.shape[2]
    places = [
        np.hypot(x[:, k : k + width] @ kernels[:half, 0].T, x[:, k : k + width] @ kernels[half:, 0].T)
        for k in range(0, x.shape[1] - width + 1, stride)
    ]
    return np.stack(places, axis=2)


def encode(x, params):
    for k in range(1, 5):
        w, b = params[f"conv{k}.weight"], params[f"conv{k}.bias"]
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1)))
        step = 2 if k in (2, 3) else 1
        at = range(0, x.shape[2], step)
        x = np.stack([np.einsum("nck,fck->nf", padded[:, :, p : p + 3], w) + b for p in at], axis=2)
        x = np.maximum(x, 0)
    return x.reshape(len(x), -1)


def from_onnx_gates(w, hidden):
    require(len(w) == 4 * hidden, f"w must have {4 * hidden} rows, not {len(w)}")
    return np.array([w[gate * hidden + k] for gate in (0, 2, 3, 1) for k in range(hidden)])


def speech_probability(features, h, c, params):
    p = []
    ih, hh = params["lstm_cell.weight_ih"], params["lstm_cell.weight_hh"]
    bias = params["lstm_cell.bias_ih"] + params["lstm_cell.bias_hh"]
    for x in features:
        i, f, g, o = np.split(ih @ x + hh @ h[0] + bias, 4)
        c = (sigmoid(f) * c[0] + sigmoid(i) * np.tanh(g))[np.newaxis]
        h = sigmoid(o) * np.tanh(c)
        p.append(sigmoid(params["final_conv.weight"][0, :, 0] @ np.maximum(h[0], 0) + params["final_conv.bias"])[0])
    return np.array(p, dtype=h.dtype), h, c


def speech_segments(p, on=0.5, off=0.35, least=8, pause=3):
    require(off <= on, f"off must be at most on ({on}), not {off}")
    p, found, t = list(p), [], 0
    while t < len(p):
        if p[t] < on:
            t += 1
            continue
        stop = t
        while stop < len(p) and (len(p) - stop <= pause or max(p[stop : stop + pause + 1]) >= off):
            stop += 1
        if stop - t >= least:
            found.append((t, stop))
        t = stop
    return found


class StreamingDetector:
    def __init__(self, params):
        self.params, self.before, self.waiting = params, [0.0] * 64, []
        self.dtype = params["lstm_cell.bias_hh"].dtype
        self.states = [np.zeros((1, len(params["lstm_cell.bias_hh"]) // 4), self.dtype) for _ in range(2)]

    def feed(self, samples):
        told = []
        self.waiting += list(samples)
        for _ in range(len(self.waiting) // 512):
            frame = np.array([self.before + self.waiting[:512]], dtype=self.dtype)
            self.before, self.waiting = self.waiting[448:512], self.waiting[512:]
            x = encode(spectrogram(frame, self.params["stft_conv.weight"]), self.params)
            p, *self.states = speech_probability(x, *self.states, self.params)
            told.append(p[0])
        return np.array(told, dtype=self.dtype)
