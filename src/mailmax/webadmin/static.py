"""The built pages, from memory.

Theory:
    All files of ``dist`` are read once, at the first request for one. A request names
    a key of that table and never a path on the disk, so nothing else can be read.
    Names of built files hold a digest of their content: they may be kept for ever.
    Every other path below ``/admin/`` is the application's own; it may hold dots, as
    the page of a domain does.

Standards: RFC 9111, RFC 8246 (immutable).
"""

import mimetypes
import re
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from mailmax.webadmin.rest.answers import Answer, etag_of, names_tag
from mailmax.webadmin.rest.problems import not_found

DIST = Path(__file__).parent / "dist"
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK = "no-cache"
_HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.\w+$")
_KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
_NOT_BUILT = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>MailMax</title></head>
<body><h1>MailMax</h1>
<p>The pages of this installation have not been built. The REST API serves:
<a href="/api/openapi.json">its description</a>.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes
    """The same, compressed; empty: it does not get smaller."""
    kind: str
    tag: str
    keeps: str


class Static:
    """Answers with files."""

    def __init__(self, directory: Path = DIST) -> None:
        """Take the directory; it may be missing."""
        self._directory = directory
        self._files: dict[str, _File] | None = None

    def answer(
        self, segments: tuple[str, ...], *, known: str = "", packing: str = ""
    ) -> Answer:
        """Return a file, or the application's page.

        Args:
            segments: The path below ``/admin``.
            known: ``If-None-Match``.
            packing: ``Accept-Encoding``.

        Raises:
            Problem: There is no such file.
        """
        files = self.load()
        name = "/".join(segments)
        found = files.get(name)
        if found is None and _is_file(segments):
            raise not_found("there is no such file")
        found = found or files.get("index.html")
        if found is None:
            return Answer(HTTPStatus.OK, _NOT_BUILT, _KINDS[".html"])
        return _answer(found, known, packing)

    def load(self) -> dict[str, _File]:
        """Read them now, and return them by their names."""
        if self._files is None:
            self._files = dict(_read(self._directory))
        return self._files


def _is_file(segments: tuple[str, ...]) -> bool:
    """Tell what is built from pages, whose addresses may end with a domain's name."""
    first, *rest = segments or ("",)
    return first == "assets" or (not rest and "." in first)


def _answer(file: _File, known: str, packing: str) -> Answer:
    headers = {"ETag": file.tag, "Cache-Control": file.keeps, "Vary": "Accept-Encoding"}
    if names_tag(known, file.tag):
        return Answer(HTTPStatus.NOT_MODIFIED, headers=headers)
    if file.packed and re.search(r"\bgzip\b", packing):
        headers["Content-Encoding"] = "gzip"
        return Answer(HTTPStatus.OK, file.packed, file.kind, headers)
    return Answer(HTTPStatus.OK, file.body, file.kind, headers)


def _read(directory: Path) -> list[tuple[str, _File]]:
    found = []
    for path in sorted(directory.rglob("*")):
        if not path.is_file() or path.suffix == ".gz":
            continue
        name = path.relative_to(directory).as_posix()
        body = path.read_bytes()
        found.append((name, _file_of(name, body)))
    return found


def _file_of(name: str, body: bytes) -> _File:
    suffix = name[name.rfind(".") :]
    kind = _KINDS.get(suffix) or mimetypes.guess_type(name)[0]
    keeps = _FOR_EVER if _HASHED.search(name) else _ASK
    packed = _pack(body) if suffix in {".js", ".css", ".html", ".svg", ".json"} else b""
    return _File(body, packed, kind or "application/octet-stream", etag_of(body), keeps)


def _pack(body: bytes) -> bytes:
    import gzip  # noqa: PLC0415 - only for the first page that is asked for

    packed = gzip.compress(body, 9, mtime=0)
    return packed if len(packed) < len(body) else b""
