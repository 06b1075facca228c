"""From an exception that ended a check to the words a student reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from autograder.checks.comparison import Mismatch
from autograder.checks.results import CheckResult, Outcome
from autograder.checks.shown import describe, show, show_call
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
    result.outcome, result.message = Outcome.SKIPPED, f"rests on {blocker}, which did not pass"


def explain(error: BaseException, transcript: list[Call]) -> Failure:
    """The outcome and the message for the exception that ended a check."""
    last = transcript[-1] if transcript else None
    call = show_call(last) if last else ""
    if isinstance(error, LoadError):
        return Failure(Outcome.ERROR, str(error))
    if isinstance(error, MissingName):
        return Failure(Outcome.MISSING, str(error))
    if isinstance(error, OutOfTime):
        return Failure(Outcome.NOT_RUN, str(error))
    if isinstance(error, StudentTimeout):
        return Failure(Outcome.TIMEOUT, str(error), call)
    if isinstance(error, StudentCrash):
        return Failure(Outcome.CRASH, str(error), call)
    if isinstance(error, StudentExit):
        return Failure(Outcome.ERROR, f"it stopped the program ({error}): return the result instead", call)
    if isinstance(error, BadReturn):
        return Failure(Outcome.FAILED, str(error), call)
    if hasattr(error, "student_error"):
        return _raised(error, call)
    if isinstance(error, Mismatch):
        return Failure(Outcome.FAILED, str(error), call)
    if isinstance(error, AssertionError):
        return Failure(Outcome.FAILED, _assertion(error), call)
    if type(error).__module__ == "_pytest.outcomes":
        return Failure(Outcome.FAILED, _not_raised(str(error), last), call)
    if last is None:
        return Failure(Outcome.BROKEN, f"the check itself failed: {type(error).__name__}: {error}")
    came = describe(last.result) if last.error is None else f"{type(last.error).__name__}: {last.error}"
    return Failure(
        Outcome.FAILED, f"it gave {came}, which the check could not use ({type(error).__name__}: {error})", call
    )


def _raised(error: Any, call: str) -> Failure:
    """The student's code raised: its own line is what helps."""
    frames = error.student_frames
    place = f"{frames[-1].file}, line {frames[-1].line}" if frames else ""
    if error.student_error == "NotImplementedError":
        return Failure(Outcome.NOT_WRITTEN, f"not written yet ({place})" if place else "not written yet")
    lines = [f"it raised {error.student_error}: {error}" if str(error) else f"it raised {error.student_error}"]
    if frames:
        lines.append(f"  {place}, in {frames[-1].function}: {frames[-1].source}")
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
    """pytest.raises saw no exception."""
    match = re.match(r"DID NOT RAISE <class '(.+?)'>", message)
    if match is None:
        return message
    came = f"; it returned {show(last.result)}" if last is not None and last.error is None else ""
    return f"it should raise {match[1]} here, with a message that names the bad argument{came}"
