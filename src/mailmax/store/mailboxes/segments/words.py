"""Errors of the disk, told apart from the answers of the port."""

from collections.abc import Iterator
from contextlib import contextmanager

from mailmax.store.atomic import failure_of


@contextmanager
def failures(text: str = "the mailbox could not be stored") -> Iterator[None]:
    """Turn errors of the disk into failures.

    "There is none" and "there is one" of the port are OSErrors too, but of ours: they
    carry no errno and pass.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise failure_of(error, text) from error
