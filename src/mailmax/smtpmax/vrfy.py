"""Whether an address is somebody's here: the answer to VRFY.

Rules:
    Only users and aliases by their exact names are said to exist, and only names
    that nobody would get mail for are said not to. Whatever else, 252: it is found
    out by sending. What the client said is never said back.

Standards:
    RFC 5321 §3.5.3, §7.3.

Manual: 4.3; DECISIONS 29.
"""

from mailmax.base.address import lower_ascii, unquote_local
from mailmax.base.result import Reason
from mailmax.policy.names import canonical_domain
from mailmax.policy.recipients import FILED_KIND, PASSING_KINDS
from mailmax.smtpmax.ports import Tables
from mailmax.smtpmax.replies import REPLIES
from mailmax.wire.smtp.replies import CANNOT_VERIFY, Reply


def verify(tables: Tables, text: str, default_domain: str) -> Reply:
    """Say whose address that is.

    Args:
        tables: Users and domains.
        text: An address, in angle brackets or not, or a name alone.
        default_domain: Of a name alone.
    """
    path = text.strip().removeprefix("<").removesuffix(">")
    given, _, name = path.rpartition("@") if "@" in path else (path, "", "")
    local = unquote_local(given) or given
    domain = tables.domain(canonical_domain(name or default_domain) or "")
    if domain is None or domain.kind in PASSING_KINDS:
        return CANNOT_VERIFY
    user = tables.find(f"{lower_ascii(local)}@{domain.name}")
    if user is not None and not user.is_disabled:
        return Reply(250, "2.1.5", f"<{user.address}>")
    is_all_here = domain.kind == FILED_KIND and not domain.catch_all
    is_nobodys = user is None and "+" not in local
    if is_nobodys and is_all_here and lower_ascii(local) != "postmaster":
        return REPLIES[Reason.UNKNOWN_USER]
    return CANNOT_VERIFY
