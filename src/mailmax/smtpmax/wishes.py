"""What a client asked for at MAIL, as the envelope says it from now on.

Theory:
    A time that counts from MAIL becomes a moment, so that it means the same in the
    journal, in the queue and at the next server.

Standards:
    RFC 3461, RFC 4865, RFC 2852, RFC 6710, RFC 8689.
"""

from mailmax.base.envelope import Wishes
from mailmax.base.result import Accepted, Decision
from mailmax.policy.grants import grant_priority, judge_hold
from mailmax.wire.smtp.commands import Asked
from mailmax.wire.smtp.replies import Reply

_YES = Accepted()


def judge_asked(asked: Asked, now_s: float, longest_hold_s: int) -> Decision:
    """Decide whether what is asked for can be done."""
    hold_s = asked.hold_for_s or asked.hold_until_s - now_s
    if hold_s <= 0:
        return _YES
    return judge_hold(hold_s, longest_hold_s, asked.by_s, asked.by_mode)


def wishes_of(asked: Asked, now_s: float, *, is_ours: bool) -> Wishes | None:
    """Put what was asked for into the envelope's words; None: nothing is left of it.

    Args:
        asked: At MAIL.
        now_s: Unix time of it.
        is_ours: The client is known or trusted.
    """
    until_s = now_s + asked.hold_for_s if asked.hold_for_s else asked.hold_until_s
    wishes = Wishes(
        envelope_id=asked.envelope_id,
        returns=asked.returns,
        hold_until_ms=int(until_s * 1000) if until_s > now_s else 0,
        deliver_by_ms=int((now_s + asked.by_s) * 1000) if asked.by_mode else 0,
        by_mode=asked.by_mode,
        priority=grant_priority(asked.priority, is_ours=is_ours),
        require_tls=asked.require_tls,
    )
    return None if wishes == Wishes() else wishes


def is_too_late(wishes: Wishes, now_s: float) -> bool:
    """Tell whether a message can only be returned (RFC 2852 §4.1)."""
    return wishes.by_mode.startswith("R") and now_s * 1000 > wishes.deliver_by_ms


def accepted_reply(mail_id: str, asked: Asked | None, wishes: Wishes | None) -> Reply:
    """Say that a message was taken, and with which priority if that was changed."""
    if asked is not None:
        granted = 0 if wishes is None else wishes.priority
        if granted != asked.priority:  # RFC 6710 §9: the new one comes first
            return Reply(250, "2.3.6", f"{granted} is its priority, taken as {mail_id}")
    return Reply(250, "2.0.0", f"Accepted as {mail_id}")
