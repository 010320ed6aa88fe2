"""What is wrong with a command line, in our words: which part of it, and the cure."""

from cyclopts import (
    Argument,
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    UnusedCliTokensError,
)


def words_of(error: CycloptsError) -> str:
    """Say what is wrong."""
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        return _missing(error, error.argument)
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return _unused(error.unused_tokens, _help_of(error))
    if isinstance(error, CoercionError) and error.target_type is int and error.token:
        name = error.argument.name if error.argument else "it"
        return f"{name.lstrip('-').upper()}: {error.token.value!r} is no whole number"
    return str(error)


def _missing(error: MissingArgumentError, argument: Argument) -> str:
    options = [token.keyword for token in argument.tokens if token.keyword]
    option = error.keyword or next(iter(options), None)
    if option is not None:
        return f"{option}: it has no value; give one behind it"
    if not argument.field_info.is_positional:
        return f"{argument.name}: it is missing; {_help_of(error)}"
    return f"{argument.name.lstrip('-').upper()} is missing; {_help_of(error)}"


def _unused(tokens: list[str], see: str) -> str:
    first = tokens[0]
    key, equals, _ = first.partition("=")
    if equals and key.isidentifier():
        return f"{first}: it has no option; write --set before each KEY=VALUE, or {see}"
    return f"{first}: the command does not take that; {see}"


def _help_of(error: CycloptsError) -> str:
    command = " ".join(("mailmax", *(error.command_chain or ())))
    return f"see: {command} --help"
