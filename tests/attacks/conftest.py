"""A course with secrets to steal, a grading session to break, and what must be true after every attack."""

import contextlib
import ctypes
import gc
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from autograder.checks.results import UnitResult
from autograder.course.units import Course, LimitSettings, Unit, load_course
from autograder.grading.worker import CheckSession
from autograder.sandbox import confine
from autograder.sandbox.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
UNIT = "02_activations"
UNITS = ("01_neurons", UNIT, "04_backprop")
SECRET = "CANARY-"  # what follows tells where it was found
FULL = 30.0
ATTACKED = "tanh"  # the exercise that an attack stands in for, beside correct code; no other one calls it
SUBREAPER = 36  # prctl: processes that lose their parent below this one become its children

# Time is the default's, ample on the slowest machine; what loops for ever is given little, to be done with it.
LIMITS = LimitSettings(memory_bytes=128 * 2**20, output_bytes=8 * 2**20)
HURRIED = {"check_seconds": 2.0, "submission_seconds": 12.0}
# What the grader itself may take beside a submission's own time, in seconds, on a machine that is busy with other things.
LEEWAY = 60.0


def state_of(process: int) -> tuple[str, int] | None:
    """A process's state (R, S, Z ...) and its parent; None when it is gone."""
    try:
        state, parent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return state, int(parent)


def is_zombie(process: int) -> bool:
    state = state_of(process)
    return state is not None and state[0] == "Z"


def descendants() -> set[int]:
    """All processes below this one, zombies too."""
    found = {int(name): state_of(int(name)) for name in os.listdir("/proc") if name.isdigit()}
    parents = {process: state[1] for process, state in found.items() if state is not None}
    below, young = set(), {os.getpid()}
    while young:
        young = {process for process, parent in parents.items() if parent in young}
        below |= young
    return below


def everything_below(folder: Path) -> dict[str, tuple[object, ...]]:
    """Each file's kind, mode, owner, size, time of change and content."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        info = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path)] = (info.st_mode, info.st_uid, info.st_size, info.st_mtime_ns, info.st_nlink, content)
    return found


@dataclass
class Place:
    """A course with a secret in every file of its solutions, a class of two, and a folder of the grader's."""

    root: Path
    course: Course

    def unit(self, name: str = UNIT) -> Unit:
        return self.course.unit(name)

    def reference(self, unit: str = UNIT) -> str:
        return (ROOT / "solutions" / unit / self.unit(unit).module).read_text()

    def folder(self, student: str, unit: str = UNIT) -> Path:
        return self.root / "class" / student / unit

    def constants(self) -> str:
        """What an attacker may well guess."""
        import pyseccomp

        calls = {}
        for name in (HERE / "calls.txt").read_text().split():
            calls[name] = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
        names = {
            "COURSE": str(self.root / "course"),
            "OUTSIDE": str(self.root / "outside"),
            "NEIGHBOUR": str(self.folder("bob") / "activations.py"),
            "GRADER": os.getpid(),
            "CALLS": calls,
        }
        return "".join(f"{name} = {value!r}\n" for name, value in names.items())


def make_place(root: Path, limits: LimitSettings = LIMITS) -> Place:
    folder = root / "course"
    (folder / "datasets").mkdir(parents=True)
    (folder / "datasets" / "digits.txt").write_text("0 1 2\n")
    shutil.copy(ROOT / "course.yml", folder)
    for unit in UNITS:
        for part in ("exercises", "solutions"):
            shutil.copytree(ROOT / part / unit, folder / part / unit, ignore=shutil.ignore_patterns("__pycache__"))
        for path in (folder / "solutions" / unit).glob("*.py"):
            path.write_text(f"# {SECRET}{path.stem}-top\n{path.read_text()}\n# {SECRET}{path.stem}-end\n")
    (root / "outside").mkdir()
    (root / "outside" / "canary.txt").write_text(f"{SECRET}outside\n")
    course = load_course(folder).model_copy(update={"limits": limits})
    place = Place(root, course)
    for student, text in {"alice": place.reference(), "bob": f"# {SECRET}bob\n{place.reference()}"}.items():
        place.folder(student).mkdir(parents=True)
        (place.folder(student) / "activations.py").write_text(text)
    return place


@dataclass
class Graded:
    """One submission's result, with how long it took and what it changed on disk."""

    result: UnitResult
    seconds: float
    changed: list[str] = field(default_factory=list)

    def points(self, exercise: str | None = None) -> float:
        return sum(each.points for each in self.result.exercises if exercise in (None, each.exercise))

    def by_exercise(self) -> dict[str, float]:
        return {each.exercise: each.points for each in self.result.exercises}

    def outcomes(self) -> set[str]:
        return {str(check.outcome) for check in self.result.checks}

    def first(self, exercise: str = ATTACKED) -> tuple[str, str]:
        """Outcome and message of the exercise's first check."""
        check = next(check for check in self.result.checks if check.exercise == exercise)
        return str(check.outcome), check.message

    def text(self) -> str:
        """All that is told of it."""
        return json.dumps(asdict(self.result))


@dataclass
class Grader:
    """The session under attack, and the state it must be in after each."""

    place: Place
    session: CheckSession
    limits: LimitSettings = LIMITS
    before: set[int] = field(default_factory=set)  # processes of other tests
    leftovers: set[int] = field(default_factory=set)  # processes that an earlier attack left behind, already reported

    def grade(self, text: str | bytes, student: str = "mallory", watch: bool = True, unit: str = UNIT) -> Graded:
        """Grade a module as a student's."""
        folder = self.place.folder(student, unit)
        folder.mkdir(parents=True, exist_ok=True)
        module = folder / self.place.unit(unit).module
        module.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        before = everything_below(self.place.root) if watch else {}
        started = time.perf_counter()
        result = self.session.grade(student, self.place.unit(unit), module, [folder])
        seconds = time.perf_counter() - started
        after = everything_below(self.place.root) if watch else {}
        changed = [path for path in before | after if before.get(path) != after.get(path)]
        return Graded(result, seconds, changed)

    def honest(self) -> Graded:
        """The course's own solution, as the next student's work."""
        return self.grade(self.place.reference(), "alice", watch=False)

    def descriptors(self) -> int:
        """How many descriptors this process has open."""
        return len(os.listdir("/proc/self/fd"))

    def memory(self) -> int:
        """What is resident of this process, in KiB."""
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024

    def in_time(self, graded: Graded) -> bool:
        """Did the clock hold? With some more than the submission may take, for what is not the submission's."""
        return graded.seconds < (self.limits.submission_seconds or Limits.submission_seconds) + LEEWAY

    @contextlib.contextmanager
    def renewed(self, **limits: float) -> Iterator[None]:
        """Within the block, a session with those limits that knows nothing of the submissions before; then another."""
        self.session.close()
        self.limits = LIMITS.model_copy(update=limits)
        self.session = new_session(self.place, self.limits)
        try:
            yield
        finally:
            self.session.close()
            self.session, self.limits = new_session(self.place), LIMITS

    def processes(self) -> int:
        """How many processes are below this one, once those that were killed are gone: a fork server and a spare."""
        deadline = time.monotonic() + 60
        while len(below := descendants() - self.before - self.leftovers) != 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        self.leftovers |= {process for process in below if is_zombie(process)}
        return len(below)


class Peak:
    """How much more memory this process needed within the block than before it, in KiB."""

    def __enter__(self):
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")  # sets the peak back to what is resident now
        self.before = self.high()
        return self

    def __exit__(self, *error):
        self.growth = self.high() - self.before

    @staticmethod
    def high() -> int:
        text = Path("/proc/self/status").read_text()
        return int(text.partition("VmHWM:")[2].split()[0])


def new_session(place: Place, limits: LimitSettings = LIMITS) -> CheckSession:
    course = place.course.model_copy(update={"limits": limits})
    return CheckSession(course, [place.unit(name) for name in UNITS], seed=f"{SECRET}seed")


@pytest.fixture(scope="module")
def hostile() -> Iterator[None]:
    """A secret in the grader's environment, and no process that can escape into the arms of init."""
    if missing := confine.missing_features():
        pytest.skip("; ".join(missing))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(SUBREAPER, 1, 0, 0, 0) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_SECRET", f"{SECRET}environment")
        yield
    libc.prctl(SUBREAPER, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def grader(hostile: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grader]:
    place, before = make_place(tmp_path_factory.mktemp("place")), descendants()
    grader = Grader(place, new_session(place), before=before)
    yield grader
    grader.session.close()


@pytest.fixture(scope="class")
def hurried(grader: Grader) -> Iterator[Grader]:
    """The grader with little time for each submission."""
    with grader.renewed(**HURRIED):
        yield grader


@pytest.fixture
def peak() -> Peak:
    return Peak()


@pytest.fixture(scope="module")
def stays_small(grader: Grader) -> Iterator[None]:
    """One worker grades all of the file, and is below 500 MB all the while: it begins with 128."""
    with Peak() as peak:
        yield
    assert peak.growth < 372_000  # KiB
