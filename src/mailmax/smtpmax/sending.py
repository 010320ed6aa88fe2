"""What is known of a client that sends, put together for policy: who, whence, for whom.

Theory:
    `policy.relay` and `policy.bans` decide; here are their facts. At MAIL they become
    a `Case`, which the transaction keeps; at the end of data the authors of the header
    are looked at, and a trap that was hit is made a notice.

Manual: 4.3, 4.9, 5.3.
"""

import time
from functools import lru_cache

from mailmax.base.address import Address
from mailmax.base.result import Accepted, Decision, Reason, Refusal
from mailmax.hub.contract.rows import SENDS_WITHOUT_LOGIN, UserRow
from mailmax.policy.access import LOCAL_ONLY, Access
from mailmax.policy.recipients import NoUser, resolve
from mailmax.policy.relay import Case, Lately, Login, SendingRules
from mailmax.policy.sender import sender_kind
from mailmax.smtpmax.room import Room
from mailmax.wire.smtp.states import Mode

LMTP_ACCESS = Access("trusted", LOCAL_ONLY)
"""Who hands in mail by LMTP is one of our own, and hands it in for users here."""

_YES = Accepted()
_BANNED = Refusal(Reason.SENDER_BANNED)
_rules = lru_cache(32)(SendingRules)


def sending_rules(room: Room) -> SendingRules:
    """Return what is set now for who may send."""
    setting = room.hub.tables.setting
    return _rules(
        setting("smtp_auth"),
        setting("sending_authentication"),
        setting("local_sender_needed"),
    )


def case_of(
    room: Room,
    access: Access,
    mode: Mode,
    user_id: int,
    reverse_path: Address | None,
    peer: str,
) -> Case:
    """Gather what is known at MAIL.

    Args:
        room: Tables and settings.
        access: What the filters say of the client.
        mode: Of the port.
        user_id: Who logged in; 0: nobody.
        reverse_path: None is the null reverse-path.
        peer: The client's address.
    """
    owner = None
    if reverse_path is not None:
        default = str(room.hub.tables.setting("default_domain"))
        owner = resolve(room.hub.tables, reverse_path, default, "")
    login = Login.OK if user_id else Login.NONE
    if not user_id and isinstance(owner, UserRow) and not owner.is_disabled:
        login = Login.NOT_NEEDED if owner.flags & SENDS_WITHOUT_LOGIN else Login.NONE
    rules = sending_rules(room)
    lately = Lately.NOBODY
    if login is Login.NOT_NEEDED or rules.sending_authentication == "pop_before_smtp":
        lately = _lately_at(room, peer, owner)
    return Case(
        access,
        login,
        lately,
        sender_kind(owner, user_id),
        rules,
        mode is Mode.SUBMISSION,
    )


def _lately_at(room: Room, peer: str, owner: UserRow | NoUser | None) -> Lately:
    """Say who was at POP3 or IMAP from an address, as seen from the reverse-path's."""
    windows, now = room.hub.tables.visitors.windows, time.monotonic()
    if (
        isinstance(owner, UserRow)
        and owner.kind == "normal"
        and windows.is_open(peer, owner.user_id, now)
    ):
        return Lately.OWNER
    return Lately.SOMEBODY if windows.anybody(peer, now) else Lately.NOBODY


def may_be_known(room: Room, peer: str) -> bool:
    """Tell whether a client there may send without a login over this connection."""
    return room.hub.tables.visitors.windows.anybody(peer, time.monotonic())


def sender_of(room: Room, case: Case, user_id: int, path: Address | None) -> int:
    """Return as which user a client sends; 0: as nobody.

    Args:
        room: Tables and settings.
        case: What is known.
        user_id: Who logged in.
        path: The reverse-path.
    """
    if case.logged_in:
        return user_id
    if case.is_known and path is not None:
        owner = resolve(
            room.hub.tables, path, str(room.hub.tables.setting("default_domain")), ""
        )
        if isinstance(owner, UserRow):
            return owner.user_id
    return 0


def is_exempt_from_bans(case: Case) -> bool:
    """Tell whether bans of senders do not concern this client (DECISIONS 11)."""
    access = case.access
    return case.logged_in or access.is_trusted or access.is_member


def judge_senders(
    room: Room, case: Case, binding_id: int, *senders: Address | None
) -> Decision:
    """Decide whether mail from there is taken: the reverse-path, or the authors.

    What refuses it is counted.
    """
    bans = room.hub.tables.doors.bans
    if not len(bans) or is_exempt_from_bans(case):
        return _YES
    now = time.time()
    for sender in senders:
        ban = bans.find(sender, binding_id, now)
        if ban is not None:
            room.ban_hits.add(ban.ban_id, now)
            return _BANNED
    return _YES


def reads_authors(room: Room, case: Case) -> bool:
    """Tell whether the authors in the header matter."""
    return len(room.hub.tables.doors.bans) > 0 and not is_exempt_from_bans(case)
