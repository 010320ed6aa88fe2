"""LOGIN (RFC 3501 §6.2.3)."""

from dataclasses import dataclass, field

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.types.malformed import Unacceptable
from mailmax.wire.sasl.exchange import Credentials, check_credentials


@dataclass(frozen=True, slots=True)
class Login:
    """Who says to be whom; also what AUTHENTICATE comes to."""

    login_name: str
    password: str = field(repr=False)
    mechanism: str = ""
    """Empty for the LOGIN command."""


# login    = "LOGIN" SP userid SP password
# userid   = astring  ; RFC 3501 §9
# password = astring  ; RFC 3501 §9
def parse(cursor: Cursor) -> Login:
    """Read name and password."""
    cursor.space()
    login_name = cursor.astring()
    cursor.space()
    password = cursor.astring()
    cursor.end()
    checked = check_credentials(login_name, password)
    if isinstance(checked, Credentials):
        return Login(checked.login_name, checked.password)
    # The words of a wrong password: what is too long or no text is not one.
    raise Unacceptable("authentication failed", "AUTHENTICATIONFAILED")
