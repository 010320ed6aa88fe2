"""What has to be done with one record: deliveries here, a hand-over there.

Theory:
    Pure. A record becomes a `Plan`: a `Filing` for each user who gets a copy (the body
    is scanned once for all of them), entries for QueueMax (the remote recipients, the
    body where it lies), and the recipients that failed (a report to the sender).

    Forwards are followed, and monitors get their copy, when a record comes in; what
    is stuck and comes back for another try (`base.again`) is for those found then, and
    a forward among it may still be refused by a full box. Recipients whose rules want
    a program go to the queue and come back with its answer (`wanting`). What is not to
    leave yet goes to the queue before anything else is done with it (`kept_back`).

Rules:
    The same record always gives the same plan for the same users: a replay after a
    crash repeats nothing, because every effect has the key (origin, final target).
    What is sent elsewhere is durable before a copy that it replaces is left out.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from mailmax.base import again, asking
from mailmax.base.address import parse_address
from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.ids import NOBODY, UserId
from mailmax.filer import kept_back, monitor, wanting
from mailmax.filer.allowance import Coming
from mailmax.filer.directory import Directory
from mailmax.filer.expansion import Copy, Failed, Spread, once_more, spread
from mailmax.filer.ruling import Ruling
from mailmax.filer.wanting import Local
from mailmax.filer.whole import Whole, bare, whole_of
from mailmax.hub.contract.rows import REPLIES, UserRow
from mailmax.hub.contract.sending import Forwarded
from mailmax.policy.notification import Event, wants
from mailmax.policy.recipients import NoUser
from mailmax.policy.rules.outcome import Outcome
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.spool.port import BodyRef, Entry, Record


class Filing(msgspec.Struct):
    """A delivery, and what the queue is given should it be stuck (`aside`)."""

    delivery: Delivery
    recipient: Recipient
    """With its user."""
    origin: Origin
    envelope: Envelope
    """Of the whole message."""
    ref: BodyRef | None = None
    chunks: Sequence[bytes] = ()
    """The body, where it lies in no journal."""
    is_forward: bool = False
    """Nobody was promised it: a full box may refuse it."""
    instead: Sequence["Filing"] = ()
    """To be filed should this one be refused."""
    also: Sequence[Recipient] = ()
    """Further recipients that are the same user."""

    @property
    def is_to_mend(self) -> bool:
        """Tell whether the mailbox has still to be recovered."""
        return again.must_mend(self.envelope)

    @property
    def asking(self) -> Sequence[Recipient]:
        """Return the recipients of whose delivery the sender wants to hear."""
        if not self.envelope.reverse_path:
            return ()
        return [
            one for one in (self.recipient, *self.also) if wants(one, Event.SUCCESS)
        ]


def changed_octets(held: Iterable[Filing | Entry]) -> int:
    """Count the octets of bodies that lie in no journal, each of them once."""
    bodies = {id(one.chunks): one.chunks for one in held if one.chunks}
    return sum(len(chunk) for chunks in bodies.values() for chunk in chunks)


class Plan(msgspec.Struct):
    """What one record asks for."""

    filings: list[Filing] = []
    entries: list[Entry] = []
    """For QueueMax, durable before anything is filed."""
    failed: list[Failed] = []
    """Recipients that the sender is told of."""
    expanded: Sequence[Recipient] = ()
    """Recipients that asked to be told, and whose mail goes on to several."""
    answering: list[UserRow] = []
    """Users who may answer by themselves."""
    sending: list[Forwarded] = []
    """What users with a daily limit send on by it."""
    held_back: list[UserRow] = []
    """Users who have sent too much today for it to be sent on."""
    ruled: list[tuple[UserRow, Outcome]] = []
    """Users for whom rules fired, and what these ask for."""
    fired: list[int] = []
    """Rules, once for each user."""
    is_follow_up: bool = False
    """Not of a record: it came of what was filed before."""
    must_mend: bool = False
    """It may have been filed in part before an unclean stop."""

    @property
    def changed_octets(self) -> int:
        """Count what lies in no journal, but in memory."""
        return changed_octets(self.filings) + changed_octets(self.entries)

    def add(self, other: "Plan") -> None:
        """Take over what another plan does."""
        self.filings += other.filings
        self.entries += other.entries
        self.sending += other.sending
        self.held_back += other.held_back
        self.fired += other.fired

    def take(self, found: Spread) -> None:
        """Note what came of following forwards, beside the copies."""
        self.failed += found.failed
        self.expanded = found.expanded
        self.sending = list(found.sending)
        self.held_back = list(found.held_back)

    def take_rulings(self, reached: Sequence[UserRow], ruling: Ruling) -> None:
        """Note for whom rules fired."""
        for user in reached:
            outcome = ruling.of(user).outcome
            if outcome.fired:
                self.ruled.append((user, outcome))
                self.fired += outcome.fired


def plan(
    record: Record,
    body: bytes | memoryview,
    directory: Directory,
    chunks: Sequence[bytes] = (),
) -> Plan:
    """Decide what becomes of a record.

    Recipients that SMTPMax resolved carry their user; those of mail made here
    (reports), or held for another server so far (`base.homeward`), may be local all
    the same and are resolved now.

    Args:
        record: As the spool gave it.
        body: Its octets.
        directory: The hub's tables.
        chunks: The same, where it lies in no journal: it was changed here.
    """
    if kept_back.is_due_later(record.envelope):
        return _keep_back(record, body, directory, chunks)
    asked = record.envelope
    envelope = asking.without_program(asked)
    record = msgspec.structs.replace(record, envelope=envelope)
    result = Plan()
    local, remote = _part(envelope.recipients, directory, result)
    is_again = bool(again.tries_of(envelope.step))
    ruling = Ruling(body, asked, directory)
    outbound: list[Envelope] = []
    if is_again:
        found = once_more(local, remote, again.forward_of(envelope), directory)
    else:
        found, waiting = _spread(local, remote, directory, record, ruling)
        outbound += wanting.questions(asked, record.origin, waiting)
        result.answering = [one for one in found.reached if one.flags & REPLIES]
        result.take_rulings(found.reached, ruling)
        outbound += wanting.runs(envelope, record.origin, result.ruled)
    result.take(found)
    if found.elsewhere:
        outbound.append(_sent_on(envelope, record.origin, found.elsewhere))
    result.entries += [_entry(one, record, chunks) for one in outbound]
    watching: Sequence[Copy] = ()
    if not (is_again or kept_back.was_kept_back(envelope)):
        watching = _watching(asked, found.copies, directory)
    if found.copies or watching:
        whole = whole_of(record, body, ruling.tree, chunks)
        result.filings = list(
            _file_all(found.copies, whole, body, None if is_again else ruling)
        )
        result.filings += _file_secretly(watching, whole)
    return result


def _spread(
    local: Local,
    remote: Sequence[Recipient],
    directory: Directory,
    record: Record,
    ruling: Ruling,
) -> tuple[Spread, wanting.Waiting]:
    """Follow the forwards of all who wait for no program; return who does."""
    coming = Coming(record.body.size, record.envelope.received_at_ms)
    found = spread(local, remote, directory, coming, ruling)
    if not ruling.wants_programs:
        return found, {}
    ready, waiting = wanting.part_waiting(
        local, ruling, lambda some: spread(some, (), directory, coming, ruling)
    )
    return spread(ready, remote, directory, coming, ruling), waiting


def _sent_on(
    envelope: Envelope, origin: Origin, elsewhere: Sequence[Recipient]
) -> Envelope:
    return msgspec.structs.replace(
        kept_back.without_hold(envelope), recipients=tuple(elsewhere), origin=origin
    )


def _watching(
    asked: Envelope, copies: Sequence[Copy], directory: Directory
) -> Sequence[Copy]:
    """Return the copies of monitors; those on the envelope had theirs at once."""
    watching = monitor.watching(asked, copies, directory)
    if not watching or asking.is_first(asked):
        return watching
    before = {one.owner.user_id for one in monitor.watching(asked, (), directory)}
    return [one for one in watching if one.owner.user_id not in before]


def _file_all(
    copies: Sequence[Copy],
    whole: Whole,
    body: bytes | memoryview,
    ruling: Ruling | None,
) -> Iterator[Filing]:
    """Make the filings of all who get a copy, some without attached files."""
    changed: Whole | None = None
    for copy in copies:
        if ruling is None or not ruling.takes_out(copy.owner):
            yield file(copy, whole)
            continue
        if changed is None:
            changed = bare(whole, body)
        filing = file(copy, changed)
        filing.instead = file(copy, whole).instead
        yield filing


def _file_secretly(watching: Sequence[Copy], whole: Whole) -> list[Filing]:
    """Make the filings of monitors: nobody is told of them."""
    secret = msgspec.structs.replace(whole.envelope, reverse_path="")
    return [file(copy, whole._replace(envelope=secret)) for copy in watching]


def _entry(envelope: Envelope, record: Record, chunks: Sequence[bytes]) -> Entry:
    if chunks:
        return Entry(envelope, chunks=chunks)
    return Entry(envelope, ref=record.body)


def _keep_back(
    record: Record,
    body: bytes | memoryview,
    directory: Directory,
    chunks: Sequence[bytes],
) -> Plan:
    """Plan what is not due: it goes to the queue, and monitors see it now."""
    envelope = record.envelope
    held = kept_back.for_the_queue(envelope, record.origin)
    result = Plan(entries=[_entry(held, record, chunks)])
    watching = monitor.watching(envelope, (), directory)
    if watching:
        whole = whole_of(record, body, None, chunks)
        result.filings = _file_secretly(watching, whole)
    return result


_NOBODY_HERE = "there is no such user here"
_GONE = "the mailbox no longer exists"


def file(copy: Copy, whole: Whole) -> Filing:
    """Make the filing of one user's copy."""
    recipient, owner = copy.recipient, copy.owner
    if not recipient.user_id:
        recipient = msgspec.structs.replace(recipient, user_id=owner.user_id)
    return Filing(
        Delivery(
            UserId(owner.user_id),
            owner.home,
            recipient.folder,
            whole.message,
            owner.box_limit_octets if copy.is_forward else 0,
        ),
        recipient,
        whole.origin,
        whole.envelope,
        whole.ref,
        whole.chunks,
        copy.is_forward,
        [file(other, whole) for other in copy.instead_of],
        copy.also,
    )


def _part(
    recipients: Sequence[Recipient], directory: Directory, result: Plan
) -> tuple[list[tuple[Recipient, UserRow]], list[Recipient]]:
    """Part recipients here from the others; those who are gone have failed."""
    local: list[tuple[Recipient, UserRow]] = []
    remote: list[Recipient] = []
    for recipient in recipients:
        owner = _owner_of(recipient, directory)
        if isinstance(owner, UserRow):
            local.append((recipient, owner))
        elif owner is not NoUser.UNKNOWN:
            remote.append(recipient)
        else:
            why = _NOBODY_HERE if recipient.user_id == NOBODY else _GONE
            result.failed.append(Failed(recipient, "5.1.1", why))
    return local, remote


def _owner_of(recipient: Recipient, directory: Directory) -> UserRow | NoUser:
    if recipient.user_id == NOBODY:
        return directory.owner_of(parse_address(recipient.address))
    return directory.user_by_id(recipient.user_id) or NoUser.UNKNOWN
