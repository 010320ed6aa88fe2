"""The separate secret of a user for APOP, kept encrypted (DECISIONS 16, GEN-5).

Theory:
    APOP needs the clear text on the server. So a user may have a secret for it, apart
    from the password, encrypted with AES-256-GCM under a key that lies in the node's
    ``secrets/`` and never in the database; the user's number is bound to it, so one
    row cannot be put in another's place.

Standards:
    RFC 1939 §7 (APOP: MD5 of timestamp and secret, in lower-case hexadecimal).
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mailmax.base.errors import PermanentFailure

KEY_FILE = "apop-key"
KEY_OCTETS = 32
_NONCE_OCTETS = 12
_DIGEST_LENGTH = 32


def load_key(directory: Path) -> bytes:
    """Read the key, or make one when there is none.

    Raises:
        PermanentFailure: It cannot be read or is damaged.
    """
    path = directory / KEY_FILE
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_OCTETS))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    except OSError as error:
        raise PermanentFailure(f"{path} cannot be made: {error.strerror}") from error
    try:
        key = path.read_bytes()
    except OSError as error:
        raise PermanentFailure(f"{path} cannot be read: {error.strerror}") from error
    if len(key) != KEY_OCTETS:
        raise PermanentFailure(f"{path} is damaged: it must hold {KEY_OCTETS} octets")
    return key


class ApopSecrets:
    """Encrypts secrets and checks digests."""

    def __init__(self, key: bytes) -> None:
        """Take the node's key."""
        self._cipher = AESGCM(key)

    def encrypt(self, user_id: int, secret: str) -> bytes:
        """Return what the database keeps."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), _bound(user_id))

    def verify(
        self, user_id: int, kept: bytes | None, challenge: str, digest: str
    ) -> bool:
        """Check a client's digest; False for a user without a secret."""
        secret = self._decrypt(user_id, kept) if kept else None
        octets = challenge.encode() + (secret or b"nobody")
        expected = hashlib.md5(octets, usedforsecurity=False).hexdigest()
        if len(digest) != _DIGEST_LENGTH or not digest.isascii():
            return False
        same = hmac.compare_digest(expected, digest)
        return same and secret is not None

    def _decrypt(self, user_id: int, kept: bytes) -> bytes | None:
        nonce, rest = kept[:_NONCE_OCTETS], kept[_NONCE_OCTETS:]
        try:
            return self._cipher.decrypt(nonce, rest, _bound(user_id))
        except (InvalidTag, ValueError):
            return None


def _bound(user_id: int) -> bytes:
    return b"mailmax apop %d" % user_id
