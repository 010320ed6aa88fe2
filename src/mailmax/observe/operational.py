"""The operational log of one process: what went wrong and what was started.

Theory:
    For the person who runs the machine: lines on standard error (the journal of
    systemd, the terminal) and in ``logs/<role>.log``. It is not the protocol log of
    the manual and carries no mail content.

Rules:
    One event is one line: control characters are escaped, whatever a stranger sent
    (TRUST N1). A full disk or a missing directory never stops the service.
"""

import logging
import sys
from pathlib import Path

_FORMAT = "%(asctime)s %(levelname)s %(name)s[%(process)d] %(message)s"
_LONGEST_LINE = 4096


class OneLine(logging.Formatter):
    """Keeps every event on one line of printable text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as one escaped line."""
        text = super().format(record)
        if not text.isprintable():
            text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
        return text[:_LONGEST_LINE]


class _Patient(logging.FileHandler):
    """A file that may be gone or full without anybody noticing but the file."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Drop the line."""


def start(role: str, logs: Path, *, to_terminal: bool = True) -> None:
    """Begin to log in this process.

    Args:
        role: Names the file.
        logs: The log directory.
        to_terminal: Write to standard error too.
    """
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    handlers: list[logging.Handler] = [
        _Patient(logs / f"{role}.log", delay=True, encoding="utf-8", errors="replace")
    ]
    if to_terminal:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(OneLine(_FORMAT))
    root.handlers[:] = handlers
    logging.raiseExceptions = False
