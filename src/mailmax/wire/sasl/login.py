"""LOGIN: name, then password, each asked for (draft-murchison-sasl-login).

Obsolete, and still the only thing that some clients speak. A name may come as
initial response.
"""

from mailmax.wire.sasl.exchange import Credentials, SaslFault, check_credentials


class Login:
    """One LOGIN exchange."""

    __slots__ = ("_name",)

    def __init__(self) -> None:
        """Know no name yet."""
        self._name: bytes | None = None

    def step(self, response: bytes | None) -> bytes | Credentials | SaslFault:
        """Take the name, then the password."""
        if response is None:
            return b"Username:"
        if self._name is None:
            self._name = response
            return b"Password:"
        return check_credentials(self._name, response)
