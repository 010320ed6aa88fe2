"""Mail that a virus was found in, or that nobody could look at (manual 4.11).

Theory:
    SMTPMax wrote down what was found, and whom it does not concern (`base.virus`);
    `policy.virus` says what is done for the others. Here it is done: those who are
    spared get the message as it is; the others get what is left of it, or nothing; the
    message as it is goes to an address, or into quarantine. Who is to hear of it is
    told, by mail of our own.

    What nobody could look at is delivered with a field in its header that says so.

Rules:
    The message is in quarantine, durably, before anything else is done with it, so it
    is lost by nothing that follows; where it cannot be kept, or the disk does not
    answer (`keeping`), it waits in the queue (`unkept`), and no mail waits behind it.
    What is changed is changed the same way at each replay.
    Nothing infected is filed for a user whose mail is checked, by no forward either.
    Only who logged in is told as sender, in the own mailbox (DECISIONS 27, TRUST K4).
    Infected mail is never answered automatically (TRUST K1).

Limits:
    An hour: 60 alerts, 60 copies of what nobody could look at, 600 notices, 10 of
    them to one user.

Manual: 4.11; DECISIONS 27.
"""

import logging
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from mailmax.base.address import parse_address
from mailmax.base.envelope import Recipient
from mailmax.base.errors import TemporaryFailure
from mailmax.base.virus import CLEANED, Finding, facts_of, finding_of, without_finding
from mailmax.filer import own_mail, unkept
from mailmax.filer.directory import Directory
from mailmax.filer.expansion import Copy
from mailmax.filer.keeping import Keeping
from mailmax.filer.own_mail import Letter
from mailmax.filer.unkept import Waited
from mailmax.filer.whole import derived_origin
from mailmax.filer.workflow import Filing, Plan
from mailmax.hub.contract.rows import MOVING, UNCHECKED, UserRow
from mailmax.message import virus_notice
from mailmax.message.cleaning import cleaned, marked
from mailmax.message.notice import Notice, Words, write
from mailmax.message.virus_notice import Case
from mailmax.policy.copies import CopyBudget
from mailmax.policy.virus import Treatment, actions_of, treat
from mailmax.store.spool.port import BodyRef, Record

Planning = Callable[[Record, bytes | memoryview, Sequence[bytes]], Plan]

NOTICES: Final = 600
NOTICES_A_USER: Final = 10
_MOST_USERS: Final = 1_000
"""Whose notices are counted; then counting begins anew."""

_log = logging.getLogger("mailmax.filer")


class Infected:
    """What is done with it, for one filer."""

    def __init__(
        self, directory: Directory, keeping: Keeping, planning: Planning
    ) -> None:
        """Begin with full budgets.

        Args:
            directory: The hub's tables.
            keeping: Keeps it in quarantine.
            planning: Plans a message for its recipients.
        """
        self._directory = directory
        self._keeping = keeping
        self._planning = planning
        self._alerts = CopyBudget()
        self._copies = CopyBudget()
        self._notices = CopyBudget(NOTICES)
        self._by_user: dict[int, CopyBudget] = {}

    def plan(self, record: Record, body: bytes | memoryview) -> Plan | None:
        """Plan a record that there is something about; None: there is nothing.

        What cannot be kept goes to the queue, to be tried again.
        """
        waited = unkept.restored(record)
        record = waited.record
        envelope = record.envelope
        finding = finding_of(envelope.facts)
        if finding is None or finding.verdict == "clean":
            return None
        if envelope.step:  # what was to be done was, when it came
            return self._spare(record, body, finding)
        spared = set(finding.spared)
        both: tuple[list[Recipient], list[Recipient]] = ([], [])
        for place, one in enumerate(envelope.recipients):
            both[place in spared].append(one)
        plan = Plan()
        if both[0]:
            meant = waited._replace(record=_for(record, both[0], finding))
            try:
                if waited.is_treated:
                    self._keeping.keep(meant, body, finding)
                else:
                    plan = self._plan_meant(meant, body, finding)
            except TemporaryFailure as failure:
                _log.error("%s waits for the quarantine: %s", record.origin, failure)
                plan = Plan(entries=[unkept.to_queue(meant)])
        if both[1]:
            plan.add(self._spare(_for(record, both[1], finding), body, finding))
        return plan

    def _plan_meant(
        self, waited: Waited, body: bytes | memoryview, finding: Finding
    ) -> Plan:
        """Plan for those whose mail is checked.

        Raises:
            TemporaryFailure: It cannot be kept; nothing was done.
        """
        if finding.is_external and self._is_discarded():
            origin = waited.record.origin
            _log.warning("%s is discarded: %s", origin, finding.words)
            return Plan()
        if finding.verdict != "infected":
            return self._warn(waited, body, finding)
        return self._treat(waited, body, finding)

    def _spare(
        self, record: Record, body: bytes | memoryview, finding: Finding
    ) -> Plan:
        """Plan for those whose mail is not, or who were promised it as it is."""
        plan = self._planning(record, body, ())
        if finding.verdict == "infected" and CLEANED not in record.envelope.facts:
            self._keep_away(plan, set(self._users_of(record.envelope.recipients)))
        return plan

    def _users_of(self, recipients: Iterable[Recipient]) -> Iterator[int]:
        """Yield the users here; mail that comes home has addresses alone."""
        for one in recipients:
            owner = None
            if not one.user_id:
                owner = self._directory.owner_of(parse_address(one.address))
            yield owner.user_id if isinstance(owner, UserRow) else one.user_id

    # What nobody could look at

    def _warn(self, waited: Waited, body: bytes | memoryview, finding: Finding) -> Plan:
        """Deliver it marked; or not, where only others' sake had it taken."""
        record = waited.record
        unscanned = self._directory.setting("virus_unscanned")
        if finding.verdict == "unscanned" and unscanned == "refuse":
            words = f"in quarantine as {self._keeping.keep(waited, body, finding)}"
            _log.warning("%s: %s, %s", record.origin, finding.words, words)
            return Plan()
        if finding.verdict == "unscanned" and unscanned == "copy":
            self._copy(waited, body, finding)
        words = f"not checked, {finding.words}"
        return self._plan_changed(record, _marked(record, bytes(body), words))

    def _copy(self, waited: Waited, body: bytes | memoryview, finding: Finding) -> None:
        """Keep a copy of what is delivered, while there are not too many."""
        if not self._copies.grant(time.monotonic()):
            return
        try:
            self._keeping.keep(waited, body, finding)
        except TemporaryFailure as failure:
            origin = waited.record.origin
            _log.warning("no copy of %s is kept: %s", origin, failure)

    # What is infected

    def _treat(
        self, waited: Waited, body: bytes | memoryview, finding: Finding
    ) -> Plan:
        record = waited.record
        treatment = treat(finding, actions_of(self._directory.setting))
        octets = bytes(body)
        plan, place = self._put_away(waited, octets, finding, treatment)
        rest = cleaned(octets, treatment.clean_parts)
        if rest is not None:
            words = f"cleaned, {finding.words} was found"
            plan.add(self._plan_changed(record, _marked(record, rest, words)))
        what = "cleaned" if rest is not None else "held back"
        _log.warning("%s: %s, %s; %s", record.origin, finding.words, what, place)
        case = Case(
            finding.words,
            record.envelope.reverse_path,
            [one.address for one in record.envelope.recipients],
            record.envelope.client.address,
            place,
            is_cleaned=rest is not None,
        )
        for letter in self._letters(record, treatment, case):
            plan.add(letter)
        return plan

    def _put_away(
        self, waited: Waited, octets: bytes, finding: Finding, treatment: Treatment
    ) -> tuple[Plan, str]:
        """Send the message as it is to the address, or keep it; say where it is."""
        record = waited.record
        if treatment.send_to:
            text = octets[record.envelope.return_path_octets :]
            origin = derived_origin(record.origin, b"quarantine")
            at_ms = record.envelope.received_at_ms
            letter = Letter(text, origin, at_ms, goes_no_farther=True)
            plan = own_mail.post(letter, treatment.send_to, self._directory)
            if plan.filings or plan.entries:
                return plan, f"sent to {treatment.send_to}"
            _log.error("nobody has the quarantine address %s", treatment.send_to)
        return Plan(), f"in quarantine as {self._keeping.keep(waited, octets, finding)}"

    def _keep_away(self, plan: Plan, promised: Collection[int]) -> None:
        """Forward nothing infected to users whose mail is checked.

        A copy that such a forward was to replace is filed in its place. Who was
        promised the message when it was taken gets it, whatever is set since.
        """
        kept: list[Filing] = []
        for filing in plan.filings:
            owner = self._directory.user_by_id(filing.recipient.user_id)
            is_letter = not filing.envelope.recipients
            is_promised = filing.recipient.user_id in promised
            if is_letter or is_promised or owner is None or owner.flags & UNCHECKED:
                kept.append(filing)
            else:
                kept += filing.instead
        plan.filings = kept

    # Who is told

    def _letters(
        self, record: Record, treatment: Treatment, case: Case
    ) -> Iterable[Plan]:
        if treatment.alert_to and self._alerts.grant(time.monotonic()):
            words = virus_notice.alert(case)
            letter = self._letter(record, treatment.alert_to, words, b"virus alert")
            yield own_mail.post(letter, treatment.alert_to, self._directory)
        sender = self._directory.user_by_id(record.envelope.client.user_id)
        if treatment.tell_sender and sender is not None:
            yield self._tell(record, sender, virus_notice.to_sender(case))
        if treatment.tell_recipients:
            told = {one.user_id for one in record.envelope.recipients if one.user_id}
            for user_id in sorted(told):
                user = self._directory.user_by_id(user_id)
                if user is not None:
                    yield self._tell(record, user, virus_notice.to_recipient(case))

    def _tell(self, record: Record, user: UserRow, words: Words) -> Plan:
        """Tell a user, in the own INBOX and no farther."""
        if user.flags & MOVING or user.kind != "normal":
            return Plan()
        if not self._may_tell(user.user_id):
            return Plan()
        purpose = b"virus notice %d" % user.user_id
        letter = self._letter(record, user.address, words, purpose)
        copy = Copy(Recipient(user.address, user.user_id), user)
        return Plan([own_mail.put(letter, copy, self._directory)])

    def _may_tell(self, user_id: int) -> bool:
        now = time.monotonic()
        if len(self._by_user) > _MOST_USERS:
            self._by_user.clear()
        mine = self._by_user.setdefault(user_id, CopyBudget(NOTICES_A_USER))
        return mine.grant(now) and self._notices.grant(now)

    def _letter(
        self, record: Record, address: str, words: Words, purpose: bytes
    ) -> Letter:
        origin = derived_origin(record.origin, purpose)
        at_ms = record.envelope.received_at_ms
        token = f"{origin.journal.hex()}{origin.number}"
        host = self._directory.hostname()
        text = write(Notice(address, host, token, at_ms // 1000, words))
        return Letter(text, origin, at_ms)

    # Inside

    def _is_discarded(self) -> bool:
        return bool(self._directory.setting("external_infected") == "discard")

    def _plan_changed(self, record: Record, octets: bytes) -> Plan:
        """Plan other octets for the recipients.

        By name it is another message: never taken for the one that others get.
        """
        crc = zlib.crc32(octets)
        body = BodyRef(b"", len(octets), crc)
        origin = derived_origin(record.origin, b"changed %08x" % crc)
        facts = {**record.envelope.facts, CLEANED: "yes"}
        envelope = msgspec.structs.replace(record.envelope, facts=facts)
        changed = msgspec.structs.replace(
            record, body=body, origin=origin, envelope=envelope
        )
        return self._planning(changed, octets, (octets,))


def _marked(record: Record, octets: bytes, words: str) -> bytes:
    return marked(octets, record.envelope.return_path_octets, words)


def _for(record: Record, recipients: Sequence[Recipient], finding: Finding) -> Record:
    """Return the record for some of its recipients, with what was found for them."""
    facts = without_finding(record.envelope.facts)
    facts |= facts_of(finding._replace(spared=()))
    envelope = msgspec.structs.replace(
        record.envelope, recipients=tuple(recipients), facts=facts
    )
    return msgspec.structs.replace(record, envelope=envelope)
