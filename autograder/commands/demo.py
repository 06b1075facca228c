"""`autograder demo`: the published networks of Part G, run by your own functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from autograder.commands.desk_console import find, open_desk, run
from autograder.commands.terminal import MAGENTA, fail, paint, shown, wrapped
from autograder.words import printable

if TYPE_CHECKING:
    from types import ModuleType

    from autograder.demo.shows import Shown

T = TypeVar("T")

demo = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Run a published network with your own functions.\n\nOn your files, photos, sound, words.",
)

Reference = Annotated[bool, typer.Option("--reference", help="Use the course's functions (instructors only).")]
Picture = Annotated[Path | None, typer.Option("--output", metavar="PNG", help="Where to save the picture.")]


def _show(
    unit_name: str, output: Path | None, reference: bool, work: Callable[[ModuleType], Shown], prose: bool = False
) -> None:
    """Run it, say what came of it (prose is wrapped, names of files are not), save the picture and name it."""
    from autograder.demo.own import module_of, running, unlike

    desk = open_desk()
    unit, _ = find(desk, unit_name)
    for sentence in [] if reference else run(lambda: unlike(desk, unit)):
        typer.echo(f"{paint('Mind', MAGENTA)}: {wrapped(sentence, 6)}")
    path = (output or Path(f"{unit.id}.png")).absolute()

    def told() -> Shown:
        import matplotlib

        matplotlib.use("Agg")
        return running(desk, unit, module_of(desk, unit, reference), work)

    what = run(told)
    for line in what.lines:
        typer.echo(wrapped(printable(line), 0) if prose else printable(line))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        what.figure.savefig(path)
    except (OSError, ValueError) as error:
        fail(f"the picture could not be saved as {path}: {error}")
    typer.echo(f"picture: {shown(path)}")


def _input(read: Callable[[], T]) -> T:
    from autograder.demo.inputs import CannotRead

    try:
        return read()
    except CannotRead as error:
        fail(str(error))


@demo.command()
def file(
    paths: Annotated[list[Path], typer.Argument(help="Any files.", metavar="PATH...")],
    output: Picture = None,
    reference: Reference = False,
) -> None:
    """Say what type files are, by your name_file.

    The weights are those of Google's Magika.
    """
    from autograder.demo.shows import file_types, read_files

    files, refused = read_files(paths)
    for sentence in refused:
        typer.echo(f"autograder: {printable(sentence)}", err=True)
    if not files:
        raise typer.Exit(2)
    _show("file_types", output, reference, lambda module: file_types(module, files))
    raise typer.Exit(bool(refused))


@demo.command()
def faces(
    photo: Annotated[Path | None, typer.Argument(help="A photo (default: the course's portrait).")] = None,
    output: Picture = None,
    reference: Reference = False,
) -> None:
    """Find faces and eyes in a photo, by your find_faces.

    The weights are MTCNN's.
    """
    from autograder.demo import inputs
    from autograder.demo.shows import faces as shown_faces

    pixels = _input(lambda: inputs.photo(photo) if photo else inputs.portrait())
    _show("faces", output, reference, lambda module: shown_faces(module, pixels))


@demo.command()
def speech(
    wav: Annotated[Path | None, typer.Argument(help="A WAV file (default: the course's recording).")] = None,
    output: Picture = None,
    reference: Reference = False,
) -> None:
    """Tell where somebody talks in a recording, by your LSTM.

    The weights are Silero's.
    """
    from autograder.demo import inputs
    from autograder.demo.shows import speech as shown_speech

    samples = _input(lambda: inputs.sound(wav) if wav else inputs.recording())
    _show("speech", output, reference, lambda module: shown_speech(module, samples))


@demo.command()
def say(
    word: Annotated[str, typer.Argument(help="An English word, of letters.")],
    output: Picture = None,
    reference: Reference = False,
) -> None:
    """Say how a word is pronounced, by your GRU.

    The weights are those of g2p_en.
    """
    from autograder.demo import inputs
    from autograder.demo.shows import pronunciation

    letters = _input(lambda: inputs.word(word))
    _show("pronunciation", output, reference, lambda module: pronunciation(module, letters))


@demo.command()
def scribe(
    prompt: Annotated[str, typer.Argument(help="How the text begins.", metavar="[PROMPT]")] = "In the beginning",
    seed: Annotated[int, typer.Option(help="Another number, another page.", min=0)] = 0,
    output: Picture = None,
    reference: Reference = False,
) -> None:
    """Go on writing after some words, by your generate.

    The model has read one old book.
    """
    from autograder.demo.inputs import text
    from autograder.demo.shows import scribe as shown_scribe

    words = _input(lambda: text(prompt))
    _show("scribe", output, reference, lambda module: shown_scribe(module, words, seed), prose=True)
