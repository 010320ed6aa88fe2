"""Text as it is compared when case does not matter."""

import unicodedata


def fold(text: str) -> str:
    """Return the text as all its spellings are compared.

    >>> fold("Straße") == fold("STRASSE")
    True
    """
    return unicodedata.normalize("NFKC", text).casefold()
