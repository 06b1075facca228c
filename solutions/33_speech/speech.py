"""Is anybody talking? The published network "Silero VAD" listens to sound, computed by your own functions.

Sound is an array of samples between -1 and 1, 16,000 a second. Floats come in float32 or float64, and results have their dtype.
Parameters are a dict of arrays, in torch's layout:

    "stft_conv.weight" (2 K, 1, n)                                K = n / 2 + 1 frequencies: cosines, then sines
    "conv1.weight" (F1, K, 3), ... "conv4.weight" (D, F3, 3)      with "conv1.bias" (F1,) and so on
    "lstm_cell.weight_ih" (4 H, D), "lstm_cell.weight_hh" (4 H, H), "lstm_cell.bias_ih", "lstm_cell.bias_hh" (4 H,)
    "final_conv.weight" (1, H, 1), "final_conv.bias" (1,)         a kernel of one place: a linear layer

The published network has n = 256, D = 128 and H = 128. Functions leave what they are given as it was.
"""

import numpy as np
from activations import relu, sigmoid
from backprop import linear_forward
from convolution import conv2d_forward
from lstm import lstm_step_forward


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def frames(signal, size=512, context=64):
    """The sound in pieces of `size` samples, each behind the last `context` samples of the piece before it.

    Before the first piece there are zeros, and the last one is filled up with zeros.

    Args:
        signal: samples (L,), may be empty.
        size: new samples in each frame, 1 or more.
        context: old samples before them, 0 or more; may be larger than size.

    Returns:
        frames: (T, context + size), T = L / size rounded up, in signal's dtype; an array of its own.

    Source: the package silero_vad 6.2.3, as its network is fed.

    Example:
        >>> frames(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), size=3, context=2)
        array([[0., 0., 1., 2., 3.],
               [2., 3., 4., 5., 0.]])
    """
    ### BEGIN SOLUTION
    count = -(-len(signal) // size)
    padded = np.zeros(context + count * size, signal.dtype)
    padded[context : context + len(signal)] = signal
    return padded[size * np.arange(count)[:, np.newaxis] + np.arange(context + size)]
    ### END SOLUTION


def fourier_kernels(n=256):
    """The Fourier transform of a windowed piece of n samples, as 2 (n / 2 + 1) kernels of a convolution.

        hann[t] = 0.5 - 0.5 cos(2 pi t / n)
        row k:               hann[t] cos(2 pi k t / n)
        row n / 2 + 1 + k:  -hann[t] sin(2 pi k t / n)     for k = 0 .. n / 2 and t = 0 .. n - 1

    The window is the periodic one: it would be 0 again at t = n.

    Args:
        n: samples, even, 2 or more.

    Returns:
        kernels: float64 (n + 2, 1, n).

    Source: np.fft.rfft of hann times the piece: the first half is its real part, the second its imaginary part;
    torch.hann_window; Harris, "On the use of windows" (1978), section V.

    Example:
        >>> fourier_kernels(2)[:, 0].round(3) + 0.0  # hann is 0, 1: cosines for k = 0 and 1, then sines
        array([[ 0.,  1.],
               [ 0., -1.],
               [ 0.,  0.],
               [ 0.,  0.]])
    """
    ### BEGIN SOLUTION
    t = np.arange(n)
    angles = 2 * np.pi * np.arange(n // 2 + 1)[:, np.newaxis] * t / n
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * t / n)
    return np.concatenate([hann * np.cos(angles), -hann * np.sin(angles)])[:, np.newaxis]
    ### END SOLUTION


def spectrogram(frames, kernels, stride=128, pad=64):
    """How strong each frequency is, in each of a few places of each frame.

    `pad` samples are added at the end of a frame, by reflection: x[-2], x[-3], ..., so that the last sample is not repeated.
    The kernels slide over it by `stride`, and the size of the complex number that two rows make is taken:

        out[n, k, p] = sqrt(z[n, k, p]^2 + z[n, K + k, p]^2)

    Args:
        frames: (T, length), length more than pad.
        kernels: (2 K, 1, width), in frames' dtype.
        stride: samples from place to place. pad: samples added, 0 or more.

    Returns:
        out: (T, K, places), places = (length + pad - width) / stride rounded down, plus 1.

    Source: torch.nn.functional.pad with mode="reflect", torch.nn.functional.conv1d; the graph of silero_vad 6.2.3.

    Example:
        >>> kernels = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
        >>> spectrogram(np.array([[3.0, 4.0, 0.0]]), kernels, stride=2, pad=1)  # 3 4 0 4: roots of 9 + 16 and 0 + 16
        array([[[5., 4.]]])
    """
    ### BEGIN SOLUTION
    padded = np.pad(frames, ((0, 0), (0, pad)), mode="reflect")[:, np.newaxis, np.newaxis]
    z, _ = conv2d_forward(padded, kernels[:, :, np.newaxis], np.zeros(len(kernels), frames.dtype), (1, stride))
    real, imaginary = np.split(z[:, :, 0], 2, axis=1)
    return np.sqrt(real**2 + imaginary**2)
    ### END SOLUTION


def encode(x, params):
    """Four convolutions along time, with a relu after each: from a spectrogram to one vector a frame.

    "conv1" to "conv4", all with kernels of 3 places and padding 1; their strides are 1, 2, 2 and 1, so that the four places
    of a frame become 4, 2, 1 and 1.

    Args:
        x: (T, K, 4), a spectrogram.
        params: dict of arrays, as above.

    Returns:
        features: (T, D).

    Source: torch.nn.functional.conv1d; the graph of silero_vad 6.2.3.
    """
    ### BEGIN SOLUTION
    x = x[:, :, np.newaxis]
    for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
        w, b = params[f"{name}.weight"], params[f"{name}.bias"]
        x = relu(conv2d_forward(x, w[:, :, np.newaxis], b, (1, stride), (0, 1))[0])
    return x[:, :, 0, 0]
    ### END SOLUTION


def from_onnx_gates(w, hidden):
    """Weights of an LSTM in the order of ONNX, input, output, forget, cell, put in torch's: input, forget, cell, output.

    Each gate has `hidden` rows. Networks travel as ONNX files, and two with gates in another order fit each other's shapes.

    Args:
        w: (4 hidden, ...): weights or biases.
        hidden: H, 1 or more.

    Returns:
        New array of w's shape and dtype.

    Raises:
        ValueError: naming w, if it does not have 4 hidden rows.

    Source: ONNX's operator LSTM ("iofc"); torch.nn.LSTMCell ("ifgo").

    Example:
        >>> from_onnx_gates(np.array([1, 2, 3, 4]), hidden=1)
        array([1, 3, 4, 2])
    """
    require(len(w) == 4 * hidden, f"w must have {4 * hidden} rows, not {len(w)}")
    ### BEGIN SOLUTION
    i, o, f, g = np.split(w, 4)
    return np.concatenate([i, f, g, o])
    ### END SOLUTION


def speech_probability(features, h, c, params):
    """How probably each frame is speech, given all frames before it.

    One step of "lstm_cell" for each frame (your lstm_step_forward); relu of the new hidden state; the linear layer
    "final_conv"; sigmoid. The states handed back go into the next call: two halves one after the other give what the whole gives.

    Args:
        features: (T, D), T may be 0.
        h, c: (1, H), hidden state and cell state before the first frame.
        params: dict of arrays, as above.

    Returns:
        (p, h, c): p (T,) in h's dtype, and the states after the last frame, (1, H) each.

    Source: torch.nn.LSTMCell; the graph of silero_vad 6.2.3.
    """
    ### BEGIN SOLUTION
    weights = [params[f"lstm_cell.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    shown = np.empty((len(features), h.shape[1]), h.dtype)
    for t in range(len(features)):
        h, c, _ = lstm_step_forward(features[t : t + 1], h, c, *weights)
        shown[t] = h[0]
    z, _ = linear_forward(relu(shown), params["final_conv.weight"][:, :, 0], params["final_conv.bias"])
    return sigmoid(z)[:, 0], h, c
    ### END SOLUTION


def speech_segments(p, on=0.5, off=0.35, least=8, pause=3):
    """From probabilities to stretches of speech, with two thresholds, so that a wavering number does not tear them.

    A stretch begins at the first frame with p >= on. Frames with p < off are silent; a stretch ends when MORE than `pause`
    silent ones follow each other, and then it stops where the first of them lies. Frames between off and on are no
    silence, but they begin nothing. At the end of p a stretch that is still open stops at len(p), silent frames and all.
    Stretches of fewer than `least` frames are left out.

    Args:
        p: probabilities (T,), T may be 0.
        on, off: thresholds, off at most on.
        least: frames of the shortest stretch.
        pause: how many silent frames a stretch survives, 0 or more.

    Returns:
        [(start, stop), ...]: pairs of ints; frames start to stop - 1 are speech.

    Raises:
        ValueError: naming off, if it is above on.

    Source: get_speech_timestamps of silero_vad 6.2.3, made simpler; thresholds like these are Schmitt's trigger (1938).

    Example:
        >>> speech_segments(np.array([0.1, 0.9, 0.4, 0.2, 0.9, 0.1, 0.1]), least=2, pause=1)
        [(1, 5)]
    """
    require(off <= on, f"off must be at most on ({on}), not {off}")
    ### BEGIN SOLUTION
    found, start, silent = [], None, 0
    for t, each in enumerate(p):
        if start is None:
            if each >= on:
                start, silent = t, 0
        elif each >= off:
            silent = 0
        else:
            silent += 1
            if silent > pause:
                found.append((start, t - pause))
                start = None
    if start is not None:
        found.append((start, len(p)))
    return [(start, stop) for start, stop in found if stop - start >= least]
    ### END SOLUTION


class StreamingDetector:
    """Listens to sound as it comes, in chunks of any length, and answers as if it had heard all at once.

    It keeps what the next frame needs: samples that do not fill a frame of 512 yet, the last 64 of the frame before, and the
    states of the LSTM, which are zeros at first.

    Args:
        params: dict of arrays, as above, with a "stft_conv.weight" of 256 samples.

    Source: the class OnnxWrapper of silero_vad 6.2.3.
    """

    def __init__(self, params):
        ### BEGIN SOLUTION
        self.params = params
        weights = params["lstm_cell.weight_hh"]
        self.h = np.zeros((1, weights.shape[1]), weights.dtype)
        self.c = np.zeros((1, weights.shape[1]), weights.dtype)
        self.heard = np.zeros(64, weights.dtype)
        ### END SOLUTION

    def feed(self, samples):
        """The probabilities of the frames that these samples complete.

        Args:
            samples: (L,), in the parameters' dtype; may be empty.

        Returns:
            p: (frames completed,), may be empty: what does not fill a frame waits for the next call.
        """
        ### BEGIN SOLUTION
        self.heard = np.concatenate([self.heard, samples])
        count = (len(self.heard) - 64) // 512
        pieces = self.heard[512 * np.arange(count)[:, np.newaxis] + np.arange(576)]
        self.heard = self.heard[512 * count :]
        features = encode(spectrogram(pieces, self.params["stft_conv.weight"]), self.params)
        p, self.h, self.c = speech_probability(features, self.h, self.c, self.params)
        return p
        ### END SOLUTION
