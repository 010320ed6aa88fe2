"""A client said ETRN: what is held for its domain goes where it belongs.

Rules:
    Never to who asks: to the delivery address of the domain, else to its best other
    exchanger (`policy.routing`).

Standards:
    RFC 1985.

Manual: 6.5.2; DECISIONS 18.
"""

from dataclasses import dataclass

from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import EtrnStarted, ReleaseEtrn, StartEtrn
from mailmax.policy.recipients import HELD_KIND
from mailmax.queuemax.dispatch import Dispatch
from mailmax.queuemax.ports import Tables


@dataclass(frozen=True, slots=True)
class Etrn:
    """Answers what SMTPMax, and administrators, ask."""

    tables: Tables
    dispatch: Dispatch

    def start(self, request: StartEtrn | ReleaseEtrn) -> EtrnStarted | Denied:
        """Let the mail of a domain, under all its names, go."""
        row = self.tables.domain(request.domain)
        if row is None or row.kind != HELD_KIND:
            return Denied(
                "not_found",
                "domain",
                f"{request.domain} is no ETRN domain",
                "look at: mailmax domain list",
            )
        return EtrnStarted(self.dispatch.start_etrn((row.name, *row.aliases)))
