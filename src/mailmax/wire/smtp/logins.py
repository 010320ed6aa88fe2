"""AUTH: a login in as many steps as its mechanism takes.

Theory:
    While an exchange is open each line is a response to a challenge, not a command.
    The room hears of a login when all that proves it is here; what ends before, by a
    bad response or by ``*``, is answered here.

Standards:
    RFC 4954.
"""

from mailmax.wire.sasl.exchange import (
    Credentials,
    SaslFault,
    decode_response,
    encode_challenge,
)
from mailmax.wire.sasl.mechanisms import begin_exchange
from mailmax.wire.smtp import replies
from mailmax.wire.smtp.answers import Answers
from mailmax.wire.smtp.commands import Event, LoginAttempt
from mailmax.wire.smtp.replies import Reply
from mailmax.wire.smtp.states import LOGGED_IN_ALREADY, Mode

_LOGIN_FAULTS = {
    SaslFault.MALFORMED: replies.BAD_RESPONSE,
    SaslFault.CANCELLED: replies.CANCELLED,
    SaslFault.NOT_ONESELF: replies.NOT_ONESELF,
}


class Logins(Answers):
    """A session in which somebody may log in."""

    __slots__ = ()

    def _begin_login(self, argument: bytes) -> Event | None:
        """Take AUTH with its mechanism, and perhaps a first response."""
        if self.offers.mode is Mode.LMTP or self.login_is_off:
            return self._no(replies.NOT_IMPLEMENTED)
        if not self.may_log_in:
            return self._no(replies.NEEDS_ENCRYPTION)
        if self.logged_in:
            return self._no(LOGGED_IN_ALREADY)
        name, _, initial = argument.partition(b" ")
        exchange = begin_exchange(name)
        if exchange is None:
            return self._no(replies.NO_MECHANISM)
        self._exchange = exchange
        if initial:
            return self._step(decode_response(initial, initial=True))
        return self._step(None)

    def _step(self, response: bytes | SaslFault | None) -> Event | None:
        """Go one step in a login; bad ones end it."""
        exchange, self._exchange = self._exchange, None
        if isinstance(response, SaslFault) or exchange is None:
            outcome: bytes | Credentials | SaslFault = SaslFault.MALFORMED
            if isinstance(response, SaslFault):
                outcome = response
        else:
            outcome = exchange.step(response)
        if isinstance(outcome, SaslFault):
            return self._no(_LOGIN_FAULTS[outcome])
        if isinstance(outcome, Credentials):
            self._open = b"AUTH"
            return LoginAttempt(outcome)
        self._exchange = exchange
        self._say(Reply(334, "", encode_challenge(outcome).decode()))
        return None

    def _no(self, reply: Reply) -> Event | None:
        """Refuse a command: there is no event."""
        self._complain(reply)
        return None
