"""What a class costs: rate, memory and database at 1,000 and 10,000 submissions, an unchanged rerun, and nbgrader beside it.

    python tests/benchmarks/batch.py [--submissions 10000] [--nbgrader 6]
    python tests/benchmarks/batch.py --around 420
    python tests/benchmarks/batch.py --results 1000 30

Prints a table. Times vary with the machine, so read the ratios; nothing here is asserted. `--around` compares the command,
from its start to its files, with the grading in it and with a fresh pytest process. `--results` makes up the results of
so many students and units from those of a graded sample class, with other numbers in them, and writes everything.
"""

import argparse
import dataclasses
import multiprocessing
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from autograder.course.units import Course, Part, Unit, load_course
from autograder.grading.executors import here, processes
from autograder.grading.jobs import Job, Setup
from autograder.grading.run import Digests, Options, Run, grade_class
from autograder.grading.sample import make_class as make_sample
from autograder.grading.sample import mistaken, partial, solution
from autograder.grading.store import Store
from autograder.grading.worker import CheckSession
from autograder.intake.submissions import find_submissions
from autograder.reports.files import write_reports
from autograder.reports.lookup import results_of

ROOT = Path(__file__).resolve().parents[2]
COURSE = load_course(ROOT)
UNIT = COURSE.unit("activations")

# Six functions and twelve checks, the same for both graders.
FUNCTIONS = ["relu", "sigmoid", "tanh", "softmax", "log_softmax", "softmax_backward"]
CHECKS = [
    "np.array_equal(relu(np.array([-1.0, 0.0, 2.0])), [0, 0, 2])", "relu(np.float32([1])).dtype == np.float32",
    "np.allclose(sigmoid(np.array([0.0, np.log(3)])), [0.5, 0.75])", "np.isfinite(sigmoid(np.array([-1e4, 1e4]))).all()",
    "np.allclose(tanh(np.array([0.0, np.log(2)])), [0, 0.6])", "np.isfinite(tanh(np.array([-1e4, 1e4]))).all()",
    "np.allclose(softmax(np.array([[0.0, np.log(3)]])), [[0.25, 0.75]])", "np.allclose(softmax(np.ones((2, 4))), 0.25)",
    "np.allclose(log_softmax(np.zeros((1, 4))), -np.log(4))", "np.isfinite(log_softmax(np.array([[1e4, -1e4]]))).all()",
    "np.allclose(softmax_backward(np.array([1.0, 0.0]), np.array([0.25, 0.75])), [0.1875, -0.1875])",
    "np.allclose(softmax_backward(np.ones(3), np.array([0.2, 0.3, 0.5])), 0)",
]  # fmt: skip


def rss():
    """Resident memory of this process, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def make_class(folder, count, first=0):
    """Submissions of every kind, in turn."""
    from autograder.checks.mistakes import load_mistakes

    mistakes = load_mistakes(ROOT / "solutions" / UNIT.folder)
    texts = [solution(COURSE, UNIT)] * 3 + [partial(COURSE, UNIT, 9)] * 2
    texts += [mistaken(COURSE, UNIT, mistake) for mistake in mistakes[::4]]
    for number in range(first, first + count):
        place = folder / f"s{number:05d}"
        place.mkdir(parents=True)
        (place / UNIT.module).write_text(f"{texts[number % len(texts)]}\n# {number}\n")


def grade(folder, output, reports=True):
    store = Store(f"sqlite:///{output / 'results.sqlite'}")
    started = time.perf_counter()
    found = find_submissions(folder, [UNIT])
    taken = []
    run = grade_class(
        COURSE, [UNIT], found.submissions, store, here, Options(seed="bench"),
        report=lambda result: taken.append((time.perf_counter(), time.process_time(), rss())),
    )  # fmt: skip
    graded = time.perf_counter()
    if reports:
        write_reports(run, output)
    store.close()
    return taken, graded - started, time.perf_counter() - graded


def seconds_each(folder, output):
    """Seconds a submission, of those in `folder` that `output` does not know yet."""
    taken, _, _ = grade(folder, output, reports=False)
    return (taken[-1][0] - taken[0][0]) / (len(taken) - 1)


def growth(root, count):
    """What fifty more cost where `count` are known already, beside where a tenth of them are: in turns, in one run."""
    places = {}
    for size in (count // 10, count):
        folder, output = root / f"in{size}", root / f"out{size}"
        output.mkdir(parents=True)
        make_class(folder, size)
        fill(folder, output)
        places[size] = (folder, output)
    seconds = {size: [] for size in places}
    for turn in range(8):
        for size, (folder, output) in places.items():
            make_class(folder, 50, first=10 * count + 50 * turn)
            seconds[size].append(seconds_each(folder, output))
    few, many = (statistics.median(each) for each in seconds.values())
    print(f"fifty more where {count // 10} are known: {1e3 * few:.2f} ms each; where {count} are: {1e3 * many:.2f} ms; "
          f"{100 * (many / few - 1):+.1f}%")  # fmt: skip


def fill(folder, output):
    """Give every submission a result without grading it: that of the first."""
    store = Store(f"sqlite:///{output / 'results.sqlite'}")
    digest_of = Digests(COURSE, store.seed("bench"), "sandbox")
    found = find_submissions(folder, [UNIT]).submissions
    session = CheckSession(COURSE, [UNIT], "bench")
    result = session.grade("s", UNIT, found[0].module, [found[0].module.parent])
    session.close()
    for submission in found:
        store.add(digest_of(submission), result)
    store.close()


def long_lived(pipe, folder):
    """A worker in a process of its own: grades as many as it is asked to, and says how long that took."""
    modules = sorted(folder.glob(f"*/{UNIT.module}"))
    session = CheckSession(COURSE, [UNIT], "bench")
    graded = 0
    while count := pipe.recv():
        started = time.perf_counter()
        for _ in range(count):
            module = modules[graded % len(modules)]
            session.grade("s", UNIT, module, [module.parent])
            graded += 1
        pipe.send(time.perf_counter() - started)
    session.close()


def drift(root, count):
    """A worker that has graded `count` beside one that is new: in turns, in one run."""
    make_class(root, 80)
    context = multiprocessing.get_context("spawn")
    workers = []
    for _ in range(2):
        ours, theirs = context.Pipe()
        context.Process(target=long_lived, args=(theirs, root), daemon=True).start()
        workers.append(ours)

    def seconds(worker, count):
        worker.send(count)
        return worker.recv() / count

    for worker, first in zip(workers, (count, 160), strict=True):
        seconds(worker, first)
    old, new = zip(*[[seconds(worker, 80) for worker in workers] for _ in range(8)], strict=True)
    old, new = statistics.median(old), statistics.median(new)
    print(
        f"a new worker: {1e3 * new:.2f} ms each; one that has graded {count}: {1e3 * old:.2f} ms; {100 * (old / new - 1):+.1f}%"
    )
    for worker in workers:
        worker.send(0)


def nbgrader_seconds(count):
    """Seconds a submission of `nbgrader autograde` on the twelve checks."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        code = solution(COURSE, UNIT)
        cells = [nbformat.v4.new_code_cell("### BEGIN SOLUTION\n" + code + "\n### END SOLUTION")]
        cells[0].metadata["nbgrader"] = cell("code", solution=True)
        for number, check in enumerate(CHECKS):
            cells.append(nbformat.v4.new_code_cell(f"assert {check}"))
            cells[-1].metadata["nbgrader"] = cell(f"check{number}", grade=True)
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        (root / "source" / "hw").mkdir(parents=True)
        nbformat.write(notebook, root / "source" / "hw" / "hw.ipynb")
        (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

        def run(*arguments):
            subprocess.run(["nbgrader", *arguments], cwd=root, check=True, env=environment, capture_output=True)

        run("generate_assignment", "hw")
        for number in range(count + 1):
            place = root / "submitted" / f"s{number}" / "hw"
            place.mkdir(parents=True)
            shutil.copy(root / "source" / "hw" / "hw.ipynb", place)
        run("autograde", "hw", "--student", "s0")  # start-up, and whatever is only done once
        started = time.perf_counter()
        run("autograde", "hw", "--student", "s1")
        one = time.perf_counter() - started
        started = time.perf_counter()
        run("autograde", "hw", "--force")
        return max((time.perf_counter() - started - one) / count, 1e-9)


def around(root, count):
    """What surrounds the grading: the command beside the grading alone, and a fresh pytest process, in turns."""
    folder = root / "in"
    for number in range(count):
        place = folder / f"s{number:04d}"
        place.mkdir(parents=True)
        (place / UNIT.module).write_text(f"{solution(COURSE, UNIT)}\n# {number}\n")
    command = [sys.executable, "-m", "autograder", "grade", folder, "--unit", UNIT.id, "--seed", "bench", "--json"]
    tests = [ROOT / "solutions" / UNIT.folder / name for name in (f"test_{UNIT.module}", "hidden.py")]
    fresh = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    jobs = [Job(each.student, UNIT.id, "", each.module) for each in find_submissions(folder, [UNIT]).submissions]
    setup = Setup(str(ROOT), (UNIT.id,), "bench", "sandbox")

    def seconds(arguments):
        started = time.perf_counter()
        subprocess.run(list(map(str, arguments)), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started

    taken = []
    for turn in range(5):
        whole, both = (
            seconds([*command, "--jobs", workers, "--output", root / f"out{turn}-{workers}"]) / count
            for workers in (1, 2)
        )
        started = time.perf_counter()
        checks = {len(result.checks) for _, result in here(setup, jobs)}
        alone = (time.perf_counter() - started) / count
        public = statistics.median(seconds([*fresh, tests[0]]) for _ in range(3))
        every = statistics.median(seconds([*fresh, *tests]) for _ in range(3))
        taken.append((whole, both, alone, public, every))
    print(f"{count} submissions, {checks.pop()} checks; {len(taken)} turns")
    for words, choose in (("median", statistics.median), ("best", min)):
        whole, both, alone, public, every = (choose(each) for each in zip(*taken, strict=True))
        print(
            f"{words}: command to files {1e3 * whole:.2f} ms each, the grading alone {1e3 * alone:.2f}: x {whole / alone:.2f};"
            f" with two workers {1e3 * both:.2f}"
        )
        for what, once in (("the public tests", public), ("the same checks", every)):
            print(
                f"{words}: a fresh pytest process on {what} {1e3 * once:.0f} ms:"
                f" x {once / whole:.1f}, two workers x {once / both:.1f}"
            )


def many_units(count):
    """A course of so many units: those of the real one, again and again under other names."""
    units = [
        Unit(folder=f"{number + 1:02d}_{unit.id}_{number}", title=unit.title, points=unit.points)
        for number, unit in ((number, COURSE.units[number % len(COURSE.units)]) for number in range(count))
    ]
    return Course(title="Many units", parts=[Part(title="All", units=units)])


def made_up(result, student, unit, rng):
    """A result like that of a sample student, with other numbers in what its checks say."""

    def other(text):
        return re.sub(r"\d\.\d{3,}", lambda found: f"{rng.random() * 10:.{len(found[0]) - 2}f}", text)

    checks = [
        dataclasses.replace(each, call=other(each.call), message=other(each.message)) if each.message else each
        for each in result.checks
    ]
    return dataclasses.replace(result, student=student, unit=unit, checks=checks)


def write_all(pipe, output, digests, count):
    """Everything that is written of a class, in a process of its own; its memory after each tenth of the results."""
    course = many_units(count)
    store = Store(f"sqlite:///{output / 'results.sqlite'}")
    memory = []

    class Watched(Run):
        @property
        def results(self):
            for number, result in enumerate(super().results):
                if number % (len(digests) // 10) == 0:
                    memory.append(rss())
                yield result

    started = time.perf_counter()
    students = [f"student {number:04d}" for number in range(len(digests) // count)]
    run = Watched(course, course.units, "bench", store, digests, students=students)
    write_reports(run, output)
    whole, most = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    watched = memory.copy()
    (again,) = store.results(digests[:1])
    store.forget(digests[:1])
    store.add(digests[0], again)  # as after a decision about one student
    started = time.perf_counter()
    write_reports(run, output)
    one = time.perf_counter() - started
    store.close()
    pipe.send((whole, one, watched, most))


def large(root, students, units):
    """Time, memory and sizes of a class's results, made up from a graded sample class."""
    make_sample(COURSE, root / "class")
    found = find_submissions(root / "class", COURSE.units).submissions
    store = Store(f"sqlite:///{root / 'sample.sqlite'}")
    sampled = {}
    for result in grade_class(COURSE, COURSE.units, found, store, processes(2), Options(seed="bench")).results:
        sampled.setdefault(result.unit, []).append(result)
    store.close()
    output = root / "out"
    output.mkdir()
    store = Store(f"sqlite:///{output / 'results.sqlite'}")
    course, digests, adding = many_units(units), [], 0.0
    for number in range(students):
        rng = random.Random(number)
        for place, unit in enumerate(course.units):
            like = sampled[COURSE.units[place % len(COURSE.units)].id]
            result = made_up(like[number % len(like)], f"student {number:04d}", unit.id, rng)
            digests.append(f"{number}-{place}")
            started = time.perf_counter()
            store.add(digests[-1], result)
            adding += time.perf_counter() - started
    store.finish_run(store.start_run("made up"), digests)
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=write_all, args=(theirs, output, digests, units))
    process.start()
    seconds, one, memory, most = ours.recv()
    process.join()
    started = time.perf_counter()
    results_of(store, course, f"student {students // 2:04d}")
    looking = time.perf_counter() - started
    store.close()
    each = students * units
    print(f"{students} students x {units} units: kept in {adding:.1f} s, {1e3 * adding / each:.2f} ms each")
    print(f"files written in {seconds:.1f} s, {1e3 * seconds / each:.2f} ms each; after one new result in {one:.1f} s")
    print(f"one student's results found in {1e3 * looking:.0f} ms")
    print(
        f"memory of the process that writes: {memory[1]:.0f} MB after a tenth, {memory[-1]:.0f} after nine, {most:.0f} at most"
    )
    for name in ("results.sqlite", "results.jsonl", "grades.csv", "report.html"):
        size = (output / name).stat().st_size
        print(f"{name:<16}{size / 1e6:8.1f} MB  {size / each:7.0f} B a student and unit")
    pages = sum(path.stat().st_size for path in (output / "feedback").iterdir())
    print(f"{'feedback/':<16}{pages / 1e6:8.1f} MB  {pages / each:7.0f} B a student and unit")


def cell(name, grade=False, solution=False):
    return {"schema_version": 3, "grade": grade, "grade_id": name, "locked": grade, "solution": solution, "task": False,
            **({"points": 1} if grade else {})}  # fmt: skip


def our_seconds(count):
    """Seconds a submission of ours on the same twelve checks, one worker, isolation on, through the store."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        unit = root / "solutions" / UNIT.folder
        unit.mkdir(parents=True)
        shutil.copy(ROOT / "solutions" / UNIT.folder / UNIT.module, unit)
        (root / "datasets").mkdir()
        points = ", ".join(f"{name}: 2" for name in FUNCTIONS)
        (root / "course.yml").write_text(
            f"title: B\nparts: [{{title: P, units: [{{folder: {UNIT.folder}, title: A, points: {{{points}}}}}]}}]\n"
        )
        checks = ["import numpy as np\nimport pytest\n"]
        for number, check in enumerate(CHECKS):
            name = max((each for each in FUNCTIONS if check.find(each + "(") >= 0), key=len)
            called = check.replace(f"{name}(", f"student.{name}(", 1)
            checks.append(f"@pytest.mark.exercise('{name}')\ndef test_{number}(student):\n    assert {called}\n")
        (unit / f"test_{UNIT.module}").write_text("\n\n".join(checks))
        (unit / "hidden.py").write_text("")
        course = load_course(root)
        folder = root / "in"
        folder.mkdir()
        for number in range(count):
            (folder / f"s{number}").mkdir()
            (folder / f"s{number}" / UNIT.module).write_text(f"{solution(COURSE, UNIT)}\n# {number}\n")
        store = Store(f"sqlite:///{root / 'r.sqlite'}")
        found = find_submissions(folder, course.units).submissions
        stamps = []
        grade_class(course, course.units, found, store, here, report=lambda result: stamps.append(time.perf_counter()))
        store.close()
        return (stamps[-1] - stamps[0]) / (count - 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--nbgrader", type=int, default=6, help="submissions for nbgrader; 0 leaves it out")
    parser.add_argument("--around", type=int, metavar="SUBMISSIONS", help="only compare the command with its grading")
    parser.add_argument(
        "--results", type=int, nargs=2, metavar=("STUDENTS", "UNITS"), help="only write made-up results"
    )
    arguments = parser.parse_args()
    if arguments.around or arguments.results:
        with tempfile.TemporaryDirectory() as name:
            if arguments.around:
                around(Path(name), arguments.around)
            if arguments.results:
                large(Path(name), *arguments.results)
        return
    with tempfile.TemporaryDirectory() as name:
        folder, output = Path(name) / "in", Path(name) / "out"
        folder.mkdir()
        output.mkdir()
        make_class(folder, arguments.submissions)
        taken, grading, writing = grade(folder, output)
        size = sum(path.stat().st_size for path in output.glob("results.sqlite*")) / 2**20
        print(
            f"{arguments.submissions} submissions of {UNIT.folder}, one worker: {grading:.1f} s, reports {writing:.1f} s"
        )
        print(f"database {size:.1f} MB, results.jsonl {(output / 'results.jsonl').stat().st_size / 2**20:.1f} MB")
        tenth = max(len(taken) // 10, 2)
        for label, part in (("first tenth", taken[:tenth]), ("last tenth", taken[-tenth:])):
            each, busy = ((part[-1][k] - part[0][k]) / (len(part) - 1) for k in (0, 1))
            print(f"{label:<12} {1e3 * each:7.2f} ms a submission, of them {1e3 * busy:.2f} ms the grader's processor time, "
                  f"grader at {part[-1][2]:.0f} MB")  # fmt: skip
        _, again, _ = grade(folder, output)
        print(f"unchanged rerun: {again:.2f} s")
        growth(Path(name) / "growth", arguments.submissions)
        drift(Path(name) / "drift", arguments.submissions)
    if arguments.nbgrader:
        theirs, ours = nbgrader_seconds(arguments.nbgrader), our_seconds(200)
        print(f"the same 12 checks: nbgrader autograde {1e3 * theirs:.0f} ms, ours {1e3 * ours:.2f} ms a submission: "
              f"{theirs / ours:.0f} x")  # fmt: skip


if __name__ == "__main__":
    main()
