"""Copies of reports for the postmaster: how QueueMax and the filer speak of them.

Theory:
    Who the postmaster is only the filer knows. QueueMax writes a copy into its journal
    for the bare ``postmaster``, with a mark among the facts; the filer finds the user,
    or drops it. The mark stays for life, whatever way the copy goes on.

Rules:
    Of what has the mark nobody is ever told anything: so a postmaster in trouble, or
    one who forwards to a dead host, ends the circle (TRUST K5).
"""

from typing import Final

from mailmax.base.envelope import Envelope

ADDRESS: Final = "postmaster"
MARK: Final = {"report.copy": "postmaster"}


def is_copy(envelope: Envelope) -> bool:
    """Tell whether mail is a copy of a report for the postmaster."""
    return "report.copy" in envelope.facts
