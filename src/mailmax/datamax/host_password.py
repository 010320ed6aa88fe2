"""Set host password: kept, told to every service, and the old one ends (HUB-4).

Theory:
    new password → file → every connected service is told (over connections that are
    encrypted or local) and joins again with it → after five seconds whoever still
    stands on the old one is dropped with "wrong password".

Rules:
    Another system of the cluster is not told: who administers it must be. A command
    that asks is not told what it has just said; a service that asks for somebody (the
    web) is, after all others.

Manual: 2.2.
"""

import asyncio
from collections.abc import Set as AbstractSet

from mailmax.datamax.member import Member
from mailmax.hub.contract.host_password import (
    HostPasswordChanged,
    HostPasswordSet,
    SetHostPassword,
)
from mailmax.hub.contract.message import Denied
from mailmax.hub.handshake import derive_key
from mailmax.hub.host_password import (
    SHORT_CHARACTERS,
    PasswordFile,
    check_host_password,
    is_short,
)

TELL_S = 1.0
REJOIN_S = 5.0
_CAUTION = (
    f"caution: a host password of fewer than {SHORT_CHARACTERS} characters can be "
    "guessed"
)


class HostPassword:
    """The host password of this hub."""

    def __init__(self, file: PasswordFile, members: AbstractSet[Member]) -> None:
        """Take the file and the living set of members."""
        self.key = b""
        self.is_first = False
        """It is still the one of the set-up (HUB-2)."""
        self.is_short = False
        self._file = file
        self._members = members
        self._untold: set[Member] = set()
        self._someone = asyncio.Event()

    def load(self) -> None:
        """Read it.

        Raises:
            PermanentFailure: It cannot be read.
        """
        password = self._file.load()
        self.key, self.is_short = derive_key(password), is_short(password)
        self.is_first = self._file.is_first()

    async def change(
        self, asker: Member, request: SetHostPassword
    ) -> HostPasswordSet | Denied:
        """Set it, tell everybody, and say who could not be told.

        Raises:
            PermanentFailure: The file could not be written; the old one holds.
        """
        new = request.password.value
        bad = check_host_password(new)
        if bad is not None:
            return Denied("bad_value", bad.field, bad.reason, bad.cure)
        await asyncio.to_thread(self._file.save, new)
        self.key = asker.knows_password = derive_key(new)
        self.is_short = is_short(new)
        self.is_first = await asyncio.to_thread(self._file.is_first)
        learns = not asker.is_administrator  # the web must come back, too
        asked = {member for member in self._members if member is not asker}
        strange = {member for member in asked if member.is_another_system}
        self._untold = asked - strange
        for member in asked - strange:
            member.tell(HostPasswordChanged(request.password))
        await self._wait()
        if learns:  # last: it leaves once it has our answer
            asker.tell(HostPasswordChanged(request.password))
            asked.add(asker)
            self._untold.add(asker)
            await self._wait()
        self._untold |= strange
        untold = tuple(sorted(member.label for member in self._untold))
        told = tuple(sorted(member.label for member in asked - self._untold))
        asyncio.get_running_loop().call_later(REJOIN_S, self._expel)
        return HostPasswordSet(told, untold, _CAUTION if self.is_short else "")

    def learned(self, member: Member) -> None:
        """A service keeps the new one."""
        self._untold.discard(member)
        self._someone.set()

    def left(self, member: Member) -> None:
        """A connection ended: a service on this node reads the file when it is back."""
        if not member.is_remote:
            self.learned(member)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(TELL_S):
                while self._untold:
                    self._someone.clear()
                    await self._someone.wait()
        except TimeoutError:
            return

    def _expel(self) -> None:
        why = Denied(
            "wrong_password",
            "host password",
            "wrong password",
            "give the one that is set on the DataMax computer",
        )
        for member in tuple(self._members):
            if member.knows_password != self.key:
                member.expel(why)
