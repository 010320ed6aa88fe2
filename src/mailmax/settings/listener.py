"""Settings of one service at a listening address (manual 5.5, 5.6), and its port.

Manual: 5.5, 5.6; 4.3, 4.5.1, 4.5.3 for the default ports.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mailmax.settings.field import BadValue, Field
from mailmax.settings.host_port import HIGHEST_PORT
from mailmax.settings.kinds import number
from mailmax.settings.local import STANDARD_PORTS, ServiceName

USUAL_SERVICES: tuple[ServiceName, ...] = tuple(STANDARD_PORTS)
"""Added with every connection: SMTP, POP3 and IMAP4 (manual 5.5), what users send by,
and the ports with TLS from the first octet, which mail programs try first (RFC 8314
§3)."""

_PORT_SETTINGS = {"smtp": "smtp_port", "pop3": "pop_port", "imap": "imap_port"}
"""Settings of the system that hold the default port of a service."""

_FIELDS = (
    Field(
        key="port",
        label="Port",
        default=0,
        check=number(0, HIGHEST_PORT),
        help="0: the system's default for that service.",
        manual="5.5",
        zero="system",
    ),
    Field(
        key="low_water",
        label="Low water mark",
        default=9_000,
        check=number(0, 100_000),
        help="Number of open sessions at which new clients are accepted again.",
        manual="5.6",
    ),
    Field(
        key="high_water",
        label="High water mark",
        default=10_000,
        check=number(1, 100_000),
        help="Number of open sessions at which no more clients are accepted: they wait "
        "until there are as few as the low water mark says.",
        manual="5.6",
    ),
    Field(
        key="step",
        label="Step rate",
        default=16,
        check=number(1, 1_000),
        help="How many new clients are accepted at once, before those who are here "
        "get their turn.",
        manual="5.6",
    ),
)

LISTENER_SETTINGS: Mapping[str, Field] = {field.key: field for field in _FIELDS}


def check_listener(service: str, values: Mapping[str, Any]) -> BadValue | None:
    """Say what is wrong with the values of a listener together; None: nothing."""
    if values["low_water"] > values["high_water"]:
        return BadValue(
            "low_water",
            f"it is above the high water mark ({values['high_water']})",
            "give at most as much, or raise high_water too",
        )
    if not values["port"] and service not in STANDARD_PORTS:
        return BadValue("port", f"{service} has no default port", "give one")
    return None


def default_port(service: str, setting: Callable[[str], Any]) -> int:
    """Return the port that 0 stands for, before a node's base port is added.

    Args:
        service: A service with a standard port; for others it is 0.
        setting: Gives the value of a system setting.
    """
    key = _PORT_SETTINGS.get(service)
    if key is not None:
        return int(setting(key))
    return next((p for name, p in STANDARD_PORTS.items() if name == service), 0)


def uses_setting(service: str, key: str) -> bool:
    """Tell whether that system setting is the service's default port."""
    return _PORT_SETTINGS.get(service) == key


def is_port_setting(key: str) -> bool:
    """Tell whether that system setting is the default port of some service."""
    return key in _PORT_SETTINGS.values()
