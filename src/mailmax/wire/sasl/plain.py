"""PLAIN: name and password in one message (RFC 4616).

message = [authzid] NUL authcid NUL passwd

Rules:
    Exactly two NULs. An authorization identity must be absent or the same as the
    authentication identity: nobody acts for another here (TRUST G1).
"""

from mailmax.wire.sasl.exchange import Credentials, SaslFault, check_credentials


class Plain:
    """One PLAIN exchange."""

    __slots__ = ()

    def step(self, response: bytes | None) -> bytes | Credentials | SaslFault:
        """Take the message; an empty challenge asks for it."""
        if response is None:
            return b""
        parts = response.split(b"\0")
        if len(parts) != 3:
            return SaslFault.MALFORMED
        authzid, authcid, password = parts
        if authzid not in (b"", authcid):
            return SaslFault.NOT_ONESELF
        return check_credentials(authcid, password)
