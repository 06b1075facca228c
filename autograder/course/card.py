"""How long a lesson takes: the two times on its card, which `autograder build` fills in."""

from __future__ import annotations

import math
import re

# Adults read English prose at about 240 words a minute (Brysbaert 2019, doi 10.1016/j.jml.2019.104047); a text with formulas,
# of which each sentence is to be understood, takes longer.
WORDS_A_MINUTE = 140
LINES_A_MINUTE = 12  # of code
MINUTES_A_POINT = 4  # a rule of thumb: no class was measured
STEP = 5  # minutes

READING, CODING = "{{reading}}", "{{coding}}"
CELL = re.compile(r"^```\{code-cell\}.*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def reading_minutes(lesson: str) -> int:
    """Minutes to read a lesson (MyST Markdown): its words and its lines of code; options of cells do not count."""
    text = HEADER.sub("", lesson)
    code = [line for cell in CELL.findall(text) for line in cell.splitlines() if line and not line.startswith(":")]
    words = CELL.sub("", text).split()
    return _rounded(len(words) / WORDS_A_MINUTE + len(code) / LINES_A_MINUTE)


def coding_minutes(points: float) -> int:
    """Minutes to write a unit's exercises."""
    return _rounded(points * MINUTES_A_POINT)


def _rounded(minutes: float) -> int:
    return max(STEP, math.ceil(minutes / STEP) * STEP)


def with_times(lesson: str, points: float) -> str:
    """The lesson with its two times in the places of `{{reading}}` and `{{coding}}`."""
    return lesson.replace(READING, _words(reading_minutes(lesson))).replace(CODING, _words(coding_minutes(points)))


def _words(minutes: int) -> str:
    """ "40 minutes", "2 hours", "2 h 20 min" """
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} minutes"
    return f"{hours} h {rest} min" if rest else f"{hours} hour{'s' * (hours > 1)}"
