"""The network's parts in torch, with inputs at any size."""

from autograder import FunctionTwin


def magnitudes(torch, frames, kernels):
    padded = torch.nn.functional.pad(frames, (0, 64), mode="reflect")
    real, imaginary = torch.nn.functional.conv1d(padded[:, None], kernels, stride=128).chunk(2, dim=1)
    return (real**2 + imaginary**2).sqrt()


def encoded(torch, x, **params):
    for k, stride in enumerate((1, 2, 2, 1), 1):
        w, b = params[f"conv{k}_weight"], params[f"conv{k}_bias"]
        x = torch.nn.functional.conv1d(x, w, b, stride=stride, padding=1).relu()
    return x[:, :, 0]


def layers(rng, size):
    sizes = (size + 1, size, size // 2 + 1, size // 2 + 2, size + 3)
    inputs = {"x": rng.uniform(size=(size, size + 1, 4))}
    for k in range(1, 5):
        inputs[f"conv{k}_weight"] = rng.normal(size=(sizes[k], sizes[k - 1], 3)) / sizes[k - 1] ** 0.5
        inputs[f"conv{k}_bias"] = rng.normal(size=sizes[k])
    return inputs


class Encoder(FunctionTwin):
    """Its parameters travel by themselves and are put into one dict."""

    def forward(self, student, x, **params):
        return student.encode(x, {name.replace("_", "."): value for name, value in params.items()}), None


TWINS = [
    FunctionTwin(
        "spectrogram",
        (3, 40, 400),
        lambda rng, size: {"frames": rng.normal(size=(size, 576)), "kernels": rng.normal(size=(10, 1, 256)) / 16},
        magnitudes,
        lambda size: 256,
    ),
    Encoder("encode", (5, 32, 128), layers, encoded, lambda size: 12 * size),
]
