"""What a client has sent and how much more it may: by connection, by message, by day.

Theory:
    The system's limits hold for every connection but LMTP's and those of other systems
    of the cluster. Who is sent as a user has those of the user's domain, where it has
    its own, and the user's own message limit. The day is counted by the hub, once for
    each message, just before it is committed (DESIGN 2), and only for users whose row
    says so.

Manual: 4.3, 6.2, 7.1.
"""

from functools import lru_cache

from mailmax.base.errors import Failure
from mailmax.base.result import Accepted, Decision, Deferral, Reason, Refusal
from mailmax.hub.contract.message import Done
from mailmax.hub.contract.rows import HAS_DAILY_LIMIT, UserRow
from mailmax.hub.contract.sending import CountSending, SendingRefused
from mailmax.policy.session_limits import SessionLimits
from mailmax.smtpmax.room import Room

_YES = Accepted()
_TOO_LARGE = Refusal(Reason.MESSAGE_TOO_LARGE)
_TODAY_NO_MORE = Deferral(Reason.DAILY_LIMIT)
_HUB_AWAY = Deferral(Reason.HUB_AWAY)
_limits = lru_cache(256)(SessionLimits)


class Tally:
    """What came over one connection."""

    __slots__ = ("_room", "messages", "octets")

    def __init__(self, room: Room) -> None:
        """Begin with nothing."""
        self._room = room
        self.messages = 0
        """That were taken."""
        self.octets = 0
        """Of content, whatever became of it."""

    def may_begin(self, size: int, sender_id: int) -> Decision:
        """Decide on MAIL.

        Args:
            size: What the client says will come.
            sender_id: As which user; 0: nobody's.
        """
        user = self._room.hub.tables.user_by_id(sender_id) if sender_id else None
        if user is not None and 0 < user.message_limit_octets < size:
            return _TOO_LARGE
        limits = limits_of(self._room, user)
        return limits.may_begin(self.messages, self.octets, size)

    def judge(self, size: int, sender_id: int) -> Decision:
        """Decide on a message that has come, and count its octets."""
        before, self.octets = self.octets, self.octets + size
        user = self._room.hub.tables.user_by_id(sender_id) if sender_id else None
        if user is not None and 0 < user.message_limit_octets < size:
            return _TOO_LARGE
        return limits_of(self._room, user).fits(before, size)


def limits_of(room: Room, user: UserRow | None) -> SessionLimits:
    """Return what a connection may bring that sends as a user, or as nobody."""
    tables = room.hub.tables
    messages = tables.setting("session_messages")
    octets = tables.setting("session_octets")
    domain = None
    if user is not None:
        domain = tables.domain(user.address.rpartition("@")[2])
    if domain is not None:
        if domain.session_messages is not None:
            messages = domain.session_messages
        if domain.session_octets is not None:
            octets = domain.session_octets
    return _limits(messages, octets)


def is_counted(room: Room, sender_id: int) -> bool:
    """Tell whether the hub counts what that user sends a day."""
    user = room.hub.tables.user_by_id(sender_id) if sender_id else None
    return user is not None and bool(user.flags & HAS_DAILY_LIMIT)


async def count_today(room: Room, sender_id: int, octets: int) -> Decision:
    """Have a message counted, or learn that it is too much for today."""
    try:
        answer = await room.hub.ask(CountSending(sender_id, octets))
    except Failure:
        return _HUB_AWAY
    if isinstance(answer, Done):
        return _YES
    return _TODAY_NO_MORE if isinstance(answer, SendingRefused) else _HUB_AWAY
