"""How much one client may hand in over one connection.

Theory:
    Messages count when they are taken, octets when they have come. At the limit the
    connection has done its work: the client is told to come again (421). A message
    that would pass the limit is put off (452), one larger than the limit is refused.

Limits:
    0 is no limit; the hard ceilings of one message and one transaction stay
    (TRUST 3).

Manual: 4.3, 6.2; DECISIONS 5.
"""

from dataclasses import dataclass

from mailmax.base.result import Accepted, Decision, Deferral, Reason, Refusal

_YES = Accepted()
_OVER = Deferral(Reason.SESSION_OVER)
_TOO_MUCH = Deferral(Reason.SESSION_LIMIT)
_TOO_LARGE = Refusal(Reason.MESSAGE_TOO_LARGE)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What one connection may bring; 0 is no limit."""

    messages: int = 0
    octets: int = 0

    def may_begin(self, messages: int, octets: int, size: int) -> Decision:
        """Decide on MAIL.

        Args:
            messages: That were taken before.
            octets: That came before.
            size: What the client says will come; 0 when it does not say.
        """
        if 0 < self.messages <= messages or 0 < self.octets <= octets:
            return _OVER
        return self.fits(octets, size)

    def fits(self, octets: int, size: int) -> Decision:
        """Decide on a message of that size, behind so many octets."""
        if not self.octets or octets + size <= self.octets:
            return _YES
        return _TOO_LARGE if size > self.octets else _TOO_MUCH
