"""The file ``deeds`` of a user: what was done lately, so that it is not done again.

Theory:
    Records of one length are appended, each with a CRC; the newest one of a name
    counts. What a power cut leaves of a record is no record: it is passed over, and
    the next one is put behind it. A name is kept as its digest. When the file is long
    it is replaced by one with the newest names.

Rules:
    Only the filer writes it, from one thread; it takes no lock.

Limits:
    4,096 records, 229 kB. Then the 2,048 newest names stay, and whatever waits to be
    rearmed.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from mailmax.base.envelope import Origin
from mailmax.store.atomic import write_all, write_atomic
from mailmax.store.mailboxes.delivery import Deed
from mailmax.store.mailboxes.segments.directory import make_home
from mailmax.store.mailboxes.segments.files import File
from mailmax.store.mailboxes.segments.home import Home

MOST_RECORDS = 4096
KEPT_RECORDS = 2048
_RECORD = struct.Struct("<16sd16sQB3x")
_OCTETS = _RECORD.size + 4

_DONE, _WAITS, _REARMED = range(3)
"""Only its rest counts; it waits to be rearmed; it was."""


class _Done(NamedTuple):
    name: bytes
    at_s: float
    journal: bytes
    number: int
    state: int

    def encode(self) -> bytes:
        record = _RECORD.pack(*self)
        return record + zlib.crc32(record).to_bytes(4, "little")


def once(home: Home, deed: Deed) -> bool:
    """Tell whether to do something now, and remember that it was done.

    Raises:
        OSError: It is not remembered.
        TemporaryFailure: It is not durable.
    """
    file = _open(home)
    name = _name(deed.what)
    last = _newest(_read(file), name)
    if last is not None:
        if Origin(last.journal, last.number) == deed.origin:
            _append(home, file, last)  # what can be read may not be durable
            if deed.until_rearmed:
                home.syncs.sync([file.path])
            return True
        if deed.until_rearmed and last.state == _WAITS:
            return False
        if abs(deed.at_s - last.at_s) < deed.rest_s:  # a clock may jump (TRUST D14)
            return False
    state = _WAITS if deed.until_rearmed else _DONE
    origin = deed.origin
    _append(home, file, _Done(name, deed.at_s, origin.journal, origin.number, state))
    if deed.until_rearmed:
        home.syncs.sync([file.path])
    return True


def rearm(home: Home, what: bytes) -> None:
    """Let a deed that waits for it be done again.

    Raises:
        OSError: It is not remembered.
    """
    try:
        file = home.files.get(_path(home))
    except FileNotFoundError:
        return
    last = _newest(_read(file), _name(what))
    if last is not None and last.state == _WAITS:
        _append(home, file, last._replace(state=_REARMED))


def _path(home: Home) -> str:
    return f"{home.path}/deeds"


def _open(home: Home) -> File:
    try:
        return home.files.make(_path(home))
    except FileNotFoundError:
        make_home(home)
        return home.files.make(_path(home))


def _name(what: bytes) -> bytes:
    return blake2b(what, digest_size=16).digest()


def _read(file: File) -> bytes:
    return os.pread(file.fd, 2 * MOST_RECORDS * _OCTETS, 0)


def _at(octets: bytes, place: int) -> _Done | None:
    end = place + _OCTETS
    record = octets[place : end - 4]
    if zlib.crc32(record) != int.from_bytes(octets[end - 4 : end], "little"):
        return None
    return _Done(*_RECORD.unpack(record))


def _newest(octets: bytes, name: bytes) -> _Done | None:
    """Find the last whole record of a name."""
    end = len(octets) - len(octets) % _OCTETS
    place = octets.rfind(name, 0, end)
    while place >= 0:
        if place % _OCTETS == 0:
            found = _at(octets, place)
            if found is not None:
                return found
        place = octets.rfind(name, 0, place + len(name) - 1)
    return None


def _append(home: Home, file: File, done: _Done) -> None:
    size = file.size
    if size >= MOST_RECORDS * _OCTETS:
        _shorten(home, file)
        file = _open(home)
        size = file.size
    write_all(file.fd, [done.encode()], size - size % _OCTETS)
    home.syncs.wrote(file.path)


def _shorten(home: Home, file: File) -> None:
    """Replace the file by one with the newest names."""
    newest: dict[bytes, _Done] = {}
    for done in _all(_read(file)):
        newest.pop(done.name, None)  # to the end
        newest[done.name] = done
    every = list(newest.values())
    old, young = every[:-KEPT_RECORDS], every[-KEPT_RECORDS:]
    kept = [*(done for done in old if done.state == _WAITS), *young]
    write_atomic(Path(file.path), b"".join(done.encode() for done in kept))
    home.files.drop(file.path)


def _all(octets: bytes) -> Iterator[_Done]:
    for place in range(0, len(octets) - _OCTETS + 1, _OCTETS):
        found = _at(octets, place)
        if found is not None:
            yield found
