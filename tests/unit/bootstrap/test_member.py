"""The end of a role, in order whatever happens."""

from mailmax.bootstrap.member import Member
from mailmax.store.mailboxes.port import Distrusted


class Hub:
    """Notes what it is told."""

    def __init__(self, told: list[str]) -> None:
        self.told = told

    def set_ready(self, is_ready: bool = True) -> None:  # noqa: FBT001, FBT002
        self.told.append(f"ready {is_ready}")

    async def stop(self) -> None:
        self.told.append("left")


async def test_mailboxes_that_cannot_be_synced_keep_nothing_else_open(caplog):
    told: list[str] = []

    def fail() -> None:
        raise Distrusted("the mailboxes could not be stored")

    member = Member(Hub(told), [], [fail, lambda: told.append("closed")])
    await member.start()

    await member.stop()

    assert told == ["ready True", "ready False", "closed", "left"]
    assert "the mailboxes could not be stored" in caplog.text
