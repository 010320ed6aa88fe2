"""The ETRN directory: held mail may grow, so its bodies may lie on a disk of their own.

Theory:
    States, keys and order of all mail are in the one log of the queue directory; only
    octets lie here, in segments as there (`bodies`). A `Place` names the directory, so
    no other one is ever taken for it: not the empty mount point of a disk that is
    away, not the disk of another node.

    ::

        lock          held while QueueMax runs
        id            the queue that it belongs to, and its own name
        body.NNNN     segments

    | what lies there       | what waits in such        | what is done            |
    |-----------------------|---------------------------|-------------------------|
    | no id                 | nothing                   | it is given one, used   |
    | no id                 | some mail                 | not used: it is away    |
    | an id of another queue| nothing, or in another    | not used                |
    | an id of this queue   | nothing, or in this       | used                    |
    | an id of this queue   | some mail in another      | read, nothing more kept |

Rules:
    The ids are written before the first body of a process: what a former one wrote may
    merely be readable.
    Mail whose directory is away waits: it is neither damaged nor lost for that.
"""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mailmax.base.errors import TemporaryFailure
from mailmax.store.atomic import Lock, failures, make_directories, write_atomic
from mailmax.store.queue.bodies import Bodies

NAME_OCTETS: Final = 16
_ID: Final = re.compile(rb"([0-9a-f]{16})\n")
_ID_WITH_NAME: Final = re.compile(rb"([0-9a-f]{16}) ([0-9a-f]{16})\n")


@dataclass(frozen=True, slots=True)
class Identity:
    """Which directory it is, and whose."""

    owner: bytes
    name: bytes


@dataclass(frozen=True, slots=True)
class EtrnDirectory:
    """An ETRN directory that can be read."""

    path: Path
    queue: Path
    identity: Identity
    bodies: Bodies
    lock: Lock

    def write_ids(self) -> None:
        """Make it durable which directory this is; before bodies go into it.

        Raises:
            StorageFull: The disk is full.
            TemporaryFailure: It may or may not be durable.
        """
        owner, name = self.identity.owner, self.identity.name
        with failures("the ETRN directory could not be written"):
            write_atomic(self.queue / "id", owner + b"\n")
            write_atomic(self.path / "id", owner + b" " + name + b"\n")

    def close(self) -> None:
        """Let go of it."""
        self.bodies.close()
        self.lock.release()


def open_etrn(
    path: Path, queue: Path, segment_octets: int, used: Collection[bytes]
) -> EtrnDirectory:
    """Take an ETRN directory.

    Args:
        path: Made when missing, unless mail lies in one.
        queue: The queue directory that it belongs to.
        segment_octets: When a segment is full.
        used: The names of those in which mail of this queue lies.

    Raises:
        TemporaryFailure: It is away, another's, or sick.
    """
    with failures("it cannot be used"):
        if not used:
            make_directories(path)
        lock = Lock.take(path / "lock")
        if lock is None:
            raise TemporaryFailure("it is in use")
        try:
            identity = _identify(path, queue, used)
            bodies = Bodies(path, segment_octets, identity.name)
        except BaseException:
            lock.release()
            raise
    return EtrnDirectory(path, queue, identity, bodies, lock)


def _identify(path: Path, queue: Path, used: Collection[bytes]) -> Identity:
    ours = _ID.fullmatch(_read(queue / "id"))
    owner = _make_name() if ours is None else ours[1]
    octets = _read(path / "id")
    found = _ID_WITH_NAME.fullmatch(octets)
    if found is None:
        if octets or used:
            raise TemporaryFailure("it is not the one in which mail lies")
        return Identity(owner, _make_name())
    if found[1] != owner and found[2] not in used:
        raise TemporaryFailure("it belongs to another queue")
    return Identity(owner, found[2])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _make_name() -> bytes:
    return os.urandom(NAME_OCTETS // 2).hex().encode()
