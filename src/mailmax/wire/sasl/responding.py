"""The client's side of a login: what we answer, one challenge at a time.

Theory:
    PLAIN where it is offered, else LOGIN; both give the password away, so the caller
    takes care of the line. What is said to begin with comes from `begin`; each
    challenge of the server is answered by `respond`.

Standards:
    RFC 4954 §4 (AUTH, initial response), RFC 4616 (PLAIN),
    draft-murchison-sasl-login (LOGIN).
"""

import binascii
from typing import Final

LONGEST_LINE: Final = 500
"""A longer initial response waits for the server's word (RFC 4954 §4: 512 octets)."""


class Responder:
    """Logs in by one mechanism."""

    __slots__ = ("_begin", "_responses", "secrets")

    def __init__(self, mechanism: str, *responses: str) -> None:
        """Take what will be answered, in order.

        Args:
            mechanism: As EHLO names it.
            responses: In base64; the first may go with the command.
        """
        self._responses = list(responses)
        self._begin = f"AUTH {mechanism}"
        if mechanism == "PLAIN" and len(responses[0]) < LONGEST_LINE - 20:
            self._begin += f" {self._responses.pop(0)}"
        self.secrets = responses
        """What no log may show, as it goes over the line."""

    def begin(self) -> str:
        """Return the command."""
        return self._begin

    def respond(self) -> str:
        """Return the answer to a challenge; ``*`` gives up: there is none left."""
        return self._responses.pop(0) if self._responses else "*"


def choose_responder(offered: str, name: str, password: str) -> Responder | None:
    """Return how to log in, or None: the server offers nothing that we know.

    Args:
        offered: Parameters of AUTH in EHLO.
        name: Who we are.
        password: What proves it.
    """
    mechanisms = offered.upper().split()
    if "PLAIN" in mechanisms:
        return Responder("PLAIN", _encode(f"\0{name}\0{password}"))
    if "LOGIN" in mechanisms:
        return Responder("LOGIN", _encode(name), _encode(password))
    return None


def _encode(text: str) -> str:
    return binascii.b2a_base64(text.encode(), newline=False).decode("ascii")
