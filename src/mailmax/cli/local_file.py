"""Writing mailmax.toml, with comments for the person who opens it."""

import os
from pathlib import Path
from typing import Any

import msgspec
import tomlkit

from mailmax.settings.local import LocalFile

_ABOUT = (
    "This computer's settings (manual 3). Everything else: mailmax config.",
    "Paths may be relative to the directory of this file.",
)


def write_local(path: Path, local: LocalFile) -> None:
    """Write the file as a whole, durably.

    Raises:
        OSError: It could not be written.
    """
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(tomlkit.dumps(_document(local)))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _changed(part: msgspec.Struct) -> dict[str, Any]:
    """Return what is not the default."""
    defaults = msgspec.structs.asdict(type(part)())
    given = msgspec.structs.asdict(part)
    return {key: value for key, value in given.items() if value != defaults[key]}


def _document(local: LocalFile) -> tomlkit.TOMLDocument:
    document = tomlkit.document()
    for line in _ABOUT:
        document.add(tomlkit.comment(line))
    document.add("node", tomlkit.item(local.node))
    document.add("base_port", tomlkit.item(local.base_port))
    document.add("trust_loopback", tomlkit.item(local.trust_loopback))
    if local.run_as:
        document.add("run_as", tomlkit.item(local.run_as))
    if local.database_url:
        document.add("database_url", tomlkit.item(local.database_url))
    for name in ("hub", "directories", "programs", "web"):
        part = getattr(local, name)
        if changed := _changed(part):
            document.add(name, tomlkit.item(changed))
    return document
