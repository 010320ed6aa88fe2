"""What a browser must load before the first page shows.

Theory:
    The page, its scripts with all that these import at once, its style, and the first
    words of one language. The letters' font is not among them: text shows without
    (swap). The words of a page come with the page.

Limits:
    150 kB (it is 137), compressed file by file.
"""

import gzip
import re
from pathlib import Path

import pytest

from mailmax.webadmin.static import DIST

SHELL_OCTETS = 150_000
_NAMED = re.compile(r'(?:src|href)="/admin/([^"]+)"')
_IMPORTED = re.compile(r"(?:from|import)\s*[\"']\./([\w.-]+\.js)[\"']")


def needed(directory: Path, language: str) -> set[Path]:
    """Return the page, what it names, and what these import at once.

    Args:
        directory: The built pages.
        language: The words of one language are loaded, too.
    """
    page = directory / "index.html"
    waiting = [directory / name for name in _NAMED.findall(page.read_text("utf-8"))]
    waiting += (directory / "assets").glob(f"{language}-*.js")
    found = {page}
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        if one.suffix == ".js":
            names = _IMPORTED.findall(one.read_text("utf-8"))
            waiting += [one.parent / name for name in names]
    return found


def sent(path: Path) -> int:
    """Return what comes over the line of a file."""
    return len(gzip.compress(path.read_bytes(), 9, mtime=0))


def parts(directory: Path, language: str) -> dict[str, int]:
    """Return what comes over the line, heaviest first."""
    sizes = {path.name: sent(path) for path in needed(directory, language)}
    return dict(sorted(sizes.items(), key=lambda one: -one[1]))


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_shell_is_small(language: str) -> None:
    sizes = parts(DIST, language)

    assert {Path(name).suffix for name in sizes} == {".html", ".js", ".css", ".svg"}
    assert any(name.startswith(f"{language}-") for name in sizes)
    assert sum(sizes.values()) < SHELL_OCTETS, sizes


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_it_needs_is_asked_for_in_few_files(language: str) -> None:
    assert len(needed(DIST, language)) < 10


def test_what_imports_at_once_is_counted(tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text('<script src="/admin/assets/a.js"></script>')
    (assets / "a.js").write_text('import{x}from"./b.js";import("./later.js")')
    (assets / "b.js").write_text("")
    (assets / "de-x.js").write_text("")
    (assets / "later.js").write_text("")

    found = {path.name for path in needed(tmp_path, "de")}

    assert found == {"index.html", "a.js", "b.js", "de-x.js"}
