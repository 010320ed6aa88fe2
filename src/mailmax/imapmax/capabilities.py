"""What the server says it can do, by where the session stands.

Standards:
    RFC 3501 §6.1.1, §7.2.1; each name has its RFC in `_AFTER`.
"""

from mailmax.wire.sasl.mechanisms import MECHANISMS

_BEFORE = ("IMAP4rev1", "LITERAL+", "SASL-IR", "ID", "ENABLE", "IDLE")

_AFTER = (
    "IMAP4rev1",
    "LITERAL+",  # RFC 7888
    "IDLE",  # RFC 2177
    "NAMESPACE",  # RFC 2342
    "ID",  # RFC 2971
    "ENABLE",  # RFC 5161
    "UNSELECT",  # RFC 3691
    "UIDPLUS",  # RFC 4315
    "MOVE",  # RFC 6851
    "CHILDREN",  # RFC 3348
    "SPECIAL-USE",  # RFC 6154
    "ESEARCH",  # RFC 4731
    "CONDSTORE",  # RFC 7162
)

AFTER_LOGIN = " ".join(_AFTER)


def before_login(*, starttls: bool, may_log_in: bool) -> str:
    """Return the capabilities of a client that is not logged in.

    Args:
        starttls: STARTTLS can be had now.
        may_log_in: It may say its password now.
    """
    names = list(_BEFORE)
    if starttls:
        names.append("STARTTLS")
    if may_log_in:
        names += [f"AUTH={name.decode()}" for name in MECHANISMS]
    else:
        names.append("LOGINDISABLED")  # RFC 3501 §7.2.1
    return " ".join(names)
