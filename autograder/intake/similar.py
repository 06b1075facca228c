"""Who wrote the same? Winnowing (copydetect) over the submissions of a unit, with the given text left out.

A high similarity is a reason to look, never a verdict: short exercises have few right answers.
"""

from __future__ import annotations

import contextlib
import html
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course.build import BuildError, unit_files
from autograder.course.file import SOLUTIONS
from autograder.course.units import Course, Unit
from autograder.files import write_whole
from autograder.intake.submissions import Submission
from autograder.words import printable

# Tokens: matches shorter than NOISE are chance, those of GUARANTEE and longer are found for certain.
NOISE, GUARANTEE = 20, 25
MIN_TOKENS = 60  # about eight lines: two nearly empty modules are not alike for sharing one line
MAX_PAIRS = 200  # shown on the page, the most alike first


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

    @property
    def share(self) -> float:
        return max(self.share_of_one, self.share_of_other)


def similar_pairs(course: Course, unit: Unit, found: Sequence[Submission], threshold: float) -> list[Pair]:
    """The pairs of students whose modules share at least `threshold` of one of them, the most alike first.

    Text that everybody has does not count: the stub, the public tests and the reference.
    """
    from copydetect import CopyDetector

    logging.getLogger().setLevel(logging.ERROR)  # copydetect warns of every empty file on the root logger
    with tempfile.TemporaryDirectory(prefix="autograder-") as scratch:
        given, handed_in = Path(scratch) / "given", Path(scratch) / "in"
        given.mkdir()
        handed_in.mkdir()
        for name, text in given_text(course, unit).items():
            (given / name).write_text(text, encoding="utf-8")
        students = {}
        for number, submission in enumerate(each for each in found if each.unit == unit.id and each.module):
            assert submission.module is not None
            copy = handed_in / f"{number}.py"
            # Undecodable bytes must not stop the others' comparison.
            copy.write_text(submission.module.read_bytes().decode("utf-8", "replace"), encoding="utf-8")
            students[str(copy)] = submission.student
        if len(students) < 2:
            return []
        detector = CopyDetector(
            test_dirs=[str(handed_in)], boilerplate_dirs=[str(given)], extensions=["py"], noise_t=NOISE,
            guarantee_t=GUARANTEE, display_t=threshold, autoopen=False, silent=True, disable_filtering=False,
        )  # fmt: skip
        detector.run()
        pairs = [
            Pair(unit.id, students[str(Path(one))], students[str(Path(other))], float(a), float(b), left, right)
            for a, b, one, other, left, right, tokens in detector.get_copied_code_list()
            if tokens >= MIN_TOKENS
        ]
    return sorted(pairs, key=lambda pair: -pair.share)


def given_text(course: Course, unit: Unit) -> dict[str, str]:
    """What the course itself wrote of a unit, by file name."""
    texts = {"reference.py": (course.root / SOLUTIONS / unit.folder / unit.module).read_text(encoding="utf-8")}
    with contextlib.suppress(BuildError):  # a unit that cannot be built has no stub to leave out
        texts |= {name: text for name, text in unit_files(course, unit).items() if name.endswith(".py")}
    return texts


def write_page(pairs: Sequence[Pair], path: Path) -> None:
    """A page without scripts or network: the pairs, then the passages of each side by side."""
    rows, details = [], []
    for number, pair in enumerate(pairs[:MAX_PAIRS], 1):
        one, other = (html.escape(printable(name)) for name in (pair.one, pair.other))
        rows.append(
            f'<tr><td><a href="#p{number}">{html.escape(pair.unit)}</a></td><td>{one}</td><td>{pair.share_of_one:.0%}</td>'
            f"<td>{other}</td><td>{pair.share_of_other:.0%}</td></tr>"
        )
        details.append(
            f'<details id="p{number}"><summary>{html.escape(pair.unit)}: {one} and {other}, {pair.share:.0%}</summary>'
            f'<div class="pair"><pre>{printable(pair.marked_one)}</pre><pre>{printable(pair.marked_other)}</pre></div></details>'
        )
    left_out = f"<p>{len(pairs) - MAX_PAIRS} more pairs are left out.</p>" if len(pairs) > MAX_PAIRS else ""
    write_whole(
        path, _PAGE.replace("ROWS", "\n".join(rows)).replace("DETAILS", "\n".join(details)).replace("MORE", left_out)
    )


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
<p>What the course itself wrote (stubs, public tests, reference) is left out. A high share is a reason to look, not a verdict.</p>
<table><tr><th>unit</th><th>student</th><th>in the other</th><th>student</th><th>in the other</th></tr>
ROWS
</table>MORE
DETAILS
</body></html>
"""
