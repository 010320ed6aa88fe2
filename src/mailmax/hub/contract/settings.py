"""What administrators ask about the settings of the whole system.

Manual: 4.1.
"""

import msgspec

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.message import Denied, Message, Request


class SettingView(msgspec.Struct, frozen=True, array_like=True):
    """A setting as an administrator sees it."""

    key: str
    value: str
    """JSON."""
    is_default: bool


class SettingList(Message, frozen=True, array_like=True, tag=70):
    """All, in the order of the manual, or the one that was asked."""

    rows: tuple[SettingView, ...]


class GetSettings(Request[SettingList | Denied], frozen=True, array_like=True, tag=71):
    """All settings, or one."""

    key: str = ""


class SetSetting(Request[Changed | Denied], frozen=True, array_like=True, tag=72):
    """Change one; `value` is what a person types. Empty text restores the default."""

    key: str
    value: str
