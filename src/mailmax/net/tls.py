"""TLS contexts for our own services and for the servers we send to.

Standards:
    RFC 8996 (TLS 1.0 and 1.1 are gone), RFC 9325 (recommendations), RFC 7435
    (opportunistic security: encryption without proof beats none).
"""

import ssl
from pathlib import Path

HANDSHAKE_S = 30.0
"""Of either side."""

# Mozilla's "intermediate" list for TLS 1.2; 1.3 chooses its own.
_CIPHERS = ":".join(
    f"ECDHE-{key}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for key in ("ECDSA", "RSA")
)


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the context of our services.

    Raises:
        OSError: A file cannot be read.
        ssl.SSLError: They are no certificate chain and its key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(certificate, key, lambda: "")  # never asks a terminal
    return context


def unverified_context(
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
) -> ssl.SSLContext:
    """Return a client's context that encrypts to whoever is there, verifying nobody.

    For sending, and where something else proves who is there (`hub.handshake`).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = oldest
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def verifying_context() -> ssl.SSLContext:
    """Return a client's context that wants to know by certificate who is there.

    By the authorities that this computer trusts: for mail whose sender requires it
    (RFC 8689), and for smart hosts of which that is asked.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
