"""The client's side of one LMTP connection.

Theory:
    SMTP with another greeting, and an answer for each recipient behind the content.

Rules:
    Content goes by DATA: CHUNKING is not heard, as every chunk would be answered so.

Standards:
    RFC 2033 §4.1 (LHLO), §4.2 (DATA).
"""

from mailmax.wire.smtp.client import SmtpClient, Verb
from mailmax.wire.smtp.remote import RemoteReply


class LmtpClient(SmtpClient):
    """One connection to a server that files mail itself."""

    has_helo = False

    def __init__(self) -> None:
        """Wait for the greeting."""
        super().__init__()
        self._accepted = 0

    def ehlo(self, name: str) -> None:
        """Introduce ourselves."""
        self._say(Verb.EHLO, f"LHLO {name}")

    def _learn(self, verb: Verb, reply: RemoteReply) -> None:
        super()._learn(verb, reply)
        if verb is Verb.EHLO:
            self.offers = {
                keyword: words
                for keyword, words in self.offers.items()
                if keyword != "CHUNKING"
            }
        elif verb is Verb.MAIL:
            self._accepted = 0
        elif verb is Verb.RCPT and reply.code < 300:
            self._accepted += 1

    def _end_content(self) -> None:
        self.in_content = False
        self._awaiting.extend([Verb.CONTENT] * max(1, self._accepted))
