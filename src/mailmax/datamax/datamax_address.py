"""Where another DataMax is, as an administrator gives it: checked. Pure."""

from mailmax.datamax.effect import denied
from mailmax.hub.contract.message import Denied
from mailmax.settings.field import BadValue
from mailmax.settings.host_port import split_host_port
from mailmax.settings.kinds import smart_host

LONGEST = 300


def check_datamax_address(field: str, text: str) -> str | Denied:
    """Return ``host:port`` in one form, or say what is wrong with it.

    Args:
        field: What it is called there.
        text: As it was given.
    """
    address = text.strip().lower()
    if split_host_port(address) is None or len(address) > LONGEST:
        return Denied(
            "bad_value",
            field,
            f"{text[:60]!r} is no HOST:PORT",
            "give what its hub.listen says, as in b.example.org:4600",
        )
    checked = smart_host(field, address)
    return denied(checked) if isinstance(checked, BadValue) else address
