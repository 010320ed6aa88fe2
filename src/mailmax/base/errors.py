"""The two ways in which an effect can fail, and nothing else public.

Theory:
    A *decision* is a value (`base.result`). A *failure* is one of the two exceptions
    here, raised by store, net and hub. Its words are public and generic; the cause
    stays private (``__cause__``) and is seen in the trace only. Any other exception
    is a bug and is caught once, at the session's edge.
"""


class Failure(Exception):
    """Common base of the two failures; never raised itself."""

    def __init__(self, text: str) -> None:
        """Keep the public words.

        Args:
            text: One line without secrets, fit to be said to a stranger.
        """
        super().__init__(text)
        self.text = text


class TemporaryFailure(Failure):
    """It did not work now and may work later: SMTP 4xx, ``NO [UNAVAILABLE]``."""


class StorageFull(TemporaryFailure):
    """There is no space on the disk: SMTP 452 4.3.1 (TRUST D13)."""


class PermanentFailure(Failure):
    """It will not work however often it is tried: SMTP 5xx."""
