"""Requests of administrators: on whose behalf, and noted.

Rules:
    What somebody without rights over the server asks is limited here, where it says
    that it can be, whatever the web has said of it (DECISIONS 25).

    Who joined as the web names a session or a key, and the hub looks up who that is:
    no session, no change. Whoever else asks holds the host password, and is called
    so, or as the other system says whose web asks (`codec.FromElsewhere`). What
    changes something is noted in the audit log.
"""

from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec

from mailmax.datamax.audit import AuditLog, Who, who_is
from mailmax.datamax.audit_words import changes_something, shown_text
from mailmax.datamax.desk import Answer
from mailmax.datamax.member import Member
from mailmax.datamax.web.desk import NO_SESSION, WebDesk
from mailmax.datamax.web.principals import SYSTEM_NAME
from mailmax.hub.codec import (
    FromAdministrators,
    FromCommands,
    FromElsewhere,
    OnBehalf,
)
from mailmax.hub.contract.message import Message

Handler = Callable[[Member, Any], Answer]

_LONGEST = 100


def ranked(request: Message, *, is_system: bool, peer: str) -> Message:
    """Return a request with the rank of who asks, and whence, where it has a place.

    Args:
        request: It.
        is_system: Who asks has rights over the server itself.
        peer: IP address of the browser or program.
    """
    if hasattr(request, "asker"):
        request = msgspec.structs.replace(request, asker=peer)
    if is_system or not hasattr(request, "is_limited"):
        return request
    return msgspec.structs.replace(request, is_limited=True)


class Behalf:
    """Hands requests on, and has them noted."""

    def __init__(self, log: AuditLog, desk: WebDesk) -> None:
        """Take what it needs."""
        self._log = log
        self._desk = desk

    def over(self, handlers: dict[type, Handler]) -> dict[type, Handler]:
        """Return the handlers of all requests: noted where they administer."""
        over: dict[type, Handler] = {
            **handlers,
            OnBehalf: self._for_somebody(handlers),
            FromElsewhere: self._from_elsewhere(handlers),
        }
        for kind in (*get_args(FromAdministrators), FromCommands):
            over[kind] = self._noted(handlers[kind])
        return over

    def _noted(self, handler: Handler) -> Handler:
        """Return the same handler of an administrator's request, noted."""

        def hear(member: Member, request: Message) -> Answer:
            if not changes_something(request):
                return handler(member, request)
            guest = member.guest
            node = guest.hello.node if guest is not None else ""
            who = Who("host_password", SYSTEM_NAME, node)
            return self._log.keep(who, request, lambda: handler(member, request))

        return hear

    def _from_elsewhere(self, handlers: Mapping[type, Handler]) -> Handler:
        """Return who answers `FromElsewhere`.

        Args:
            handlers: Who answers what administrators ask; not noted yet.
        """

        def hear(member: Member, said: FromElsewhere) -> Answer:
            request = said.request
            handler = handlers[type(request)]
            if not changes_something(request):
                return handler(member, request)
            texts = (said.name, said.peer, said.key_name, said.system)
            who = Who("elsewhere", *(shown_text(one)[:_LONGEST] for one in texts))
            return self._log.keep(who, request, lambda: handler(member, request))

        return hear

    def _for_somebody(self, handlers: Mapping[type, Handler]) -> Handler:
        """Return who answers `OnBehalf`.

        Args:
            handlers: Who answers what administrators ask; not noted yet.
        """

        async def hear(member: Member, said: OnBehalf) -> Message:
            principal = await self._desk.who_acts(said.actor)
            if principal is None:
                return NO_SESSION
            request = ranked(
                said.request, is_system=principal.is_system, peer=said.actor.peer
            )
            handler = handlers[type(request)]
            if changes_something(request):
                who = who_is(principal, said.actor.peer)
                return await self._log.keep(
                    who, request, lambda: handler(member, request)
                )
            answer: Any = handler(member, request)
            return answer if isinstance(answer, Message) else await answer

        return hear
