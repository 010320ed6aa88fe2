"""Writes docs/reference/cli.md: the help of every command, as it is printed."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from cyclopts import App
from rich.console import Console

from mailmax.cli.app import app
from mailmax.cli.exits import Exit

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"
WIDTH = 88

HEAD = """# Commands

Written by `tools/cli_docs.py` from the commands themselves. Every command but `demo`,
`serve` and `run` takes `--json`; every one takes `--dir`. A refusal is one line on
standard error: field, reason, cure.

| exit code | meaning |
|---|---|
"""

MEANINGS = {
    Exit.DONE: "done",
    Exit.USAGE: "usage, or a value that cannot be used",
    Exit.NOT_FOUND: "there is no such thing",
    Exit.CONFLICT: "it is there already, or in use",
    Exit.DENIED: "not allowed, or a wrong password",
    Exit.FOUND: "`config check`: there is a contradiction or a risk; `program try`: "
    "a file was removed",
    Exit.HUB_UNREACHABLE: "DataMax does not answer",
    Exit.LATER: "not now: try later (`status`: not all are ready)",
    Exit.CONFIG: "`serve`, `run`, `demo`: mailmax.toml cannot be used",
}


def commands(of: App, *words: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command, groups resolved."""
    for name in sorted(of):
        if name.startswith("-"):
            continue
        inner = of[name]
        if any(not word.startswith("-") for word in inner):
            yield from commands(inner, *words, name)
        else:
            yield (*words, name)


def page() -> str:
    """Return the page."""
    codes = [f"| {code.value} | {MEANINGS[code]} |\n" for code in Exit]
    return HEAD + "".join(codes) + "".join(map(_section, commands(app)))


def _section(words: tuple[str, ...]) -> str:
    out = io.StringIO()
    app.help_print(
        list(words), console=Console(file=out, width=WIDTH, color_system=None)
    )
    lines = "\n".join(line.rstrip() for line in out.getvalue().strip().splitlines())
    return f"\n## mailmax {' '.join(words)}\n\n```\n{lines}\n```\n"


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), "utf-8")
    print(PAGE)


if __name__ == "__main__":
    sys.exit(main())
