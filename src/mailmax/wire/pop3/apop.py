"""APOP: a login without the password on the line (RFC 1939 §7).

Theory:
    The banner carries a challenge; the client answers with the MD5 digest, in hex, of
    challenge and shared secret. MD5 collisions let a man in the middle learn
    characters of the secret (CVE-2007-1558), so it is off unless the operator turns it
    on, works only with a secret of its own, and each challenge is good for one try.

Rules:
    The challenge is 128 random bits in printable ASCII, in the form of a msg-id.
    Digests are compared in constant time, by whoever knows the secret.

See Also:
    TRUST F1.
"""

import hashlib

CHALLENGE_OCTETS = 16
_HEX = frozenset(b"0123456789abcdef")


def make_challenge(random: bytes, host: str) -> str:
    """Make the banner's challenge of `CHALLENGE_OCTETS` unguessable octets."""
    return f"<{random.hex()}@{host}>"


def is_digest(octets: bytes) -> bool:
    """Tell whether this has the form of a digest: 32 lower-case hex digits."""
    return len(octets) == 32 and all(octet in _HEX for octet in octets)


def compute_digest(challenge: str, secret: str) -> str:
    """Return the digest that a client which knows the secret sends."""
    octets = (challenge + secret).encode()
    return hashlib.md5(octets, usedforsecurity=False).hexdigest()
