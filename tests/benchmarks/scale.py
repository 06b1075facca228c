"""The references of the core layers at size: NumPy, torch on the CPU and on the GPU, the same NumPy on the GPU by CuPy.

    python tests/benchmarks/scale.py [--device cuda] [--size large] [--output docs/benchmarks]

Prints a table of forward and backward times with their ratios to NumPy's, and keeps it as Markdown, with hardware, versions
and date; nothing here is asserted.
"""

import argparse
import os

os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

import re
from datetime import UTC, datetime
from pathlib import Path

from autograder.checks.twins import load_twins
from autograder.commands.scale import SIZES, size_of, usable
from autograder.course.units import load_course
from autograder.sandbox.local import load_module
from autograder.scale.costs import CUPY, GPU, NUMPY, TORCH
from autograder.scale.machine import describe
from autograder.scale.measure import measure
from autograder.scale.report import seconds

ROOT = Path(__file__).resolve().parents[2]
WANTED = {
    "convolution": "conv2d_forward",
    "pooling": "max_pool2d_forward",
    "lstm": "lstm_forward",
    "gru": "gru_forward",
    "attention": "scaled_dot_product_attention_forward",
    "detection": "nms",
}
WHO = {NUMPY: "NumPy", TORCH: "torch", GPU: "torch, GPU", CUPY: "CuPy, GPU"}


def rows(course, device, size):
    """One measurement after the other, as cells."""
    for unit_id, exercise in WANTED.items():
        unit = course.unit(unit_id)
        folder = ROOT / "solutions" / unit.folder
        module = load_module(folder / unit.module)
        twin = [twin for twin in load_twins(folder) if exercise in twin.exercises][-1]
        measured = measure(twin, module, size_of(size, twin), device)
        assert not measured.wrong, measured
        for direction in ("forward", "backward") if twin.wrt else ("forward",):
            ours = getattr(measured.costs[0], direction)
            cells = [f"{exercise.removesuffix('_forward')}, {direction}", f"{measured.size}", f"{measured.values:,}"]
            for who in WHO:
                cost = measured.cost(who)
                value = getattr(cost, direction) if cost else None
                if value is not None:
                    cells.append(seconds(value) + ("" if who == NUMPY else f" ({ours / value:.3g})"))
                else:
                    cells.append(cost.missing if cost else "")
            yield cells


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--size", default="medium", help=f"{', '.join(SIZES)}, or a number")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks")
    arguments = parser.parse_args()
    device = usable(arguments.device)
    shown = list(WHO)[: 4 if device == "cuda" else 2]
    machine, day = describe(device), datetime.now(UTC).date().isoformat()
    hardware = machine.get("gpu", machine["cpu"])
    text = [
        f"# {hardware}, {day}",
        "",
        f"`python tests/benchmarks/scale.py --device {device} --size {arguments.size}`",
        "",
        ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items()),
        "",
        "In brackets: how many times as fast as NumPy. float32; TF32 is off.",
        "",
        f"| | size | values in | {' | '.join(WHO[who] for who in shown)} |",
        f"|{' --- |' * (3 + len(shown))}",
    ]
    for cells in rows(load_course(ROOT), device, arguments.size):
        text.append(f"| {' | '.join(cells[: 3 + len(shown)])} |")
        print(text[-1], flush=True)
    name = re.sub(r"[^a-z0-9]+", "-", f"{day} {hardware} {arguments.size}".lower()).strip("-")
    arguments.output.mkdir(parents=True, exist_ok=True)
    path = arguments.output / f"{name}.md"
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    print(f"kept: {path}")


if __name__ == "__main__":
    main()
