"""The published networks by onnxruntime: on their authors' own files, on torch's graph, and where something is missing."""

import json
import subprocess
import sys

import numpy as np
import pytest

from autograder.checks.twins import OnnxFile, Twin, load_twins
from autograder.course.units import load_course
from autograder.sandbox.local import load_module
from autograder.scale.graphs import ONNX, MissingGraph, content, exported, onnx_cost
from autograder.scale.measure import measure
from autograder.scale.trial import make_trial

onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime comes with the extra `dev`")
pytest.importorskip("onnx", reason="onnx comes with the extra `dev`")

COURSE = load_course()
NETWORKS = [
    (unit, twin)
    for unit in COURSE.units
    for twin in load_twins(COURSE.root / "solutions" / unit.folder)
    if twin.network
]


class Doubled(Twin):
    exercises, network = ("f",), "doubled 1.0"

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(size, 3)), "params": {"w": rng.normal(size=3)}, "kept": 2}

    def torch(self, torch, x, params, kept):
        return kept * x * params["w"]

    def forward(self, student, x, params, kept):
        return student * kept * x * params["w"], None

    def onnx(self, session, x, params, kept):
        return session.run(None, {"x": x})[0]


def trial_of(factor, published=None):
    twin = Doubled()
    twin.published = published
    return make_trial(twin, np.float32(factor), twin.inputs, 4)


def installed(folder, monkeypatch, version, written):
    """A package as pip leaves it: its metadata and the one file that matters."""
    about = folder / f"doubled_net-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: doubled-net\nVersion: {version}\n")
    (folder / "doubled.onnx").write_bytes(written)
    monkeypatch.syspath_prepend(str(folder))


FILE = OnnxFile("doubled-net", "1.0", "doubled.onnx")


@pytest.mark.parametrize("unit, twin", NETWORKS, ids=[twin.network for _, twin in NETWORKS])
def test_references_agree_with_onnxruntime(unit, twin):
    if twin.published:
        try:
            content(twin.published)
        except MissingGraph as error:
            pytest.skip(str(error))
    done = measure(twin, load_module(COURSE.root / "solutions" / unit.folder / unit.module), twin.sizes[0])
    assert [each.message for each in done.agreements if each.message] == []
    assert done.cost(ONNX).missing == ""
    assert done.cost(ONNX).forward > 0
    assert done.agreements[-1].name.startswith("beside ")


def test_every_unit_of_published_networks_has_one():
    assert {unit.id for unit, _ in NETWORKS} == {"file_types", "faces", "speech", "pronunciation", "scribe"}


class TestGraphs:
    @pytest.mark.parametrize("factor, right", [(1.0, True), (1.0005, True), (1.01, False)])
    def test_what_differs_from_it_is_wrong(self, factor, right):
        cost, agreed = onnx_cost(trial_of(factor), 0.001)
        assert cost.forward > 0
        assert (agreed.message == "") == right

    def test_weights_are_part_of_the_graph_and_inputs_are_not(self):
        session = onnxruntime.InferenceSession(exported(trial_of(1.0)))
        assert [each.name for each in session.get_inputs()] == ["x"]

    def test_the_published_file_is_taken_where_the_package_is(self, tmp_path, monkeypatch):
        installed(tmp_path, monkeypatch, "1.0", exported(trial_of(1.0)))
        cost, agreed = onnx_cost(trial_of(1.0, FILE), 0.001)
        assert cost.missing == ""
        assert (agreed.name, agreed.message) == ("beside the published graph", "")

    @pytest.mark.parametrize("version", ["2.0", None])
    def test_without_it_a_sentence_says_what_to_type(self, tmp_path, monkeypatch, version):
        if version:
            installed(tmp_path, monkeypatch, version, exported(trial_of(1.0)))
        cost, agreed = onnx_cost(trial_of(1.0, FILE), 0.001)
        assert "pip install --no-deps doubled-net==1.0" in cost.missing
        assert agreed is None

    @pytest.mark.parametrize("module", ["onnxruntime", "onnx"])
    def test_without_the_extra_a_sentence_says_so(self, monkeypatch, module):
        monkeypatch.setitem(sys.modules, module, None)
        cost, agreed = onnx_cost(trial_of(1.0), 0.001)
        assert cost.missing.endswith(f"pip install {module}")
        assert agreed is None


class TestCommand:
    def type(self, folder, code):
        unit = COURSE.unit("pronunciation")
        module = COURSE.root / "solutions" / unit.folder / unit.module
        done = subprocess.run(
            [sys.executable, "-c", code, "scale", "pronunciation:next_sound", "--size", "small", "--output", folder,
             "--student", module],
            cwd=COURSE.root, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        (network,) = [
            each
            for each in json.loads((folder / "pronunciation-next_sound.json").read_text())["measured"]
            if each["network"]
        ]
        assert network["network"] in done.stdout
        return done.stdout, network["costs"][2]

    def test_a_third_row(self, tmp_path):
        said, cost = self.type(tmp_path, "from autograder.cli import main; main()")
        assert "  / onnxruntime" in said
        assert "beside torch's graph in onnxruntime" in said.replace("\n    ", " ")
        assert (cost["who"], cost["missing"]) == (ONNX, "")

    def test_without_onnxruntime_the_rest_is_measured(self, tmp_path):
        blocked = "import sys; sys.modules['onnxruntime'] = None; from autograder.cli import main; main()"
        said, cost = self.type(tmp_path, blocked)
        assert "onnxruntime is not installed" in said
        assert cost["forward"] is None
