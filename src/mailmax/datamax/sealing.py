"""Secrets that we must be able to tell another server: kept sealed (DOM-2, GEN-8).

Theory:
    The password of a smart host cannot be hashed: we log in with it. The database has
    it encrypted with AES-256-GCM under the key that lies in the node's ``secrets/``
    (`apop.load_key`), bound to whose it is. It is opened for QueueMax alone, which
    gets it as a row of its own; lists and details show that there is one.
"""

import binascii
import secrets
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_OCTETS = 12


class Seal:
    """Seals secrets and opens them."""

    def __init__(self, key: bytes) -> None:
        """Take the node's key."""
        self._cipher = AESGCM(key)

    def close(self, owner: int, secret: str) -> str:
        """Return what the database keeps.

        Args:
            owner: Number of the domain; 0: the system.
            secret: What.
        """
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        sealed = self._cipher.encrypt(nonce, secret.encode(), _bound(owner))
        return b64encode(nonce + sealed).decode("ascii")

    def open(self, owner: int, kept: str) -> str | None:
        """Return the secret; None where it was sealed with another key, or damaged."""
        try:
            octets = b64decode(kept, validate=True)
            nonce, rest = octets[:_NONCE_OCTETS], octets[_NONCE_OCTETS:]
            return self._cipher.decrypt(nonce, rest, _bound(owner)).decode()
        except (InvalidTag, ValueError, binascii.Error):
            return None


def _bound(owner: int) -> bytes:
    return b"mailmax smart host %d" % owner
