"""A test of the scanners that are on: each is given a message with the file EICAR.

Theory:
    EICAR is a harmless file that all scanners agree to call a virus (eicar.org). It
    goes the way of any mail: through the same code, places and time limits; only that
    nobody gets it. A scanner that finds nothing in it, or says nothing, is of no use.

Rules:
    The file stands here in two pieces, so that no scanner finds it in this file.

Manual: 4.10.
"""

import base64
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from mailmax.base.errors import Failure
from mailmax.base.virus import Finding
from mailmax.hub.contract.virus import ScannerKind, VerdictView
from mailmax.smtpmax import external_check
from mailmax.smtpmax.body import Body
from mailmax.smtpmax.room import Room
from mailmax.smtpmax.scanning import Scan, Trouble, looking

_EICAR: Final = (
    rb"X5O!P%@AP[4\PZX54(P^)7CC)7}",
    rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
)
_HEAD: Final = (
    b"From: <postmaster@localhost>\r\nSubject: Test of the virus scanners\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="=_test"\r\n\r\n'
    b"--=_test\r\nContent-Type: text/plain\r\n\r\n"
    b"The attached file is harmless; scanners call it a virus.\r\n"
    b"--=_test\r\nContent-Type: application/octet-stream\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="eicar.com"\r\n\r\n'
)
_END: Final = b"\r\n--=_test--\r\n"

_VERDICTS: Final[Mapping[str, Literal["found", "clean", "failed"]]] = {
    "infected": "found",
    "clean": "clean",
}


class Look(NamedTuple):
    """A scanner that is on, and how it is asked."""

    kind: ScannerKind
    ask: Callable[[], Awaitable[Finding]]


def looks(room: Room) -> Iterator[Look]:
    """Yield the scanners that are on, in the order in which they see mail."""
    setting = room.hub.tables.setting
    if setting("external_check"):
        yield Look("external", lambda: _ask_program(room))
    if setting("virus_check"):
        yield Look("clamd", lambda: _ask_clamd(room))


async def verdict_of(look: Look) -> VerdictView:
    """Ask one scanner; what fails is a verdict, too."""
    begin = time.monotonic()
    try:
        found = await look.ask()
    except (Trouble, Failure) as trouble:
        found = Finding("failed", str(trouble))
    seconds = time.monotonic() - begin
    verdict = _VERDICTS.get(found.verdict, "failed")
    return VerdictView(look.kind, verdict, found.words, round(seconds, 3))


def message() -> bytes:
    """Return a message with the file."""
    return _HEAD + base64.b64encode(b"".join(_EICAR)) + _END


async def _ask_program(room: Room) -> Finding:
    if room.programs is None:
        raise Trouble("there is nothing to run it")
    setting = room.hub.tables.setting
    return await external_check.look(
        _body(room),
        setting("external_command"),
        setting("external_timeout_s"),
        room.programs,
        room.places,
    )


async def _ask_clamd(room: Room) -> Finding:
    scan = Scan(room.places, looking(room.hub.tables))
    try:
        scan.add(message())
        return await scan.finish(_body(room))
    finally:
        scan.discard()


def _body(room: Room) -> Body:
    return Body(room.commits.spool, message(), 0, 1)
