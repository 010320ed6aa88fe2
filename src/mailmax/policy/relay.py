"""May this client hand in mail for somewhere else?

Theory:
    Mail for a domain of ours is always ours to judge; mail for any other is relayed
    for those who logged in, or come from an address that may. Nobody else: whatever
    form an address takes, only its domain counts (TRUST B6).

Standards:
    RFC 5321 §3.6.1, §7.7; RFC 6409 §6.1.
"""

from dataclasses import dataclass

from mailmax.base.result import Accepted, Decision, Reason, Refusal

_YES = Accepted()
_NO = Refusal(Reason.RELAY_DENIED)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who hands mail in."""

    is_authenticated: bool = False
    may_relay: bool = False
    """The address it comes from was given leave."""


def may_relay(sender: Sender) -> Decision:
    """Decide on a recipient whose domain is not ours."""
    return _YES if sender.is_authenticated or sender.may_relay else _NO
