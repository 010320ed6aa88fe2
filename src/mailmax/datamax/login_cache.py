"""A short memory of right passwords, so that mail programs that poll cost nothing.

Rules:
    Only right passwords are remembered, as an HMAC under a key of this process; a
    wrong one always costs a hash (TRUST G3). A change of a user forgets that user, a
    change that may give a login name another meaning forgets everybody.

Limits:
    Five minutes, 10,000 entries.
"""

import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from mailmax.hub.contract.logins import LoginAccepted

KEEP_S = 300.0
MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class _Entry:
    mac: bytes
    until: float
    accepted: LoginAccepted


class LoginCache:
    """Who was right a moment ago; the caller gives the (monotonic) time."""

    def __init__(self) -> None:
        """Begin with a fresh key."""
        self._key = secrets.token_bytes(32)
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._names: dict[int, set[str]] = {}
        self.generation = 0
        """Grows with every `forget`: what was checked before it is not remembered."""

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, login: str, password: str, now: float) -> LoginAccepted | None:
        """Return who that is, if the same password was right lately."""
        entry = self._entries.get(login)
        if entry is None or entry.until < now:
            return None
        right = hmac.compare_digest(entry.mac, self._mac(login, password))
        return entry.accepted if right else None

    def remember(
        self, login: str, password: str, accepted: LoginAccepted, now: float
    ) -> None:
        """Note a password that was just found right."""
        self._drop(login)
        mac = self._mac(login, password)
        self._entries[login] = _Entry(mac, now + KEEP_S, accepted)
        self._names.setdefault(accepted.user_id, set()).add(login)
        if len(self._entries) > MOST_ENTRIES:
            self._drop(next(iter(self._entries)))

    def forget_user(self, user_id: int) -> None:
        """A user's password or right to log in was changed."""
        self.generation += 1
        for login in tuple(self._names.get(user_id, ())):
            self._drop(login)

    def forget_all(self) -> None:
        """Login names may mean something else now."""
        self.generation += 1
        self._entries.clear()
        self._names.clear()

    def _mac(self, login: str, password: str) -> bytes:
        secret = f"{login}\0{password}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, secret, "sha256")

    def _drop(self, login: str) -> None:
        entry = self._entries.pop(login, None)
        if entry is None:
            return
        names = self._names[entry.accepted.user_id]
        names.discard(login)
        if not names:
            del self._names[entry.accepted.user_id]
