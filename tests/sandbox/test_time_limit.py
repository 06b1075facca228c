"""Code in this process is stopped by a thread: no signal, on no system, and not while somebody debugs it."""

import contextlib
import functools
import random
import sys
import threading
import time
import traceback

import numpy as np
import pytest

from autograder.sandbox.proxy import StudentTimeout
from autograder.sandbox.time_limit import within


def loop(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(Exception):  # must not keep it going
            sum(range(1000))


def test_a_loop_is_stopped_and_its_line_is_known():
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(StudentTimeout, match=r"longer than 0\.2 seconds") as caught:
            within(0.2, lambda: loop(30))
        assert time.monotonic() - began < 2
        assert any(frame.name == "loop" for frame in traceback.extract_tb(caught.value.__traceback__))


def test_work_within_work_does_not_count_anew():
    with pytest.raises(StudentTimeout, match=r"longer than 0\.2 seconds"):
        within(0.2, lambda: within(30, lambda: loop(30)))


def test_what_is_done_at_the_last_moment_is_done():
    """The time is up while the work ends: it counts or it does not, and nothing is raised later, or goes on unwatched."""
    order = random.Random(0)
    stopped = 0

    def work(end):
        while time.perf_counter() < end:
            pass

    for _ in range(800):
        end = time.perf_counter() + 0.002 + order.uniform(-5e-5, 5e-5)
        try:
            within(0.002, functools.partial(work, end))
        except StudentTimeout:
            stopped += 1
        loop(0.0005)
    assert stopped < 800
    with pytest.raises(StudentTimeout):
        within(0.05, lambda: loop(30))
    assert sum(thread.name == "time limit" for thread in threading.enumerate()) == 1


def test_a_debugger_has_all_the_time_it_needs():
    before = sys.gettrace()

    def trace(frame, event, argument):
        return trace

    sys.settrace(trace)
    try:
        within(0.1, lambda: loop(1))
    finally:
        sys.settrace(before)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in Python 3.12")
def test_a_debugger_of_newer_pythons_too():
    sys.monitoring.use_tool_id(sys.monitoring.DEBUGGER_ID, "test")
    try:
        within(0.1, lambda: loop(1))
    finally:
        sys.monitoring.free_tool_id(sys.monitoring.DEBUGGER_ID)


def test_a_long_product_as_the_last_step_is_stopped_after_it():
    x = np.ones((700, 700))
    for _ in range(5):
        with pytest.raises(StudentTimeout):
            within(0.002, lambda: x @ x)
        loop(0.002)
