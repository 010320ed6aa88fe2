"""An address with its port, as people write it."""

from mailmax.settings.field import BadValue

HIGHEST_PORT = 65_535


def split_host_port(text: str) -> tuple[str, int] | None:
    """Take ``host:port`` or ``[v6]:port`` apart; None when it is neither."""
    host, colon, digits = text.rpartition(":")
    if not colon or not host or not digits.isdecimal() or not digits.isascii():
        return None
    if len(digits) > 5 or not 0 < int(digits) <= HIGHEST_PORT:
        return None
    if host.startswith("[") and host.endswith("]"):
        return host[1:-1], int(digits)
    return None if ":" in host else (host, int(digits))


def no_listen(field: str, text: str) -> BadValue:
    """Say why nothing can listen there; `split_host_port` has found so."""
    kind, colon, rest = text.partition(":")
    if colon and kind == "tls" and split_host_port(rest) is not None:
        why = f"{text!r} is how others find it (hub.address); it is TLS always"
        return BadValue(field, why, f"leave tls: away: {rest}")
    cure = "give HOST:PORT, as in 0.0.0.0:4600"
    return BadValue(field, f"{text!r} is no address", cure)
