"""The right to be the only POP3 session of a user.

Theory:
    One lock file a user, never removed or replaced. Who holds its flock has the
    maildrop; the file says who that is, for the answer to others and for operators.
    The kernel lets go when the process ends, however it ends (RFC 1939 §8 leaves the
    time-out of a lost client: the session's idle limit).

Rules:
    The lock keeps other POP3 sessions out, nobody else: IMAP goes on beside it.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from mailmax.base.errors import TemporaryFailure


class Holder(msgspec.Struct, frozen=True):
    """Who has a maildrop."""

    session: int = 0
    address: str = ""
    """The client's IP address."""
    since: float = 0.0
    """Unix time; 0: not known."""
    pid: int = 0


class Claim:
    """A maildrop held; `release` lets go."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go; a second time does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
            os.close(descriptor)


def claim_maildrop(directory: Path, user_id: int, me: Holder) -> Claim | Holder:
    """Take a user's maildrop, or learn who has it.

    Raises:
        TemporaryFailure: The lock file cannot be used.
    """
    try:
        descriptor = os.open(
            directory / f"{user_id}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
    except OSError as trouble:
        raise TemporaryFailure("the maildrop cannot be locked") from trouble
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _read_holder(descriptor)
        os.close(descriptor)
        return holder
    except OSError as trouble:
        os.close(descriptor)
        raise TemporaryFailure("the maildrop cannot be locked") from trouble
    with suppress(OSError):  # The note is for people; the lock is what counts.
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, msgspec.json.encode(me), 0)
    return Claim(descriptor)


def look_at_maildrop(directory: Path, user_id: int) -> Holder | None:
    """Return who has a maildrop; None when nobody has.

    A note that a process left which is gone is wiped out: its lock died with it.

    Raises:
        TemporaryFailure: The lock file cannot be used.
    """
    held = claim_maildrop(directory, user_id, Holder())
    if isinstance(held, Holder):
        return held
    held.release()
    return None


def left_note(directory: Path, user_id: int) -> Holder | None:
    """Return what the lock file says, whether it holds or not; None: nothing.

    Raises:
        TemporaryFailure: The lock file cannot be read.
    """
    try:
        octets = (directory / f"{user_id}.lock").read_bytes()
        return msgspec.json.decode(octets, type=Holder) if octets else None
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    except OSError as trouble:
        raise TemporaryFailure("the maildrop's lock cannot be read") from trouble


def _read_holder(descriptor: int) -> Holder:
    try:
        return msgspec.json.decode(os.pread(descriptor, 4096, 0), type=Holder)
    except (OSError, msgspec.DecodeError):
        return Holder()
