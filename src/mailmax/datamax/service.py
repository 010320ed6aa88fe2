"""DataMax: the hub of operations.

Theory:
    It opens the doors, knows who has joined, hands each message to the desk that
    answers it (`wiring`), and acts itself by what changes.

Rules:
    Whoever has not proved the host password is told nothing. A service that is silent
    longer than the DataMax timeout is dropped.

Manual: 1.1.1, 2.2, 4.1.
"""

import asyncio
import time
from typing import Any

import msgspec

from mailmax.datamax import settings
from mailmax.datamax.admission import REMOTE_ADMINISTRATION, Admission
from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.chores import Chores, OnBroken
from mailmax.datamax.desk import Answer
from mailmax.datamax.doorkeeper import Doorkeeper
from mailmax.datamax.doors import is_own_user
from mailmax.datamax.effect import Effect
from mailmax.datamax.member import Member
from mailmax.datamax.plan import HubPlan
from mailmax.datamax.presence import Guest
from mailmax.datamax.pushes import domain_rows
from mailmax.datamax.sealing import SMART_HOST, Seal
from mailmax.datamax.subscriptions import Subscriptions
from mailmax.datamax.wiring.administration import Administration
from mailmax.datamax.wiring.common import Common
from mailmax.datamax.wiring.handlers import Handlers, together
from mailmax.datamax.wiring.logins import Logins
from mailmax.datamax.wiring.views import Views
from mailmax.datamax.wiring.web import Web
from mailmax.hub.codec import decode_from_client
from mailmax.hub.contract.cluster import ShareAddresses
from mailmax.hub.contract.host_password import PasswordLearned, SetHostPassword
from mailmax.hub.contract.joining import Hello
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import SettingRow
from mailmax.hub.contract.tables import Ack, Subscribe
from mailmax.hub.contract.web import WEBADMIN, PrincipalsChanged
from mailmax.hub.link import Link

LOOK_S = 5.0
MOST_STRANGERS = 200
_NAMING = (
    "domains",
    "gone_domains",
    "users",
    "gone_users",
    "aliases",
    "gone_aliases",
)
"""What gives a login name another meaning."""
_RANKING = ("principals", "credentials", "domains", "gone_domains")
"""What may give or take rights: domains have other names, too."""


class DataMax:
    """The running hub."""

    def __init__(self, plan: HubPlan, on_broken: OnBroken) -> None:
        """Prepare; `start` opens the doors. Must be made on the running loop.

        Args:
            plan: What it is made of.
            on_broken: Ends a hub that cannot go on.
        """
        self._plan = plan
        self._common = common = Common(plan)
        secrets, seal = ApopSecrets(plan.apop_key), Seal(plan.apop_key, SMART_HOST)
        self._logins = logins = Logins(common, secrets)
        self._administration = administration = Administration(
            common, secrets, seal, logins.last_logins, self
        )
        self._views = Views(common)
        self._web = Web(common, logins, administration.changes)
        self._subscriptions = Subscriptions(
            common.database,
            common.publisher,
            logins.visitors.snapshot,
            seal,
            administration.cluster,
        )
        self._admission = Admission(
            common.settings, common.members, common.has_first_password
        )
        self._chores = Chores(on_broken)
        self._strangers: dict[Member, None] = {}
        """In the order of their coming."""
        self._is_closed = False
        self._answers = self._web.noted(self._make_answers())

    async def start(self) -> None:
        """Read what there is and open the doors.

        Raises:
            PermanentFailure: A door cannot be opened, the password cannot be read.
            TemporaryFailure: The database is away.
        """
        common = self._common
        common.host_password.load()
        domains = await common.database.read(domain_rows)
        common.domains.take(domains)
        for row in await common.database.read(settings.setting_rows):
            self._act_on_setting(row)
        await self._logins.lasting.restore()
        await self._views.activity.restore()
        await self._views.summary.start()
        await self._administration.cluster.start(domains)
        await self._plan.unix.open(self._make_link)
        if self._plan.tls is not None:
            await self._plan.tls.open(self._make_link)
        self._chores.begin(
            self._drop_silent(),
            *self._logins.chores(),
            *self._administration.chores(),
            *self._views.chores(),
            *self._web.chores(),
        )

    async def stop(self) -> None:
        """Close the doors, say good-bye, let work end."""
        self._is_closed = True
        self._plan.unix.close()
        if self._plan.tls is not None:
            self._plan.tls.close()
        await self._chores.stop()
        await self._views.probes.stop()
        await self._administration.cluster.stop()
        common = self._common
        for member in (*common.members, *self._strangers):
            member.drop("the hub stops")
        await self._web.log.close()
        await self._logins.close()
        await self._views.activity.write()
        await asyncio.sleep(0)
        common.pool.close()
        await asyncio.to_thread(common.database.close)

    # What a member asks of the house (`member.House`)

    @property
    def password_key(self) -> bytes:
        """Key of the host password's proofs."""
        return self._common.host_password.key

    @property
    def certificate(self) -> bytes:
        """The certificate (DER) that TLS shows."""
        return self._plan.tls.certificate if self._plan.tls is not None else b""

    @property
    def timeout_s(self) -> float:
        """DataMax timeout."""
        return self._common.timeout_s

    def may_join(self, member: Member, hello: Hello) -> Denied | None:
        """Say why somebody who knows the host password may not join all the same."""
        return self._admission.to_join(member, hello)

    def on_joined(self, member: Member, hello: Hello) -> Guest:
        """Write a member into the guest book."""
        self._let_go(member)
        self._common.members.add(member)
        return self._common.book.enter(hello, time.time(), time.monotonic())

    def on_left(self, member: Member) -> None:
        """Strike a member out."""
        self._let_go(member)
        common = self._common
        common.members.discard(member)
        common.publisher.remove(member)
        self._logins.spy.left(member)
        common.host_password.left(member)
        if member.guest is not None:
            common.book.leave(member.guest, time.time())

    def hear(self, member: Member, message: Any) -> Answer:
        """Hand a message to who answers it."""
        kind = type(message)
        answer = self._answers.get(kind)
        if answer is None:
            member.drop("spoke out of turn")
            return None
        return self._admission.to_say(member, message) or answer(member, message)

    # What changes ask of the hub (`changes.Acting`)

    def act_on(self, effect: Effect) -> None:
        """Use what changed, before any service does."""
        common, logins = self._common, self._logins
        common.domains.drop(effect.gone_domains)
        common.domains.take(effect.domains)
        self._administration.cluster.follow(effect)
        for row in effect.settings:
            self._act_on_setting(row)
        cache = logins.desk.cache
        if any(getattr(effect, rows) for rows in _NAMING):
            cache.forget_all()
        if any(getattr(effect, rows) for rows in _RANKING):
            self._tell_web(PrincipalsChanged())
        for changed in effect.credentials:
            cache.forget_user(changed.user_id)
            for member in common.members:
                if not member.is_another_system:
                    member.tell(changed)
            logins.visitors.close_windows(changed.user_id)

    # Inside

    def _tell_web(self, notice: PrincipalsChanged) -> None:
        for member in self._common.members:
            if member.role == WEBADMIN:
                member.tell(notice)

    def _make_link(self) -> Link:
        return Link(decode_from_client, Doorkeeper(self))

    def admit(self, link: Link) -> Member | None:
        """Take a newcomer in as a stranger, unless it must not even knock."""
        if self._is_closed or not is_own_user(link):
            return None  # who was let in at the very end finds nobody
        if len(self._strangers) >= MOST_STRANGERS:
            next(iter(self._strangers)).drop("too many strangers, and this one slow")
        member = Member(self)
        self._strangers[member] = None
        return member

    def _let_go(self, member: Member) -> None:
        """It is no stranger any more."""
        self._strangers.pop(member, None)
        if self._plan.tls is not None and member.link is not None:
            self._plan.tls.let_go(member.link)

    def _act_on_setting(self, row: SettingRow) -> None:
        self._common.settings[row.key] = msgspec.json.decode(row.value)
        if row.key != "datamax_timeout_s":
            self._logins.desk.cache.forget_all()
        if row.key == REMOTE_ADMINISTRATION:
            self._admission.follow_setting()

    def _make_answers(self) -> Handlers:
        own: Handlers = {
            Subscribe: self._subscriptions.subscribe,
            ShareAddresses: self._subscriptions.share,
            Ack: self._subscriptions.acknowledge,
            PasswordLearned: self._password_learned,
            SetHostPassword: self._common.host_password.change,
        }
        return together(
            own,
            self._logins.answers(),
            self._administration.answers(),
            self._views.answers(),
            self._web.answers(),
        )

    def _password_learned(self, member: Member, _: PasswordLearned) -> None:
        self._common.host_password.learned(member)

    async def _drop_silent(self) -> None:
        while True:
            await asyncio.sleep(min(LOOK_S, self.timeout_s / 4))
            silent = self._common.book.silent(time.monotonic(), self.timeout_s)
            for member in [one for one in self._common.members if one.guest in silent]:
                member.drop("silent longer than the DataMax timeout")
