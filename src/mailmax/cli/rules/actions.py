"""``--do``: actions as people write them at the terminal.

Theory:
    As `conditions`: each form is a row of the how-to, `write_action` is the way back.

Manual: 8.2.
"""

from collections.abc import Mapping
from typing import Any

from mailmax.cli.rules.words import Kind, Words, quoted, read_words
from mailmax.policy.rules import action as do
from mailmax.settings.field import BadValue

_LETTER = '[subject "…"] [name "…"] [from ADDRESS]'
_FIELDS = {"subject": "subject", "name": "name", "from": "reply_address"}


def read_action(option: str, text: str) -> do.Action | BadValue:
    """Read one action.

    Args:
        option: How it is called in complaints.
        text: What stands behind ``--do``.
    """
    return read_words(option, text, "action", _KINDS)


def write_action(action: do.Action) -> str:  # noqa: C901, PLR0911 - one row a kind
    """Write an action as it would be read."""
    match action:
        case do.Store():
            return f"store {quoted(action.mailbox)}"
        case do.Forward():
            return " ".join(["forward", *map(quoted, action.addresses)])
        case do.Discard():
            return "discard"
        case do.DiscardAttachment():
            return "discard attachments"
        case do.RespondText():
            return f"respond {quoted(action.text)}{_written_letter(action)}"
        case do.RespondFile():
            return f"respond file {quoted(action.path)}{_written_letter(action)}"
        case do.NoteToSelf():
            return f"note {quoted(action.text)}{_written_letter(action)}"
        case do.TerminateOtherRules():
            return "stop"
        case do.RunProgram():
            return f"run {quoted(action.command)}"


def _store(words: Words) -> do.Action:
    return do.Store(words.take_last("the mailbox") if len(words) else "")


def _forward(words: Words) -> do.Action:
    addresses: list[str] = []
    while len(words) or not addresses:
        text = words.take("an address")
        addresses += [one for one in text.split(",") if one]
    return do.Forward(tuple(addresses))


def _discard(words: Words) -> do.Action:
    is_part = words.take_keyword("attachments", "attachment")
    words.end()
    return do.DiscardAttachment() if is_part else do.Discard()


def _respond(words: Words) -> do.Action:
    if len(words) > 1 and words.take_keyword("file"):
        path = words.take("the path of the file")
        return do.RespondFile(path=path, **_letter(words))
    text = words.take("the text")
    return do.RespondText(text=text, **_letter(words))


def _note(words: Words) -> do.Action:
    text = words.take("the text")
    return do.NoteToSelf(text=text, **_letter(words))


def _letter(words: Words) -> dict[str, Any]:
    found: dict[str, str] = {}
    while len(words):
        field = _FIELDS[words.expect_keyword(*_FIELDS)]
        if field in found:
            words.fail(f"the {field.replace('_', ' ')} is given twice", "give it once")
        found[field] = words.take(f"the {field.replace('_', ' ')}")
    return found


def _stop(words: Words) -> do.Action:
    words.end()
    return do.TerminateOtherRules()


def _run(words: Words) -> do.Action:
    return do.RunProgram(words.take_last("the command"))


_KINDS: Mapping[str, Kind[do.Action]] = {
    "store": Kind("store Junk, or store alone: INBOX", _store),
    "forward": Kind("forward ada@example.org eve@example.org", _forward),
    "discard": Kind("discard, or discard attachments", _discard),
    "respond": Kind(
        f'respond "the text" {_LETTER}, or respond file /path {_LETTER}', _respond
    ),
    "note": Kind(f'note "the text" {_LETTER}', _note),
    "stop": Kind("stop", _stop),
    "run": Kind('run "/usr/bin/program %F"', _run),
}
KEYWORDS = tuple(_KINDS)


def _written_letter(letter: do.RespondText | do.RespondFile | do.NoteToSelf) -> str:
    return "".join(
        f" {word} {quoted(value)}"
        for word, field in _FIELDS.items()
        if (value := getattr(letter, field))
    )
