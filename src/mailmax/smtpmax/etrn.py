"""ETRN: a client asks that what is held for a domain be sent (RFC 1985).

Theory:
    Whoever asks, the mail goes where the domain's mail belongs, never to who asked
    (DECISIONS 18); so nobody has to prove anything, and nothing is given away. The
    room asks the hub, the hub QueueMax. ``@domain`` means the domain and those below.

Rules:
    Whatever is no domain of the kind etrn has one answer: nobody learns here which
    domains there are. A name is looked up in the pushed tables and nowhere else
    (TRUST B3).
    Strangers start a domain once in `PAUSE_S`; who asks meanwhile is told to come
    again. One question for a domain is under way at a time.

Limits:
    A hundred domains for one ``@domain``.

Standards:
    RFC 1985 §5.2, §5.3 (the answers).

Manual: 6.5.2; DECISIONS 18.
"""

import asyncio
from typing import Final

from mailmax.base.errors import Failure
from mailmax.hub.contract.queue import EtrnStarted, StartEtrn
from mailmax.smtpmax.ports import Hub
from mailmax.wire.smtp.commands import Etrn
from mailmax.wire.smtp.replies import NODE_NOT_ALLOWED, Reply

PAUSE_S: Final = 10.0
MOST_DOMAINS: Final = 100
_KIND: Final = "etrn"

_NONE_WAIT = Reply(251, "2.0.0", "No messages are waiting")
_SOME = Reply(252, "2.0.0", "What waits for some of them is on its way")
_NOT_NOW = Reply(458, "4.3.0", "Not possible now, try again later")
_JUST_DONE = Reply(458, "4.7.1", "It was asked for a moment ago, try again later")


class EtrnDesk:
    """What all sessions of one SMTPMax ask for."""

    def __init__(self, hub: Hub) -> None:
        """Take the hub: tables, and who answers."""
        self._hub = hub
        self._asking: dict[str, asyncio.Task[int | None]] = {}
        self._asked_at: dict[str, float] = {}
        """Only of domains of ours."""

    async def start(self, etrn: Etrn, *, may_repeat: bool) -> Reply:
        """Have what is held sent; say what came of it.

        Args:
            etrn: What was said.
            may_repeat: The client is known or trusted: it may ask as often as it likes.
        """
        names = self._meant(etrn)
        if not names:
            return NODE_NOT_ALLOWED
        if not may_repeat:
            now = asyncio.get_running_loop().time()
            names = [name for name in names if self._is_due(name, now)]
            if not names:
                return _JUST_DONE
        counts = await asyncio.gather(*map(self._ask_once, names))
        known = [count for count in counts if count is not None]
        if not known:
            return _NOT_NOW
        messages = sum(known)
        if len(known) < len(counts):
            return _SOME
        if not messages:
            return _NONE_WAIT
        return Reply(253, "2.0.0", f"{messages} messages are on their way")

    def _meant(self, etrn: Etrn) -> list[str]:
        """Return the domains of ours that are meant, by their own names."""
        tables = self._hub.tables
        row = tables.domain(etrn.domain)
        found = [row.name] if row is not None and row.kind == _KIND else []
        if etrn.with_subdomains:
            below = f".{etrn.domain}"
            found += [
                one.name
                for one in tables.domains
                if one.kind == _KIND and one.name.endswith(below)
            ]
        return found[:MOST_DOMAINS]

    def _is_due(self, name: str, now: float) -> bool:
        """Tell whether a stranger may ask again; if so it has."""
        if now < self._asked_at.get(name, now - PAUSE_S) + PAUSE_S:
            return False
        self._asked_at[name] = now
        return True

    async def _ask_once(self, name: str) -> int | None:
        task = self._asking.get(name)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._ask(name))
            self._asking[name] = task
            task.add_done_callback(lambda _: self._asking.pop(name, None))
        return await asyncio.shield(task)

    async def _ask(self, name: str) -> int | None:
        """Return how many messages were started; None: it could not be found out."""
        try:
            answer = await self._hub.ask(StartEtrn(name))
        except Failure:
            return None
        return answer.messages if isinstance(answer, EtrnStarted) else None
