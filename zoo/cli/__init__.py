"""The command ``zoo``: commands arrive by hook, and this is the only place that exits.

Exit status: 0 all went well; 1 something that was asked for failed or is missing; 2 the request or its input is wrong;
130 interrupted.
"""

from __future__ import annotations

import sys
import warnings
from functools import partial
from importlib import metadata
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

from zoo import registry
from zoo.cli import check, data, film, listing, pack, predict, train, watch
from zoo.errors import ZooError, ZooWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoo.plugins import Plugin
    from zoo.registry import Registry

NO_PLUGIN = "--no-plugin"
BAD_REQUEST = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Plugins that are switched off are never imported, so the option is read before anything."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    loaded = registry.load(_switched_off(words))
    try:
        with warnings.catch_warnings():
            warnings.showwarning = partial(_told, warnings.showwarning)
            application(loaded)(words, obj=loaded, prog_name="zoo")
    except ZooError as error:
        typer.secho(f"zoo: {error}", err=True)
        sys.exit(BAD_REQUEST)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # Typer makes this of Ctrl-C, without a word
            typer.secho("zoo: interrupted; finished work is kept", err=True)
        raise
    finally:
        _warn((*loaded.plugins.broken, *loaded.broken))


def application(loaded: Registry) -> typer.Typer:
    """The Typer app: the commands of ``zoo`` and those that plugins bring."""
    app = typer.Typer(
        name="zoo",
        help="Predict what a stain would have shown in images of unstained cells, and judge who predicts it best.",
        epilog="Example: zoo bench --model all",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for own in (listing, data, train, pack, check, predict, watch, film):
        app.add_typer(own.app)
    brought = loaded.plugins.gather("zoo_commands")
    loaded.broken.extend(brought.broken)
    for commands in brought.values.values():
        for command in commands:
            if isinstance(command, typer.Typer):
                app.add_typer(command)
    return app


def _print_version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it with the value of the option
    if asked:
        typer.echo(f"zoo {metadata.version('unstained')}")
        raise typer.Exit


def _options(
    no_plugin: Annotated[
        list[str] | None,
        typer.Option(NO_PLUGIN, metavar="NAME", help="Leave this plugin out; may be given more than once."),
    ] = None,
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    del no_plugin, version  # the one is read by main before any plugin is imported, the other by its callback


def _switched_off(words: Sequence[str]) -> list[str]:
    after = [value for option, value in pairwise(words) if option == NO_PLUGIN]
    joined = [word.removeprefix(f"{NO_PLUGIN}=") for word in words if word.startswith(f"{NO_PLUGIN}=")]
    return after + joined


def _told(
    others: Callable[..., None], message: Warning | str, category: type[Warning], *where: object, **kept: object
) -> None:
    """Print a warning that is meant for users as the line that it is; ``others`` shows every other."""
    if issubclass(category, ZooWarning):
        typer.secho(f"zoo: {message}", err=True)
    else:
        others(message, category, *where, **kept)


def _warn(broken: Sequence[Plugin]) -> None:
    for plugin in broken:
        typer.secho(
            f"zoo: plugin {plugin.name!r} ({plugin.distribution}) is broken and was left out: {plugin.reason}\n"
            f"  hint: mend it, or silence this with {NO_PLUGIN} {plugin.name}",
            err=True,
        )
