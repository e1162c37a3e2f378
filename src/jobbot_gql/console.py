"""Terminal output of commands, without control characters.

File names, column names, stored values and settings may hold escape sequences that clear the screen, change the window
title or inject input.
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
"""Unicode categories: control, format (such as direction marks), surrogate, line and paragraph separators."""
_KEPT = frozenset("\n\t\u200c\u200d\u00ad")
"""Line breaks, tabs, and the joiners and soft hyphens in words and emoji."""


def printable(text: str) -> str:
    """The text with U+FFFD for every control character except line breaks and tabs."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\ufffd" if unicodedata.category(character) in _REPLACED and character not in _KEPT else character
        for character in text
    )


def printable_line(text: str) -> str:
    """The printable text in one line, for names and values within a sentence."""
    return printable(text).replace("\n", "\ufffd").replace("\t", " ")


class PrintableConsole(Console):
    """A console that prints `printable` text. Its own colours and cursor movements are kept."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render to segments of printable text."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


out = PrintableConsole(highlight=False, soft_wrap=True)
err = PrintableConsole(stderr=True, highlight=False, soft_wrap=True)


def echo(text: str, *, err: bool = False) -> None:
    """Print text without markup or wrapping."""
    click.echo(printable(text), err=err)


def echo_json(value: Any, indent: int | None = None) -> None:
    """Print ASCII JSON on standard output. DEL is escaped like other control characters."""
    click.echo(json.dumps(value, indent=indent).replace("\x7f", "\\u007f"))


class Group(click.Group):
    """A command group whose help shows the first sentence of each command. click would truncate it to one line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, command.get_short_help_str(limit=1_000)) for name, command in sorted(self.commands.items())]
            )


def show(problem: click.ClickException) -> None:
    """Print an error of a command on standard error, with the usage for a UsageError."""
    if isinstance(problem, click.UsageError) and problem.ctx:
        echo(problem.ctx.get_usage(), err=True)
        echo(f"Try '{problem.ctx.command_path} --help' for help.\n", err=True)
    show_problem(problem.format_message())


def show_problem(message: str) -> None:
    """Print an error message on standard error."""
    err.print(f"jobbot-gql: {printable(message)}", markup=False)


def flush() -> None:
    """Flush standard output. Raises OSError, for example if the disk is full."""
    if sys.stdout is not None:
        sys.stdout.flush()


def discard_output() -> None:
    """Redirect standard output to the null device, because flushing it at exit would fail again."""
    if sys.stdout is not None:
        null_device = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null_device, sys.stdout.fileno())
        os.close(null_device)
