"""HTML as text: what is seen, and the markup around it.

Theory:
    One linear pattern finds tags, comments and what scripts and styles say. A tag in a
    line (``<b>``) or a comment joins what is around it, any other parts it, as on a
    screen.
    References to characters become those. What was taken out is the markup: the
    addresses of links stand there.

Rules:
    Never raises; nothing is shown to anybody, so nothing has to be safe.

Limits:
    No layout: text in white on white, or behind ``display: none``, counts as seen.

Standards:
    HTML Living Standard §13.2.5 (tokenization), §13.5 (character references).
"""

import re
from html.entities import html5
from itertools import chain

# A comment that is not ended goes on to the end, as does a tag, a script, a style.
# Groups: what is taken out, and the name of a tag, so that `split` gives all in one go.
_MARKUP = re.compile(
    r"(<(?:!--[\s\S]*?(?:-->|\Z)"
    r"|script(?![^\s/>])[\s\S]*?(?=</script|\Z)"
    r"|style(?![^\s/>])[\s\S]*?(?=</style|\Z)"
    r"|/?+([a-z][^\s/>]*+)(?:[^>\"']++|\"[^\"]*+\"|'[^']*+'|[\"'])*+>?+"
    r"|[/!?][^>]*+>?+))",
    re.IGNORECASE,
)
_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd label mark nobr "
    "q s samp small span strike strong sub sup tt u var wbr"
)
_INLINE = frozenset(_INLINE_NAMES.split())
_REFERENCE = re.compile(
    r"&(?:#(?=\d)0*+(?P<dec>\d{0,7})"
    r"|#x(?=[0-9a-f])0*+(?P<hex>[0-9a-f]{0,6})"
    r"|(?P<name>[a-z0-9]{1,31};?+));?+",
    re.IGNORECASE,
)
_LAST_CHARACTER = 0x10FFFF


def split(source: str) -> tuple[str, str]:
    """Return what is seen of a page, and its markup."""
    pieces = _MARKUP.split(source)
    parted = [
        "" if (name.lower() in _INLINE if name else tag.startswith("<!--")) else " "
        for tag, name in zip(pieces[1::3], pieces[2::3], strict=True)
    ]
    parted.append("")
    seen = "".join(chain.from_iterable(zip(pieces[::3], parted, strict=True)))
    return unescape(seen), unescape(" ".join(pieces[1::3]))


def unescape(text: str) -> str:
    """Return a text with characters in the place of references to them."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    if found["name"]:
        return html5.get(found["name"], found[0])
    digits = found["dec"]
    code = int(f"0{found['hex']}", 16) if digits is None else int(f"0{digits}")
    return chr(code) if 0 < code <= _LAST_CHARACTER else "\ufffd"
