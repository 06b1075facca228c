"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require = reference.require
relu, sigmoid, linear_forward = reference.relu, reference.sigmoid, reference.linear_forward
conv2d_forward, lstm_step_forward = reference.conv2d_forward, reference.lstm_step_forward


def pieces(signal, size, context):
    count = -(-len(signal) // size)
    padded = np.zeros(context + count * size, signal.dtype)
    padded[context : context + len(signal)] = signal
    return padded[size * np.arange(count)[:, np.newaxis] + np.arange(context + size)]


@mistake(
    "frames", hint="Before each piece stand the last `context` samples of the piece before it: here there are zeros."
)
def frames_without_context(signal, size=512, context=64):
    out = pieces(signal, size, context)
    out[:, :context] = 0
    return out


@mistake("frames", hint="The last piece is filled up with zeros: here what does not fill a frame is dropped.")
def frames_that_drop_the_rest(signal, size=512, context=64):
    return pieces(signal[: len(signal) // size * size], size, context)


@mistake("frames", hint="L / size rounded up: where the sound ends with a frame, no frame of zeros follows.")
def frames_with_one_too_many(signal, size=512, context=64):
    return pieces(np.concatenate([signal, np.zeros(size - len(signal) % size, signal.dtype)]), size, context)


@mistake("frames", hint="The old samples stand BEFORE the new ones: here they come last.")
def frames_with_context_behind(signal, size=512, context=64):
    out = pieces(signal, size, context)
    return np.concatenate([out[:, context:], out[:, :context]], axis=1)


@mistake("frames", hint="Each frame has `size` NEW samples: the next begins size later, not size + context.")
def frames_that_step_too_far(signal, size=512, context=64):
    count = -(-len(signal) // size)
    padded = np.zeros(context + count * (size + context), signal.dtype)
    padded[context : context + len(signal)] = signal
    return padded[: count * (size + context)].reshape(count, size + context)


def kernels_of(n, hann, sign=-1, sines_first=False):
    t = np.arange(n)
    angles = 2 * np.pi * np.arange(n // 2 + 1)[:, np.newaxis] * t / n
    rows = [hann * np.cos(angles), sign * hann * np.sin(angles)]
    return np.concatenate(rows[::-1] if sines_first else rows)[:, np.newaxis]


def periodic(n):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


@mistake(
    "fourier_kernels",
    hint="This window is the symmetric one (np.hanning): the periodic one divides by n, not by n - 1.",
)
def kernels_with_a_symmetric_window(n=256):
    return kernels_of(n, np.hanning(n))


@mistake("fourier_kernels", hint="Each row is multiplied by the Hann window: it is missing.")
def kernels_without_a_window(n=256):
    return kernels_of(n, np.ones(n))


@mistake("fourier_kernels", hint="The sines have a minus before them, as in exp(-i x) = cos x - i sin x.")
def kernels_without_the_minus(n=256):
    return kernels_of(n, periodic(n), sign=1)


@mistake("fourier_kernels", hint="The first half are the cosines, the second the sines: they are swapped.")
def kernels_with_sines_first(n=256):
    return kernels_of(n, periodic(n), sines_first=True)


@mistake("fourier_kernels", hint="The window is 0.5 MINUS 0.5 cos: here it is 1 at the edges and 0 in the middle.")
def kernels_with_the_window_upside_down(n=256):
    return kernels_of(n, 1 - periodic(n))


@mistake(
    "fourier_kernels",
    hint="One turn of the window is n samples: half a turn (np.sin without its square) is another window.",
)
def kernels_with_a_sine_window(n=256):
    return kernels_of(n, np.sqrt(periodic(n)))


def strengths(x, kernels, stride, size=lambda a, b: np.sqrt(a**2 + b**2), halves=None):
    z, _ = conv2d_forward(
        x[:, np.newaxis, np.newaxis], kernels[:, :, np.newaxis], np.zeros(len(kernels), x.dtype), (1, stride)
    )
    z = z[:, :, 0]
    return size(*(halves(z) if halves else np.split(z, 2, axis=1)))


def behind(x, pad, mode="reflect"):
    return np.pad(x, ((0, 0), (0, pad)), mode=mode)


@mistake("spectrogram", hint="Asked for is the magnitude, with the root: this is the power.")
def spectrogram_of_powers(frames, kernels, stride=128, pad=64):
    return strengths(behind(frames, pad), kernels, stride, lambda a, b: a**2 + b**2)


@mistake("spectrogram", hint="What is added at the end is reflected sound: here it is zeros.")
def spectrogram_with_zeros(frames, kernels, stride=128, pad=64):
    return strengths(behind(frames, pad, "constant"), kernels, stride)


@mistake(
    "spectrogram", hint="Reflection does not repeat the last sample: x[-2] comes first (np.pad calls yours symmetric)."
)
def spectrogram_with_the_edge_twice(frames, kernels, stride=128, pad=64):
    return strengths(behind(frames, pad, "symmetric"), kernels, stride)


@mistake("spectrogram", hint="`pad` samples are added at the END only: here they are added before the frame too.")
def spectrogram_padded_on_both_sides(frames, kernels, stride=128, pad=64):
    return strengths(np.pad(frames, ((0, 0), (pad, pad)), mode="reflect"), kernels, stride)


@mistake("spectrogram", hint="Row k goes with row K + k: the first half and the second, not neighbours.")
def spectrogram_of_neighbours(frames, kernels, stride=128, pad=64):
    return strengths(behind(frames, pad), kernels, stride, halves=lambda z: (z[:, ::2], z[:, 1::2]))


@mistake("spectrogram", hint="sqrt(a^2 + b^2) is not |a| + |b|.")
def spectrogram_of_sums(frames, kernels, stride=128, pad=64):
    return strengths(behind(frames, pad), kernels, stride, lambda a, b: abs(a) + abs(b))


@mistake("spectrogram", hint="Only the cosines are used: a tone that is shifted would vanish. The sines belong to it.")
def spectrogram_of_cosines(frames, kernels, stride=128, pad=64):
    return strengths(behind(frames, pad), kernels, stride, lambda a, b: abs(a))


def encoded(x, params, strides=(1, 2, 2, 1), last=relu, turned=False, place=0, each=relu, bias=True):
    x = x[:, :, np.newaxis]
    for k, stride in enumerate(strides, 1):
        w, b = params[f"conv{k}.weight"], params[f"conv{k}.bias"]
        w = w[:, :, ::-1] if turned else w
        b = b if bias else np.zeros_like(b)
        x = (last if k == 4 else each)(conv2d_forward(x, w[:, :, np.newaxis], b, (1, stride), (0, 1))[0])
    return x[:, :, 0, place]


@mistake("encode", hint="A relu follows the fourth convolution as well.")
def encode_without_the_last_relu(x, params):
    return encoded(x, params, last=lambda z: z)


@mistake("encode", hint="A relu follows EACH convolution: it is there only after the last.")
def encode_with_one_relu(x, params):
    return encoded(x, params, each=lambda z: z)


@mistake("encode", hint="The strides are 1, 2, 2, 1: here they are 2, 2, 1, 1.")
def encode_with_early_strides(x, params):
    return encoded(x, params, (2, 2, 1, 1))


@mistake(
    "encode", hint="The strides are 1, 2, 2, 1: with 1 everywhere four places are left, of which this is the first."
)
def encode_without_strides(x, params):
    return encoded(x, params, (1, 1, 1, 1))


@mistake("encode", hint="The kernels are turned round: torch's convolution and your conv2d_forward take w as it is.")
def encode_with_turned_kernels(x, params):
    return encoded(x, params, turned=True)


@mistake("encode", hint="Each convolution has a bias: they are missing.")
def encode_without_biases(x, params):
    return encoded(x, params, bias=False)


def reordered(w, hidden, order):
    require(len(w) == 4 * hidden, f"w must have {4 * hidden} rows, not {len(w)}")
    parts = np.split(w, 4)
    return np.concatenate([parts[k] for k in order])


@mistake("from_onnx_gates", hint="Nothing is moved: ONNX has i, o, f, g, and torch i, f, g, o.")
def gates_as_they_are(w, hidden):
    return reordered(w, hidden, (0, 1, 2, 3))


@mistake("from_onnx_gates", hint="This is the way back, from torch's order to ONNX's.")
def gates_the_other_way(w, hidden):
    return reordered(w, hidden, (0, 3, 1, 2))


@mistake("from_onnx_gates", hint="Torch's order is i, f, g, o: the last two are swapped, as in i, f, o, g.")
def gates_with_the_output_third(w, hidden):
    return reordered(w, hidden, (0, 2, 1, 3))


@mistake("from_onnx_gates", hint="A gate is `hidden` rows that follow each other, not every fourth row.")
def gates_of_every_fourth_row(w, hidden):
    require(len(w) == 4 * hidden, f"w must have {4 * hidden} rows, not {len(w)}")
    return np.concatenate([w[k::4] for k in (0, 2, 3, 1)])


def said(features, h, c, params, forget=False, shown_relu=relu, squash=sigmoid, of=lambda h, c: h, order=(0, 1, 2, 3)):
    weights = [params[f"lstm_cell.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    weights = [np.concatenate([np.split(w, 4)[k] for k in order]) for w in weights]
    first, shown = (h, c), np.empty((len(features), h.shape[1]), h.dtype)
    for t in range(len(features)):
        before = first if forget else (h, c)
        h, c, _ = lstm_step_forward(features[t : t + 1], *before, *weights)
        shown[t] = of(h, c)[0]
    z, _ = linear_forward(shown_relu(shown), params["final_conv.weight"][:, :, 0], params["final_conv.bias"])
    return squash(z)[:, 0], h, c


@mistake("speech_probability", hint="The states go from frame to frame: here each frame begins with the first ones.")
def probability_that_forgets(features, h, c, params):
    return said(features, h, c, params, forget=True)


@mistake(
    "speech_probability",
    hint="The gates are read in ONNX's order: the parameters come in torch's, as lstm_step_forward takes them.",
)
def probability_with_gates_in_another_order(features, h, c, params):
    return said(features, h, c, params, order=(0, 2, 3, 1))


@mistake("speech_probability", hint="A relu stands between the hidden state and the linear layer: it is missing.")
def probability_without_relu(features, h, c, params):
    return said(features, h, c, params, shown_relu=lambda x: x)


@mistake("speech_probability", hint="The linear layer gives a logit; sigmoid makes a probability of it.")
def probability_without_sigmoid(features, h, c, params):
    return said(features, h, c, params, squash=lambda z: z)


@mistake("speech_probability", hint="The linear layer reads the HIDDEN state: this is the cell state.")
def probability_of_the_cell(features, h, c, params):
    return said(features, h, c, params, of=lambda h, c: c)


@mistake("speech_probability", hint="Handed back are (p, h, c), in this order: h and c are swapped.")
def probability_with_states_swapped(features, h, c, params):
    p, h, c = said(features, h, c, params)
    return p, c, h


def stretches(p, on, off, least, pause, stop=lambda t, pause: t - pause, open_end=True, reset=True, longer=False):
    require(off <= on, f"off must be at most on ({on}), not {off}")
    found, start, silent = [], None, 0
    for t, each in enumerate(p):
        if start is None:
            if each >= on:
                start, silent = t, 0
        elif each >= off:
            silent = 0 if reset else silent
        else:
            silent += 1
            if silent > pause:
                found.append((start, stop(t, pause)))
                start = None
    if start is not None and open_end:
        found.append((start, len(p)))
    return [(a, b) for a, b in found if b - a >= least + longer]


@mistake("speech_segments", hint="Between off and on a stretch goes on: here everything below `on` is silence.")
def segments_with_one_threshold(p, on=0.5, off=0.35, least=8, pause=3):
    require(off <= on, f"off must be at most on ({on}), not {off}")
    return stretches(p, on, on, least, pause)


@mistake("speech_segments", hint="A stretch begins at p >= on: here it begins at off already.")
def segments_that_begin_at_off(p, on=0.5, off=0.35, least=8, pause=3):
    require(off <= on, f"off must be at most on ({on}), not {off}")
    return stretches(p, off, off, least, pause)


@mistake(
    "speech_segments",
    hint="A stretch stops where the FIRST of its last silent frames lies, not where the pause became too long.",
)
def segments_with_the_pause(p, on=0.5, off=0.35, least=8, pause=3):
    return stretches(p, on, off, least, pause, stop=lambda t, pause: t)


@mistake("speech_segments", hint="A stretch that is still open at the end of p counts, too.")
def segments_that_lose_the_last(p, on=0.5, off=0.35, least=8, pause=3):
    return stretches(p, on, off, least, pause, open_end=False)


@mistake(
    "speech_segments",
    hint="Silent frames count when they FOLLOW each other: a frame at off or above sets the count to 0.",
)
def segments_that_add_up_pauses(p, on=0.5, off=0.35, least=8, pause=3):
    return stretches(p, on, off, least, pause, reset=False)


@mistake("speech_segments", hint="A stretch of exactly `least` frames is long enough.")
def segments_longer_than_the_least(p, on=0.5, off=0.35, least=8, pause=3):
    return stretches(p, on, off, least, pause, longer=True)


@mistake("speech_segments", hint="A stretch survives `pause` silent frames and ends with one MORE.")
def segments_that_end_at_the_pause(p, on=0.5, off=0.35, least=8, pause=3):
    return stretches(p, on, off, least, pause - 1)


class Streaming:
    def __init__(self, params):
        self.params = params
        weights = params["lstm_cell.weight_hh"]
        self.h, self.c = np.zeros((2, 1, weights.shape[1]), weights.dtype)
        self.heard = np.zeros(64, weights.dtype)

    def answer(self, pieces):
        features = reference.encode(reference.spectrogram(pieces, self.params["stft_conv.weight"]), self.params)
        p, self.h, self.c = reference.speech_probability(features, self.h, self.c, self.params)
        return p

    def feed(self, samples):
        self.heard = np.concatenate([self.heard, samples])
        count = (len(self.heard) - 64) // 512
        told = self.heard[512 * np.arange(count)[:, np.newaxis] + np.arange(576)]
        self.heard = self.heard[512 * count :]
        return self.answer(told)


@mistake(
    "StreamingDetector",
    hint="Samples come between -1 and 1, as the network was trained: these are 32768 times as loud, like the integers of a WAV.",
)
class DetectorOfIntegers(Streaming):
    def feed(self, samples):
        return super().feed(samples * np.array(32768, samples.dtype))


@mistake(
    "StreamingDetector", hint="The states of the LSTM are kept from call to call: here each call begins with zeros."
)
class DetectorThatForgets(Streaming):
    def feed(self, samples):
        self.h, self.c = np.zeros_like(self.h), np.zeros_like(self.c)
        return super().feed(samples)


@mistake(
    "StreamingDetector",
    hint="The last 64 samples of a call belong before the first frame of the next: here there are zeros.",
)
class DetectorWithoutContext(Streaming):
    def feed(self, samples):
        self.heard[:64] = 0
        return super().feed(samples)


@mistake(
    "StreamingDetector",
    hint="Samples that do not fill a frame wait for the next call: here they are filled up with zeros.",
)
class DetectorThatFillsUp(Streaming):
    def feed(self, samples):
        return super().feed(np.concatenate([samples, np.zeros(-len(samples) % 512, samples.dtype)]))


@mistake("StreamingDetector", hint="Samples that do not fill a frame wait for the next call: here they are dropped.")
class DetectorThatDropsTheRest(Streaming):
    def feed(self, samples):
        return super().feed(samples[: len(samples) // 512 * 512])
