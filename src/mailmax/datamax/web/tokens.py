"""Tokens: made, and hashed for the database.

Theory:
    A token has 256 random bits, so one round of SHA-256 is enough: there is nothing
    to guess that a slow hash would protect. Recovery codes have 80 bits, and a wrong
    one is delayed like a wrong password.

Limits:
    Ten recovery codes of sixteen letters and digits.
"""

import hashlib
import secrets
from base64 import b32encode

from mailmax.hub.contract.web import KEY_PREFIX

TOKEN_OCTETS = 32
RECOVERY_CODES = 10
_RECOVERY_OCTETS = 10
_LONGEST = 200


def make_token() -> str:
    """Return a new one."""
    return secrets.token_urlsafe(TOKEN_OCTETS)


def make_key() -> str:
    """Return a new API key."""
    return KEY_PREFIX + make_token()


def is_key(token: str) -> bool:
    """Tell whether it looks like an API key."""
    return token.startswith(KEY_PREFIX)


def hash_token(token: str) -> bytes:
    """Return what the database keeps of it; of what cannot be one: of nothing."""
    octets = token[:_LONGEST].encode("utf-8", "surrogatepass")
    return hashlib.sha256(b"mailmax token " + octets).digest()


def make_recovery_codes() -> list[str]:
    """Return new ones, in groups of four: ``ABCD-EFGH-IJKL-MNOP``."""
    return [
        _grouped(secrets.token_bytes(_RECOVERY_OCTETS)) for _ in range(RECOVERY_CODES)
    ]


def hash_recovery_code(user_id: int, code: str) -> bytes:
    """Return what the database keeps of a code, however it was typed."""
    plain = "".join(char for char in code[:_LONGEST].upper() if char.isalnum())
    octets = plain.encode("utf-8", "surrogatepass")
    return hashlib.sha256(b"mailmax recovery %d " % user_id + octets).digest()


def _grouped(octets: bytes) -> str:
    letters = b32encode(octets).decode("ascii")
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))
