"""Which roles are to run: the supervisor's look at what was stopped (HUB-6).

Rules:
    A disk that does not answer ends nothing and starts nothing: what was known last
    holds, and a role of which nothing is known runs.

See Also:
    `datamax.stopped`: who makes and removes the files.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


class Wanted:
    """Asked several times a second for each role."""

    def __init__(
        self, directory: Path, always: str, on_note: Callable[[str], None]
    ) -> None:
        """Look at nothing yet.

        Args:
            directory: Has a file for each role that is not to run; need not be there.
            always: The role that cannot be stopped.
            on_note: Told when looking fails, once until it succeeds again.
        """
        self._directory = directory
        self._always = always
        self._on_note = on_note
        self._known: dict[str, bool] = {}
        self._failed = False

    def __call__(self, role: str) -> bool:
        """Tell whether a role is to run."""
        if role == self._always:
            return True
        try:
            self._known[role] = not self._is_stopped(role)
        except OSError as error:
            self._fail(error)
        else:
            self._failed = False
        return self._known.get(role, True)

    def _is_stopped(self, role: str) -> bool:
        with suppress(FileNotFoundError, NotADirectoryError):
            os.stat(self._directory / role)  # noqa: PTH116 - `exists` hides some errors
            return True
        return False

    def _fail(self, error: OSError) -> None:
        if not self._failed:
            self._failed = True
            why = error.strerror or "the disk failed"
            self._on_note(f"what was stopped cannot be read: {why}; all stays as it is")
