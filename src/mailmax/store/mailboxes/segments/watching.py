"""Watches on files that are replaced: one follows the chain from file to file."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from mailmax.base.errors import TemporaryFailure
from mailmax.net.watch import Watcher
from mailmax.store.mailboxes.segments.words import failures

Callback = Callable[[], None]


class Watching:
    """The watcher of the store's process, made when it is first needed."""

    def __init__(self) -> None:
        self._watcher: Watcher | None = None

    def watch(self, path: str, callback: Callback) -> Callback:
        """Call back when a file changes.

        Raises:
            TemporaryFailure: It cannot be watched.
        """
        with failures("the mailbox cannot be watched"):
            return self._on_this_loop().watch(path, callback)

    def _on_this_loop(self) -> Watcher:
        watcher = self._watcher
        with suppress(RuntimeError):  # a thread has none, and follows all the same
            if watcher is None or watcher.loop is not asyncio.get_running_loop():
                self.close()
                watcher = self._watcher = Watcher()
        if watcher is None:
            raise TemporaryFailure("the mailbox cannot be watched")
        return watcher

    def close(self) -> None:
        """End all watches."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None


class Followers:
    """Who wants to know about one chain of files."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self._callbacks: dict[object, Callback] = {}
        self._stops: dict[object, Callback] = {}
        self._path = ""

    def add(self, path: str, callback: Callback) -> Callback:
        """Watch the chain, which is at `path` now."""
        token = object()
        if not self._callbacks:
            self._path = path
        self._stops[token] = self._watching.watch(self._path, callback)
        self._callbacks[token] = callback

        def stop() -> None:
            self._callbacks.pop(token, None)
            end = self._stops.pop(token, None)
            if end is not None:
                end()

        return stop

    def follow(self, path: str) -> bool:
        """Watch the next file of the chain; True when there was anything to do."""
        if path == self._path:
            return False
        self._path = path
        for token, callback in self._callbacks.items():
            self._stops.pop(token)()
            self._stops[token] = self._watching.watch(path, callback)
        return bool(self._callbacks)
