"""The network and its parts in torch, with inputs at any size."""

import numpy as np

from autograder import FunctionTwin, OnnxFile, Twin, datasets


def magnitudes(torch, frames, kernels):
    padded = torch.nn.functional.pad(frames, (0, 64), mode="reflect")
    real, imaginary = torch.nn.functional.conv1d(padded[:, None], kernels, stride=128).chunk(2, dim=1)
    return (real**2 + imaginary**2).sqrt()


def encoded(torch, x, params):
    for k, stride in enumerate((1, 2, 2, 1), 1):
        w, b = params[f"conv{k}.weight"], params[f"conv{k}.bias"]
        x = torch.nn.functional.conv1d(x, w, b, stride=stride, padding=1).relu()
    return x[:, :, 0]


def layers(rng, size):
    sizes = (size + 1, size, size // 2 + 1, size // 2 + 2, size + 3)
    params = {}
    for k in range(1, 5):
        params[f"conv{k}.weight"] = rng.normal(size=(sizes[k], sizes[k - 1], 3)) / sizes[k - 1] ** 0.5
        params[f"conv{k}.bias"] = rng.normal(size=sizes[k])
    return {"x": rng.uniform(size=(size, size + 1, 4)), "params": params}


class Silero(Twin):
    """`size` frames of the recording, from the first word on: from spectrogram to probability."""

    exercises, sizes = ("spectrogram", "encode", "speech_probability"), (4, 31, 249)
    network = "Silero VAD 6.2.3"
    published = OnnxFile("silero-vad", "6.2.3", "silero_vad/data/silero_vad_16k_op15.onnx")

    def inputs(self, rng, size):
        sound = np.concatenate([np.zeros(64), np.resize(datasets.load_speech()[25 * 512 :], 512 * size)])
        frames = np.lib.stride_tricks.sliding_window_view(sound, 576)[::512]
        zero = np.zeros((1, 128))
        return {"frames": frames.copy(), "h": zero, "c": zero, "params": datasets.load("silero")}

    def torch(self, torch, frames, h, c, params):
        features = encoded(torch, magnitudes(torch, frames, params["stft_conv.weight"]), params)
        own = [params[f"lstm_cell.{kind}_{of}"] for kind in ("weight", "bias") for of in ("ih", "hh")]
        shown, _, _ = torch.lstm(features[None], (h[None], c[None]), own, True, 1, 0.0, False, False, True)
        z = torch.nn.functional.linear(shown[0].relu(), params["final_conv.weight"][:, :, 0], params["final_conv.bias"])
        return z[:, 0].sigmoid()

    def onnx(self, session, frames, h, c, params):
        """The published graph takes one frame at a time, and hands its state back."""
        said, state, rate = [], np.stack([h, c]), np.array(16000)
        for frame in frames:
            p, state = session.run(None, {"input": frame[None], "state": state, "sr": rate})
            said.append(p[0, 0])
        return np.array(said)

    def forward(self, student, frames, h, c, params):
        features = student.encode(student.spectrogram(frames, params["stft_conv.weight"]), params)
        return student.speech_probability(features, h, c, params)[0], None

    def reduction(self, size):
        return 3 * 129


TWINS = [
    FunctionTwin(
        "spectrogram",
        (3, 40, 400),
        lambda rng, size: {"frames": rng.normal(size=(size, 576)), "kernels": rng.normal(size=(10, 1, 256)) / 16},
        magnitudes,
        lambda size: 256,
    ),
    FunctionTwin("encode", (5, 32, 128), layers, encoded, lambda size: 12 * size),
    Silero(),
]
