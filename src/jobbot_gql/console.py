"""What commands print: text of any origin, in which no control character reaches the terminal.

A file name, a column's name, a stored value or a settings file may hold escape sequences that clear the screen, change
the window's title or type for the user.
"""

import json
import os
import sys
import unicodedata
from collections.abc import Iterable
from typing import Any

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

_REPLACED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of Unicode: control, format (such as a change of direction), surrogate, line and paragraph separators."""
_KEPT = frozenset("\n\t\u200c\u200d\u00ad")
"""Line breaks, tabs, and the joiners and hyphens that words and emoji are written with."""


def printable(text: str) -> str:
    """The text with U+FFFD for every character that a terminal might obey; line breaks and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\ufffd" if unicodedata.category(character) in _REPLACED and character not in _KEPT else character
        for character in text
    )


def printable_line(text: str) -> str:
    """The same in one line, for names and values within a sentence."""
    return printable(text).replace("\n", "\ufffd").replace("\t", " ")


class PrintableConsole(Console):
    """A console that prints `printable` text; its own colours and cursor movements stay."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments of what is printed."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


out = PrintableConsole(highlight=False, soft_wrap=True)
err = PrintableConsole(stderr=True, highlight=False, soft_wrap=True)


def echo(text: str, *, err: bool = False) -> None:
    """Print text on standard output, or standard error, without markup or folding."""
    click.echo(printable(text), err=err)


def echo_json(value: Any, indent: int | None = None) -> None:
    """Print JSON on standard output. It is ASCII, and DEL is escaped like the other control characters."""
    click.echo(json.dumps(value, indent=indent).replace("\x7f", "\\u007f"))


class Group(click.Group):
    """A group of commands whose help has the whole first sentence of each; click cuts it to one line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, and what each does."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, command.get_short_help_str(limit=1_000)) for name, command in sorted(self.commands.items())]
            )


def show(problem: click.ClickException) -> None:
    """Print what was wrong with a command, on standard error: how it is used, if that was it, and one line."""
    if isinstance(problem, click.UsageError) and problem.ctx:
        echo(problem.ctx.get_usage(), err=True)
        echo(f"Try '{problem.ctx.command_path} --help' for help.\n", err=True)
    show_problem(problem.format_message())


def show_problem(message: str) -> None:
    """Print what kept a command from its work, on standard error."""
    err.print(f"jobbot-gql: {printable(message)}", markup=False)


def flush() -> None:
    """Write what is left of the output. Raises OSError, such as for a full disk."""
    if sys.stdout is not None:
        sys.stdout.flush()


def discard_output() -> None:
    """Have Python write nothing more when it ends, after writing has failed: that would fail again."""
    if sys.stdout is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
