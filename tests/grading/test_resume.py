"""Results are kept as they come: killed, changed, shared or graded elsewhere, nothing is lost or done twice."""

import csv
import dataclasses
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.checks.results import CheckResult, ExerciseResult, Outcome, Ruling, UnitResult
from autograder.course.units import load_course
from autograder.grading.decisions import Desk
from autograder.grading.executors import dask_cluster, here, pack_course, processes
from autograder.grading.records import pack
from autograder.grading.run import Options, grade_class
from autograder.grading.sample import partial, solution
from autograder.grading.store import Store, StoreError
from autograder.intake.roster import Person
from autograder.intake.submissions import find_submissions

COURSE = load_course()
UNIT = COURSE.unit("activations")
RIGHT = solution(COURSE, UNIT)
SLOW = RIGHT.replace("def step(x):", "import time\n\n\ndef step(x):\n    time.sleep(0.1)")


@pytest.fixture
def hand_in(tmp_path):
    def run(names, text=RIGHT):
        for name in names:
            path = tmp_path / "submissions" / name / UNIT.module
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "submissions"

    return run


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'results.sqlite'}")
    yield store
    store.close()


def grade(store, folder, execute=here, course=COURSE, **options):
    """Grade the class; the run, and the names of those that were graded now."""
    graded = []
    run = grade_class(
        course, [course.unit(UNIT.id)], find_submissions(folder, [UNIT]).submissions, store, execute, Options(**options),
        report=lambda result: graded.append(result.student),
    )  # fmt: skip
    return run, graded


def test_a_result_survives_the_store(store):
    result = UnitResult(
        "weird \udcff \x00 name", "activations", "graded", "m", 0.5, 2,
        [ExerciseResult("relu", 0.5, 1.0, 1, 2, "failed", "h")],
        [CheckResult("c", "relu", Outcome.TIMEOUT, 2.0, 0.1, "relu(x)", "too long", "name", "h")],
    )  # fmt: skip
    store.add("d1", result)
    assert list(store.results(["nowhere", "d1"])) == [result]
    store.add("d1", UnitResult("other", "activations", "graded"))
    assert list(store.results(["d1"])) == [result]


def test_what_the_machinery_broke_is_not_used_again_and_is_replaced(store):
    store.add("d", UnitResult("a", "activations", "broken", "worker died"))
    assert store.known(["d"]) == set()
    store.add("d", UnitResult("a", "activations", "graded"))
    assert store.known(["d"]) == {"d"}


def test_every_field_of_a_result_is_kept(store):
    """Those that are added one day as well: each is given a value that is not its default."""
    other = {"str": "x", "float": 0.75, "int": 7, "Outcome": Outcome.CRASH, "bool": True, "Sequence[str]": ["x"]}

    def full(kind, **known):
        return kind(
            **{
                each.name: other[each.type]
                for each in dataclasses.fields(kind)
                if each.name not in known and each.metadata.get("kept", True)
            },
            **known,
        )

    result = full(UnitResult, exercises=[full(ExerciseResult)], checks=[full(CheckResult)])
    store.add("d", result)
    assert list(store.results(["d"])) == [result]


def test_a_passed_check_costs_a_few_bytes():
    checks = [CheckResult(f"hidden.py::TestRelu::test_{n}", "relu", Outcome.PASSED, 1.0, 0.000123) for n in range(400)]
    few, many = (len(pack(UnitResult("a", "u", "graded", checks=some))) for some in (checks[:200], checks))
    assert (many - few) / 200 < 12


def test_a_result_that_the_database_refuses_is_not_lost_in_silence(tmp_path):
    url = f"sqlite:///{tmp_path / 'r.sqlite'}"
    Store(url).close()
    with sqlite3.connect(tmp_path / "r.sqlite") as connection:
        connection.execute("CREATE TRIGGER t BEFORE INSERT ON results BEGIN SELECT RAISE(ABORT, 'no room'); END")
    store = Store(url)
    with pytest.raises(StoreError, match="did not take a result: no room"):
        store.add("d", UnitResult("a", "u", "graded"))
    store.close()


class TestOtherVersions:
    """A database that another version made: recognised, its seed kept, its results neither used nor lost."""

    TABLES = """
        CREATE TABLE settings (name VARCHAR(40) PRIMARY KEY, value VARCHAR(200));
        CREATE TABLE runs (id INTEGER PRIMARY KEY, started VARCHAR(40) NOT NULL, finished VARCHAR(40),
            command VARCHAR(2000) NOT NULL);
        CREATE TABLE results (digest VARCHAR(64) PRIMARY KEY, student VARCHAR(500) NOT NULL, unit VARCHAR(100) NOT NULL,
            status VARCHAR(20) NOT NULL, graded VARCHAR(40) NOT NULL, record BLOB NOT NULL);
        CREATE TABLE run_results (run INTEGER, position INTEGER, digest VARCHAR(64) NOT NULL, PRIMARY KEY (run, position));
        INSERT INTO settings VALUES ('seed', 'the old seed');
        INSERT INTO runs VALUES (1, 'a', 'b', 'c');
        INSERT INTO run_results VALUES (1, 0, 'd');
    """

    @pytest.fixture
    def earlier(self, tmp_path):
        """A database of the version before records had a format."""
        path = tmp_path / "out" / "results.sqlite"
        path.parent.mkdir()
        with sqlite3.connect(path) as connection:
            connection.executescript(self.TABLES)
            record = zlib.compress(json.dumps({"student": "a", "unit": UNIT.id, "status": "graded"}).encode())
            row = ("d", "a", UNIT.id, "graded", "2026-01-01", record)
            connection.execute("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?)", row)
        connection.close()
        return path

    def test_it_is_graded_again_with_the_same_seed_and_said_so(self, autograder, earlier, hand_in):
        folder = hand_in(["a"])
        command = ["grade", folder, "--output", earlier.parent, "--unit", UNIT.id, "--course", COURSE.root, "--json"]
        done = autograder(*command)
        assert done.returncode == 0, done.stderr
        assert "holds results of another version of autograder (1 in all)" in done.stderr
        said = json.loads(done.stdout)
        assert (said["seed"], said["reused"], said["mean_points"]) == ("the old seed", 0, UNIT.total)
        again = autograder(*command)
        assert again.stderr == ""
        assert json.loads(again.stdout)["reused"] == 1

    def test_its_records_are_never_read(self, earlier):
        store = Store(f"sqlite:///{earlier}")
        assert store.others == 1
        assert list(store.results(["d"])) == []
        assert list(store.of_student("a")) == []
        assert store.seed() == "the old seed"
        store.close()

    def test_show_says_what_to_do(self, autograder, earlier):
        command = ["show", "a", "--results", earlier.parent, "--course", COURSE.root]
        for words in (
            "was made by an earlier version of autograder: run `autograder grade`",
            "a was graded by another version of autograder",
        ):
            done = autograder(*command)
            assert done.returncode == 2
            assert words in done.stderr
            assert "Traceback" not in done.stderr
            Store(f"sqlite:///{earlier}").close()  # this version has seen it now

    @pytest.mark.parametrize(
        "content, words",
        [(b"no database" * 100, "cannot be opened"), ("CREATE TABLE results (id INTEGER)", "made by another program")],
    )
    def test_what_is_no_graders_database_is_refused(self, autograder, tmp_path, hand_in, content, words):
        path = tmp_path / "results.sqlite"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            with sqlite3.connect(path) as connection:
                connection.execute(content)
            connection.close()
        done = autograder("grade", hand_in(["a"]), "--output", tmp_path, "--unit", UNIT.id, "--course", COURSE.root)
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_password_is_not_repeated(self):
        with pytest.raises(StoreError) as info:
            Store("postgresql+psycopg://me:hush@localhost:1/grades")
        assert "hush" not in str(info.value)


def test_only_what_changed_is_graded_again(store, hand_in):
    folder = hand_in(["a", "b", "c"])
    run, graded = grade(store, folder)
    assert graded == ["a", "b", "c"]
    again, graded = grade(store, folder)
    assert graded == []
    assert again.reused == 3
    assert again.seed == run.seed
    assert list(again.results) == list(run.results)
    hand_in(["b"], RIGHT + "\n# changed\n")
    (folder / "c" / "helper.py").write_text("x = 1\n")
    assert grade(store, folder)[1] == ["b", "c"]
    assert grade(store, folder, seed="other")[1] == ["a", "b", "c"]
    assert grade(store, folder, seed="other")[1] == []
    assert grade(store, folder, force=True)[1] == ["a", "b", "c"]
    assert len(store.runs()) == 6
    assert all(entry["finished"] for entry in store.runs())


class TestResubmissions:
    """Each version of a student's unit meets inputs of its own, whoever grades it and however often."""

    WRONG = RIGHT.replace("LECUN_SCALE = 1.7159", "LECUN_SCALE = 1.7")

    def told(self, run):
        """What hidden checks told each student, and the generation of inputs that this was of."""
        return {
            result.student: (result.generation, [(c.check, c.call, c.message) for c in result.checks if c.message])
            for result in run.results
        }

    def test_a_changed_submission_meets_others_and_an_old_one_its_own_again(self, store, hand_in):
        folder = hand_in(["a", "b"], self.WRONG)
        first = self.told(grade(store, folder)[0])
        assert first["a"] == first["b"], "one set of inputs for the whole class"
        hand_in(["b"], f"{self.WRONG}# changed\n")
        second = self.told(grade(store, folder)[0])
        assert second["a"] == first["a"]
        assert (first["b"][0], second["b"][0]) == (0, 1)
        assert [check for check, *_ in second["b"][1]] == [check for check, *_ in first["b"][1]]
        assert second["b"][1] != first["b"][1]
        hand_in(["a"], f"{self.WRONG}# changed by a\n")
        hand_in(["b"], self.WRONG)
        run, graded = grade(store, folder)
        third = self.told(run)
        assert third["a"] == second["b"], "the second version of anybody is asked the same"
        assert third["b"] == first["b"]
        assert graded == ["a"], "what was there before is not graded again"
        again = self.told(grade(store, folder, processes(2), force=True)[0])
        assert again == third

    def test_what_came_before_is_remembered_though_nothing_was_graded(self, store, hand_in):
        folder = hand_in(["a"], self.WRONG)

        def killed(setup, jobs):
            yield from ()
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            grade(store, folder, killed)
        first = self.told(grade(store, folder)[0])
        assert first["a"][0] == 0, "the same command goes on with the same inputs"
        for seed in ("other", None):
            assert self.told(grade(store, folder, seed=seed)[0])["a"][0] == 0

    def test_two_graders_that_share_a_database_agree(self, tmp_path):
        store = Store(f"sqlite:///{tmp_path / 'results.sqlite'}")
        versions = [[(f"s{student}", "activations", str(version)) for student in range(40)] for version in range(8)]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(store.generations, versions))
        for student in versions[0]:
            assert sorted(each[student[:2]] for each in found) == list(range(8))
        assert list(map(store.generations, versions)) == found
        store.close()

    def test_the_seed_in_the_results_repeats_it_elsewhere(self, store, hand_in, tmp_path):
        from autograder.reports.files import write_reports

        folder = hand_in(["a"])
        grade(store, folder, seed="one")
        hand_in(["a"], self.WRONG)
        run, _ = grade(store, folder)
        write_reports(run, tmp_path / "out")
        head, line = map(json.loads, (tmp_path / "out" / "results.jsonl").read_text().splitlines())
        assert (head["seed"], line["generation"]) == ("one", 1)
        elsewhere = Store(f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
        there, _ = grade(elsewhere, folder, seed=line["seed"])
        assert self.told(there)["a"][1] == self.told(run)["a"][1]
        elsewhere.close()


def test_an_unchanged_class_leaves_its_files_alone(store, hand_in, tmp_path):
    from autograder.reports.files import write_reports

    folder = hand_in(["a", "b"])
    out = tmp_path / "out"
    write_reports(grade(store, folder)[0], out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    write_reports(grade(store, folder)[0], out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    hand_in(["b"], "x = 1")
    write_reports(grade(store, folder)[0], out)
    assert (out / "report.html").stat().st_mtime_ns > before[out / "report.html"]
    renamed = COURSE.model_copy(update={"title": "Another title"})
    run, graded = grade(store, folder, course=renamed)
    write_reports(run, out)
    assert graded == []
    assert "Another title" in (out / "report.html").read_text()


def test_a_result_that_came_out_otherwise_the_second_time_is_in_all_files(store, hand_in, tmp_path):
    """With the same digest: what was too slow on a busy machine, graded again with --force, or what the machinery broke."""
    from autograder.reports.files import write_reports

    folder, out = hand_in(["a", "b"]), tmp_path / "out"
    run, _ = grade(store, folder)
    first = {result.student: result for result in run.results}
    digests = dict(zip(["a", "b"], run.digests, strict=True))
    store.forget([digests["a"]])
    store.add(digests["a"], UnitResult("a", "activations", "broken", "worker died", exercises=first["a"].exercises))
    write_reports(run, out)
    page, others = out / "feedback" / "a.html", out / "feedback" / "b.html"
    before = {path: path.stat().st_mtime_ns for path in (page, others)}
    assert "worker died" in (out / "results.jsonl").read_text()
    assert "worker died" in page.read_text()
    run, graded = grade(store, folder)
    assert graded == ["a"]
    write_reports(run, out)
    for path in (out / "results.jsonl", out / "grades.csv", page, page.with_suffix(".md")):
        assert "worker died" not in path.read_text()
        assert ",broken," not in path.read_text()
    # Nothing about b is new.
    assert {path for path in before if path.stat().st_mtime_ns == before[path]} == {others}
    others.unlink()
    write_reports(grade(store, folder, force=True)[0], out)
    assert others.is_file()


def test_a_name_that_is_too_long_for_the_database_has_its_files(store, hand_in, tmp_path):
    from autograder.reports.files import write_reports

    run, _ = grade(store, hand_in(["b", "\udcff" * 100]))
    write_reports(run, tmp_path / "out")
    assert len((tmp_path / "out" / "totals.csv").read_text().splitlines()) == 3
    assert {each.student for each in store.so_far()} == set(run.students)  # else nobody could be adjusted any more


def test_other_points_other_checks_or_another_version_are_graded_anew(store, hand_in, tmp_path, monkeypatch):
    folder = hand_in(["a"])
    for place in ("solutions", "datasets"):
        (tmp_path / "course" / place).mkdir(parents=True)
    unit = tmp_path / "course" / "solutions" / UNIT.folder
    unit.mkdir()
    for path in (COURSE.root / "solutions" / UNIT.folder).glob("*.py"):
        (unit / path.name).write_bytes(path.read_bytes())
    points = "\n".join(f"          {name}: {worth}" for name, worth in UNIT.points.items())
    head = "title: T\nparts:\n  - title: P\n    units:\n"
    head += "      - folder: 02_activations\n        title: A\n        points:\n"
    text = f"{head}{points}\n"
    (tmp_path / "course" / "course.yml").write_text(text)
    course = load_course(tmp_path / "course")
    assert grade(store, folder, course=course)[1] == ["a"]
    assert grade(store, folder, course=course)[1] == []
    another = "      - {folder: 03_losses, title: L, points: {mse: 1}}\n"
    for same in (
        text.replace("title: A\n", "title: B\n        due: 2030-01-01\n"),
        f"{text}{another}late: {{percent_per_day: 5}}\n",
    ):
        (tmp_path / "course" / "course.yml").write_text(same)
        assert grade(store, folder, course=load_course(tmp_path / "course"))[1] == []
    (tmp_path / "course" / "course.yml").write_text(f"{text}limits: {{check_seconds: 9}}\n")
    assert grade(store, folder, course=load_course(tmp_path / "course"))[1] == ["a"]
    (tmp_path / "course" / "course.yml").write_text(text.replace(" relu: 1", " relu: 7"))
    course = load_course(tmp_path / "course")
    run, graded = grade(store, folder, course=course)
    assert graded == ["a"]
    assert next(iter(run.results)).points == UNIT.total + 6
    with (unit / "hidden.py").open("a") as file:
        file.write("# another check\n")
    assert grade(store, folder, course=course)[1] == ["a"]
    monkeypatch.setattr("autograder.grading.run.__version__", "9.9.9")
    assert grade(store, folder, course=course, isolation="sandbox")[1] == ["a"]


def test_two_courses_in_one_process_keep_to_their_own_checks(store, hand_in, tmp_path):
    folder = hand_in(["a"])
    assert grade(store, folder)[1] == ["a"]
    unit = tmp_path / "course" / "solutions" / UNIT.folder
    unit.mkdir(parents=True)
    (tmp_path / "course" / "course.yml").write_text(
        "title: T\nparts: [{title: P, units: [{folder: 02_activations, title: A, points: {relu: 3}}]}]\n"
    )
    (unit / UNIT.module).write_text(RIGHT)
    (unit / f"test_{UNIT.module}").write_text(
        "import pytest\n\n@pytest.mark.exercise('relu')\ndef test_only(student):\n    assert student.relu is not None\n"
    )
    (unit / "hidden.py").write_text("")
    run, _ = grade(store, folder, course=load_course(tmp_path / "course"))
    (result,) = run.results
    assert [check.check for check in result.checks] == ["test_activations.py::test_only"]


def test_killed_at_any_moment_the_same_command_goes_on(hand_in, tmp_path):
    folder = hand_in([f"s{number:02d}" for number in range(20)], SLOW)
    command = [
        sys.executable, "-m", "autograder", "grade", str(folder), "--output", str(tmp_path / "out"), "--unit", UNIT.id,
        "--course", str(COURSE.root), "--json",
    ]  # fmt: skip
    database = f"sqlite:///{tmp_path / 'out' / 'results.sqlite'}"
    kept = 0
    for target in (2, 5):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        while kept < target:
            time.sleep(0.1)
            assert process.poll() is None, "the grader ended before it was killed"
            if (tmp_path / "out" / "results.sqlite").exists():
                kept = count(database)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert count(database) >= target
        assert not (tmp_path / "out" / "grades.csv").exists()
    before = count(database)
    done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert done["students"] == 20
    assert done["reused"] == before
    assert done["mean_points"] == UNIT.total
    with (tmp_path / "out" / "grades.csv").open() as file:
        assert len({row["student"] for row in csv.DictReader(file)}) == 20


def count(database):
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import OperationalError

    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            return connection.execute(text("select count(*) from results")).scalar_one()
    except OperationalError:
        return 0
    finally:
        engine.dispose()


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(hand_in, tmp_path):
    folder = hand_in([f"s{number:02d}" for number in range(60)], SLOW)
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade", str(folder), "--output", str(tmp_path / "out"), "--unit", UNIT.id,
         "--course", str(COURSE.root), "--jobs", "2"],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    database = f"sqlite:///{tmp_path / 'out' / 'results.sqlite'}"
    while not (tmp_path / "out" / "results.sqlite").exists() or count(database) < 3:
        time.sleep(0.1)
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "new results are kept, and the same command goes on" in error
    assert "Traceback" not in error
    assert count(database) >= 3


def test_two_graders_on_one_database_do_no_harm(hand_in, tmp_path):
    folder = hand_in([f"s{number}" for number in range(8)])
    command = [
        sys.executable, "-m", "autograder", "grade", str(folder), "--unit", UNIT.id, "--course", str(COURSE.root),
        "--seed", "s", "--json", "--database", f"sqlite:///{tmp_path / 'shared.sqlite'}", "--output",
    ]  # fmt: skip
    both = [subprocess.Popen([*command, str(tmp_path / name)], stdout=subprocess.PIPE, text=True) for name in "ab"]
    said = [json.loads(process.communicate(timeout=300)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [each["mean_points"] for each in said] == [UNIT.total, UNIT.total]
    assert (tmp_path / "a" / "grades.csv").read_text() == (tmp_path / "b" / "grades.csv").read_text()


def test_graders_that_begin_at_the_same_moment_share_a_database_and_a_seed(tmp_path):
    for number in range(30):
        url, start = f"sqlite:///{tmp_path / f'{number}.sqlite'}", threading.Barrier(3)

        def begin(url=url, start=start):
            start.wait()
            store = Store(url)
            try:
                return store.seed()
            finally:
                store.close()

        with ThreadPoolExecutor(3) as pool:
            seeds = [each.result() for each in [pool.submit(begin) for _ in range(3)]]
        assert len(set(seeds)) == 1


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory):
    """A real PostgreSQL server on loopback; its URL."""
    import glob
    import shutil
    import socket

    binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not binaries:
        pytest.skip("PostgreSQL's server is not installed")
    pytest.importorskip("psycopg")
    place = tmp_path_factory.mktemp("postgresql")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for folder in (place, *list(place.parents)[:-1]):
        if folder.owner() == "root" and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    # The server refuses to run as root.
    switch = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if switch:
        shutil.chown(place, "postgres")
    control = [*switch, f"{binaries[-1]}/pg_ctl", "-D", str(place / "data")]
    subprocess.run(
        [*control, "init", "-o", "--auth=trust --username=postgres"], check=True, capture_output=True, cwd="/"
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={place}"
    subprocess.run([*control, "-w", "-l", str(place / "log"), "-o", options, "start"], check=True, cwd="/",
                   stdout=subprocess.DEVNULL)  # fmt: skip
    yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    subprocess.run([*control, "-m", "immediate", "stop"], capture_output=True, cwd="/")


def test_results_are_kept_in_postgresql(postgresql, hand_in):
    folder = hand_in(["a", "b"])
    for expected in (["a", "b"], []):
        store = Store(postgresql)
        run, graded = grade(store, folder)
        assert graded == expected
        assert [result.points for result in run.results] == [UNIT.total, UNIT.total]
        store.close()


def test_decisions_and_roster_are_kept_in_postgresql(postgresql):
    store = Store(postgresql)
    desk = Desk(store, "/results")
    name = "weird \udcff \\ name"
    number = desk.decide(name, UNIT.id, "relu", Ruling.POINTS, 0.5, "x" * 2000)
    desk.keep_roster({name: Person("7", section="A")})
    desk.keep_source(Path("/class"), 2)
    (kept,) = desk.decisions()
    assert (kept.number, kept.student, kept.value, kept.ruling) == (number, name, 0.5, Ruling.POINTS)
    assert desk.roster() == {name: Person("7", section="A")}
    assert desk.source() == (Path("/class"), 2)
    assert desk.undo(number)
    assert not desk.undo(number)
    assert desk.in_force() == {}
    store.close()


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////nowhere/at/all/x.sqlite", "postgresql+psycopg://localhost:1/grades"]
)
def test_a_database_that_cannot_be_opened_is_named(url):
    with pytest.raises(StoreError, match="cannot be opened") as info:
        Store(url)
    assert url in str(info.value)


def test_a_worker_process_that_dies_is_replaced(store, hand_in, tmp_path, monkeypatch):
    folder = hand_in([f"s{number}" for number in range(6)], SLOW)
    execute = processes(2)

    def sabotaged(setup, jobs):
        killed = False
        for job, result in execute(setup, jobs):
            yield job, result
            if not killed:
                killed = True
                children = subprocess.run(
                    ["pgrep", "-P", str(os.getpid())], capture_output=True, text=True
                ).stdout.split()
                spawned = [pid for pid in map(int, children) if b"autograder.grading.process" in cmdline(pid)]
                os.kill(spawned[0], signal.SIGKILL)

    run, graded = grade(store, folder, sabotaged)
    assert sorted(graded) == [f"s{number}" for number in range(6)]
    assert {result.points for result in run.results} == {UNIT.total}


def cmdline(pid):
    try:
        return open(f"/proc/{pid}/cmdline", "rb").read()
    except OSError:
        return b""


@pytest.fixture
def cluster(tmp_path):
    """A real scheduler and two workers of a Dask cluster on loopback, each in a process of its own."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
            cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    file = tmp_path / "scheduler.json"
    start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    for _ in range(3000):
        if file.exists() and file.read_text().strip():
            break
        time.sleep(0.1)
    address = json.loads(file.read_text())["address"]

    def worker():
        return start("dask_worker", address, "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard", "--no-nanny")

    yield address, worker
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for_workers(address, number):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(number, timeout=300)


class TestDask:
    def test_a_lost_worker_loses_nothing(self, store, hand_in, cluster):
        address, worker = cluster
        workers = [worker(), worker()]
        wait_for_workers(address, 2)
        folder = hand_in([f"s{number:02d}" for number in range(16)], SLOW)
        (folder / "s03" / "helper.py").write_text("x = 1\n")
        execute = dask_cluster(address)

        def sabotaged(setup, jobs):
            for number, graded in enumerate(execute(setup, jobs)):
                if number == 3:
                    os.killpg(workers[0].pid, signal.SIGKILL)
                yield graded

        run, graded = grade(store, folder, sabotaged, remote=True)
        assert sorted(graded) == [f"s{number:02d}" for number in range(16)]
        assert {(result.status, result.points) for result in run.results} == {("graded", UNIT.total)}

    def test_a_scheduler_that_is_not_there_or_has_no_workers_is_named(self, autograder, hand_in, tmp_path, cluster):
        folder = hand_in(["a"])
        for address, words in (("tcp://127.0.0.1:9", "no Dask scheduler answers"), (cluster[0], "has no workers")):
            done = autograder(
                "grade", folder, "--output", tmp_path / "out", "--unit", UNIT.id, "--course", COURSE.root,
                "--scheduler", address,
            )  # fmt: skip
            assert done.returncode == 2
            assert words in done.stderr
            assert "Traceback" not in done.stderr

    def test_the_course_packs_to_the_same_bytes(self):
        assert pack_course(COURSE) == pack_course(load_course(COURSE.root))


class TestResultsOfAClass:
    """What lies in the output is the class's: a run adds to it, or replaces what is its own."""

    @pytest.fixture
    def grade(self, autograder, tmp_path):
        stub = partial(COURSE, UNIT, 0)

        def run(folder, students, *options, output="out", status=0):
            for student in students:
                place = tmp_path / folder / student / UNIT.module
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(stub)
            common = ("--output", tmp_path / output, "--unit", UNIT.id, "--course", COURSE.root)
            done = autograder("grade", tmp_path / folder, *common, *options)
            assert done.returncode == status, done.stderr
            return done.stdout + done.stderr

        return run

    def students(self, output):
        with (output / "grades.csv").open() as file:
            return sorted({row["student"] for row in csv.DictReader(file)})

    def test_one_students_folder_is_added_and_the_others_stay(self, grade, tmp_path):
        grade("class", ["alice", "bob"])
        said = grade("more", ["cy"])
        assert "1 graded, 2 kept as they were (--fresh starts anew)" in said
        assert self.students(tmp_path / "out") == ["alice", "bob", "cy"]
        said = grade("again", ["bob"])
        assert "1 graded, 2 kept" in said
        lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
        assert [json.loads(line)["student"] for line in lines[1:]] == ["alice", "bob", "cy"]
        pages = {path.name for path in (tmp_path / "out" / "feedback").iterdir()}
        assert pages == {f"{name}.{ending}" for name in ("alice", "bob", "cy") for ending in ("md", "html")}
        assert "alice" in (tmp_path / "out" / "report.html").read_text()

    def test_only_the_named_students_are_graded(self, grade, tmp_path):
        grade("class", ["alice", "bob"], "--student", "bob")
        assert self.students(tmp_path / "out") == ["bob"]
        said = grade("class", [], "--student", "alic", status=2)
        assert "nobody is called alic; did you mean alice?" in said

    def test_fresh_starts_anew_and_keeps_the_old_beside(self, grade, tmp_path):
        grade("class", ["alice", "bob"])
        said = grade("more", ["cy"], "--fresh")
        assert self.students(tmp_path / "out") == ["cy"]
        (old,) = tmp_path.glob("out-before-*")
        assert str(old) in said
        assert self.students(old) == ["alice", "bob"]

    def test_outputs_that_share_a_database_are_kept_apart(self, grade, tmp_path):
        url = ("--database", f"sqlite:///{tmp_path / 'both.sqlite'}")
        grade("class", ["alice"], *url)
        grade("more", ["cy"], *url, output="other")
        assert self.students(tmp_path / "other") == ["cy"]
        grade("again", ["bob"], *url)
        assert self.students(tmp_path / "out") == ["alice", "bob"]

    def test_an_id_of_the_platform_comes_back_in_its_export_whatever_came_before(self, autograder, grade, tmp_path):
        grade("class", ["cy"])
        for name in ("alice_11_22_activations.py", "bob_LATE_33_44_activations.py"):
            (tmp_path / "canvas").mkdir(exist_ok=True)
            (tmp_path / "canvas" / name).write_text(partial(COURSE, UNIT, 0))
        grade("canvas", [])
        grade("Moodle", ["Di Ng_55_assignsubmission_file_"])
        grade("again", ["alice"])  # by another road: the id is remembered
        for form, column, expected in (
            ("canvas", "ID", {"alice": "11", "bob": "33", "cy": "", "Di Ng": ""}),
            ("moodle", "Identifier", {"alice": "", "bob": "", "cy": "", "Di Ng": "Participant 55"}),
        ):
            done = autograder("export", tmp_path / "out", "--format", form, "--course", COURSE.root)
            with (tmp_path / "out" / f"{form}.csv").open(newline="") as file:
                table = [row for row in csv.DictReader(file) if "Possible" not in next(iter(row.values()))]
            assert {next(iter(row.values())): row[column] for row in table} == expected
            without = [name for name, called in expected.items() if not called]
            assert f"{len(without)} students came without an id of {form}'s" in done.stderr
            assert all(name in done.stderr for name in without)
