"""What runs here: versions, and the licences of the parts.

Theory:
    The parts are what MailMax names as needed, as they are installed on the computer of
    the web; each says its licence in its own metadata.

Manual: 11.1.
"""

import asyncio
import platform
import re
from functools import cache
from importlib import metadata

import msgspec

from mailmax import __version__
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_PRODUCT = "mailmax"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LONGEST = 60
"""Some write the whole licence where its name belongs."""


class Part(msgspec.Struct, frozen=True):
    """A library that MailMax is made with."""

    name: str
    version: str
    licence: str
    """As it says itself; empty: it does not."""


class About(msgspec.Struct, frozen=True):
    """What runs on the computer of the web."""

    version: str
    python: str
    system: str
    """Operating system and machine."""
    parts: list[Part]


@route(
    "GET /about",
    scope="about:read",
    owner=nobodys(Whose.SYSTEM),
    shape=Shape(gives=About),
)
async def show_about(_: Call) -> About:
    """Show versions, and the licences of the parts."""
    return await asyncio.to_thread(_about)


ROUTES = (show_about,)


@cache
def _about() -> About:
    return About(
        __version__,
        f"{platform.python_implementation()} {platform.python_version()}",
        f"{platform.system()} {platform.release()} ({platform.machine()})",
        _parts(),
    )


def _parts() -> list[Part]:
    found = []
    for line in metadata.requires(_PRODUCT) or []:
        name = _NAME.match(line)
        if name is None or "extra ==" in line:
            continue
        try:
            found.append(_part(metadata.metadata(name[0])))
        except metadata.PackageNotFoundError:
            continue  # not needed on this machine
    return sorted(found, key=lambda part: part.name.lower())


def _part(told: metadata.PackageMetadata) -> Part:
    return Part(told["Name"], told["Version"], licence_of(told))


def licence_of(told: metadata.PackageMetadata) -> str:
    """Return the name of a licence: an expression, a short word, or a classifier."""
    for key in ("License-Expression", "License"):
        words = told[key].strip() if key in told else ""
        if words and "\n" not in words and len(words) <= _LONGEST:
            return words
    for line in told.get_all("Classifier") or []:
        if line.startswith("License ::"):
            return str(line.rpartition(":: ")[2])
    return ""
