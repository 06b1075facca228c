"""Who wrote the same? Winnowing (copydetect) over the submissions of a unit, with the given text left out.

Compared is what Python's parser makes of a submission and of its own files that it imports, so that neither layout nor
encoding nor statements that do nothing hide a copy. What hides its text from a parser is listed by name for a person.

A high similarity is a reason to look, never a verdict: short exercises have few right answers.
"""

from __future__ import annotations

import contextlib
import difflib
import html
import keyword
import logging
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.course.build import BuildError, given_modules
from autograder.course.file import SOLUTIONS
from autograder.course.units import Course, Unit
from autograder.files import write_whole
from autograder.intake.copies import own_files
from autograder.intake.submissions import Submission
from autograder.sandbox import plain_source
from autograder.sandbox.client import Confined
from autograder.sandbox.confine import missing_features
from autograder.sandbox.fork_server import ForkServer
from autograder.sandbox.limits import Limits
from autograder.sandbox.proxy import Student, StudentError
from autograder.words import listed, one_line, printable

# Tokens: matches shorter than NOISE are chance, those of GUARANTEE and longer are found for certain.
NOISE, GUARANTEE = 20, 25
MIN_TOKENS = 60  # about eight lines: two nearly empty modules are not alike for sharing one line
MAX_PAIRS = 200  # shown on the page, the most alike first
ALIKE = 0.9  # of an exercise's tokens, names apart
FEW_LINES = 4  # of an exercise: those who get it right write much the same
MAX_COMPARED = 2000  # tokens of one exercise: the comparison takes the square of it
BLIND = "What a comparison may not see: code that runs text, unpacks it, or cannot be parsed. It may well be harmless."


@dataclass(frozen=True)
class Pair:
    """Two students' modules, how much of each is in the other (0 to 1), and their texts with the passages marked."""

    unit: str
    one: str
    other: str
    share_of_one: float
    share_of_other: float
    marked_one: str  # HTML, escaped
    marked_other: str
    exercises: tuple[tuple[str, int], ...] = ()  # those that are alike, and how many lines they have

    @property
    def share(self) -> float:
        return max(self.share_of_one, self.share_of_other)


@dataclass(frozen=True)
class Unread:
    """A submission that a comparison may be blind to, for a person to look at, and why."""

    unit: str
    student: str
    why: str


def similar_pairs(
    course: Course, unit: Unit, found: Sequence[Submission], threshold: float, unread: list[Unread] | None = None
) -> list[Pair]:
    """The pairs of students whose modules share at least `threshold` of one of them, the most alike first.

    Text that everybody has does not count: the stub, the public tests and the reference. `unread` is given what must be
    looked at by a person.
    """
    from copydetect import CopyDetector

    logging.getLogger().setLevel(logging.ERROR)  # copydetect warns of every empty file on the root logger
    with tempfile.TemporaryDirectory(prefix="autograder-") as scratch, _Parser() as parser:
        given, handed_in = Path(scratch) / "given", Path(scratch) / "in"
        given.mkdir()
        handed_in.mkdir()
        for name, text in given_text(course, unit).items():
            (given / name).write_text(parser.plain([(name, text.encode())])[0], encoding="utf-8")
        students = {}
        modules = [(each.student, each.module) for each in found if each.unit == unit.id and each.module is not None]
        for number, (student, module) in enumerate(modules):
            files = dict(own_files(module))
            text, notes = parser.plain([(module.name, files.pop(module.name)), *files.items()])
            if notes and unread is not None:
                unread.append(Unread(unit.id, student, ", ".join(notes)))
            copy = handed_in / f"{number}.py"
            copy.write_text(text, encoding="utf-8")
            students[str(copy)] = student
        if len(students) < 2:
            return []
        detector = CopyDetector(
            test_dirs=[str(handed_in)], boilerplate_dirs=[str(given)], extensions=["py"], noise_t=NOISE,
            guarantee_t=GUARANTEE, display_t=threshold, autoopen=False, silent=True, disable_filtering=False,
        )  # fmt: skip
        detector.run()
        pairs = [
            Pair(
                unit.id, students[str(Path(one))], students[str(Path(other))], float(a), float(b), left, right,
                _alike(Path(one), Path(other), unit),
            )
            for a, b, one, other, left, right, tokens in detector.get_copied_code_list()
            if tokens >= MIN_TOKENS
        ]  # fmt: skip
    return sorted(pairs, key=lambda pair: -pair.share)


def _alike(one: Path, other: Path, unit: Unit) -> tuple[tuple[str, int], ...]:
    """The exercises that two plain texts answer alike, whatever their variables are called, and their lines."""
    mine, yours = (_exercises(path.read_text(encoding="utf-8"), unit) for path in (one, other))
    found = []
    for name in [name for name in unit.points if name in mine and name in yours]:
        a, b = (_tokens(texts[name]) for texts in (mine, yours))
        if difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() >= ALIKE:
            found.append((name, min(len(texts[name].split("\n")) - 1 for texts in (mine, yours))))
    return tuple(found)


def _exercises(text: str, unit: Unit) -> dict[str, str]:
    """By exercise, the lines of its function or class; the text is what a parser wrote, so they begin at the margin."""
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    named = ((re.match(r"(?:def|class) (\w+)", block), block) for block in blocks)
    return {match[1]: block.strip() for match, block in named if match and match[1] in unit.points}


def _tokens(text: str) -> list[str]:
    """Words and signs, with one word for all names."""
    tokens = re.findall(r"\w+|[^\w\s]", text)[:MAX_COMPARED]
    return [token if keyword.iskeyword(token) or not token.isidentifier() else "name" for token in tokens]


def exercise_words(pair: Pair) -> str:
    """What a person reads of the exercises: "alike: softmax (9 lines)", and that a few lines prove nothing."""
    long = [f"{name} ({lines} lines)" for name, lines in pair.exercises if lines > FEW_LINES]
    short = [name for name, lines in pair.exercises if lines <= FEW_LINES]
    words = [f"alike: {listed(long)}"] if long else []
    if short:
        words.append(f"alike, but of at most {FEW_LINES} lines, which proves nothing: {listed(short)}")
    return "; ".join(words)


class _Parser:
    """Parses in a confined process, a fresh one for each: even a parser may be led astray by what strangers write.

    Nothing of it is run, so a machine that cannot confine may do it, too.
    """

    def __enter__(self) -> _Parser:
        limits = Limits(check_seconds=5.0, memory_bytes=2**29)
        self._server = ForkServer(limits, (), confined=not missing_features())
        return self

    def __exit__(self, *error: object) -> None:
        self._server.close()

    def plain(self, files: Sequence[tuple[str, bytes]]) -> tuple[str, list[str]]:
        """The text to compare, and what a person should look at. The first file is the one that is graded."""
        module = Path(plain_source.__file__)
        backend = Confined(self._server, module, [module])
        names = [name for name, _ in files]
        contents = [np.frombuffer(content, np.uint8) for _, content in files]
        try:
            backend.start_check("plain")
            text, notes = Student(backend, module.stem).plain(names, contents)
            return bytes(text).decode("utf-8", "replace"), [str(note)[:200] for note in notes]
        except StudentError as error:
            return "", [f"{names[0]} cannot be parsed: {error}"]
        finally:
            backend.close()


def given_text(course: Course, unit: Unit) -> dict[str, str]:
    """What the course itself wrote of a unit, by file name."""
    texts = {"reference.py": (course.root / SOLUTIONS / unit.folder / unit.module).read_text(encoding="utf-8")}
    with contextlib.suppress(BuildError):  # a unit that cannot be built has no stub to leave out
        texts |= given_modules(course, unit)
    return texts


def write_page(pairs: Sequence[Pair], path: Path, unread: Sequence[Unread] = ()) -> None:
    """A page without scripts or network: the pairs, what a person should look at, then the passages side by side."""
    rows, details = [], []
    for number, pair in enumerate(pairs[:MAX_PAIRS], 1):
        one, other = (html.escape(one_line(name)) for name in (pair.one, pair.other))
        rows.append(
            f'<tr><td><a href="#p{number}">{html.escape(pair.unit)}</a></td><td>{one}</td><td>{pair.share_of_one:.0%}</td>'
            f"<td>{other}</td><td>{pair.share_of_other:.0%}</td></tr>"
        )
        details.append(
            f'<details id="p{number}"><summary>{html.escape(pair.unit)}: {one} and {other}, {pair.share:.0%}</summary>'
            f"<p>{html.escape(exercise_words(pair))}</p>"
            f'<div class="pair"><pre>{printable(pair.marked_one)}</pre><pre>{printable(pair.marked_other)}</pre></div></details>'
        )
    looks = "".join(
        f"<li>{html.escape(f'{each.unit}: {one_line(each.student)}: {one_line(each.why)}')}</li>" for each in unread
    )
    blind = f"<h2>For a person to look at</h2><p>{BLIND}</p><ul>{looks}</ul>" if unread else ""
    left_out = f"<p>{len(pairs) - MAX_PAIRS} more pairs are left out.</p>" if len(pairs) > MAX_PAIRS else ""
    parts = {"ROWS": "\n".join(rows), "MORE": left_out, "BLIND": blind, "DETAILS": "\n".join(details)}
    write_whole(path, re.sub("|".join(parts), lambda match: parts[match[0]], _PAGE))


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Similar submissions</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem }
table { border-collapse: collapse } td, th { padding: .2rem .8rem; border-bottom: 1px solid #8885; text-align: left }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem }
pre { overflow: auto; max-height: 40rem; border: 1px solid #8885; padding: .5rem; font-size: 13px }
.highlight-red, .highlight-green { background: #f5c54266 }
summary { cursor: pointer; padding: .3rem 0 }
@media (max-width: 50rem) { .pair { grid-template-columns: 1fr } }
</style></head><body>
<h1>Similar submissions</h1>
<p>What the course itself wrote (stubs, public tests, reference) is left out, and so are
comments, layout and statements that do nothing. A high share is a reason to look, not a verdict. Exercises are named as
alike where nine tenths of their words and signs agree, whatever the variables are called.</p>
<table><tr><th>unit</th><th>student</th><th>in the other</th><th>student</th><th>in the other</th></tr>
ROWS
</table>MORE
BLIND
DETAILS
</body></html>
"""
