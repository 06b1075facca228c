"""`autograder doctor` and machines that lack something."""

import json
import re

import pytest

from autograder.grading.sample import solution
from autograder.sandbox import doctor, fork_server
from autograder.sandbox.confine import ConfinementUnavailable
from autograder.sandbox.limits import Limits


def test_doctor_tries_the_sandbox_for_real(autograder):
    done = autograder("doctor")
    assert done.returncode == 0
    assert "works: started, graded a call and ended" in done.stdout
    for name in ("Python", "NumPy", "Landlock", "extra grading", "extra jupyter", "extra torch", "containers"):
        assert name in done.stdout


def test_doctor_names_the_way_on_where_the_kernel_cannot_confine(monkeypatch):
    monkeypatch.setattr(doctor, "missing_features", lambda: ["Landlock is missing"])
    (finding,) = [each for each in doctor.examine() if each.name == "sandbox"]
    assert not finding.ok
    assert finding.needed
    assert "Landlock is missing" in finding.words
    assert "--isolation container" in finding.words


def test_grading_refuses_to_start_without_a_sandbox(monkeypatch):
    monkeypatch.setattr(fork_server, "missing_features", lambda: ["Landlock is missing: it needs Linux 5.13"])
    with pytest.raises(ConfinementUnavailable) as info:
        fork_server.ForkServer(Limits())
    for words in ("Landlock is missing", "--isolation container", "--isolation none"):
        assert words in str(info.value)
    fork_server.ForkServer(Limits(), confined=False).close()


def test_isolation_none_says_what_it_gives_up_and_gives_it_up(autograder, tmp_path, course):
    unit = course.unit("activations")
    module = tmp_path / "class" / "me" / unit.module
    module.parent.mkdir(parents=True)
    module.write_text(f"open('/etc/passwd').close()\n{solution(course, unit)}")
    points = {}
    for isolation in ("sandbox", "none"):
        done = autograder(
            "grade", tmp_path / "class", "--output", tmp_path / isolation, "--unit", unit.id, "--isolation", isolation,
            "--course", course.root,
        )  # fmt: skip
        assert done.returncode == 0
        assert ("run with all your rights" in done.stderr) == (isolation == "none")
        _, record = map(json.loads, (tmp_path / isolation / "results.jsonl").read_text().splitlines())
        points[isolation] = record["points"]
    assert points == {"sandbox": 0, "none": unit.total}


def test_doctor_tells_how_long_a_class_would_take(autograder, course):
    done = autograder("doctor", "--students", 1000, "--unit", "activations", "--course", course.root)
    assert done.returncode == 0, done.stderr
    for name in ("memory", "disk", "pytest", "seccomp"):
        assert f"ok  {name}" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("trial: ")]
    count, each, minutes = map(int, re.search(r"(\d+) submissions, (\d+) ms each; .* take (\d+) min", line).groups())
    assert count >= 4
    assert abs(minutes - each * 1000 / 60_000) < 2


def test_memory_is_what_the_container_leaves(monkeypatch):
    monkeypatch.setattr(doctor, "free_memory", lambda: 6 * doctor.GIB)
    monkeypatch.setattr(doctor, "cores", lambda: 8)
    assert doctor.jobs_here() == 2
    monkeypatch.setattr(doctor, "free_memory", lambda: doctor.GIB)
    assert doctor.jobs_here() == 1
    (finding,) = [each for each in doctor.examine() if each.name == "memory"]
    assert not finding.ok
