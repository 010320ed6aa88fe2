"""May this user send under that address?

Rules:
    A user who logged in sends as one of the own addresses, aliases and tagged forms
    (``user+tag``) included, or with the null reverse-path, as notifications must
    (TRUST B10).

Standards:
    RFC 6409 §6.1 (enforce address validity), RFC 8098 §3 (null reverse-path).
"""

from mailmax.base.result import Accepted, Decision, Reason, Refusal

_YES = Accepted()
_NO = Refusal(Reason.SENDER_NOT_ALLOWED)


def may_send_as(user_id: int, owner_id: int | None) -> Decision:
    """Decide on a reverse-path.

    Args:
        user_id: Who logged in.
        owner_id: Whose address the reverse-path is; None when it is nobody's here.
    """
    return _YES if user_id == owner_id else _NO
