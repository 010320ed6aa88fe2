"""The view against a client that replays what it is told."""

from array import array
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mailmax.imapmax.view import View
from mailmax.store.mailboxes.values import Notes


class ViewAgainstClient(RuleBasedStateMachine):
    """A mailbox that changes, a view, and a client's own list of UIDs."""

    def __init__(self) -> None:
        super().__init__()
        self.uids = array("I", [1, 2, 3, 4, 5])
        self.next = 6
        self.view = View(5)
        self.client = [1, 2, 3, 4, 5]
        self.told_changed: set[int] = set()

    @rule(count=st.integers(1, 3), pick=st.data())
    def change(self, count: int, pick: Any) -> None:
        gone = pick.draw(st.sets(st.integers(0, max(0, len(self.uids) - 1))))
        gone = sorted(place for place in gone if place < len(self.uids))
        gone_uids = [self.uids[place] for place in gone]
        kept = [uid for uid in self.uids if uid not in gone_uids]
        new = list(range(self.next, self.next + count))
        self.next += count
        before = len(kept)
        self.uids = array("I", kept + new)
        flagged = pick.draw(st.sets(st.integers(0, before - 1))) if before else set()

        self.view.apply(
            Notes(
                expunged=gone,
                expunged_uids=gone_uids,
                added=count,
                changed=sorted(flagged),
            ),
            self.uids,
        )

        known = {uid for uid in self.client if uid in kept}
        self.told_changed -= set(gone_uids)
        self.told_changed |= {self.uids[place] for place in flagged} & known

    @rule()
    def say_expunge(self) -> None:
        for number in self.view.expunges():
            del self.client[number - 1]

    @rule()
    def say_exists(self) -> None:
        known = self.view.known
        if self.view.grow(len(self.uids)):
            self.client += self.uids[known:]

    @invariant()
    def client_counts_as_the_view_does(self) -> None:
        assert len(self.client) == self.view.exists

    @invariant()
    def each_place_has_the_right_position(self) -> None:
        for place, uid in enumerate(self.client):
            position = self.view.position(place)
            if position is None:
                assert uid not in self.uids
            else:
                assert uid == self.uids[position]
                assert place == self.view.place(position)
        places = range(len(self.client))
        living = self.view.living(places)
        positions = self.view.positions(places)
        assert [self.client[place] for place in living] == [
            self.uids[position] for position in positions
        ]
        assert list(living) == list(self.view.places(positions))

    @invariant()
    def a_set_of_uids_finds_what_is_known_and_there(self) -> None:
        found = self.view.places_of_uids([(2, 4), (6, 9)], self.uids)
        there = [
            place
            for place, uid in enumerate(self.client)
            if (2 <= uid <= 4 or 6 <= uid <= 9) and uid in self.uids
        ]
        assert there == list(found)

    @invariant()
    def news_of_flags_are_of_messages_the_client_knows(self) -> None:
        assert self.told_changed == self.view.changed


TestViewAgainstClient = ViewAgainstClient.TestCase
