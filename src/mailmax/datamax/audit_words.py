"""What an entry of the audit log says of a request: pure.

Rules:
    What reads is not noted, nor what only asks what would happen. Whatever else is
    said by an administrator's program or page is, also what is new in the contract.
    A secret is "set" or "blank", never itself: those in `Secret`, and the values of
    settings that are declared secret. Long values are cut.

Limits:
    2,000 characters before and after each, 300 of one text, 255 of a subject, 200 of
    the ids in it, 20 of one list.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from mailmax.base.units import DAY_S, HOUR_S, MINUTE_S
from mailmax.hub.contract.message import Message, Secret
from mailmax.hub.contract.quarantine import SteerQuarantine
from mailmax.hub.contract.queue import Selection
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.steering import SteerDead, SteerQueue
from mailmax.settings.binding import BINDING_SETTINGS
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.user import USER_SETTINGS

LONGEST: Final = 2_000
_LONGEST_TEXT = 300
_LONGEST_LIST = 20
_LONGEST_SUBJECT = 255
_LONGEST_IDS = 200
_READS = ("List", "Show", "Ask", "Count", "Get", "Read", "Watch", "Try", "StopTrace")
_SUBJECTS = ("address", "name", "key", "value", "pattern", "label", "service", "line")
_NUMBERS = ("rule_id", "session_id", "key_id", "member_id")
_PLACES = ("domain", "role", "node")
_SPANS = {"d": DAY_S, "h": HOUR_S, "m": MINUTE_S}
EVERYTHING: Final = "*"
"""The subject of an act on all mail that waits."""
_SECRET_KEYS: frozenset[str] = frozenset(
    key
    for declared in (SYSTEM_SETTINGS, DOMAIN_SETTINGS, USER_SETTINGS, BINDING_SETTINGS)
    for key, field in declared.items()
    if field.is_secret
)


def changes_something(request: Message) -> bool:
    """Tell whether a request is noted."""
    if getattr(request, "dry_run", False) or getattr(request, "only_show", False):
        return False
    return not type(request).__name__.startswith(_READS)


def subject_of(request: Message) -> str:
    """Return on what it acts: in a word, or as mail is searched for.

    >>> subject_of(SteerDead("delete", Selection(("7.1",), sender="a.test"), ""))
    '7.1 from:a.test'
    """
    if isinstance(request, SteerQueue | SteerDead):
        return shown_text(_choice(request.selection))
    if isinstance(request, SteerQuarantine):
        return shown_text(_ids(request.ids))
    for name in (*_SUBJECTS, *_NUMBERS, *_PLACES):
        value = getattr(request, name, None)
        if isinstance(value, str | int) and value:
            return shown_text(str(value))
    owner = getattr(request, "owner", None)
    return shown_text(owner) if isinstance(owner, str) else ""


def _choice(meant: Selection) -> str:
    if meant.everything:
        return EVERYTHING
    said = {
        "from": meant.sender,
        "to": meant.recipient,
        "destination": meant.destination,
        "state": meant.state,
        "older": _span(meant.older_than_s),
    }
    words = [f"{name}:{value}" for name, value in said.items() if value]
    return " ".join([_ids(meant.ids), *words]).strip()


def _ids(ids: Sequence[str]) -> str:
    """Return as many as there is room for, and how many more there are."""
    text = ""
    for at, one in enumerate(ids):
        longer = f"{text}, {one}" if text else one
        if at and len(longer) > _LONGEST_IDS:
            return f"{text} +{len(ids) - at}"
        text = longer
    return text


def _span(seconds: float) -> str:
    whole = int(seconds) if math.isfinite(seconds) else 0  # that is refused
    for unit, length in _SPANS.items():
        if whole and whole % length == 0:
            return f"{whole // length}{unit}"
    return f"{whole}s" if whole else ""


def words_of(request: Message) -> str:
    """Return what was asked, as short JSON."""
    fields = {
        key: value
        for key, value in msgspec.structs.asdict(request).items()
        if key not in {"actor", "asker"}
    }
    if isinstance(request, SetSetting) and request.key in _SECRET_KEYS:
        fields["value"] = _covered(request.value)
    return as_json(fields)


def as_json(values: Mapping[str, Any]) -> str:
    """Return values as short JSON, without secrets."""
    text = json.dumps(_plain(dict(values)), ensure_ascii=False)
    if len(text) <= LONGEST:
        return text
    return json.dumps({"cut": text[: LONGEST // 2]}, ensure_ascii=False)


def shown_text(text: str) -> str:
    """Return text as a list shows it: not too long, no control characters."""
    cut = text[:_LONGEST_SUBJECT]
    return "".join(
        one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in cut
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return _covered(value.value)
    if isinstance(value, msgspec.Struct):
        return _plain(msgspec.structs.asdict(value))
    if isinstance(value, Mapping):
        return {
            str(key): _covered(one) if key in _SECRET_KEYS else _plain(one)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        shown = [_plain(one) for one in list(value)[:_LONGEST_LIST]]
        more = len(value) - len(shown)
        return [*shown, f"and {more} more"] if more else shown
    if isinstance(value, bytes):
        return f"{len(value)} octets"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has none
    return _cut(value) if isinstance(value, str) else value


def _covered(value: object) -> str:
    return "set" if value else "blank"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
