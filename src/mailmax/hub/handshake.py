"""How both sides show that they know the host password without saying it.

Theory:
    Each side gives a random number. The client proves first, with an HMAC-SHA256 over
    both numbers under a key made of the password; the hub answers with its own. The
    words ``client`` and ``hub`` keep one from being reflected as the other.

    Over TLS the hub's certificate is part of both proofs. So a self-signed one is
    enough: whoever sits in the middle shows another certificate and cannot make a
    proof that holds for the hub's (channel binding, the idea of RFC 5929 §4).

Limits:
    PBKDF2 with 20,000 rounds (about 8 ms, once a process) makes guessing from an
    overheard proof dear; a host password should be long all the same.
"""

import hashlib
import hmac

NONCE_OCTETS = 32
ROUNDS = 20_000
_SALT = b"mailmax host password"


def derive_key(host_password: str) -> bytes:
    """Make the key of both proofs; slow on purpose."""
    return hashlib.pbkdf2_hmac("sha256", host_password.encode(), _SALT, ROUNDS)


def prove_client(key: bytes, client: bytes, hub: bytes, certificate: bytes) -> bytes:
    """Return what a client shows.

    Args:
        key: Of `derive_key`.
        client: The client's random number.
        hub: The hub's.
        certificate: The hub's certificate (DER); empty on a Unix socket.
    """
    return _prove(key, b"client", client, hub, certificate)


def prove_hub(key: bytes, client: bytes, hub: bytes, certificate: bytes) -> bytes:
    """Return what the hub shows."""
    return _prove(key, b"hub", client, hub, certificate)


def is_same(ours: bytes, theirs: bytes) -> bool:
    """Compare two proofs in a time that tells nothing."""
    return hmac.compare_digest(ours, theirs)


def _prove(key: bytes, who: bytes, *parts: bytes) -> bytes:
    digests = [hashlib.sha256(part).digest() for part in (who, *parts)]
    return hmac.digest(key, b"".join(digests), "sha256")
