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


class _Follower:
    """One who follows; called, it does so no more."""

    __slots__ = ("_followers", "callback", "stop")

    def __init__(
        self, followers: "Followers", callback: Callback, stop: Callback
    ) -> None:
        self._followers = followers
        self.callback = callback
        self.stop = stop
        """Ends the watch on the file of the chain that is watched now."""

    def __call__(self) -> None:
        self._followers.leave(self)


class Followers:
    """Who wants to know about one chain of files."""

    __slots__ = ("_all", "_path", "_watching")

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self._all: tuple[_Follower, ...] = ()
        self._path = ""

    def add(self, path: str, callback: Callback) -> Callback:
        """Watch the chain, which is at `path` now."""
        if not self._all:
            self._path = path
        stop = self._watching.watch(self._path, callback)
        follower = _Follower(self, callback, stop)
        self._all = (*self._all, follower)
        return follower

    def leave(self, follower: _Follower) -> None:
        """Watch for somebody no more."""
        if follower in self._all:
            self._all = tuple(each for each in self._all if each is not follower)
            follower.stop()

    def follow(self, path: str) -> bool:
        """Watch the next file of the chain; True when there was anything to do."""
        if path == self._path or not self._all:
            return False
        self._path = path
        for follower in self._all:
            follower.stop()
            follower.stop = self._watching.watch(path, follower.callback)
        return True
