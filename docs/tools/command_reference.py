"""Write the list of commands in ``docs/commands.md``; on the site each has its options there, from its help text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from docs.tools.blocks import DOCS, put, replace_block
from zerosum.cli import COMMANDS, main

NAME = "commands"


def overview() -> str:
    """Write what each command is for, as Markdown, in the order of ``zerosum --help``."""
    rows = (f"| `{context.command_path}` | {_first_line(context.command)} |" for context in _commands())
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def _first_line(command: click.Command) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def _commands() -> Iterator[click.Context]:
    root = click.Context(main, info_name="zerosum")
    for name in COMMANDS:
        command = main.get_command(root, name)
        if command is None:
            raise ValueError(f"no command {name}")
        yield click.Context(command, root, name)


def for_site(page: str) -> str:
    """Return a page with the reference of all commands in place of the overview, if it has one."""
    sections = (line for context in _commands() for line in _section(context, "##"))
    return replace_block(page, NAME, "\n".join(sections))


def _section(context: click.Context, marks: str) -> Iterator[str]:
    """Write a command and, after it, its subcommands."""
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"{marks} `{context.command_path}`\n"
    yield f"```text\n{usage}\n```\n"
    yield f"{_prose(command.help or '')}\n"
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    if options:
        yield "| option | meaning |\n|---|---|"
        for option in options:
            yield f"| {_spelled(option, context)} | {_meaning(option, context)} |"
        yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _section(click.Context(inner, context, name), marks + "#")


def _prose(text: str) -> str:
    r"""Return a help text as Markdown; a paragraph marked ``\b`` is laid out by hand, so it stays as it is."""
    parts = []
    for part in inspect.cleandoc(text).replace("\f", "").split("\n\n"):
        verbatim = part.startswith("\b\n")
        parts.append(f"```text\n{part.removeprefix(chr(8)).strip(chr(10))}\n```" if verbatim else part)
    return "\n\n".join(parts)


def _record(option: click.Option, context: click.Context) -> tuple[str, str]:
    return option.get_help_record(context) or ("", option.help or "")


def _spelled(option: click.Option, context: click.Context) -> str:
    return f"`{_record(option, context)[0]}`".replace("|", "\\|")


def _meaning(option: click.Option, context: click.Context) -> str:
    """Return what an option means; the width of a terminal breaks nothing here."""
    return re.sub(r"\s+", " ", _record(option, context)[1]).replace("|", "\\|").replace("<", "&lt;")


def texts() -> dict[Path, str]:
    """Return the text of the page."""
    page = DOCS / "commands.md"
    return {page: put(page.read_text(encoding="utf-8"), NAME, overview())}
