"""Draw docs/rooms.svg: the rooms of autograder/ from top to bottom, and who imports whom, as the code stands.

python tools/draw_rooms.py            write the picture
python tools/draw_rooms.py --check    exit status 1 where the picture is not the code's
"""

from __future__ import annotations

import ast
import html
import re
import sys
import tomllib
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "rooms.svg"
PACKAGE = "autograder"
ROW, BOX, LEFT, TOP, TEXT = 46, 132, 16, 44, 12  # pixels
REACH, STEP = 16, 13  # how far right an arc goes: at least, and for each row it spans
INK, PAPER, LINE = "#1f2328", "#ffffff", "#d0d7de"
COLOURS = ("#0550ae", "#8250df", "#116329", "#953800", "#a40e26", "#1b7c83")


def layers() -> list[list[str]]:
    """The rooms, top to bottom, as `make lint` holds them: rooms of one line do not know each other."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    names = next(each["layers"] for each in contracts if each["type"] == "layers")
    return [[room.strip() for room in line.split("|")] for line in names]


def imports(rooms: list[str]) -> dict[tuple[str, str], int]:
    """How many imports lead from one room to another; lazy ones in functions count too."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    counted: dict[tuple[str, str], int] = {}
    for module in graph.modules:
        here = room_of(module)
        for imported in graph.find_modules_directly_imported_by(module):
            there = room_of(imported)
            if here in rooms and there in rooms and here != there:
                counted[here, there] = counted.get((here, there), 0) + 1
    return counted


def room_of(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def what_lives_there(room: str) -> str:
    """How the room's docstring begins: up to the first colon or full stop."""
    path = ROOT / PACKAGE / room / "__init__.py"
    path = path if path.is_file() else ROOT / PACKAGE / f"{room}.py"
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return re.split(r"[:.](?=\s|$)", words)[0].replace("`", "")


def picture() -> str:
    """The whole SVG."""
    rows = [room for line in layers() for room in line if room != "__main__"]
    place = {room: TOP + ROW * number + 15 for number, room in enumerate(rows)}
    counted = imports(rows)
    longest = max(place[there] - place[here] for here, there in counted) // ROW
    arcs_from = LEFT + BOX + 8
    words_at = arcs_from + REACH + STEP * longest + 34
    width, height = words_at + 330, TOP + ROW * len(rows) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="{TEXT}" role="img">',
        "<title>The rooms of autograder/, top to bottom, and who imports whom</title>",
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        f'<text x="{LEFT}" y="24" fill="{INK}">Imports lead downward only; the thicker a line, the more of them.</text>',
    ]
    for line in layers():
        if len(line) > 1:  # rooms that do not know each other share a frame
            first, last = place[line[0]], place[line[-1]]
            parts.append(
                f'<rect x="{LEFT - 6}" y="{first - 19}" width="{BOX + 12}" height="{last - first + 38}" rx="8" '
                f'fill="none" stroke="{LINE}" stroke-dasharray="4 3"/>'
            )
    for number, (here, there) in enumerate(sorted(counted, key=lambda pair: (place[pair[0]], place[pair[1]]))):
        start, end = place[here], place[there]
        out = REACH + STEP * abs(end - start) / ROW
        colour = COLOURS[rows.index(here) % len(COLOURS)]
        parts.append(
            f'<path d="M {arcs_from} {start + 4 + number % 3} C {arcs_from + out:.0f} {start + 4}, {arcs_from + out:.0f} '
            f'{end - 4}, {arcs_from} {end - 4}" fill="none" stroke="{colour}" '
            f'stroke-width="{min(1 + counted[here, there] / 6, 4):.1f}" stroke-opacity="0.55">'
            f"<title>{here} imports {there}: {counted[here, there]}</title></path>"
        )
    for room in rows:
        y = place[room]
        parts += [
            f'<rect x="{LEFT}" y="{y - 14}" width="{BOX}" height="28" rx="5" fill="#f6f8fa" stroke="{LINE}"/>',
            f'<text x="{LEFT + 10}" y="{y + 4}" font-weight="bold" fill="{INK}">{room}</text>',
            f'<text x="{words_at}" y="{y + 4}" fill="{INK}">{html.escape(what_lives_there(room))}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    drawn = picture()
    if "--check" not in sys.argv[1:]:
        PICTURE.write_text(drawn, encoding="utf-8")
    elif PICTURE.read_text(encoding="utf-8") != drawn:
        sys.exit(f"{PICTURE} is not what the code imports: run python tools/draw_rooms.py")


if __name__ == "__main__":
    main()
