"""The mechanisms there are, by name."""

from collections.abc import Callable, Mapping

from mailmax.wire.sasl.exchange import Exchange
from mailmax.wire.sasl.login import Login
from mailmax.wire.sasl.plain import Plain

MECHANISMS: Mapping[bytes, Callable[[], Exchange]] = {b"PLAIN": Plain, b"LOGIN": Login}
"""In the order in which they are offered."""


def begin_exchange(name: bytes) -> Exchange | None:
    """Begin a mechanism named by a client in any case; None: not known here."""
    make = MECHANISMS.get(name.upper())
    return make() if make is not None else None
