"""The place of the accounts database, as people may see it."""

import re

_IN_QUERY = re.compile(r"([?&](?:ssl)?password=)[^&]*", re.IGNORECASE)
HIDDEN = "***"


def without_password(url: str) -> str:
    """Return a database URL in which no password stands.

    Args:
        url: ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/NAME``.
    """
    scheme, colon, rest = url.partition("://")
    login, at, place = rest.rpartition("@")
    user, has_password, _ = login.partition(":")
    if has_password:
        login = f"{user}:{HIDDEN}"
    return _IN_QUERY.sub(rf"\g<1>{HIDDEN}", f"{scheme}{colon}{login}{at}{place}")
