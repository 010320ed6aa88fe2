"""The answer to a whole message, recipient by recipient, before it is committed.

Theory:
    First what concerns the message (trouble while it came, size, loops, hub, lag),
    then each box. LMTP says one answer for each recipient and files for those that
    were not refused; SMTP has one answer for all, so it refuses only what nobody can
    get (`transaction`, DECISIONS 20).

Standards:
    RFC 2033 §4.2, RFC 5321 §4.2.5.
"""

from collections.abc import Sequence

from mailmax.base.result import Accepted
from mailmax.smtpmax import replies
from mailmax.smtpmax.transaction import Transaction
from mailmax.wire.smtp.replies import Reply


def judge_message(transaction: Transaction) -> list[Reply | None]:
    """Give one refusal, or None, for each recipient that was accepted."""
    refusal = _refuse_whole(transaction)
    if refusal is not None:
        return [refusal] * len(transaction.recipients)
    return [
        None if isinstance(decision, Accepted) else replies.reply_to(decision)
        for decision in transaction.judge_each()
    ]


def refused_users(
    transaction: Transaction, refusals: Sequence[Reply | None]
) -> frozenset[int]:
    """Return the users that LMTP has refused a copy."""
    both = zip(transaction.recipients, refusals, strict=True)
    return frozenset(recipient.user_id for recipient, no in both if no is not None)


def _refuse_whole(transaction: Transaction) -> Reply | None:
    body = transaction.body
    if body is not None and body.failure is not None and not body.is_too_large:
        return replies.failure_reply(body.failure)
    decision = transaction.judge()
    return None if isinstance(decision, Accepted) else replies.reply_to(decision)
