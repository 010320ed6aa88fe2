"""Answers what is wrong with all that is set (manual 12)."""

from collections.abc import Callable
from itertools import chain

from sqlalchemy import Connection

from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.desk import Answer, Answers
from mailmax.datamax.facts import read_facts
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.checks import FindingPage, FindingView, ListFindings
from mailmax.hub.contract.message import Denied
from mailmax.policy.checks import access, connections, domains, system, users
from mailmax.policy.checks.facts import HubFact
from mailmax.policy.checks.finding import find_all
from mailmax.store.accounts.database import Database

CHECKS = dict(
    chain.from_iterable(
        page.CHECKS.items() for page in (system, connections, access, domains, users)
    )
)
"""In the order in which an administrator looks."""
_LONGEST_PLACE = 9


class CheckDesk:
    """Answers administrators."""

    def __init__(
        self,
        database: Database,
        apop: ApopSecrets,
        base_port: int,
        hub: Callable[[], HubFact],
    ) -> None:
        """Take what it looks at.

        Args:
            database: The accounts.
            apop: Tells copies of passwords from secrets of their own.
            base_port: Of this computer.
            hub: Says what is known of this computer; may block.
        """
        self._database = database
        self._apop = apop
        self._base_port = base_port
        self._hub = hub

    def answers(self) -> Answers:
        """Return who answers what."""
        return {ListFindings: self._list}

    def _list(self, request: ListFindings) -> Answer:
        after = request.after or "0"
        if not (after.isascii() and after.isdecimal()) or len(after) > _LONGEST_PLACE:
            return Denied(
                "bad_value", "after", "it is no place in the list", "give a page's next"
            )
        return self._database.read(
            _page, request, self._apop, self._hub, self._base_port
        )


def _page(
    tx: Connection,
    request: ListFindings,
    apop: ApopSecrets,
    hub: Callable[[], HubFact],
    base_port: int,
) -> FindingPage:
    facts = read_facts(tx, apop, hub(), base_port)
    found = tuple(
        FindingView(name, one.kind, one.field, one.reason, one.cure)
        for name, one in find_all(CHECKS, facts)
    )
    begin = int(request.after or 0)
    end = begin + max(1, min(request.limit, PAGE_ROWS))
    next_ = str(end) if len(found) > end else ""
    return FindingPage(found[begin:end], next_, len(found))
