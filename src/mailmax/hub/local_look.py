"""Looks at this computer: what of mailmax.toml holds, where, and on which disks.

Rules:
    Reads the file and the state of disks, and changes nothing: the file names what
    root starts, so no service may write it (TRUST L1). Passwords are left out.
    A disk that does not answer is told, and holds one thread, however often one looks
    (`net.hand`).

Limits:
    A second for the file, for each directory, and for the judgement.

Manual: 3.1, 3.3.
"""

import os
import shutil
import socket
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from mailmax.hub.contract.checks import FindingView
from mailmax.hub.contract.local import LocalValue, LocalView, Place, Source
from mailmax.net.hand import Hand, Unanswered
from mailmax.settings.database_url import without_password
from mailmax.settings.field import BadValue
from mailmax.settings.local import (
    FILE_NAME,
    USUAL_ROOT,
    DirectorySettings,
    LocalFile,
    LocalSettings,
    parse_local,
)

PATIENCE_S: Final = 1.0
LONGEST_S: Final = PATIENCE_S * (2 + len(DirectorySettings.__struct_fields__))
"""Where no disk answers."""
_DIRECTORIES = "directories"
_AWAY = "the disk does not answer"
_MASKED = frozenset({"database_url"})


class LocalLook:
    """At one computer."""

    def __init__(
        self, local: LocalSettings, judge: Callable[[], Sequence[FindingView]]
    ) -> None:
        """Prepare.

        Args:
            local: What this process was started with.
            judge: Says what contradicts itself or is a risk here; blocks.
        """
        self._local = local
        self._judge = judge
        self._reading = Hand(FILE_NAME, PATIENCE_S)
        self._judging = Hand("this computer's directories", PATIENCE_S)
        self._hands = {
            name: Hand(str(getattr(local.paths, name)), PATIENCE_S)
            for name in DirectorySettings.__struct_fields__
        }

    def look(self) -> LocalView:
        """Return what holds here; blocks."""
        local = self._local
        path = local.paths.root / FILE_NAME
        now, present, trouble = self._read(path)
        written = dict(_flat(local.written))
        defaults = dict(_flat(LocalFile()))
        effective = written | _effective(local)
        values = tuple(
            LocalValue(
                key,
                _shown(key, effective[key]),
                "file" if key in present or value != defaults[key] else "built_in",
                _coming(key, value, now),
            )
            for key, value in written.items()
        )
        root = LocalValue("dir", _json(str(local.paths.root)), _source_of_root(local))
        return LocalView(
            local.node or socket.gethostname(),
            str(path),
            (root, *values),
            tuple(self._places()),
            trouble,
            findings=self._findings(),
        )

    def _read(self, path: Path) -> "_Written":
        try:
            return self._reading.do(partial(_read, path))
        except Unanswered:
            return _Written({}, frozenset(), _AWAY)

    def _findings(self) -> tuple[FindingView, ...]:
        try:
            return tuple(self._judging.do(self._judge))
        except (Unanswered, OSError):  # which disk it is, its place says
            return ()

    def _places(self) -> Iterator[Place]:
        for name, hand in self._hands.items():
            path: Path = getattr(self._local.paths, name)
            key = f"{_DIRECTORIES}.{name}"
            try:
                yield hand.do(partial(_place, key, path))
            except Unanswered:
                yield Place(key, str(path), trouble=_AWAY)


class _Written(NamedTuple):
    """What the file says now."""

    values: Mapping[str, Any]
    present: frozenset[str]
    """The keys that stand in it."""
    trouble: str
    """What is wrong with it."""


def _read(path: Path) -> _Written:
    try:
        octets = path.read_bytes()
    except OSError as error:
        return _Written({}, frozenset(), f"{path}: {error.strerror}")
    parsed = parse_local(octets)
    if isinstance(parsed, BadValue):
        trouble = f"{parsed.field}: {parsed.reason}; {parsed.cure}"
        return _Written({}, frozenset(), trouble)
    document = tomllib.loads(octets.decode())
    present = {
        f"{key}.{below}" if isinstance(value, dict) else key
        for key, value in document.items()
        for below in (value if isinstance(value, dict) else ("",))
    }
    return _Written(dict(_flat(parsed)), frozenset(present), "")


def _flat(file: LocalFile) -> Iterator[tuple[str, Any]]:
    for key, value in msgspec.structs.asdict(file).items():
        if isinstance(value, msgspec.Struct):
            for below, one in msgspec.structs.asdict(value).items():
                yield f"{key}.{below}", one
        else:
            yield key, value


def _effective(local: LocalSettings) -> dict[str, Any]:
    """Return what holds where that is not what is written."""
    found: dict[str, Any] = {
        f"{_DIRECTORIES}.{name}": str(getattr(local.paths, name))
        for name in DirectorySettings.__struct_fields__
    }
    return found | {
        "node": local.node or socket.gethostname(),
        "database_url": local.database_url,
        "hub.address": local.hub_address,
        "web.listen": [_host_port(*place) for place in local.web_listen],
    }


def _host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _coming(key: str, written: Any, now: Mapping[str, Any]) -> str:
    if key not in now or now[key] == written:
        return ""
    return _shown(key, now[key])


def _shown(key: str, value: Any) -> str:
    return _json(without_password(value) if key in _MASKED else value)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _source_of_root(local: LocalSettings) -> Source:
    named = os.environ.get("MAILMAX_DIR", "")
    if named and Path(named).absolute() == local.paths.root:
        return "environment"
    return "built_in" if str(local.paths.root) == USUAL_ROOT else "command_line"


def _place(key: str, path: Path) -> Place:
    try:
        disk = f"{path.stat().st_dev:x}"
        usage = shutil.disk_usage(path)
    except OSError as error:
        return Place(key, str(path), trouble=error.strerror or "the disk failed")
    return Place(key, str(path), disk, usage.total, usage.free)
