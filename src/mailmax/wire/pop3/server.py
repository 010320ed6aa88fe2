"""The POP3 machine: octets to commands, answers to octets.

Theory:
    One command is open at a time: after an event the machine is PAUSED until the room
    has answered (`answers`). What needs no room (CAPA, NOOP, USER, QUIT before login,
    whatever is misspelt or out of order) is answered here.

Rules:
    Names and passwords are taken only while `may_login` and not where `needs_apop`;
    APOP only with a challenge in the banner, once, and while `may_apop`. AUTH ends as
    a `Login` like USER and PASS.
    `tls_started` forgets everything that was said in the clear (TRUST F5).

Limits:
    512 octets a line, 8,192 for AUTH (RFC 2449 §4 asks 255); three lines that are
    longer, twenty wrong commands or ten failed logins end the session (TRUST 3).

Standards:
    RFC 1939, RFC 2449, RFC 2595 §4, RFC 5034.
"""

from mailmax.wire.lines import LineFault
from mailmax.wire.machine import CLOSED, NEED_DATA, PAUSED, NotNow, Watcher
from mailmax.wire.pop3.answers import Answers
from mailmax.wire.pop3.apop import is_digest
from mailmax.wire.pop3.commands import Apop, Command, Login
from mailmax.wire.pop3.grammar import HTTP_VERBS, PARSERS, split
from mailmax.wire.pop3.replies import encode_capabilities, encode_err, encode_ok
from mailmax.wire.pop3.states import MOVES, VERBS, Move, State
from mailmax.wire.sasl.exchange import (
    Credentials,
    check_credentials,
    decode_response,
    encode_challenge,
)
from mailmax.wire.sasl.plain import Plain
from mailmax.wire.shown import HIDDEN, hide_proof, only_first

_CLEAR = "Not on a line in the clear; say STLS first"
_APOP_ONLY = "Passwords are not taken here; use APOP"
_AUTH = b"AUTH"
_PROVING = frozenset({b"PASS", b"APOP", _AUTH})
"""Verbs of a login that bring its proof."""


class Pop3Server(Answers):
    """The server's side of one POP3 session."""

    __slots__ = ()

    @property
    def backlog(self) -> int:
        """Octets received and not yet taken."""
        return len(self._lines)

    def receive(self, octets: bytes) -> None:
        """Take octets as they came."""
        if self.state is not State.CLOSED:
            self._lines.feed(octets)

    def receive_eof(self) -> None:
        """The client will say no more: it ends without UPDATE."""
        self._eof = True

    def tls_started(self) -> None:
        """Begin again on the encrypted line."""
        self._lines.clear()
        self._name = b""
        self.state = State.AUTHORIZATION
        self.offers_tls = False
        self.may_login = self.may_apop = True

    def next_event(self) -> Command | NotNow:
        """Return the next command for the room."""
        while self.state is not State.CLOSED:
            if self._move is not None or self.state is State.HANDSHAKE:
                return PAUSED
            line = self._lines.next_line(self._line_limit())
            if line is None:
                if not self._eof:
                    return NEED_DATA
                self.state = State.CLOSED
            elif isinstance(line, LineFault):
                self._fault_in_line(line)
            else:
                if self.watcher is not None:
                    self._show(self.watcher, line)
                command = self._take(line)
                if command is not None:
                    return command
        return CLOSED

    def _line_limit(self) -> int:
        if self.state is State.TRANSACTION:
            return self._limits.line_octets
        return self._limits.auth_line_octets

    def _fault(self, text: str) -> None:
        """Answer a wrong command; too many end the session."""
        self._faults += 1
        if self._faults >= self._limits.faults:
            text = "Too many wrong commands; good-bye"
            self.state = State.CLOSED
        self._answer(encode_err(text))

    def _fault_in_line(self, fault: LineFault) -> None:
        if self.state is State.EXCHANGE:
            self.state = State.AUTHORIZATION
        if fault is LineFault.BARE_LF:
            self._fault("Lines end with CR LF")
            return
        self._long_lines += 1
        self._fault("Line too long")
        if self._long_lines >= self._limits.long_lines:
            self.state = State.CLOSED

    def _take(self, line: bytes) -> Command | None:
        """Carry out one line, as far as no room is needed."""
        state = self.state
        if state is State.EXCHANGE:
            return self._respond(decode_response(line))
        verb, rest = split(line)
        if verb != _AUTH and len(line) > self._limits.line_octets - 2:
            self._fault_in_line(LineFault.TOO_LONG)
            return None
        if state is State.NAMED and verb not in (b"PASS", b"CAPA"):
            self.state = State.AUTHORIZATION
        move = MOVES[state].get(verb)
        if move is None:
            self._refuse_verb(verb)
            return None
        parse = PARSERS.get(verb)
        if parse is None or (verb == b"QUIT" and state is not State.TRANSACTION):
            return self._carry_out(verb, rest, move)
        command = parse(rest)
        if command is None:
            self._fault("Wrong arguments")
        elif verb == b"STLS" and not self.offers_tls:
            self._fault("TLS is not available")
            command = None
        else:
            self._open(move)
        return command

    def _show(self, watcher: Watcher, line: bytes) -> None:
        """Show a command without what proves a login."""
        if self.state is State.EXCHANGE:
            watcher.heard(HIDDEN)
            return
        guard = self._guard
        verb, rest = split(line)
        if verb not in VERBS:
            watcher.heard(guard.strange(line))
            return
        if verb in _PROVING or verb == b"USER":  # a proof may follow without its verb
            guard.rise()
        else:
            guard.fall()
        if verb == _AUTH:
            watcher.heard(hide_proof(verb, rest))
        elif verb == b"APOP":
            watcher.heard(only_first(b"APOP " + rest.strip(b" ")))
        elif verb == b"PASS":
            watcher.heard(b"PASS " + HIDDEN)
        elif verb == b"USER":
            watcher.heard(b"USER " + only_first(rest.strip(b" ")))
        else:
            watcher.heard(line)

    def _open(self, move: Move) -> None:
        self._move = move
        if move.during is not None:
            self.state = move.during

    def _refuse_verb(self, verb: bytes) -> None:
        if verb in HTTP_VERBS:
            self.part("This is a mail server")
        elif verb in VERBS:
            self._fault("Not now")
        else:
            self._fault("Unknown command")

    def _carry_out(self, verb: bytes, rest: bytes, move: Move) -> Command | None:
        """Do what has a rule of its own."""
        if verb == b"PASS":
            return self._offer(check_credentials(self._name, rest), move)
        if verb == b"APOP":
            return self._apop(rest, move)
        if verb == b"USER":
            self._user(rest.strip(b" "))
        elif verb == _AUTH:
            return self._auth(rest)
        elif rest.strip(b" "):
            self._fault("Wrong arguments")
        elif verb == b"CAPA":
            self._answer(
                encode_capabilities(
                    self.state,
                    may_login=not self._why_no_password,
                    offers_tls=self.offers_tls,
                )
            )
        else:
            self.state = move.ok
            self._answer(encode_ok("Good-bye" if verb == b"QUIT" else ""))
        return None

    @property
    def _why_no_password(self) -> str:
        """What stands in the way of a name and a password now."""
        if self.needs_apop:
            return _APOP_ONLY
        return "" if self.may_login else _CLEAR

    def _user(self, name: bytes) -> None:
        """Take the name; the answer is the same for every name (TRUST G3)."""
        if why := self._why_no_password:
            self._fault(why)
        elif not name:
            self._fault("Wrong arguments")
        else:
            self._name = name
            self.state = State.NAMED
            self._answer(encode_ok("Password?"))

    def _offer(self, found: object, move: Move) -> Login | None:
        """Hand a login to the room, if it can be one."""
        self.state = State.AUTHORIZATION
        if not isinstance(found, Credentials):
            self._fault("That cannot be a name and a password")
            return None
        self._name = found.login_name.encode()
        self._open(Move(move.ok, move.err))
        return Login(found.login_name, found.password)

    def _apop(self, rest: bytes, move: Move) -> Apop | None:
        """Take a digest; the challenge is spent, whatever comes of it (TRUST F1)."""
        challenge, self._challenge = self._challenge, ""
        name, _, digest = rest.rpartition(b" ")
        found = check_credentials(name.strip(b" "), digest)
        if not challenge:
            self._fault("APOP is not available")
        elif not self.may_apop:
            self._fault(_CLEAR)
        elif not isinstance(found, Credentials) or not is_digest(digest):
            self._fault("Wrong arguments")
        else:
            self._name = name
            self._open(move)
            return Apop(found.login_name, challenge, found.password)
        return None

    def _auth(self, rest: bytes) -> Login | None:
        """Begin an exchange (RFC 5034 §4); AUTH alone lists the mechanisms."""
        words = rest.split()
        if not words:
            self._answer(
                b"+OK\r\n.\r\n" if self._why_no_password else b"+OK\r\nPLAIN\r\n.\r\n"
            )
        elif len(words) > 2:
            self._fault("Wrong arguments")
        elif words[0].upper() != b"PLAIN":
            self._fault("Unknown mechanism")
        elif why := self._why_no_password:
            self._fault(why)
        else:
            self._sasl = Plain()
            self.state = State.EXCHANGE
            response = decode_response(words[1], initial=True) if words[1:] else None
            return self._respond(response)
        return None

    def _respond(self, response: object) -> Login | None:
        """Go on with an exchange."""
        move = MOVES[State.AUTHORIZATION][_AUTH]
        if self._sasl is None or not isinstance(response, bytes | None):
            self.state = State.AUTHORIZATION
            self._fault("Authentication cancelled or malformed")
            return None
        step = self._sasl.step(response)
        if isinstance(step, bytes):
            self._answer(b"+ %s\r\n" % encode_challenge(step))
            return None
        self._sasl = None
        return self._offer(step, move)
