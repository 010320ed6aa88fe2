"""What SMTPMax tells of mail to who watches.

Manual: §4.3.1 (banned connections), §9.2.2 (mail received).
"""

import asyncio
import time
from typing import Final

from mailmax.base.envelope import Origin
from mailmax.base.result import Accepted, Decision, Reason
from mailmax.observe.dialogue import Dialogue
from mailmax.observe.events.kinds import Kind
from mailmax.observe.events.smtp import MailReceived
from mailmax.smtpmax.transaction import Transaction

_KEPT_OUT: Final = {
    Reason.SENDER_BANNED: "the sender is banned",
    Reason.CLIENT_BANNED: "the client is banned",
    Reason.CLIENT_LISTED: "a block list names the client",
    Reason.CLIENT_NAMELESS: "the client has no name",
    Reason.TARPITTED: "too many recipients that do not exist",
}
_MOST_RECIPIENTS: Final = 20


def tell_decision(dialogue: Dialogue, decision: Decision) -> None:
    """Tell of a sender or client that is banned or blocked."""
    if isinstance(decision, Accepted):
        return
    why = _KEPT_OUT.get(decision.reason)
    if why is not None:
        dialogue.kept_out(f"{why}: {decision.detail}" if decision.detail else why)


def tell_mail(
    dialogue: Dialogue,
    transaction: Transaction,
    octets: int,
    future: "asyncio.Future[Origin]",
) -> None:
    """Tell of a message once the spool has it."""
    if not (dialogue.wants(Kind.MAIL) or dialogue.wants(Kind.INTERNAL)):
        return
    begun_s = time.monotonic()

    def taken(done: "asyncio.Future[Origin]") -> None:
        if done.cancelled() or done.exception() is not None:
            return
        dialogue.tell(lambda who: MailReceived(who, *_facts(transaction), octets))
        took_ms = (time.monotonic() - begun_s) * 1000
        dialogue.step(f"mail {transaction.mail_id} stored in {took_ms:.1f} ms")

    future.add_done_callback(taken)


def _facts(transaction: Transaction) -> tuple[str, str, str]:
    path = transaction.mail.reverse_path
    named = transaction.recipients
    shown = " ".join(f"<{one.address}>" for one in named[:_MOST_RECIPIENTS])
    more = len(named) - _MOST_RECIPIENTS
    return (
        transaction.mail_id,
        "" if path is None else str(path),
        f"{shown} and {more} more" if more > 0 else shown,
    )
