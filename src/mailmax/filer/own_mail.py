"""Mail that is made here: reports and answers, with an origin of their own.

Theory:
    The origin is derived from that of the message that was the cause, so that a replay
    makes the same mail and nobody gets it twice. Who is here has it filed at once,
    forwards followed; for others it goes through QueueMax. Rules decide where it is
    filed and who gets a copy, and bring no further mail about.

Rules:
    The null reverse-path, always: nothing that is made here is ever answered. Other
    servers are asked for no report (NOTIFY=NEVER; RFC 3464 §2, RFC 3834 §3.3).
"""

import zlib
from typing import NamedTuple

import msgspec

from mailmax.base import postmaster
from mailmax.base.address import parse_address
from mailmax.base.envelope import Client, Envelope, Origin, Recipient
from mailmax.base.ids import NOBODY
from mailmax.filer import monitor, wanting
from mailmax.filer.allowance import Coming
from mailmax.filer.directory import Directory
from mailmax.filer.expansion import Copy, spread
from mailmax.filer.ruling import Ruling
from mailmax.filer.whole import Whole
from mailmax.filer.workflow import Filing, Plan, file
from mailmax.hub.contract.rows import UserRow
from mailmax.message import structure
from mailmax.policy.notification import NEVER
from mailmax.policy.recipients import NoUser
from mailmax.store.mailboxes.values import NewMessage
from mailmax.store.spool.port import Entry

RETURN_PATH = b"Return-Path: <>\r\n"


class Letter(NamedTuple):
    """A message of ours."""

    text: bytes
    origin: Origin
    at_ms: int
    """The time of its cause, so that a replay makes the same octets."""
    author: int = NOBODY
    """The user in whose name it goes."""
    is_copy: bool = False
    """A copy for the postmaster (`base.postmaster`): a full box refuses it."""
    goes_no_farther: bool = False
    """Who is here gets it, and no forward, rule or monitor a copy: it is infected."""


def post(letter: Letter, address: str, directory: Directory) -> Plan:
    """Send a letter; to nobody where the address is one of ours that nobody has."""
    owner = directory.owner_of(parse_address(address))
    if owner is NoUser.UNKNOWN:
        return Plan()
    recipient = Recipient(address, notify=NEVER)
    if letter.goes_no_farther and isinstance(owner, UserRow):
        return Plan([put(letter, Copy(recipient, owner), directory)])
    here = [(recipient, owner)] if isinstance(owner, UserRow) else []
    elsewhere = () if here else [recipient]
    envelope = _envelope(letter, directory)
    ruling = Ruling(letter.text, envelope, directory)
    coming = Coming(len(letter.text), letter.at_ms)
    found = spread(here, elsewhere, directory, coming, ruling)
    if ruling.wants_programs:
        _, waiting = wanting.part_waiting(here, ruling, lambda _: found)
        asked = wanting.questions(envelope, letter.origin, waiting)
        return Plan(entries=[Entry(one, chunks=(letter.text,)) for one in asked])
    parties = msgspec.structs.replace(
        envelope, recipients=(recipient,), client=Client(user_id=letter.author)
    )
    mine = [one._replace(is_forward=True) for one in found.copies]
    copies = [
        *(mine if letter.is_copy else found.copies),
        *monitor.watching(parties, found.copies, directory),
    ]
    plan = Plan(
        [put(letter, copy, directory) for copy in copies],
        sending=list(found.sending),
        held_back=list(found.held_back),
    )
    for user in found.reached:
        plan.fired += ruling.of(user).outcome.fired
    if found.elsewhere:
        outbound = msgspec.structs.replace(
            envelope,
            recipients=tuple(found.elsewhere),
            return_path_octets=len(RETURN_PATH),
            smtputf8=not all(one.address.isascii() for one in found.elsewhere),
        )
        plan.entries.append(Entry(outbound, chunks=(RETURN_PATH, letter.text)))
    return plan


def put(letter: Letter, copy: Copy, directory: Directory) -> Filing:
    """Make the filing of a letter for one user."""
    message = NewMessage(
        body=letter.text,
        size=len(letter.text),
        crc=zlib.crc32(letter.text),
        fragment=structure.render(letter.text),
        internal_date_ms=letter.at_ms,
        origin=letter.origin,
    )
    envelope = _envelope(letter, directory)
    return file(copy, Whole(message, letter.origin, envelope, chunks=(letter.text,)))


def _envelope(letter: Letter, directory: Directory) -> Envelope:
    return Envelope(
        reverse_path="",
        recipients=(),
        received_at_ms=letter.at_ms,
        client=Client(helo=directory.hostname()),
        origin=letter.origin,
        facts=postmaster.MARK if letter.is_copy else {},
    )
