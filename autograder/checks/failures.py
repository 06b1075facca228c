"""From an exception that ended a check to the words a student reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from autograder.checks.comparison import Mismatch, WrongCount
from autograder.checks.results import CheckResult, Outcome
from autograder.checks.shown import describe, rounded, show, show_call
from autograder.sandbox.proxy import (
    BadReturn,
    Call,
    LoadError,
    MissingName,
    OutOfTime,
    StudentCrash,
    StudentExit,
    StudentTimeout,
)
from autograder.words import check_words

UNMATCHED = "Regex pattern did not match"  # how pytest.raises begins where the message is not as wanted
UNPACKING = r"^(cannot unpack non-iterable|(not enough|too many) values to unpack)"
# How NumPy says that the shapes of a product do not fit: true, and of no help.
SIGNATURE = re.compile(r"(matmul|dot|inner|vecdot|matvec|vecmat): Input operand \d has a mismatch .*", re.DOTALL)


@dataclass(frozen=True)
class Failure:
    """Why a check did not pass: `call` is what was called, `message` what is wrong with what came."""

    outcome: Outcome
    message: str
    call: str = ""

    def text(self) -> str:
        return f"{self.call}\n{self.message}" if self.call else self.message

    def put_into(self, result: CheckResult) -> None:
        result.outcome, result.message, result.call = self.outcome, self.message, self.call


def skip(result: CheckResult, blocker: str) -> None:
    """The check was not run: what it rests on did not pass."""
    result.outcome, result.message = (
        Outcome.SKIPPED,
        f"not asked: it rests on “{check_words(blocker)}”, which did not pass",
    )


def explain(error: BaseException, transcript: list[Call], exercise: str = "", returns: Sequence[str] = ()) -> Failure:
    """The outcome and the message for the exception that ended a check.

    Args:
        error: what the check raised.
        transcript: the calls that it made.
        exercise: the exercise that it speaks of.
        returns: names of the values that the exercise returns, if they are several.
    """
    failure = _explained(error, transcript, returns)
    last = transcript[-1] if transcript else None
    began = last is not None and last.error is not None and "." not in last.name and last.name != exercise
    if last is not None and began and exercise and failure.outcome in (Outcome.ERROR, Outcome.CRASH, Outcome.TIMEOUT):
        words = f"{exercise} could not be tried: {last.name}, which comes first, failed."
        return Failure(failure.outcome, f"{words}\n{failure.message}", failure.call)
    return failure


def _explained(error: BaseException, transcript: list[Call], returns: Sequence[str]) -> Failure:
    last = transcript[-1] if transcript else None
    call = show_call(last) if last else ""
    if isinstance(error, LoadError):
        return Failure(Outcome.ERROR, str(error))
    if isinstance(error, MissingName):
        return Failure(Outcome.MISSING, str(error))
    if isinstance(error, OutOfTime):
        return Failure(Outcome.NOT_RUN, str(error))
    if isinstance(error, StudentTimeout):
        at = error.student_frames[-1:]  # the line that ran when it was stopped
        return Failure(Outcome.TIMEOUT, "\n".join([str(error), *(f"  {each.words()}" for each in at)]), call)
    if isinstance(error, StudentCrash):
        return Failure(Outcome.CRASH, str(error), call)
    if isinstance(error, StudentExit):
        return Failure(Outcome.ERROR, f"it stopped the program ({error}): return the result instead", call)
    if isinstance(error, BadReturn):
        return Failure(Outcome.FAILED, str(error), call)
    if hasattr(error, "student_error"):
        return _raised(error, call)
    if isinstance(error, WrongCount) and returns:
        return Failure(Outcome.FAILED, f"should return ({', '.join(returns)}), but returned {error.got}", call)
    if isinstance(error, Mismatch):
        return Failure(Outcome.FAILED, rounded(str(error)), call)
    if isinstance(error, pytest.fail.Exception) or (isinstance(error, AssertionError) and UNMATCHED in str(error)):
        return Failure(Outcome.FAILED, _not_raised(str(error), last), call)
    if isinstance(error, AssertionError):
        return Failure(Outcome.FAILED, rounded(_assertion(error)), call)
    if isinstance(error, pytest.skip.Exception):
        return Failure(Outcome.SKIPPED, str(error))
    if last is not None and last.error is None and re.search(UNPACKING, str(error)):
        wanted = f"({', '.join(returns)})" if returns else "several values"
        return Failure(Outcome.FAILED, f"should return {wanted}, but returned {describe(last.result)}", call)
    if last is None:
        return Failure(Outcome.BROKEN, f"the check itself failed: {type(error).__name__}: {error}")
    came = describe(last.result) if last.error is None else f"{type(last.error).__name__}: {last.error}"
    return Failure(
        Outcome.FAILED,
        f"it gave {came}, which the check could not use ({type(error).__name__}: {rounded(str(error))})",
        call,
    )


def _raised(error: Any, call: str) -> Failure:
    """The student's code raised: its own line is what helps."""
    frames = error.student_frames
    place = f"{frames[-1].file}, line {frames[-1].line}" if frames else ""
    if error.student_error == "NotImplementedError":
        words = f"not written yet ({place})" if place else "not written yet"
        if "/" in place:  # of a unit that this one uses
            words = f"it uses your {frames[-1].function}, which is not written yet: do {frames[-1].file.partition('/')[0]} first"
        return Failure(Outcome.NOT_WRITTEN, words)
    misfit = SIGNATURE.search(str(error)) is not None
    said = "the shapes do not fit" if misfit and frames and frames[-1].shapes else SIGNATURE.sub("", str(error))
    lines = [f"it raised {error.student_error}: {said}" if said else f"it raised {error.student_error}"]
    if frames:
        lines.append(f"  {frames[-1].words()}")
        if frames[-1].shapes:
            lines.append(f"  there {frames[-1].shapes}")
    advice = _ADVICE.get(type(error))
    if advice:
        lines.append(advice)
    return Failure(Outcome.ERROR, "\n".join(lines), call)


_ADVICE: dict[type, str] = {
    RecursionError: "Likely: the function calls itself without an end; write it as a loop.",
    MemoryError: "It asked for more memory than a submission may use: is an array far too large?",
    PermissionError: "While grading, code may not open files, sockets or processes: only the arguments count.",
}


def _assertion(error: AssertionError) -> str:
    """pytest's explanation without its own trimmings."""
    lines = [line for line in str(error).splitlines() if not re.match(r"\s*\+\s+(where|and) ", line)]
    return "\n".join(lines).removeprefix("assert ") or "the check did not hold"


def _not_raised(message: str, last: Call | None) -> str:
    """pytest.raises saw no exception, or one whose message is not as wanted."""
    if UNMATCHED in message:
        said = str(last.error) if last is not None and last.error is not None else ""
        pattern = re.search(r"(?:Expected regex|Regex): (.*)", message)
        wanted = f" that names {_plain(pattern[1])}" if pattern and _plain(pattern[1]) else ""
        return f"should raise an error with a message{wanted}; its message {f'says {show(said)}' if said else 'says nothing'}"
    match = re.match(r"DID NOT RAISE (?:<class ')?([\w.]+)", message)
    if match is None:
        return message
    came = f"; it returned {show(last.result)}" if last is not None and last.error is None else ""
    return f"should raise {match[1]} here{came}"


def _plain(pattern: str) -> str:
    """A regular expression that only names something, as that name; nothing for any other."""
    name = pattern.strip().strip("'\"").replace("\\\\", "\\").replace(r"\b", "")
    return name if re.fullmatch(r"[\w ]+", name) else ""
