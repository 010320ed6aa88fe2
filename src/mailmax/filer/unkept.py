"""Infected mail that the quarantine cannot take now: it waits in the queue, by itself.

Theory:
    A disk that is full or away must not hold up the mail behind it. So the message
    goes round as mail does for a user in trouble (`base.again`): QueueMax keeps it and
    gives it back after a while, and the filer tries to keep it then.

    In the queue it has one recipient that is here, and the null reverse-path: whatever
    becomes of it there, it is sent to nobody, and nobody is sent a report of it (TRUST
    K4). The envelope that it had lies in its facts; so do its rounds, since a person
    may give it another recipient there.

Rules:
    The retry table does not end it, not even one that allows no try: nobody would be
    told, so it waits until it is kept, or a person ends it. Each round is the first,
    and has a name of its own in the queue (the folder of that recipient), so none is
    taken for the one before.
"""

from typing import Final, NamedTuple

import msgspec

from mailmax.base import again
from mailmax.base.envelope import Envelope, Recipient
from mailmax.store.spool.port import Entry, Record

_ENVELOPE: Final = "virus.waiting"
_ROUNDS: Final = "virus.rounds"
_TREATED: Final = "virus.treated"
_REASON: Final = "it is infected, and the quarantine cannot be used"
_NOBODY_KNOWN: Final = 1
"""Stands for the user where none is known; QueueMax only sees that it is one."""


class Waited(NamedTuple):
    """A record that comes, as it was."""

    record: Record
    rounds: int = 0
    """How often it has waited."""
    is_treated: bool = False
    """All was done with it, but that it is not kept."""


def to_queue(waited: Waited) -> Entry:
    """Return what QueueMax is given: a record with the recipients it concerns."""
    record, rounds, is_treated = waited
    envelope = record.envelope
    first = next((one for one in envelope.recipients if one.user_id), None)
    user_id = first.user_id if first else envelope.client.user_id
    address = envelope.recipients[0].address
    recipient = Recipient(address, user_id or _NOBODY_KNOWN, folder=str(rounds + 1))
    bare = Envelope(
        "",
        (recipient,),
        envelope.received_at_ms,
        facts={
            _ENVELOPE: msgspec.json.encode(envelope).decode(),
            _ROUNDS: str(rounds + 1),
            **({_TREATED: "yes"} if is_treated else {}),
        },
        return_path_octets=envelope.return_path_octets,
    )
    waiting = again.stuck(bare, record.origin, (recipient,), _REASON)
    return Entry(again.endless(waiting), ref=record.body)


def restored(record: Record) -> Waited:
    """Return the record as it was."""
    envelope = record.envelope
    text = envelope.facts.get(_ENVELOPE)
    if text is None:
        return Waited(record)
    before = msgspec.json.decode(text, type=Envelope)
    return Waited(
        msgspec.structs.replace(record, envelope=before),
        int(envelope.facts.get(_ROUNDS, "0")),
        _TREATED in envelope.facts,
    )
