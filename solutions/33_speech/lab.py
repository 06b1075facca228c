"""What this lesson draws and computes with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `listen(StreamingDetector, params, samples)`.
"""

import numpy as np

from autograder.datasets import load_speech
from autograder.lab import COLOURS, figure, show

RATE = 16000  # samples a second
FRAME = 512  # samples a frame


def seconds(segments):
    """Pairs of frames as pairs of seconds.

    Example:
        >>> seconds([(0, 125)])
        [(0.0, 4.0)]
    """
    return [(start * FRAME / RATE, stop * FRAME / RATE) for start, stop in segments]


def loudness(samples):
    """The baseline: how loud each whole frame is, the root of its mean square.

    Example:
        >>> loudness(np.ones(1024))
        array([1., 1.])
    """
    whole = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return np.sqrt((whole**2).mean(axis=1))


def with_noise(samples, level, seed=0):
    """The samples with white noise of this standard deviation added.

    Example:
        >>> float(with_noise(np.zeros(3), 0.0).sum())
        0.0
    """
    return (samples + level * np.random.default_rng(seed).normal(size=len(samples))).astype(samples.dtype)


def hum(count, level=0.1):
    """Something loud that is no speech: a tone of 220 Hz.

    Example:
        >>> hum(4, level=0.0).shape
        (4,)
    """
    return (level * np.sin(2 * np.pi * 220 * np.arange(count) / RATE)).astype(np.float32)


def listen(detector, params, samples):
    """Probabilities of a whole recording by a fresh detector: detector is your StreamingDetector."""
    return detector(params).feed(samples.astype(np.float32))


def forget_gates(speech_probability, features, params):
    """How much of each cell of the LSTM is kept at each frame, (T, H), 1 all and 0 nothing: your states, one frame at a time.

    Example:
        >>> weights = {f"lstm_cell.{name}": np.zeros((8, 2)) for name in ("weight_ih", "weight_hh")}
        >>> weights |= {f"lstm_cell.{name}": np.zeros(8) for name in ("bias_ih", "bias_hh")}
        >>> forget_gates(lambda x, h, c, params: (None, h, c), np.ones((1, 2)), weights)
        array([[0.5, 0.5]])
    """
    w_ih, w_hh = params["lstm_cell.weight_ih"], params["lstm_cell.weight_hh"]
    bias = params["lstm_cell.bias_ih"] + params["lstm_cell.bias_hh"]
    hidden, gates = w_hh.shape[1], []
    h = c = np.zeros((1, hidden), features.dtype)
    forget = slice(hidden, 2 * hidden)
    for x in features:
        gates.append(1 / (1 + np.exp(-(w_ih[forget] @ x + w_hh[forget] @ h[0] + bias[forget]))))
        _, h, c = speech_probability(x[np.newaxis], h, c, params)
    return np.array(gates)


def kept(gates, p):
    """The forget gates of all cells over time, those that drop in speech at the top, those that drop in silence at the bottom.

    gates (T, H) from forget_gates, p (T,) probabilities.
    """
    difference = gates[p >= 0.5].mean(axis=0) - gates[p < 0.5].mean(axis=0)
    drawn, axes = figure(2, 1, height=3.6, sharex=True, height_ratios=[1, 2.5])
    end = len(p) * FRAME / RATE
    axes[0].plot((np.arange(len(p)) + 0.5) * FRAME / RATE, p, color=COLOURS["value"])
    axes[0].set(ylabel="p", ylim=(-0.05, 1.05))
    picture = axes[1].imshow(
        gates[:, np.argsort(difference)].T,
        aspect="auto",
        extent=(0, end, len(difference), 0),
        vmin=0,
        vmax=1,
        cmap="gray",
    )
    axes[1].set(ylabel="cell", xlabel="seconds")
    drawn.colorbar(picture, ax=axes[1], label="kept", ticks=[0, 1])
    strong = [int((sign * difference > 0.3).sum()) for sign in (-1, 1)]
    return show(
        drawn,
        f"Probability of speech above the forget gates of all cells over time. {strong[0]} cells, at the top, keep far "
        f"less while somebody speaks, {strong[1]}, at the bottom, far more.",
    )


def opening():
    """The picture that the lesson begins with: the recording's waveform."""
    samples = load_speech()
    drawn, ax = figure(height=1.8)
    ax.plot(np.arange(len(samples)) / RATE, samples, color=COLOURS["value"], linewidth=0.4)
    ax.set(xlabel="seconds", ylabel="sample", xlim=(0, len(samples) / RATE))
    return show(
        drawn,
        "Eight seconds of sound: two stretches that swing wildly, with a flat line before, between and after them.",
    )


def heard(samples, strengths, p, segments):
    """Waveform, spectrogram and probability, one above the other, with the segments shaded.

    samples (L,), strengths (T, K, 4) from the spectrogram, p (T,), segments in frames.
    """
    drawn, axes = figure(3, 1, height=5.2, sharex=True)
    end = len(p) * FRAME / RATE
    axes[0].plot(np.arange(len(samples)) / RATE, samples, color=COLOURS["value"], linewidth=0.4)
    axes[0].set(ylabel="sample")
    picture = np.log10(np.concatenate(list(strengths), axis=1) + 1e-3)
    axes[1].imshow(picture, origin="lower", aspect="auto", extent=(0, end, 0, RATE / 2000), cmap="viridis")
    axes[1].set(ylabel="kHz")
    axes[2].plot((np.arange(len(p)) + 0.5) * FRAME / RATE, p, color=COLOURS["value"])
    axes[2].set(ylabel="p", ylim=(-0.05, 1.05), xlim=(0, end), xlabel="seconds")
    for start, stop in seconds(segments):
        for ax in (axes[0], axes[2]):
            ax.axvspan(start, stop, color=COLOURS["light"], alpha=0.4, linewidth=0)
    told = ", ".join(f"{start:.1f} to {stop:.1f} seconds" for start, stop in seconds(segments))
    return show(drawn, f"Waveform, spectrogram and probability of speech over time. Shaded as speech: {told}.")
