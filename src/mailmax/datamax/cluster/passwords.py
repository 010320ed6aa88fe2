"""The host passwords of other members, kept encrypted.

Theory:
    Joining another hub proves its password (`hub.handshake`), so it cannot be hashed.
    The database has it under AES-256-GCM with the key that lies in the node's
    ``secrets/`` (`datamax.apop.load_key`), bound to the member's number.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_OCTETS = 12


class MemberPasswords:
    """Encrypts and opens them."""

    def __init__(self, key: bytes) -> None:
        """Take the node's key."""
        self._cipher = AESGCM(key)

    def encrypt(self, member_id: int, password: str) -> bytes:
        """Return what the database keeps."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        bound = _bound(member_id)
        return nonce + self._cipher.encrypt(nonce, password.encode(), bound)

    def decrypt(self, member_id: int, kept: bytes) -> str | None:
        """Return the password; None: it was kept with another key, or is damaged."""
        nonce, rest = kept[:_NONCE_OCTETS], kept[_NONCE_OCTETS:]
        try:
            return self._cipher.decrypt(nonce, rest, _bound(member_id)).decode()
        except (InvalidTag, ValueError):
            return None


def _bound(member_id: int) -> bytes:
    return b"mailmax member %d" % member_id
