"""Where mail for a domain goes.

Theory:
    Everything that one connection can serve is a `Destination`: the key of connection
    pools. `find_route` is the whole table::

        the recipient's domain          goes to                           when
        relay                           its delivery address              at once
        etrn, with a delivery address   that                              at ETRN
        etrn, without                   the best other exchanger          at ETRN
        backup                          better exchangers (`exchangers`)  at once
        none of ours, smart host on     the smart host                    at once
        none of ours, a literal         that address                      at once
        none of ours                    its exchangers                    at once

    The smart host is that of the domain of the reverse-path, where that is ours and
    says so, else the system's (DOM-2). It is for mail that is nobody's here: what we
    pass on never goes there, as the smart host would bring it back.

Rules:
    A login and the wish for encryption belong to the host they were given for: a
    domain with a host of its own never uses the system's login.

Standards:
    RFC 5321 §5.1, RFC 1985 (ETRN), RFC 2033 (LMTP), RFC 8314 (implicit TLS).

Manual: 4.1, 6.1, 6.5; DECISIONS 17, 18, 19.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from mailmax.policy.outcome import Outcome, transient
from mailmax.policy.targets import parse_literal

SMTP_PORT = 25
LMTP_PORT = 24
LMTP_PREFIX = "lmtp:"


class Tls(Enum):
    """How much encryption is asked for."""

    OPPORTUNISTIC = "opportunistic"
    """Where it is offered, whoever is there (RFC 7435)."""
    REQUIRED = "required"
    """STARTTLS, and a certificate that proves the name, or nothing is sent."""
    IMPLICIT = "implicit"
    """The same, encrypted from the first octet."""

    @property
    def is_proved(self) -> bool:
        """Tell whether the certificate must prove the name."""
        return self is not Tls.OPPORTUNISTIC


@dataclass(frozen=True, slots=True)
class Login:
    """Who we say that we are to a host that asks."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SmartHost:
    """Where all remote mail goes, by order of the administrator."""

    host: str
    """A name or an address without brackets."""
    port: int = SMTP_PORT
    tls: Tls = Tls.OPPORTUNISTIC
    login: Login | None = None


@dataclass(frozen=True, slots=True)
class SmartHostChoice:
    """What a domain, or the system, says of smart hosts."""

    is_on: bool | None = None
    """None: the system decides, and its smart host is used."""
    host: SmartHost | None = None
    """None: the system's."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom one connection can serve."""

    host: str
    """A domain (ask for its MX), or the host itself when `is_host`."""
    port: int = SMTP_PORT
    is_host: bool = False
    is_configured: bool = False
    """Named by the administrator: may be loopback."""
    title: str = ""
    """What people call a configured one."""
    is_lmtp: bool = False
    """A host that files mail itself; a path of a socket begins with ``/``."""
    tls: Tls = Tls.OPPORTUNISTIC
    login: Login | None = None
    priority: int = 0
    """Ours among the exchangers of a backup domain, where the DNS does not list us;
    0: it is no backup domain's."""
    is_best_other: bool = False
    """The best exchangers that are not we, better or worse than us."""

    @property
    def is_passed_on(self) -> bool:
        """Tell whether we agreed to pass on what goes there."""
        return self.priority > 0 or self.is_best_other

    def __str__(self) -> str:
        usual = LMTP_PORT if self.is_lmtp else SMTP_PORT
        is_plain = self.port == usual or self.host.startswith("/")
        text = self.host if is_plain else f"{self.host}:{self.port}"
        return LMTP_PREFIX + text if self.is_lmtp else text


class Domain(Protocol):
    """A domain of ours."""

    @property
    def kind(self) -> str:
        """Whether its mail stays here or is passed on."""

    @property
    def delivery_address(self) -> str:
        """Where a relay or ETRN domain's mail goes; may be empty."""

    @property
    def priority(self) -> int:
        """Of a backup domain."""


def find_route(
    domain: str,
    recipient: Domain | None,
    sender: SmartHostChoice | None,
    system: SmartHostChoice,
) -> Destination | Outcome:
    """Return where a recipient's mail goes, or why that cannot be said.

    Args:
        domain: Of the recipient, in lower case; may be an address literal.
        recipient: The domain of ours of that name, if it is one.
        sender: What the reverse-path's domain says, if it is ours.
        system: What the system says.
    """
    match recipient.kind if recipient is not None else "":
        case "relay" | "etrn" if recipient is not None and recipient.delivery_address:
            return _deliver(domain, recipient.delivery_address)
        case "relay":
            return transient("4.4.4", f"{domain} has no delivery address")
        case "etrn":
            return Destination(domain, is_best_other=True)
        case "backup" if recipient is not None:
            return Destination(domain, priority=max(1, recipient.priority))
        case _:
            return _elsewhere(domain, choose_smart_host(sender, system))


def choose_smart_host(
    own: SmartHostChoice | None, system: SmartHostChoice
) -> SmartHost | None:
    """Return the smart host to use, or None: every domain's own exchangers.

    Args:
        own: What the sender's domain says, if it is ours.
        system: What the system says.
    """
    if own is None or own.is_on is None:
        return system.host if system.is_on else None
    return (own.host or system.host) if own.is_on else None


def _deliver(domain: str, address: str) -> Destination | Outcome:
    found = parse_delivery_address(address)
    if found is None:
        text = f"the delivery address of {domain} cannot be read: {address}"
        return transient("4.4.4", text)
    return found


def _elsewhere(domain: str, smart_host: SmartHost | None) -> Destination:
    if smart_host is not None:
        return Destination(
            smart_host.host,
            smart_host.port,
            is_host=True,
            is_configured=True,
            title="smart host",
            tls=smart_host.tls,
            login=smart_host.login,
        )
    literal = parse_literal(domain)
    if literal is not None:
        return Destination(literal, is_host=True)
    return Destination(domain)


def parse_smart_host(
    text: str, tls: Tls = Tls.OPPORTUNISTIC, login: Login | None = None
) -> SmartHost | None:
    """Read ``host``, ``host:port``, ``[address]`` or ``[address]:port``.

    Args:
        text: As an administrator wrote it.
        tls: How much encryption is asked for.
        login: Who we are there.

    Returns:
        None when the text is empty or no such thing.
    """
    found = _parse_host(text, SMTP_PORT)
    return SmartHost(*found, tls, login) if found else None


def parse_delivery_address(text: str) -> Destination | None:
    """Read a host as above, one behind ``lmtp:``, or a socket: ``lmtp:/path``.

    Returns:
        None when the text is empty or no such thing.
    """
    is_lmtp = text[: len(LMTP_PREFIX)].lower() == LMTP_PREFIX
    rest = text[len(LMTP_PREFIX) :] if is_lmtp else text
    usual = LMTP_PORT if is_lmtp else SMTP_PORT
    is_path = is_lmtp and rest.startswith("/")
    found = (rest, usual) if is_path else _parse_host(rest, usual)
    if found is None:
        return None
    return Destination(
        *found,
        is_host=True,
        is_configured=True,
        title="delivery address",
        is_lmtp=is_lmtp,
    )


def _parse_host(text: str, usual_port: int) -> tuple[str, int] | None:
    text = text.strip()
    host, port_text = text, ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        host = host.removeprefix("IPv6:")
        port_text = rest.removeprefix(":")
        if rest and not rest.startswith(":"):
            return None
    elif text.count(":") == 1:
        host, _, port_text = text.partition(":")
        if not port_text:
            return None
    if not host or " " in host:
        return None
    if not port_text:
        return host.lower(), usual_port
    if len(port_text) > 5 or not (port_text.isascii() and port_text.isdigit()):
        return None
    port = int(port_text)
    return (host.lower(), port) if 0 < port < 65536 else None
