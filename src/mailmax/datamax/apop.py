"""The separate secret of a user for APOP, kept encrypted (DECISIONS 16, GEN-5).

Theory:
    APOP needs the clear text on the server. So a user may have a secret for it, apart
    from the password, encrypted with AES-256-GCM under a key that lies in the node's
    ``secrets/`` and never in the database; the user's number is bound to it, so one
    row cannot be put in another's place. Where the administrator has passwords kept
    so (`password_keeping`), it is a copy of the password and changes with it.

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
_DUMMY_OCTETS = 44
"""As long as a secret of 16 octets is when it is encrypted."""


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
        self._dummy = secrets.token_bytes(_DUMMY_OCTETS)

    def encrypt(self, user_id: int, secret: str, *, is_password: bool = False) -> bytes:
        """Return what the database keeps.

        Args:
            user_id: Whose.
            secret: What.
            is_password: It is a copy of the password, and goes when that does.
        """
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        bound = _bound(user_id, is_password=is_password)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), bound)

    def is_password(self, user_id: int, kept: bytes | None) -> bool:
        """Tell whether it is a copy of the user's password."""
        return bool(kept) and self._decrypt(user_id, kept, is_password=True) is not None

    def verify(
        self, user_id: int, kept: bytes | str | None, challenge: str, digest: str
    ) -> bool:
        """Check a client's digest; False for a user without a secret.

        Args:
            user_id: Who it says that it is.
            kept: What the database has: encrypted octets, or text in the clear.
            challenge: What the server said.
            digest: What the client made of it.
        """
        # Who does not exist, or has no secret, costs the same (TRUST G3).
        secret = self._secret(user_id, kept or self._dummy)
        octets = challenge.encode() + (secret or b"nobody")
        expected = hashlib.md5(octets, usedforsecurity=False).hexdigest()
        if len(digest) != _DIGEST_LENGTH or not digest.isascii():
            return False
        same = hmac.compare_digest(expected, digest)
        return same and secret is not None

    def _secret(self, user_id: int, kept: bytes | str) -> bytes | None:
        if isinstance(kept, str):
            return kept.encode()
        own = self._decrypt(user_id, kept, is_password=False)
        copy = self._decrypt(user_id, kept, is_password=True)
        return copy if own is None else own

    def _decrypt(
        self, user_id: int, kept: bytes | None, *, is_password: bool
    ) -> bytes | None:
        nonce, rest = (kept or b"")[:_NONCE_OCTETS], (kept or b"")[_NONCE_OCTETS:]
        try:
            bound = _bound(user_id, is_password=is_password)
            return self._cipher.decrypt(nonce, rest, bound)
        except (InvalidTag, ValueError):
            return None


def _bound(user_id: int, *, is_password: bool) -> bytes:
    return b"mailmax %s %d" % (b"password" if is_password else b"apop", user_id)
