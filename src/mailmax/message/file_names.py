"""What a part's file is called by most readers.

Standards:
    RFC 2183 §2.3 (filename), RFC 2045 §5.1 (name, its forerunner), RFC 2231.
"""

from mailmax.message import parameters
from mailmax.message.header import FIELD_LIMIT_OCTETS
from mailmax.message.part import Part

_KEYS = ("filename", "name")


def shown(part: Part) -> str | None:
    """Return the name that most readers show: filename, else name."""
    for value in _values(part):
        joined = parameters.joined(value)
        for key in _KEYS:
            if key in joined:
                return joined[key]
    return None


def _values(part: Part) -> list[parameters.Value]:
    names = (b"content-disposition", b"content-type")
    raw = [part.fields[name] for name in names if name in part.fields]
    return [parameters.parse(value[:FIELD_LIMIT_OCTETS]) for value in raw]
