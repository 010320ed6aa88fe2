"""Secrets that we must be able to tell another server: kept sealed (DOM-2, CLU-1).

Theory:
    The password of a smart host cannot be hashed: we log in with it. Nor can the host
    password of another member of the cluster, or of another system that is
    administered from here: joining its hub proves it (`hub.handshake`). The database
    has them encrypted with AES-256-GCM under the key that lies in the node's
    ``secrets/`` (`apop.load_key`), bound to what they are for and whose they are.

Rules:
    Lists and details show that there is a secret, and nothing else. That of a smart
    host is opened for QueueMax alone, which gets it as a row of its own.
"""

import binascii
import secrets
from base64 import b64decode, b64encode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SMART_HOST: Final = b"smart host"
MEMBER: Final = b"member"
SYSTEM: Final = b"system"
SECOND_FACTOR: Final = b"second factor"
_NONCE_OCTETS = 12


class Seal:
    """Seals secrets of one purpose and opens them."""

    def __init__(self, key: bytes, purpose: bytes) -> None:
        """Take the node's key.

        Args:
            key: What it is.
            purpose: `SMART_HOST`, `MEMBER`, `SYSTEM` or `SECOND_FACTOR`.
        """
        self._cipher = AESGCM(key)
        self._purpose = purpose

    def close(self, owner: int, secret: str) -> bytes:
        """Return what the database keeps.

        Args:
            owner: Number of the domain (0: the system), member, system or user.
            secret: What.
        """
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), self._bound(owner))

    def open(self, owner: int, kept: bytes) -> str | None:
        """Return the secret; None where it was sealed with another key, or damaged."""
        nonce, rest = kept[:_NONCE_OCTETS], kept[_NONCE_OCTETS:]
        try:
            return self._cipher.decrypt(nonce, rest, self._bound(owner)).decode()
        except (InvalidTag, ValueError):
            return None

    def close_text(self, owner: int, secret: str) -> str:
        """Return the same for a setting, which is text."""
        return b64encode(self.close(owner, secret)).decode("ascii")

    def open_text(self, owner: int, kept: str) -> str | None:
        """Open what `close_text` made."""
        try:
            return self.open(owner, b64decode(kept, validate=True))
        except (ValueError, binascii.Error):
            return None

    def _bound(self, owner: int) -> bytes:
        return b"mailmax %s %d" % (self._purpose, owner)
