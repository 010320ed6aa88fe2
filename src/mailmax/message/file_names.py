"""What a part's file is called: every name that some reader would show.

Rules:
    A rule on extensions must see the joined and decoded name and each raw variant
    (TRUST D-3): readers differ, and the attacker chooses the reader.

Standards:
    RFC 2183 §2.3 (filename), RFC 2045 §5.1 (name, its forerunner), RFC 2231.
"""

from mailmax.message import charsets, parameters
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


def variants(part: Part) -> set[str]:
    """Return every name and every piece of a name, decoded and raw."""
    found: set[str] = set()
    for value in _values(part):
        joined = parameters.joined(value)
        found.update(joined[key] for key in _KEYS if key in joined)
        found.update(
            charsets.guess(content)
            for name, content in value.parameters
            if name.partition(b"*")[0] in {b"filename", b"name"}
        )
    return found


def _values(part: Part) -> list[parameters.Value]:
    names = (b"content-disposition", b"content-type")
    raw = [part.fields[name] for name in names if name in part.fields]
    return [parameters.parse(value[:FIELD_LIMIT_OCTETS]) for value in raw]
