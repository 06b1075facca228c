"""A class of attackers: the whole corpus of tests/attacks, over and over, in one session; what is left behind?

    python tests/benchmarks/hostile.py [--submissions 1000]

Prints time, memory, processes, descriptors and changed files as it goes, and at the end the points of an honest
submission. The attacks suite asserts the same for two hundred of the quick ones.
"""

import argparse
import gc
import itertools
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "attacks"))

from conftest import HURRIED, LIMITS, Grader, Peak, everything_below, make_place, new_session
from test_attacks import ATTACKED, ATTACKS, beside


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = make_place(Path(name))
        limits = LIMITS.model_copy(
            update={**HURRIED, "output_bytes": None}
        )  # what is handed over may be as large as is the rule
        grader = Grader(place, new_session(place, limits), limits)
        grader.grade(place.reference(), watch=False)  # makes mallory's folder
        before = everything_below(place.root)
        started = time.perf_counter()
        earned = {}
        for number, attack in enumerate(itertools.islice(itertools.cycle(ATTACKS), arguments.submissions + 1)):
            if number % len(ATTACKS) == 0 or number == arguments.submissions:
                gc.collect()
                print(
                    f"{number:>5} submissions {time.perf_counter() - started:7.1f} s  grader {grader.memory() / 1024:.0f} MB,"
                    f" {Peak.high() / 1024:.0f} at most"
                    f"  {grader.processes()} processes  {grader.descriptors()} descriptors",
                    flush=True,
                )
            graded = grader.grade(beside(attack, place), watch=False)
            if graded.points(ATTACKED):
                earned[attack.name] = graded.points(ATTACKED)
        after = everything_below(place.root)
        mine = str(place.folder("mallory"))  # overwritten by every submission
        changed = [path for path in before | after if before.get(path) != after.get(path) and not path.startswith(mine)]
        print(f"attacks that earned points: {earned or 'none'}; files changed: {changed or 'none'}")
        print(f"the honest submission after them: {grader.honest().points():g} points")
        grader.session.close()


if __name__ == "__main__":
    main()
