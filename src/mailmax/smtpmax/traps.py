"""Spam traps: who wrote to one is reported to the hub, once the mail is kept.

Theory:
    A trap takes mail to the end of DATA like any user, so that the sender learns
    nothing. The hub bans the sender for a while where the connection says so.

Rules:
    Never the null path, a sender in a domain of ours, who logged in, who is trusted
    (TRUST B9).

Manual: 5.3; DECISIONS 12.
"""

import asyncio

from mailmax.base.envelope import Origin
from mailmax.hub.contract.access import TrapHit
from mailmax.policy.bans import may_ban_trapped, trapped_value
from mailmax.smtpmax.sending import is_exempt_from_bans
from mailmax.smtpmax.transaction import Transaction


def report_trap(
    done: "asyncio.Future[Origin]", transaction: Transaction, peer: str
) -> None:
    """Tell the hub of mail to a trap.

    Args:
        done: The commit.
        transaction: A trap is among its recipients.
        peer: Whence it came.
    """
    sender = transaction.mail.reverse_path
    if done.cancelled() or done.exception() is not None or sender is None:
        return
    hub = transaction.room.hub
    if _is_on(transaction) and may_ban_trapped(
        sender,
        lambda name: hub.tables.domain(name) is not None,
        exempt=is_exempt_from_bans(transaction.case),
    ):
        hub.tell(TrapHit(trapped_value(sender), transaction.trap, peer))


def _is_on(transaction: Transaction) -> bool:
    room = transaction.room
    binding = room.hub.tables.doors.bindings.get(transaction.binding_id)
    if binding is None:
        return room.options.bans_trap_senders
    return binding.bans_trap_senders
