"""The time that a submission's code has had: in the check at hand, and in all checks of the unit."""

from __future__ import annotations

import time

from autograder.sandbox.limits import Limits

LEAST_SECONDS = 0.001  # a time-out of zero would mean to wait for ever


class Clock:
    """Adds up what a child takes, against the limits of a check and of a submission."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.spent = 0.0  # seconds that the student's process has had
        self._in_check = 0.0
        self.grace = 0.0  # seconds that the machinery may take beside the student's

    def start_check(self) -> None:
        self._in_check = 0.0

    def note(self, started: float) -> None:
        """Count what has passed since `started`, a reading of time.monotonic()."""
        elapsed = time.monotonic() - started
        self.spent += elapsed
        self._in_check += elapsed

    def reading(self) -> tuple[float, float]:
        """Where it stands, for `set_back`."""
        return self.spent, self._in_check

    def set_back(self, reading: tuple[float, float]) -> None:
        """What has passed since that reading was not the student's doing."""
        self.spent, self._in_check = reading

    @property
    def is_used_up(self) -> bool:
        return self.spent >= self._limits.submission_seconds

    @property
    def is_up(self) -> bool:
        """No time is left for the check at hand, and none is granted beside."""
        return not self.grace and self.remaining() <= LEAST_SECONDS

    def remaining(self) -> float:
        """Seconds that the child may still take now; never zero."""
        left = self._limits.check_seconds - self._in_check
        return max(min(left, self._limits.submission_seconds - self.spent), LEAST_SECONDS) + self.grace

    def allowed(self) -> str:
        """The limit that counts, in words."""
        if self.is_used_up:
            return f"the {self._limits.submission_seconds:g} seconds that a submission has for a unit"
        return f"{self._limits.check_seconds:g} seconds"
