"""Recipients of backup and relay domains, asked for before their mail is taken.

Theory:
    Where a domain wishes it, a client hears of a recipient that does not exist while
    it is here, instead of having a report sent to whoever it says it is (no
    backscatter). QueueMax asks the server that the mail is for (`queuemax.
    recipient_check`); what it found is kept here for as long as it says.

Rules:
    Only "there is none" is a no; whatever else comes of it, the recipient is taken.
    A client that may not send there hears so, and nobody is asked for it. One question
    for an address is under way at a time; a change of the domain forgets what was
    found in it.

Limits:
    6 s for an answer; 200 questions at once, what is more is not asked; after one that
    nobody answered, none for 5 s. 20,000 answers are kept.

Standards:
    RFC 5321 §3.3 (550 to RCPT), RFC 3463 (5.1.1).

Manual: 6.1; DECISIONS 19.
"""

import asyncio
from collections.abc import Awaitable
from typing import Final

from mailmax.base.errors import Failure
from mailmax.base.result import Accepted, Decision, Reason, Refusal
from mailmax.hub.contract.recipients import CheckRecipient, RecipientChecked
from mailmax.hub.contract.rows import DomainRow
from mailmax.net.dns.cache import TtlCache
from mailmax.policy.recipient_check import CHECKED_KINDS
from mailmax.policy.relay import Case, To, decide
from mailmax.smtpmax.ports import Hub

PATIENCE_S: Final = 6.0
SILENT_S: Final = 5.0
MOST_AT_ONCE: Final = 200
_YES: Final = Accepted()
_NOBODY: Final = Refusal(Reason.UNKNOWN_USER)

_Key = tuple[DomainRow, str]


def wants_check(domain: DomainRow | None, case: Case) -> bool:
    """Tell whether a client's recipient in a domain is to be asked for.

    Args:
        domain: Of ours; None: it is none.
        case: What is known of the client.
    """
    return (
        domain is not None
        and domain.recipient_check
        and domain.kind in CHECKED_KINDS
        and "smtp" not in domain.suspended
        and isinstance(decide(case, To.PASSED_ON), Accepted)
    )


class RecipientChecks:
    """All that one SMTPMax asks."""

    def __init__(self, hub: Hub) -> None:
        """Ask nothing yet."""
        self._hub = hub
        self._known: TtlCache[_Key, Decision] = TtlCache()
        self._asking: dict[_Key, asyncio.Task[Decision]] = {}
        self._silent_until = float("-inf")

    def ask(self, domain: DomainRow, address: str) -> Decision | Awaitable[Decision]:
        """Decide on a recipient, now or when it is known."""
        key = domain, address
        loop = asyncio.get_running_loop()
        known = self._known.find(key, loop.time())
        if known is not None:
            return known
        task = self._asking.get(key)
        if task is None:
            is_full = len(self._asking) >= MOST_AT_ONCE
            if is_full or loop.time() < self._silent_until:
                return _YES
            task = loop.create_task(self._ask(key))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return asyncio.shield(task)

    def close(self) -> None:
        """Ask no more."""
        for task in self._asking.values():
            task.cancel()

    async def _ask(self, key: _Key) -> Decision:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await self._hub.ask(CheckRecipient(key[1]))
        except (TimeoutError, Failure):
            self._silent_until = loop.time() + SILENT_S
            return _YES
        if not isinstance(answer, RecipientChecked):
            return _YES
        found = _NOBODY if answer.found == "refused" else _YES
        if answer.keep_s > 0:
            self._known.keep(key, found, loop.time() + answer.keep_s)
        return found
