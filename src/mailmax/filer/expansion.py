"""The recipients of a message with their forwards followed (manual 7.2, 8.2.2).

Theory:
    `policy.forwarding` decides; here the tables and the rules answer it, and what comes
    out is who is filed for and who is sent to. Where nobody forwards and no rule is on
    nothing of it is run.

    What a rule forwards is one more of the user's own forwards. A rule that discards
    takes the copy away, where something is forwarded only when that can be done, as of
    any who keep none (DECISIONS 31). What a rule stores is a copy of its own: the first
    mailbox has that of the recipient, further ones are filed as long as there is room.

Rules:
    A user's copy is discarded by that user's rules alone: who forwards there has
    handed the mail over.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from mailmax.base.address import parse_address
from mailmax.base.envelope import Recipient
from mailmax.base.ids import UserId
from mailmax.filer.allowance import Coming
from mailmax.filer.directory import Directory
from mailmax.filer.ruling import UNRULED, Ruling
from mailmax.hub.contract.rows import FORWARDS, HAS_DAILY_LIMIT, ForwardRow, UserRow
from mailmax.hub.contract.sending import Forwarded
from mailmax.policy import forwarding
from mailmax.policy.forwarding import Nowhere
from mailmax.policy.notification import NEVER
from mailmax.policy.recipients import NoUser

_log = logging.getLogger("mailmax.filer")


@dataclass(frozen=True, slots=True)
class Failed:
    """A recipient that no mail can be filed for."""

    recipient: Recipient
    """With what the sender asked of it."""
    status: str
    """RFC 3463."""
    reason: str


class Copy(NamedTuple):
    """A user who gets a copy."""

    recipient: Recipient
    owner: UserRow
    is_forward: bool = False
    """Nobody was promised it: it may be refused by a full box."""
    instead_of: Sequence["Copy"] = ()
    """Who gets a copy should this one be refused."""
    also: Sequence[Recipient] = ()
    """Further recipients that are the same user."""


class Spread(NamedTuple):
    """Where a message goes."""

    copies: Sequence[Copy]
    elsewhere: Sequence[Recipient]
    reached: Sequence[UserRow]
    """Everybody here it came for, also who keeps no copy."""
    failed: Sequence[Failed] = ()
    sending: Sequence[Forwarded] = ()
    """What counts of it as sent by users with a daily limit."""
    held_back: Sequence[UserRow] = ()
    """Whose forwards elsewhere would be more than they may send today."""
    expanded: Sequence[Recipient] = ()
    """Who asked for SUCCESS, and whose mail goes on to several."""


def once_more(
    local: Sequence[tuple[Recipient, UserRow]],
    elsewhere: Sequence[Recipient],
    forward_of: Sequence[UserId] | None,
    directory: Directory,
) -> Spread:
    """Follow no forwards any more: they were when the message came.

    Args:
        local: Recipients here and their users.
        elsewhere: The others.
        forward_of: The copies are forwards, and these users keep none because of
            them; None: they were promised.
        directory: The tables.
    """
    if forward_of is None:
        return _as_given(local, elsewhere)
    owners = [directory.user_by_id(number) for number in forward_of]
    instead = [
        Copy(Recipient(owner.address, owner.user_id), owner)
        for owner in owners
        if owner is not None
    ]
    found = _as_given(local, elsewhere)
    copies = [one._replace(is_forward=True, instead_of=instead) for one in found.copies]
    return found._replace(copies=copies)


def _as_given(
    local: Sequence[tuple[Recipient, UserRow]], elsewhere: Sequence[Recipient]
) -> Spread:
    """Return one copy for each user and mailbox."""
    once: dict[tuple[str, int], list[Recipient]] = {}
    owners = {owner.user_id: owner for _, owner in local}
    for one, owner in local:
        once.setdefault((one.folder, owner.user_id), []).append(one)
    copies = [
        Copy(same[0], owners[number], also=same[1:])
        for (_, number), same in once.items()
    ]
    return Spread(copies, elsewhere, [owner for _, owner in local])


def spread(
    local: Sequence[tuple[Recipient, UserRow]],
    elsewhere: Sequence[Recipient],
    directory: Directory,
    message: Coming,
    ruling: Ruling,
) -> Spread:
    """Follow the forwards of recipients that are here.

    Args:
        local: Recipients here and their users.
        elsewhere: The others.
        directory: The tables.
        message: What there is to be sent on.
        ruling: What rules say of it.
    """
    if ruling.is_idle and not any(owner.flags & FORWARDS for _, owner in local):
        return _as_given(local, elsewhere)
    book = _Book(directory, message, ruling)
    found = forwarding.expand(
        local,
        book,
        frozenset(forwarding.key_of(one.address) for one in elsewhere),
    )
    for owner in found.not_followed:
        _log.warning("forwards of %s are too many or too deep", owner.address)
    return Spread(
        [placed for one in found.copies for placed in _placed(_copy(one), book)],
        [*elsewhere, *found.elsewhere],
        found.reached,
        [Failed(recipient, *_WHY[why]) for recipient, why in found.failed],
        [
            Forwarded(user.user_id, 1, message.octets)
            for user in found.sending
            if user.flags & HAS_DAILY_LIMIT
        ],
        found.held_back,
        found.expanded,
    )


_WHY = {
    Nowhere.UNKNOWN: ("5.1.1", "the mail was forwarded there; no such mailbox"),
    Nowhere.DISABLED: (
        "5.2.1",
        "the mail was forwarded there; the mailbox is disabled",
    ),
}


@dataclass(frozen=True, slots=True)
class _Book:
    """The tables and the rules, as the policy asks them."""

    directory: Directory
    message: Coming
    ruling: Ruling

    def forwards_of(self, user: UserRow) -> ForwardRow | None:
        """Return the user's list, with what rules add; None while there is none."""
        own = (
            self.directory.forwards_of(user.user_id) if user.flags & FORWARDS else None
        )
        ruled = self.ruling.of(user)
        if ruled is UNRULED:
            return own
        mine = own or ForwardRow(user.user_id, ())
        addresses = tuple(dict.fromkeys((*mine.addresses, *ruled.outcome.forwards)))
        keeps = mine.keeps_copy and not ruled.discards
        return ForwardRow(user.user_id, addresses, keeps or bool(ruled.stores))

    def drops(self, user: UserRow) -> bool:
        """Tell whether a user's copy goes, and nothing is forwarded in its place."""
        if not self.ruling.of(user).discards:
            return False
        row = self.forwards_of(user)
        return row is None or not row.addresses

    def find(self, address: str) -> UserRow | Nowhere:
        """Return whose address that is."""
        owner = self.directory.owner_of(parse_address(address))
        if owner is NoUser.UNKNOWN:
            return Nowhere.UNKNOWN
        if owner is NoUser.DISABLED:
            return Nowhere.DISABLED
        if isinstance(owner, NoUser):
            return Nowhere.ELSEWHERE
        return Nowhere.DISABLED if owner.is_disabled else owner

    def may_send(self, user: UserRow) -> bool:
        """Tell whether this message may leave the system for a user."""
        row = self.directory.forwards_of(user.user_id)
        if row is None or row.day is None:
            return True
        allowance = self.directory.allowance
        return allowance.may_send(user.user_id, row.day, self.message)


def _copy(one: forwarding.Copy[UserRow]) -> Copy:
    return Copy(
        _for_user(one.recipient, one.user),
        one.user,
        one.is_forward,
        [
            Copy(_for_user(other.recipient, other.user), other.user)
            for other in one.instead_of
        ],
        one.also,
    )


def _placed(copy: Copy, book: _Book) -> Iterator[Copy]:
    """Yield a user's copies where rules want them."""
    folders = book.ruling.of(copy.owner).stores
    if not folders:
        if not book.drops(copy.owner):
            yield copy
        return
    first, *others = folders
    recipient = copy.recipient
    yield copy._replace(recipient=msgspec.structs.replace(recipient, folder=first))
    for folder in others:
        yield Copy(
            Recipient(
                recipient.address, copy.owner.user_id, folder=folder, notify=NEVER
            ),
            copy.owner,
            is_forward=True,
        )


def _for_user(recipient: Recipient, user: UserRow) -> Recipient:
    return msgspec.structs.replace(recipient, user_id=user.user_id, folder="")
