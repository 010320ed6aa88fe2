"""Where mail for a domain goes.

Theory:
    A domain, or the smart host before all domains, is a `Destination`: the key of
    connection pools. What the DNS says about it becomes a list of hosts in the order
    in which to try them, or an `Outcome` that says why there is none.

Rules:
    The null MX and a domain that does not exist are permanent; that nobody answered
    is not seen here (it is a TemporaryFailure of the resolver). Where we are listed,
    only strictly better exchangers count: else mail would go in circles.

Limits:
    20 hosts tried (TRUST C4; Postfix smtp_mx_address_limit 5).

Standards:
    RFC 5321 §5.1 (MX order, implicit MX, loops), RFC 7505 (null MX), RFC 3463.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailmax.base.dns import Answer, MxRecord
from mailmax.policy.outcome import Outcome, permanent
from mailmax.policy.targets import parse_literal

SMTP_PORT = 25
MAX_HOSTS = 20

Uniform = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class SmartHost:
    """Where all remote mail goes, by order of the administrator."""

    host: str
    """A name or an address without brackets."""
    port: int = SMTP_PORT


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom one connection can serve."""

    host: str
    """A domain (ask for its MX), or the host itself when `is_host`."""
    port: int = SMTP_PORT
    is_host: bool = False
    is_configured: bool = False
    """Named by the administrator: may be loopback."""

    def __str__(self) -> str:
        return self.host if self.port == SMTP_PORT else f"{self.host}:{self.port}"


def find_destination(domain: str, smart_host: SmartHost | None) -> Destination:
    """Return where mail for a domain goes.

    Args:
        domain: Lower case; may be an address literal.
        smart_host: The administrator's, if any.
    """
    if smart_host is not None:
        return Destination(
            smart_host.host, smart_host.port, is_host=True, is_configured=True
        )
    literal = parse_literal(domain)
    if literal is not None:
        return Destination(literal, is_host=True)
    return Destination(domain)


def parse_smart_host(text: str) -> SmartHost | None:
    """Read ``host``, ``host:port``, ``[address]`` or ``[address]:port``.

    Returns:
        None when the text is empty or no such thing.
    """
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
        return SmartHost(host.lower())
    if len(port_text) > 5 or not (port_text.isascii() and port_text.isdigit()):
        return None
    port = int(port_text)
    return SmartHost(host.lower(), port) if 0 < port < 65536 else None


def order_hosts(
    domain: str,
    answer: Answer[MxRecord],
    own_names: frozenset[str],
    uniform: Uniform,
) -> Sequence[str] | Outcome:
    """Return the hosts to try for a domain, best first.

    Args:
        domain: Whose exchangers they are.
        answer: What the DNS says of them.
        own_names: Host names of ours, in lower case.
        uniform: A random number between two, for exchangers of equal preference.

    Refs:
        RFC 5321 §5.1, RFC 7505 §3.
    """
    if not answer.exists:
        return permanent("5.1.2", "the domain does not exist")
    if not answer.records:
        return (domain,)  # the implicit MX
    exchangers = [record for record in answer.records if record.host]
    if not exchangers:
        return permanent("5.1.10", "the domain accepts no mail (null MX)")
    ours = [record.preference for record in exchangers if record.host in own_names]
    if ours:
        exchangers = [record for record in exchangers if record.preference < min(ours)]
        if not exchangers:
            return permanent("5.4.6", "mail for the domain loops back to this server")
    shuffled = sorted(
        exchangers, key=lambda record: (record.preference, uniform(0.0, 1.0))
    )
    return tuple(dict.fromkeys(record.host for record in shuffled))[:MAX_HOSTS]
