"""`autograder data`: the image sets that are fetched on request."""

from __future__ import annotations

from typing import Annotated

import typer

from autograder.commands.terminal import Exit, fail

data = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="List and fetch the image sets that are not shipped."
)

Name = Annotated[str, typer.Argument(help="The set's name in `autograder data list`.")]


@data.command("list")
def list_sets() -> None:
    """List the image sets: size, licence, and which are here."""
    from autograder.downloads.cache import is_there, megabytes
    from autograder.downloads.catalogue import SETS

    wide = max(map(len, SETS))
    typer.echo(f"{'set':<{wide}}  {'size':>6}  {'here':<4}  licence")
    for name, each in SETS.items():
        here = "yes" if is_there(name) else "no"
        typer.echo(f"{name:<{wide}}  {megabytes(each.size):>6}  {here:<4}  {each.licence}")


@data.command("fetch")
def fetch_set(name: Name) -> None:
    """Fetch an image set into the cache, once."""
    from autograder.downloads.cache import FetchError, fetch, find, folder

    try:
        title = find(name).title
        fetched = fetch(name)
    except ValueError as error:
        fail(error)
    except FetchError as error:
        fail(error, Exit.BROKEN)
    typer.echo(f"{title} is {'now' if fetched else 'already'} in {folder() / name}")


@data.command("where")
def where() -> None:
    """Print the folder that fetched sets lie in."""
    from autograder.downloads.cache import folder

    typer.echo(str(folder()))
