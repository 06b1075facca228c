"""What several test files share: the course, and ways to run the grader as a user would."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course.units import load_course

ROOT = Path(__file__).resolve().parent.parent

# A shell that runs this in the background has it ignore Ctrl-C, and with it every program that the tests interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def course():
    return load_course(ROOT)


@pytest.fixture
def autograder(tmp_path):
    """Run the command `autograder`, by default in an empty folder; returns the finished process."""

    def run(*arguments, cwd=tmp_path, **options):
        return subprocess.run(
            [sys.executable, "-m", "autograder", *map(str, arguments)],
            cwd=cwd, capture_output=True, text=True, timeout=300, env={**os.environ, "COLUMNS": "120"}, **options,
        )  # fmt: skip

    return run


CHROMIUM, CHROMEDRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def open_chromium(profile, *flags):
    """Debian's Chromium, driven by selenium; `profile` is an empty folder of its own."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*FLAGS, f"--user-data-dir={profile}", *flags]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    if not (CHROMIUM and CHROMEDRIVER):
        pytest.skip("chromium and chromedriver are not installed")
    pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    with open_chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver
