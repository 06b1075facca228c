"""What the package mtcnn 1.0.0 itself says of the portrait, kept in tests/course/mtcnn-1.0.0.json.

    pip install mtcnn==1.0.0 tensorflow-cpu==2.21.0     # in an environment of its own
    python tools/record_mtcnn.py

Run once, by whoever keeps the course: the tests compare the reference of 32_faces with what it wrote.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from mtcnn import MTCNN

ROOT = Path(__file__).resolve().parent.parent


def rounded(values, digits):
    return np.asarray(values, dtype=float).round(digits).tolist()


def main():
    image = np.load(ROOT / "datasets" / "portrait.npy", allow_pickle=False)
    x = (image.astype(np.float32) - 127.5) / 128
    stages = MTCNN().stages
    glance, look, last = (stage._model for stage in stages)
    places = [(100, 160), (300, 40)]  # her face, and none
    near = {side: np.stack([x[y : y + 240, z : z + 240][:: 240 // side, :: 240 // side] for y, z in places])
            for side in (24, 48)}  # fmt: skip
    deltas, face = glance(x[np.newaxis, ::25, ::20])
    nets = {"pnet": [face[..., 1], deltas]}
    deltas, face = look(near[24])
    nets["rnet"] = [face[:, 1], deltas]
    deltas, landmarks, face = last(near[48])
    nets["onet"] = [face[:, 1], deltas, landmarks]
    given, boxes = {"images_normalized": x[np.newaxis], "images_oshapes": np.array([image.shape])}, None
    kept = []
    for stage in stages:  # rows: picture, box, probability, five x, five y
        boxes = stage(bboxes_batch=boxes, **given)
        kept.append(rounded(boxes[:, 1:], 4))
    content = {
        "made by": f"mtcnn {version('mtcnn')} with tensorflow-cpu {version('tensorflow-cpu')}, tools/record_mtcnn.py",
        "nets": {name: [rounded(each, 6) for each in found] for name, found in nets.items()},
        "stages": dict(zip(("glance", "closer", "found"), kept, strict=True)),
    }
    (ROOT / "tests" / "course" / "mtcnn-1.0.0.json").write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
