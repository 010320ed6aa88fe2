"""The operational log of one process: what went wrong and what was started.

Theory:
    For the person who runs the machine: lines on standard error (the journal of
    systemd, the terminal) and in ``logs/<role>.log``. It is not the protocol log of
    the manual and carries no mail content.

Rules:
    One event is one line: control characters are escaped, whatever a stranger sent
    (TRUST N1). A line is appended as a whole. A full disk or a missing directory never
    stops the service: what could not be written is counted, and the count is the first
    line that can be (TRUST M12). A file that was moved away is followed by a new one.
"""

import contextlib
import logging
import os
import sys
from pathlib import Path

_FORMAT = "%(asctime)s %(levelname)s %(name)s[%(process)d] %(message)s"
_LONGEST_LINE = 4096
_NOWHERE = -1


class OneLine(logging.Formatter):
    """Keeps every event on one line of printable text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as one escaped line."""
        text = super().format(record)
        if not text.isprintable():
            text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
        return text[:_LONGEST_LINE]


class PatientFile(logging.Handler):
    """A file that may be full, moved or gone; who logs never notices."""

    def __init__(self, path: Path, flags: int = 0) -> None:
        """Name the file; it is opened with the first line.

        Args:
            path: The file.
            flags: More of `os.open`.
        """
        super().__init__()
        self._path = path
        self._flags = flags
        self._fd = _NOWHERE
        self._dropped = 0
        self._is_torn = False

    def emit(self, record: logging.LogRecord) -> None:
        """Append a line, or count it."""
        try:
            octets = self._line(record)
            if self._dropped:
                octets = self._line(_tell_dropped(self._dropped)) + octets
            if self._is_torn:
                octets = b"\n" + octets
            self._follow()
            written = os.write(self._fd, octets)
        except (OSError, TypeError, ValueError):
            self._dropped += 1
            return
        if written < len(octets):  # the disk became full in the middle of it
            self._is_torn = True
            self._dropped += 1
        else:
            self._is_torn, self._dropped = False, 0

    def close(self) -> None:
        """Let go of the file."""
        fd, self._fd = self._fd, _NOWHERE
        if fd != _NOWHERE:
            os.close(fd)
        super().close()

    def _line(self, record: logging.LogRecord) -> bytes:
        return self.format(record).encode("utf-8", "replace") + b"\n"

    def _follow(self) -> None:
        """Open the file that has the name now."""
        if self._fd != _NOWHERE:
            mine = os.fstat(self._fd)
            try:
                named = self._path.stat()
            except FileNotFoundError:
                named = None
            if named is not None and os.path.samestat(mine, named):
                return
            fd, self._fd = self._fd, _NOWHERE
            os.close(fd)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | self._flags
        self._fd = os.open(self._path, flags, 0o640)


class Notes:
    """What the supervisor says of the roles: standard error and a file of its own.

    It may be root, and the directory another user's: it follows no link there, waits
    for no pipe, and leaves no open file to the roles that it forks.
    """

    def __init__(self, logs: Path) -> None:
        """Name the directory."""
        unlinked = os.O_NOFOLLOW | os.O_NONBLOCK
        self._file = PatientFile(logs / "supervisor.log", unlinked)
        self._file.setFormatter(OneLine(_FORMAT))

    def __call__(self, text: str) -> None:
        """Write one line, with the time."""
        record = logging.LogRecord(
            "mailmax.supervisor", logging.WARNING, __file__, 0, text, (), None
        )
        self._file.emit(record)
        self._file.close()
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            sys.stderr.write(self._file.format(record) + "\n")


def _tell_dropped(count: int) -> logging.LogRecord:
    text = "could not be written before this line: %d lines"
    return logging.LogRecord(
        __name__, logging.WARNING, __file__, 0, text, (count,), None
    )


def start(role: str, logs: Path, *, to_terminal: bool = True) -> None:
    """Begin to log in this process.

    Args:
        role: Names the file.
        logs: The log directory.
        to_terminal: Write to standard error too.
    """
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    handlers: list[logging.Handler] = [PatientFile(logs / f"{role}.log")]
    if to_terminal:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(OneLine(_FORMAT))
    root.handlers[:] = handlers
    logging.raiseExceptions = False
