"""The host password on this node: one file that only its owner reads.

Theory:
    A set-up leaves a note beside the file, of which password it gave: until that is
    changed, by whatever means, DataMax is administered on its own computer alone
    (HUB-2).

Rules:
    Not blank, no spaces, at most 1,024 octets (manual 2.2). Replaced as a whole (write
    beside, sync, rename), so a reader sees the old one or the new one.

Manual: 2.2.
"""

import hashlib
import hmac
import os
from pathlib import Path
from typing import Protocol

from mailmax.base.errors import PermanentFailure
from mailmax.hub.handshake import derive_key
from mailmax.settings.field import BadValue

LONGEST_OCTETS = 1_024
SHORT_CHARACTERS = 12
"""Fewer are told of: a proof that was overheard lets them be guessed."""


def check_host_password(password: str) -> BadValue | None:
    """Say what is wrong with a new host password; None when it is good."""
    if not password:
        return BadValue("host_password", "it is blank", "give at least one character")
    if any(c.isspace() or not c.isprintable() for c in password):
        return BadValue("host_password", "it contains a space", "leave spaces out")
    if len(password.encode()) > LONGEST_OCTETS:
        return BadValue(
            "host_password", "it is too long", f"give at most {LONGEST_OCTETS} octets"
        )
    return None


def is_short(password: str) -> bool:
    """Tell whether a host password is taken with a caution only."""
    return len(password) < SHORT_CHARACTERS


class PasswordKeeper(Protocol):
    """Whoever keeps a host password for a client of the hub."""

    def load(self) -> str:
        """Return it."""

    def save(self, password: str) -> None:
        """Keep a new one."""


class PasswordFile:
    """Where this node keeps the host password."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is read each time."""
        self.path = path

    def load(self) -> str:
        """Read it.

        Raises:
            PermanentFailure: There is none, or it may not be read, or others may.
        """
        try:
            if self.path.stat().st_mode & 0o077:
                raise PermanentFailure(
                    f"others may read the host password: chmod 600 {self.path}"
                )
            return self.path.read_text("utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise PermanentFailure(
                f"the host password cannot be read from {self.path}: "
                f"{getattr(error, 'strerror', None) or 'it is not text'}"
            ) from error

    def save(self, password: str) -> None:
        """Replace it durably, readable by the owner only.

        Raises:
            PermanentFailure: It could not be written.
        """
        self._replace(self.path, password)

    def save_first(self, password: str) -> None:
        """Write that of a set-up, and that it is that.

        Raises:
            PermanentFailure: It could not be written.
        """
        self._replace(self._note, _told_apart(password))
        self.save(password)

    def is_first(self) -> bool:
        """Tell whether it is still the one of the set-up; slow on purpose.

        Raises:
            PermanentFailure: It cannot be read.
        """
        try:
            note = self._note.read_text("ascii").strip()
        except FileNotFoundError:
            return False
        except (OSError, UnicodeDecodeError):
            return True
        return hmac.compare_digest(note, _told_apart(self.load()))

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.first")

    def _replace(self, path: Path, text: str) -> None:
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(beside, flags, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
        except OSError as error:
            raise PermanentFailure(
                f"the host password cannot be written to {path}: {error.strerror}"
            ) from error


def _told_apart(password: str) -> str:
    """Return what shows whether another password is the same, and nothing else."""
    return hashlib.sha256(derive_key(password)).hexdigest()
