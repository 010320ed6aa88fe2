"""The virus check of one transaction: whom it is for, and what follows from it.

Theory:
    Mail is looked at when the system's check is on, for the sake of the user who sends
    it (then for all recipients), of users who get it, and of domains that it is passed
    on for (USR-4, DOM-3). Recipients for whose sake it is not are *spared*: the filer
    gives them the message as it is. Where one of them forwards, or a rule of theirs
    does, it is looked at all the same, since the filer forwards nothing infected to
    users whose mail is checked.

    `begin` is called when the content begins, so what is set later is for the next
    message. `finish` asks for the verdict and lets policy decide.

Rules:
    The verdict goes into the envelope's facts; only what was really looked at has one.

    The external check is for all mail, and comes first.

Manual: 4.10, 4.11, 6.1, 7.1.
"""

import logging
from collections.abc import Awaitable, Collection, Sequence

from mailmax.base.address import parse_address
from mailmax.base.envelope import Recipient
from mailmax.base.errors import Failure
from mailmax.base.result import Decision, Deferral, Reason
from mailmax.base.virus import CLEAN, Finding, facts_of
from mailmax.hub.contract.rows import FORWARDS, UNCHECKED
from mailmax.policy.recipients import PASSING_KINDS
from mailmax.policy.rules.rule import may_forward
from mailmax.policy.virus import (
    Reception,
    WhenDown,
    actions_of,
    judge,
    judge_trouble,
)
from mailmax.smtpmax import external_check
from mailmax.smtpmax.body import Body
from mailmax.smtpmax.ports import Tables
from mailmax.smtpmax.room import Room
from mailmax.smtpmax.scanning import Scan, Trouble, looking

_log = logging.getLogger("mailmax.smtpmax")


class _PutOff(Exception):
    """No verdict, and without one nothing is taken."""


class VirusCheck:
    """The check of one message."""

    __slots__ = ("_command", "_finding", "_room", "_sender_id", "_spared", "scan")

    def __init__(self, room: Room, sender_id: int) -> None:
        """Prepare.

        Args:
            room: Tables and settings, and the places at the scanner.
            sender_id: As which user it is sent; 0: as nobody.
        """
        self._room = room
        self._sender_id = sender_id
        self._spared: frozenset[str] = frozenset()
        """Addresses of recipients for whose sake it is not looked at."""
        self._finding: Finding | None = None
        self._command = ""
        """Of the program that looks first; empty: none."""
        self.scan: Scan | None = None
        """None: nobody's mail here is to be looked at."""

    @property
    def is_wanted(self) -> bool:
        """The message is to be looked at before it is taken."""
        return self.scan is not None or bool(self._command)

    def begin(self, recipients: Collection[Recipient], head: bytes) -> None:
        """Begin to look, if that is wanted; our own lines come first."""
        tables = self._room.hub.tables
        if self._room.programs is not None and tables.setting("external_check"):
            self._command = tables.setting("external_command")
        if not tables.setting("virus_check"):
            return
        if not _is_user_checked(tables, self._sender_id):
            known = [(one.address, _is_checked(tables, one)) for one in recipients]
            if not any(is_checked for _, is_checked in known) and not any(
                _forwards(tables, one) for one in recipients
            ):
                return
            self._spared = frozenset(one for one, is_checked in known if not is_checked)
        self.scan = Scan(self._room.places, looking(tables))
        self.scan.add(head)

    async def finish(self, body: Body, mail_id: str, *, is_ours: bool) -> Decision:
        """Decide on the message, by what is found in it: externally, then by clamd.

        Args:
            body: All of it.
            mail_id: For the log.
            is_ours: The client has logged in or is trusted.
        """
        setting = self._room.hub.tables.setting
        found = CLEAN
        try:
            if self._command:
                found = await self._look(
                    "external virus check",
                    self._ask_program(body),
                    mail_id,
                    setting("external_when_failing"),
                )
            if found.verdict != "infected" and self.scan is not None:
                inside = await self._look(
                    "clamd",
                    self.scan.finish(body),
                    mail_id,
                    setting("virus_when_down"),
                )
                found = found if inside.verdict == "clean" else inside
        except _PutOff:
            return Deferral(Reason.SCANNER_AWAY)
        if found.is_external:  # it looks at all mail
            self._spared = frozenset()
        if found.verdict != "clean":
            _log.warning("%s is %s: %s", mail_id, found.verdict, found.words)
        self._finding = found._replace(is_outbound=self._sender_id != 0)
        return judge(
            found,
            Reception(is_ours, bool(self._spared)),
            actions_of(setting),
            setting("virus_unscanned"),
            setting("virus_strangers"),
        )

    async def _look(
        self,
        scanner: str,
        looking_at: Awaitable[Finding],
        mail_id: str,
        when_down: WhenDown,
    ) -> Finding:
        """Wait for a verdict; without one do what is set, and have it told.

        Raises:
            _PutOff: The message is not taken now.
        """
        try:
            found = await looking_at
        except (Trouble, Failure) as trouble:
            _log.error("%s was not looked at for viruses: %s", mail_id, trouble)
            self._room.note_trouble(scanner, str(trouble))
            judged = judge_trouble(str(trouble), when_down)
            if isinstance(judged, Deferral):
                raise _PutOff from trouble
            return judged
        self._room.note_trouble(scanner, "")
        return found

    async def _ask_program(self, body: Body) -> Finding:
        programs = self._room.programs
        if programs is None:
            raise Trouble("there is nothing to run it")
        timeout_s = self._room.hub.tables.setting("external_timeout_s")
        places = self._room.places
        return await external_check.look(
            body, self._command, timeout_s, programs, places
        )

    def facts(self, recipients: Sequence[Recipient]) -> dict[str, str]:
        """Return what the envelope says of it.

        Args:
            recipients: As they stand in the envelope.
        """
        if self._finding is None:
            return {}
        spared: list[int] = []
        if self._spared and self._finding.verdict != "clean":
            spared = [
                place
                for place, one in enumerate(recipients)
                if one.address in self._spared
            ]
        return facts_of(self._finding._replace(spared=spared))

    def discard(self) -> None:
        """Nobody wants to know any more."""
        self._command = ""
        scan, self.scan = self.scan, None
        if scan is not None:
            scan.discard()


def _is_user_checked(tables: Tables, user_id: int) -> bool:
    row = tables.user_by_id(user_id) if user_id else None
    return row is not None and not row.flags & UNCHECKED


def _forwards(tables: Tables, recipient: Recipient) -> bool:
    """Tell whether a user's mail may go on to others, whose mail may be looked at."""
    row = tables.user_by_id(recipient.user_id) if recipient.user_id else None
    if row is None or row.flags & FORWARDS:
        return row is not None
    return any(
        may_forward(rule.definition)
        for rules in tables.rules_for(row)
        for rule in rules
    )


def _is_checked(tables: Tables, recipient: Recipient) -> bool:
    """Tell whether a recipient's mail is looked at."""
    if recipient.user_id:
        return _is_user_checked(tables, recipient.user_id)
    domain = tables.domain(parse_address(recipient.address).domain)
    return domain is not None and domain.kind in PASSING_KINDS and domain.virus_check
