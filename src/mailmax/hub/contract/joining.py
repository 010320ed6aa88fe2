"""How a service or a command joins the hub.

Theory:
    `Hello` and `Challenge` carry a random number each way; `Proof` and `Welcome` show
    with an HMAC over both numbers (and the certificate, over TLS) that both sides know
    the host password, which is never sent (`hub.handshake`).

Manual: 1.1.1, 2.2.
"""

from mailmax.hub.contract.message import Message

VERSION = 6
"""Of the contract: `tests/architecture/test_contract_version.py` watches over it."""

ADMIN = "admin"
"""The role of a command or page of an administrator."""
HOUSEKEEPING = "housekeeping"
"""The role of who deletes by age."""
SMTPMAX = "smtpmax"
"""The role of who takes mail, and what its clients ask for."""


class Hello(Message, frozen=True, array_like=True, tag=3):
    """The first thing a client says."""

    version: int
    role: str
    """smtpmax, filer…, or `ADMIN`."""
    node: str
    software: str
    """Version of the program."""
    nonce: bytes
    pid: int = 0


class Challenge(Message, frozen=True, array_like=True, tag=4):
    """The hub's random number."""

    version: int
    nonce: bytes


class Proof(Message, frozen=True, array_like=True, tag=5):
    """The client knows the host password."""

    mac: bytes


class Welcome(Message, frozen=True, array_like=True, tag=6):
    """The hub knows it too; the client is a member now."""

    mac: bytes
    service_id: int
    timeout_s: float
    """DataMax timeout: how long either side may be silent (manual 4.1)."""
