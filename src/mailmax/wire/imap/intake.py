"""The intake of the IMAP machine: lines and literals put together to commands.

Theory:
    A command is one or more lines, with a literal behind each line that announces one.
    Here they are read, counted and, where they may not be, refused as early as the
    first line shows why; what is whole goes to `_whole`, which the machine adds.

Rules:
    What follows ``{n+}`` is never taken for a command, even when its command was
    refused: it is swallowed, or the connection closed (TRUST E3). Where the end of a
    line or literal is in doubt the connection closes.

Limits:
    `Limits`; Dovecot has 8 KiB, 64 KiB and 3 and 20 bad commands too (TRUST §3).

Standards:
    RFC 3501 §2.2, §4.3; RFC 7888 (LITERAL+).
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from mailmax.base.units import KIB, MIB
from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.commands.append import parse_head
from mailmax.wire.imap.responses import Responses
from mailmax.wire.imap.states import RULES, State
from mailmax.wire.imap.types.malformed import Malformed, Unacceptable
from mailmax.wire.lines import LineBuffer, LineFault
from mailmax.wire.machine import NEED_DATA, Watcher
from mailmax.wire.shown import HIDDEN, Guard, hide_proof


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask of us."""

    command_octets_before: int = 8 * KIB
    """A command with all its literals, before login."""
    command_octets_after: int = 64 * KIB
    message_octets: int = 100 * MIB
    """APPEND."""
    bad_before: int = 3
    bad_after: int = 20


# tag = 1*<any ASTRING-CHAR except "+">
_START = re.compile(rb'([^\x00-\x20\x7f-\xff(){%*"\\+]+) ([A-Za-z]+)')
_UID_VERB = re.compile(rb" ([A-Za-z]+)")
# literal = "{" number ["+"] "}"
_LITERAL_AT_END = re.compile(rb"\{([0-9]{1,10})(\+?)\}\Z")
_PROVING = frozenset({b"LOGIN", b"AUTHENTICATE"})
ANSWERED = Malformed("answered already, but more of it comes")
_HTTP = frozenset(
    b"GET HEAD POST PUT DELETE OPTIONS CONNECT TRACE PATCH PRI".split(),
)


class Phase(Enum):
    """What the machine waits for; the table is in `server`."""

    COMMAND = auto()
    LITERAL = auto()
    SWALLOW = auto()
    ANSWERING = auto()
    MESSAGE = auto()
    TAIL = auto()
    CHALLENGE = auto()
    IDLING = auto()
    CLOSED = auto()


class Intake(Responses, ABC):
    """Puts commands together; the base of `server.ServerMachine`."""

    __slots__ = (
        "_bad",
        "_guard",
        "_limits",
        "_lines",
        "_need",
        "_parts",
        "_phase",
        "_refusal",
        "_swallow_next",
        "_tag",
        "_used",
        "_verb",
        "login_refusal",
        "state",
    )

    def __init__(self, limits: Limits) -> None:
        """Start not authenticated; the room greets."""
        super().__init__()
        self._limits = limits
        self._lines = LineBuffer()
        self.state = State.NOT_AUTHENTICATED
        self.login_refusal: Unacceptable | None = None
        """Why LOGIN and AUTHENTICATE are refused unheard just now (LOGINDISABLED)."""
        self._bad = 0
        self._guard = Guard()
        self._phase = Phase.COMMAND
        self._tag = b"*"
        self._verb = b""
        self._parts: list[bytes] = []
        self._used = 0
        self._need = 0
        self._swallow_next = False
        self._refusal: Malformed | None = None

    @abstractmethod
    def _whole(self) -> Any:
        """Make an event of the whole command in `_parts`."""

    def _command(self) -> Any:
        line = self._line()
        if line is None:
            return NEED_DATA
        if isinstance(line, LineFault):
            return self._doubtful_line(line)
        self._used += len(line) + 2
        if not self._parts and not self._start(line):
            return None
        return self._after_line(line)

    def _literal(self) -> Any:
        octets = self._lines.take(self._need)
        self._need -= len(octets)
        self._parts.append(octets)
        if self._need:
            return NEED_DATA
        self._phase = Phase.COMMAND
        return None

    def _swallow(self) -> Any:
        self._need -= len(self._lines.take(self._need))
        if self._need:
            return NEED_DATA
        self._used = 0
        self._phase = Phase.COMMAND
        return None

    def _begin_command(self) -> None:
        self._phase = Phase.COMMAND
        self._parts = []
        self._used = 0
        self._need = 0
        self._tag = b"*"
        self._verb = b""
        self._refusal = None
        self._swallow_next = False

    def _line(self) -> bytes | LineFault | None:
        return self._lines.next_line(max(2, self._most_octets - self._used))

    @property
    def _most_octets(self) -> int:
        if self.state is State.NOT_AUTHENTICATED:
            return self._limits.command_octets_before
        return self._limits.command_octets_after

    def _start(self, line: bytes) -> bool:
        """Look at the first line: whose command it is, and why it may not be."""
        found = _START.match(line)
        verb = found[2].upper() if found else b""
        if self.watcher is not None:
            self._show(self.watcher, line, found)
        if self._is_http(line, verb):
            self.bye("This is an IMAP server")
            return False
        if found is None:
            self._refusal = Malformed("tag and command expected")
            return True
        self._tag = found[1]
        if verb == b"UID" and (uid := _UID_VERB.match(line, found.end())):
            verb = b"UID " + uid[1].upper()
        rule = RULES.get(verb)
        if rule is None:
            self._refusal = Malformed("unknown command")
        elif self.state not in rule.legal:
            self._refusal = Malformed(f"not in the {self.state.value} state")
        elif verb in {b"LOGIN", b"AUTHENTICATE"}:
            self._refusal = self.login_refusal
        self._verb = verb
        return True

    def _show(
        self, watcher: Watcher, line: bytes, found: re.Match[bytes] | None
    ) -> None:
        """Show the first line of a command; a mechanism, but no names, of a login."""
        guard = self._guard
        verb = found[2].upper() if found else b""
        if found is None or not _is_command(line, found, verb):
            watcher.heard(guard.strange(line))
            return
        if verb not in _PROVING:
            if verb == b"APPEND":
                guard.rise()  # where it is refused, content may come all the same
            else:
                guard.fall()
            watcher.heard(line)
            return
        guard.rise()
        rest = line[found.end() :] if verb == b"AUTHENTICATE" else b""
        shown = hide_proof(verb, rest) if rest else verb + b" " + HIDDEN
        watcher.heard(found[1] + b" " + shown)

    def _shown(self, tag: bytes, octets: bytes) -> bytes:
        """Hide the tag of what was no command: it is as private as the rest."""
        if self._guard.has_hidden and tag != b"*":
            return HIDDEN + octets[len(tag) :]
        return octets

    def _is_http(self, line: bytes, verb: bytes) -> bool:
        """Tell whether a browser is being misused to talk to us (TRUST A10)."""
        return (
            self.state is State.NOT_AUTHENTICATED
            and verb not in RULES
            and verb != b"UID"
            and line.partition(b" ")[0].upper() in _HTTP
        )

    def _after_line(self, line: bytes) -> Any:
        """Go on behind a line: with its literal, or with the whole command."""
        self._parts.append(line)
        announced = _LITERAL_AT_END.search(line)
        if announced is None:
            if line.endswith(b"+}"):
                return self._doubtful_line(line)
            return self._whole()
        if self._verb == b"APPEND" and self._refusal is None:
            offer = self._offer(announced)
            if offer is not None:
                return offer
        return self._take_literal(int(announced[1]), waits=not announced[2])

    def _offer(self, announced: re.Match[bytes]) -> Any:
        """Return APPEND's head when the announced literal is the message."""
        text = b"".join(self._parts)
        at = len(self._tag) + len(b" APPEND")
        if text[at:] == b" " + announced[0]:
            return None  # the name of the mailbox
        try:
            head = parse_head(Cursor(text, at))
        except Malformed as why:
            self._refusal = why
            return None
        if head.size > self._limits.message_octets:
            self._refusal = Unacceptable("message too large", "TOOBIG")
            return None
        self._need = head.size
        self._swallow_next = not head.synchronizing
        self._parts = []
        self._phase = Phase.ANSWERING
        return head

    def _take_literal(self, size: int, *, waits: bool) -> Any:
        """Read a literal, or refuse it without taking its octets for commands."""
        self._used += size
        if self._refusal is None and self._used > self._most_octets:
            self._refusal = Unacceptable("literal too large", "TOOBIG")
        if self._refusal is None:
            if waits:
                self.send(b"+ Go ahead\r\n")
            self._parts.append(b"\r\n")
            self._need = size
            self._phase = Phase.LITERAL
        elif waits:
            self._refuse(self._refusal)
        elif size > 2 * self._limits.message_octets or (
            self.state is State.NOT_AUTHENTICATED and size > self._most_octets
        ):
            self.bye("Literal too large", "TOOBIG")
        else:
            self._parts = [b"refused"]
            self._need = size
            self._phase = Phase.SWALLOW
        return None

    def _doubtful_line(self, line: bytes | LineFault) -> None:
        """Close: nobody can say where the next command begins."""
        if line is LineFault.TOO_LONG:
            self._say(b"*", "BAD", "Command line too long")
            self.bye("Command line too long", "TOOBIG")
        elif line is LineFault.BARE_LF:
            self._say(b"*", "BAD", "Lines end with CR LF")
            self.bye("Lines end with CR LF")
        else:
            self._say(self._tag, "BAD", "Invalid literal")
            self.bye("Invalid literal")

    def _refuse(self, why: Malformed) -> None:
        """Answer for the room: the command is not for it."""
        tag = self._tag
        self._begin_command()
        if isinstance(why, Unacceptable):
            self._say(tag, "NO", why.text, why.code)
        elif why is not ANSWERED:
            self._say(tag, "BAD", why.text)
            self._count_bad()

    def _count_bad(self) -> None:
        self._bad += 1
        before = self.state is State.NOT_AUTHENTICATED
        limits = self._limits
        if self._bad >= (limits.bad_before if before else limits.bad_after):
            self.bye("Too many bad commands")

    def _close(self) -> None:
        self._phase = Phase.CLOSED
        self.state = State.LOGOUT
        self._lines.clear()

    def bye(self, text: str, code: str = "") -> None:
        """Say good-bye; the connection closes."""
        if self._phase is not Phase.CLOSED:
            self._say(b"*", "BYE", text, code)
            self._close()


def _is_command(line: bytes, found: re.Match[bytes], verb: bytes) -> bool:
    """Tell whether a line is one; a login whose tag was forgotten may look so."""
    is_whole = line[found.end() : found.end() + 1] in (b"", b" ")
    is_known = verb in RULES or verb == b"UID"
    return is_whole and is_known and found[1].upper() not in _PROVING
