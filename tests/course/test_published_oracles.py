"""The networks of the last part: the references beside torch on real input, and beside the packages' own output."""

import json
from pathlib import Path

import numpy as np
import pytest

from autograder import datasets
from autograder.checks.twins import assert_agrees_with_torch, load_twins
from autograder.course.units import load_course
from autograder.sandbox.local import load_module

COURSE = load_course()
NETWORKS = [
    (unit, twin)
    for unit in COURSE.units
    for twin in load_twins(COURSE.root / "solutions" / unit.folder)
    if twin.network
]
KEPT = json.loads(Path(__file__).with_name("mtcnn-1.0.0.json").read_text())


def reference(unit):
    return load_module(COURSE.root / "solutions" / unit.folder / unit.module)


@pytest.mark.parametrize("unit, twin", NETWORKS, ids=[twin.network for _, twin in NETWORKS])
def test_networks_agree_with_torch_on_real_input(unit, twin):
    """In float64: P-Net on the portrait itself, R-Net and O-Net on pieces of it, Silero on a second of speech."""
    size = twin.sizes[2] if twin.exercises == ("proposal_net",) else twin.sizes[1]
    assert_agrees_with_torch(twin, reference(unit), np.random.default_rng(0), size)


@pytest.fixture(scope="module")
def faces():
    return reference(COURSE.unit("faces"))


@pytest.fixture(scope="module")
def params():
    return datasets.load("mtcnn")


@pytest.fixture(scope="module")
def portrait():
    return ((datasets.load_portrait() * 255 - 127.5) / 128).astype(np.float32)


class TestFaces:
    """Beside mtcnn 1.0.0. The nets' results are the package's; its pixels are counted from 1, and ours from 0."""

    def near(self, found, name):
        for one, other in zip(found, KEPT["nets"][name], strict=True):
            np.testing.assert_allclose(one, other, atol=2e-6)

    def test_first_net(self, faces, params, portrait):
        face, deltas = faces.proposal_net(portrait[np.newaxis, :, ::25, ::20], params)
        self.near([face, deltas.transpose(0, 2, 3, 1)], "pnet")

    def pieces(self, portrait, side):
        step = 240 // side
        return np.stack([portrait[:, y : y + 240 : step, x : x + 240 : step] for y, x in [(100, 160), (300, 40)]])

    def test_second_net(self, faces, params, portrait):
        self.near(faces.refine_net(self.pieces(portrait, 24), params), "rnet")

    def test_third_net(self, faces, params, portrait):
        face, deltas, landmarks = faces.output_net(self.pieces(portrait, 48), params)
        assert face[0] > 0.9 > 0.1 > face[1]
        self.near([face, deltas, landmarks.swapaxes(1, 2).reshape(2, 10)], "onet")

    def test_the_same_face_some_pixels_away(self, faces, params, portrait):
        boxes, scores, landmarks = faces.find_faces(portrait, params)
        (theirs,) = np.array(KEPT["stages"]["found"])
        assert len(boxes) == 1
        assert np.abs(boxes[0] - theirs[:4]).max() < 8
        assert abs(scores[0] - theirs[4]) < 0.01
        assert np.abs(landmarks[0].T.ravel() - theirs[5:]).max() < 3

    def test_with_its_conventions_every_box_is_its_own(self, faces, params, portrait, monkeypatch):
        """Cells from 2 j + 1 on, widths with 1 added, boxes that fall to one that fell itself, crops by shares of the sides."""
        seen = []
        monkeypatch.setattr(faces, "proposals", from_one)
        monkeypatch.setattr(faces, "nms", nms_of_the_package)
        monkeypatch.setattr(
            faces, "refine_boxes", lambda boxes, deltas: boxes + deltas * (np.tile(boxes[:, 2:] - boxes[:, :2], 2) + 1)
        )
        own = faces.crop_boxes

        def crop(image, boxes, size):
            seen.append(boxes)
            height, width = image.shape[1:]
            return own(image, boxes * (np.tile([width - 1, height - 1], 2) / np.tile([width, height], 2)), size)

        monkeypatch.setattr(faces, "crop_boxes", crop)
        boxes, scores, _ = faces.find_faces(portrait, params)
        for found, stage in zip([*seen, boxes], KEPT["stages"].values(), strict=True):
            assert len(found) == len(stage)
            np.testing.assert_allclose(in_order(found), in_order(np.array(stage)[:, :4]), atol=5e-3)
        np.testing.assert_allclose(scores, np.array(KEPT["stages"]["found"])[:, 4], atol=1e-4)


def from_one(face, deltas, scale):
    i, j = np.nonzero(face > 0.6)
    cells = np.stack([2 * j + 1, 2 * i + 1, 2 * j + 12, 2 * i + 12], axis=1)
    return ((cells + 11 * deltas[:, i, j].T) / scale).astype(face.dtype), face[i, j]


def nms_of_the_package(boxes, scores, threshold):
    """Box k is dropped where ANY better one overlaps it, be that one dropped or not."""
    order = np.argsort(-scores, kind="stable")
    best = boxes[order].astype(float)
    corners = np.maximum(best[:, None, :2], best[None, :, :2]), np.minimum(best[:, None, 2:], best[None, :, 2:])
    shared = np.maximum(corners[1] - corners[0], 0).prod(axis=2)
    areas = (best[:, 2:] - best[:, :2]).prod(axis=1)
    overlaps = np.triu(shared / (areas[:, None] + areas - shared) > threshold, k=1)
    return order[~overlaps.any(axis=0)]


def in_order(boxes):
    return boxes[np.lexsort(boxes.T.round(1))]
