"""What parsers raise, and the machine answers: misspelt, or spelt right and refused."""


class Malformed(Exception):
    """The command does not follow the grammar: ``BAD``."""

    def __init__(self, text: str) -> None:
        """Keep one line that never echoes what the client sent."""
        super().__init__(text)
        self.text = text


class Unacceptable(Malformed):
    """The grammar is kept, but what is asked cannot be: ``NO`` with a code."""

    def __init__(self, text: str, code: str) -> None:
        """Keep the words and the response code of the refusal."""
        super().__init__(text)
        self.code = code
