"""`--isolation container` with the real podman: an image made of this machine's own Python, no registry, no network."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

import autograder
from autograder.checks.results import Outcome
from autograder.course.units import LimitSettings, load_course
from autograder.grading.sample import solution
from autograder.grading.worker import CheckSession
from autograder.sandbox.confine import ConfinementUnavailable
from autograder.sandbox.container import IMAGE, Containers
from autograder.sandbox.limits import Limits

COURSE = load_course()
UNIT = COURSE.unit("activations")


def libraries(paths):
    """The shared libraries that these files are linked against, and the loader."""
    said = subprocess.run(["ldd", *map(str, paths)], capture_output=True, text=True).stdout
    words = {word for line in said.splitlines() for word in line.split() if word.startswith("/") and ":" not in word}
    return {Path(word) for word in words}


def make_image(place):
    """A root file system with this Python, NumPy, msgpack and the runner, imported as the image."""
    prefix = Path(sys.base_prefix)
    site = Path(sysconfig.get_paths()["purelib"])
    stdlib = Path(sysconfig.get_paths()["stdlib"])
    target = f"/usr/local/lib/python3.{sys.version_info.minor}"

    def keep(info):
        left_out = ("site-packages", "__pycache__", "/test/", "idlelib", "ensurepip", "tkinter")
        return None if any(part in info.name for part in left_out) else info

    interpreter = Path(os.path.realpath(sys.executable))
    extensions = [*stdlib.glob("lib-dynload/*.so"), *site.glob("numpy/**/*.so")]
    with tarfile.open(place, "w", dereference=True) as archive:
        archive.add(interpreter, "/usr/local/bin/python3")
        archive.add(stdlib, target, filter=keep)
        for name in ("numpy", "numpy.libs", "msgpack"):
            archive.add(site / name, f"{target}/site-packages/{name}")
        package = Path(autograder.__file__).parent
        for name in ("__init__.py", "version.py"):
            archive.add(package / name, f"{target}/site-packages/autograder/{name}")
        archive.add(package / "sandbox", f"{target}/site-packages/autograder/sandbox")
        for library in libraries([interpreter, *extensions]):
            if not library.is_relative_to(site) and not library.is_relative_to(prefix):
                archive.add(library, str(library))
        for library in prefix.glob("lib/libpython3*.so*"):
            archive.add(library, f"/usr/local/lib/{library.name}")


@pytest.fixture(scope="module")
def podman(tmp_path_factory):
    """podman with its files in a folder of the test, and the image."""
    if shutil.which("podman") is None or shutil.which("runc") is None:
        pytest.skip("podman and runc are not installed")
    place = tmp_path_factory.mktemp("podman")
    (place / "containers.conf").write_text(
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINERS_CONF", str(place / "containers.conf"))
        patch.setenv("CONTAINERS_STORAGE_CONF", str(place / "storage.conf"))
        for driver in ("overlay", "vfs"):  # vfs copies the image for every container, which takes seconds
            (place / "storage.conf").write_text(
                f'[storage]\ndriver = "{driver}"\ngraphroot = "{place}/{driver}"\nrunroot = "{place}/run"\n'
            )
            if subprocess.run(["podman", "info"], capture_output=True).returncode == 0:
                break
        with pytest.raises(ConfinementUnavailable, match=f"podman build --tag {IMAGE}"):
            Containers(Limits())
        make_image(place / "root.tar")
        change = ["--change", "ENV PATH=/usr/local/bin", "--change", "ENV LD_LIBRARY_PATH=/usr/local/lib"]
        done = subprocess.run(["podman", "import", *change, place / "root.tar", IMAGE], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        tried = subprocess.run(
            ["podman", "run", "--rm", "--network", "none", "--ulimit", "nofile=64:64", "--ulimit", "nproc=32:32", IMAGE,
             "python3", "-c", "import numpy"],
            capture_output=True, text=True,
        )  # fmt: skip
        if tried.returncode != 0:
            pytest.skip(f"podman cannot run a container here: {tried.stderr.strip()[-200:]}")
        yield
        subprocess.run(["podman", "rmi", "--force", "--all"], capture_output=True)


@pytest.fixture(scope="module")
def session(podman):
    limits = LimitSettings(check_seconds=8.0, submission_seconds=60.0)
    session = CheckSession(COURSE.model_copy(update={"limits": limits}), [UNIT], "s", "container")
    yield session
    session.close()


@pytest.fixture
def grade(session, tmp_path):
    def run(text):
        folder = tmp_path / "hostile, name: with 'everything'"
        folder.mkdir(exist_ok=True)
        (folder / UNIT.module).write_text(text)
        return session.grade("x", UNIT, folder / UNIT.module, [folder])

    return run


def running():
    return subprocess.run(["podman", "ps", "--all", "--quiet"], capture_output=True, text=True).stdout.split()


def test_the_right_answer_earns_all_and_leaves_nothing(grade):
    result = grade(solution(COURSE, UNIT))
    assert [(c.check, c.message) for c in result.checks if c.outcome != Outcome.PASSED] == []
    assert result.points == UNIT.total
    assert running() == []


def test_a_helper_beside_the_module_is_seen_and_the_host_is_not(grade, tmp_path):
    text = solution(COURSE, UNIT)
    result = grade(text.replace("def step(x):", "SEEN = __import__('os').listdir('/submission')\n\n\ndef step(x):"))
    assert result.points == UNIT.total
    spy = (
        "\nimport os\nraise ValueError(str([os.path.exists(p) for p in ('/work', '/root', '/home')] + [os.getuid()]))\n"
    )
    assert "[False, False, False, 65534]" in grade(text + spy).message


ATTACKS = {
    "write": "open('/submission/x', 'w')",
    "write elsewhere": "open('/tmp/x', 'w')",
    "network": "import socket; socket.create_connection(('1.1.1.1', 53), 1)",
    "setuid": "import os; os.setuid(0)",
    "mount": "import ctypes; l = ctypes.CDLL(None, use_errno=True); assert l.mount(b'x', b'/tmp', b'tmpfs', 0, None) == 0",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_refused(grade, attack):
    result = grade(f"{solution(COURSE, UNIT)}\n{ATTACKS[attack]}\n")
    assert result.status == "not loaded"
    assert result.points == 0


def test_an_endless_loop_and_an_exit_end_their_container(grade):
    text = solution(COURSE, UNIT)
    for body, outcome in (("while True: pass", Outcome.TIMEOUT), ("__import__('os')._exit(3)", Outcome.CRASH)):
        result = grade(text.replace("    return (x > 0).astype(x.dtype)", f"    {body}", 1))
        (check,) = [each for each in result.checks if each.check == "test_activations.py::test_step_film_ratings"]
        assert check.outcome in (outcome, Outcome.TIMEOUT)  # an engine that is slow to end hides the exit
        assert result.points >= UNIT.total - UNIT.points["step"] - UNIT.points["relu_derivative"]
        assert running() == []


def test_an_exit_is_never_the_engines(grade):
    code = 125  # to 127: what an engine ends with that could not run the container; not once student code runs
    result = grade(f"{solution(COURSE, UNIT)}\ndef step(x): __import__('os')._exit({code})\n")
    assert result.status == "graded"
    ended = {check.outcome for check in result.checks if check.exercise == "step"}
    assert ended & {Outcome.CRASH, Outcome.TIMEOUT}  # an engine that is slow to end hides the exit
    assert grade(f"__import__('os')._exit({code})").status == "not loaded"


def test_limits_are_the_courses(podman, tmp_path):
    small = CheckSession(
        COURSE.model_copy(update={"limits": LimitSettings(output_bytes=1000)}), [UNIT], "s", "container"
    )
    (tmp_path / UNIT.module).write_text("import numpy as np\ndef step(x): return np.zeros(5_000)\n")
    result = small.grade("x", UNIT, tmp_path / UNIT.module, [tmp_path])
    small.close()
    assert "allowed 1,000" in result.checks[0].message


def test_the_command(autograder, tmp_path, podman):
    path = tmp_path / "in" / "me" / UNIT.module
    path.parent.mkdir(parents=True)
    path.write_text(solution(COURSE, UNIT))
    done = autograder(
        "grade", tmp_path / "in", "--output", tmp_path / "out", "--unit", UNIT.id, "--course", COURSE.root, "--json",
        "--isolation", "container",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["mean_points"] == UNIT.total


def test_a_unit_that_uses_earlier_ones(podman, tmp_path):
    """What it uses is answered from outside; neither those modules nor the reference are in the container."""
    unit = COURSE.unit("scribe")
    assert unit.uses
    session = CheckSession(COURSE, [unit], "s", "container")
    path = tmp_path / unit.module
    try:
        path.write_text(solution(COURSE, unit))
        result = session.grade("x", unit, path, [tmp_path])
        assert [(c.check, c.message) for c in result.checks if c.outcome != Outcome.PASSED] == []
        path.write_text(
            solution(COURSE, unit).replace("softmax(logits / temperature)", "softmax(logits * temperature)")
        )
        result = session.grade("y", unit, path, [tmp_path])
        lost = [each.exercise for each in result.exercises if each.points < each.max_points]
        assert lost == ["top_p"]
    finally:
        session.close()
