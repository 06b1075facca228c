"""Hidden checks: small random networks of odd sizes, the published weights on a second of speech, manners."""

from itertools import pairwise

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, assert_refuses, cast, datasets

# What the package's own network says of this half second, frame by frame, by onnxruntime.
STORED = (
    0.02111,
    0.01137,
    0.00653,
    0.00615,
    0.00495,
    0.01813,
    0.45989,
    0.90620,
    0.95485,
    0.96453,
    0.99006,
    0.99650,
    0.99937,
    0.99975,
    0.99977,
    0.99990,
)


def network(rng, k=5, d=7, hidden=3, width=256):
    """A small one with numbers of its own in each layer; k frequencies."""
    sizes = (k, 4, 6, 5, d)
    params = {"stft_conv.weight": rng.normal(size=(2 * k, 1, width)) / width**0.5}
    for n, (before, after) in enumerate(pairwise(sizes), 1):
        params[f"conv{n}.weight"] = rng.normal(size=(after, before, 3)) / before**0.5
        params[f"conv{n}.bias"] = rng.uniform(0.1, 0.9, size=after)
    params["lstm_cell.weight_ih"] = rng.normal(size=(4 * hidden, d))
    params["lstm_cell.weight_hh"] = 2 * rng.normal(size=(4 * hidden, hidden))
    params["lstm_cell.bias_ih"] = rng.normal(size=4 * hidden)
    params["lstm_cell.bias_hh"] = rng.normal(size=4 * hidden)
    params["final_conv.weight"] = rng.uniform(1, 3, size=(1, hidden, 1)) * rng.choice([-1, 1], size=(1, hidden, 1))
    params["final_conv.bias"] = rng.normal(size=1)
    return params


def some_speech(start=9216, samples=8192):
    """Half a second of the shipped recording, in float32."""
    return datasets.load_speech()[start : start + samples].astype(np.float32)


@pytest.mark.exercise("frames")
class TestFrames:
    @pytest.mark.weight(2)
    def test_whole_frames(self, student, reference, rng):
        signal = rng.normal(size=3 * 512)
        assert_close(student.frames(signal), reference.frames(signal), name="frames")

    @pytest.mark.parametrize("length", [1, 513, 1300])
    def test_the_last_is_filled_up(self, student, reference, rng, length):
        signal = rng.normal(size=length)
        assert_close(student.frames(signal), reference.frames(signal), name="frames")

    @pytest.mark.parametrize("size, context", [(5, 2), (3, 7), (4, 0)])
    def test_other_sizes(self, student, reference, rng, size, context):
        signal = rng.normal(size=23)
        assert_close(student.frames(signal, size, context), reference.frames(signal, size, context), name="frames")

    @pytest.mark.after("test_whole_frames")
    def test_nothing_gives_no_frame(self, student, rng):
        assert_close(student.frames(np.zeros(0), 5, 3), np.zeros((0, 8)), name="frames")

    @pytest.mark.after("test_whole_frames")
    def test_keeps_inputs_and_dtype(self, student, rng):
        signal = rng.normal(size=1000).astype(np.float32)
        assert_inputs_unchanged(student.frames, signal)
        assert_dtype(student.frames(signal), "float32", "frames")


@pytest.mark.exercise("fourier_kernels")
class TestKernels:
    @pytest.mark.parametrize("n", [6, 14, 30])
    def test_agrees_with_the_fourier_transform(self, student, rng, n):
        piece = rng.normal(size=n)
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
        z = np.fft.rfft(hann * piece)
        expected = np.concatenate([z.real, z.imag])
        assert_close(student.fourier_kernels(n)[:, 0] @ piece, expected, atol=1e-10, name="kernels times a piece")

    def test_values(self, student, reference, rng):
        for n in 2 * rng.permutation(np.arange(1, 9))[:3]:
            assert_close(student.fourier_kernels(int(n)), reference.fourier_kernels(int(n)), name="kernels")

    def test_is_what_the_network_ships(self, student):
        kernels = student.fourier_kernels()
        assert_close(kernels, datasets.load("silero")["stft_conv.weight"].astype(float), atol=1e-6, name="kernels")


@pytest.mark.exercise("spectrogram")
class TestSpectrogram:
    @pytest.mark.weight(2)
    def test_without_padding(self, student, reference, rng):
        x, kernels = rng.normal(size=(3, 24)), rng.normal(size=(10, 1, 7))
        assert_close(student.spectrogram(x, kernels, 4, 0), reference.spectrogram(x, kernels, 4, 0))

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("stride, pad", [(3, 1), (5, 6), (1, 11)])
    def test_reflected(self, student, reference, rng, stride, pad):
        x, kernels = rng.normal(size=(2, 17)), rng.normal(size=(6, 1, 8))
        assert_close(student.spectrogram(x, kernels, stride, pad), reference.spectrogram(x, kernels, stride, pad))

    def test_as_the_network_calls_it(self, student, reference, rng):
        x, kernels = rng.normal(size=(2, 576)), rng.normal(size=(6, 1, 256))
        assert_close(student.spectrogram(x, kernels), reference.spectrogram(x, kernels))

    @pytest.mark.after("test_without_padding")
    def test_keeps_inputs_and_dtype(self, student, rng):
        x, kernels = rng.normal(size=(2, 17)).astype(np.float32), rng.normal(size=(6, 1, 8)).astype(np.float32)
        assert_inputs_unchanged(student.spectrogram, x, kernels, 3, 5)
        assert_dtype(student.spectrogram(x, kernels, 3, 5), "float32", "out")


@pytest.mark.exercise("encode")
class TestEncode:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("t, k, d", [(1, 5, 7), (3, 4, 6), (6, 3, 9)])
    def test_values(self, student, reference, rng, t, k, d):
        x, params = rng.uniform(size=(t, k, 4)), network(rng, k, d)
        assert_close(student.encode(x, params), reference.encode(x, params), name="features")

    def test_published_weights(self, student, reference):
        params = datasets.load("silero")
        x = reference.spectrogram(reference.frames(some_speech(samples=1500)), params["stft_conv.weight"])
        assert_close(student.encode(x, params), reference.encode(x, params), rtol=1e-4, atol=1e-5, name="features")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        x, params = rng.uniform(size=(2, 5, 4)).astype(np.float32), cast(network(rng), np.float32)
        assert_inputs_unchanged(student.encode, x, params)
        assert_dtype(student.encode(x, params), "float32", "features")


@pytest.mark.exercise("from_onnx_gates")
class TestGates:
    @pytest.mark.parametrize("hidden", [1, 3, 5])
    def test_weights(self, student, reference, rng, hidden):
        w = rng.normal(size=(4 * hidden, 2))
        assert_close(student.from_onnx_gates(w, hidden), reference.from_onnx_gates(w, hidden))

    def test_biases(self, student, reference, rng):
        w = rng.normal(size=12)
        assert_close(student.from_onnx_gates(w, 3), reference.from_onnx_gates(w, 3))

    @pytest.mark.after("test_weights")
    def test_rows_must_fit(self, student, rng):
        assert_refuses(student.from_onnx_gates, "w", rng.normal(size=(12, 2)), 4)

    @pytest.mark.after("test_weights")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.from_onnx_gates, rng.normal(size=(8, 3)), 2)


@pytest.mark.exercise("speech_probability")
class TestProbability:
    @pytest.mark.weight(2)
    def test_one_frame_from_zeros(self, student, reference, rng):
        x, params, zero = rng.normal(size=(1, 7)), network(rng), np.zeros((1, 3))
        p, _, _ = student.speech_probability(x, zero, zero, params)
        assert_close(p, reference.speech_probability(x, zero, zero, params)[0], name="p")

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("t, d, hidden", [(2, 7, 3), (9, 4, 5)])
    def test_values(self, student, reference, rng, t, d, hidden):
        x, params = rng.normal(size=(t, d)), network(rng, d=d, hidden=hidden)
        h, c = rng.normal(size=(2, 1, hidden))
        answered = student.speech_probability(x, h, c, params)
        for name, got, expected in zip("phc", answered, reference.speech_probability(x, h, c, params), strict=True):
            assert_close(got, expected, name=name)

    def test_published_weights(self, student, reference):
        params, zero = datasets.load("silero"), np.zeros((1, 128), np.float32)
        x = reference.spectrogram(reference.frames(some_speech(samples=3000)), params["stft_conv.weight"])
        x = reference.encode(x, params)
        p, _, _ = student.speech_probability(x, zero, zero, params)
        assert_close(p, reference.speech_probability(x, zero, zero, params)[0], rtol=1e-4, atol=1e-5, name="p")

    @pytest.mark.after("test_values")
    def test_no_frame_changes_nothing(self, student, rng):
        h, c = rng.normal(size=(2, 1, 3))
        p, h_next, c_next = student.speech_probability(np.zeros((0, 7)), h, c, network(rng))
        assert_close(p, np.zeros(0), name="p")
        assert_close(h_next, h, name="h")
        assert_close(c_next, c, name="c")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        x, h, c, params = cast((rng.normal(size=(4, 7)), *rng.normal(size=(2, 1, 3)), network(rng)), np.float32)
        assert_inputs_unchanged(student.speech_probability, x, h, c, params)
        assert_dtype(student.speech_probability(x, h, c, params)[0], "float32", "p")


def wandering(rng, n):
    """Probabilities with stretches of either kind and of in between."""
    kinds = np.repeat(rng.integers(0, 3, size=n), rng.integers(1, 7, size=n))[:n]
    return np.choose(kinds, [0.05, 0.4, 0.75]) + rng.uniform(0, 0.04, size=n)


@pytest.mark.exercise("speech_segments")
class TestSegments:
    @pytest.mark.weight(2)
    def test_one_stretch(self, student, reference, rng):
        before, speech = rng.integers(4, 9), rng.integers(10, 20)
        p = np.concatenate([np.full(before, 0.1), np.full(speech, 0.9), np.full(8, 0.1)])
        assert student.speech_segments(p) == reference.speech_segments(p)

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("least, pause", [(1, 0), (3, 2), (8, 3)])
    def test_values(self, student, reference, rng, least, pause):
        p = wandering(rng, 300)
        assert student.speech_segments(p, 0.5, 0.35, least, pause) == reference.speech_segments(
            p, 0.5, 0.35, least, pause
        )

    def test_other_thresholds(self, student, reference, rng):
        p = rng.uniform(size=200)
        assert student.speech_segments(p, 0.8, 0.6, 2, 1) == reference.speech_segments(p, 0.8, 0.6, 2, 1)

    def test_thresholds_met_exactly(self, student, reference, rng):
        p = rng.choice([0.25, 0.5, 0.75], size=200)
        assert student.speech_segments(p, 0.75, 0.5, 2, 1) == reference.speech_segments(p, 0.75, 0.5, 2, 1)

    def test_open_at_the_end(self, student, reference, rng):
        p = np.concatenate([np.full(rng.integers(3, 7), 0.1), np.full(rng.integers(9, 15), 0.9), [0.1, 0.2]])
        assert student.speech_segments(p) == reference.speech_segments(p)

    @pytest.mark.after("test_values")
    def test_nothing(self, student):
        assert student.speech_segments(np.zeros(0)) == []

    @pytest.mark.after("test_values")
    def test_off_must_not_be_above_on(self, student, rng):
        assert_refuses(student.speech_segments, "off", rng.uniform(size=9), 0.4, 0.6)


@pytest.mark.exercise("StreamingDetector")
class TestStreaming:
    @pytest.mark.weight(2)
    def test_all_at_once(self, student, reference, rng):
        params, sound = network(rng), rng.normal(size=4 * 512)
        p = student.StreamingDetector(params).feed(sound)
        assert_close(p, reference.StreamingDetector(params).feed(sound), name="p")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("chunk", [512, 300, 511, 1100])
    def test_in_chunks(self, student, reference, rng, chunk):
        params, sound = network(rng), rng.normal(size=2900)
        detector, whole = student.StreamingDetector(params), reference.StreamingDetector(params)
        for k in range(0, len(sound), chunk):
            assert_close(detector.feed(sound[k : k + chunk]), whole.feed(sound[k : k + chunk]), name="p")

    def test_two_share_nothing(self, student, reference, rng):
        params, sound = network(rng), rng.normal(size=(2, 1100))
        one, two = student.StreamingDetector(params), student.StreamingDetector(params)
        one.feed(sound[0])
        assert_close(two.feed(sound[1]), reference.StreamingDetector(params).feed(sound[1]), name="p")

    @pytest.mark.weight(2)
    def test_says_what_the_package_says(self, student):
        p = student.StreamingDetector(datasets.load("silero")).feed(some_speech())
        assert_close(p, np.array(STORED), atol=1e-3, name="p")

    @pytest.mark.after("test_all_at_once")
    def test_dtype(self, student, rng):
        detector = student.StreamingDetector(cast(network(rng), np.float32))
        assert_dtype(detector.feed(rng.normal(size=600).astype(np.float32)), "float32", "p")
