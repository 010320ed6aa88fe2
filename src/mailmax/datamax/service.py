"""DataMax: the hub of operations.

Theory:
    It wires the accounts database, the login desk, the tables that are pushed, the
    guest book and the doors together, and hands each message to who answers it.

Rules:
    Whoever has not proved the host password is told nothing. A service that is silent
    longer than the DataMax timeout is dropped.

Manual: 1.1.1, 2.2, 4.1.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from mailmax.datamax import apop, settings
from mailmax.datamax.access_desk import AccessDesk
from mailmax.datamax.account_desk import AccountDesk, Keys
from mailmax.datamax.activity import ActivityFile
from mailmax.datamax.activity_desk import ActivityDesk
from mailmax.datamax.admission import REMOTE_ADMINISTRATION, Admission
from mailmax.datamax.audit import AuditLog
from mailmax.datamax.behalf import Behalf
from mailmax.datamax.binding_desk import BindingDesk
from mailmax.datamax.changes import Changes
from mailmax.datamax.check_desk import CheckDesk
from mailmax.datamax.chores import Chores, OnBroken
from mailmax.datamax.cluster.desk import ClusterDesk
from mailmax.datamax.desk import Answer
from mailmax.datamax.domain_names import DomainNames
from mailmax.datamax.doorkeeper import Doorkeeper
from mailmax.datamax.doors import is_own_user
from mailmax.datamax.effect import Effect
from mailmax.datamax.hashing import HashPool
from mailmax.datamax.host_password import HostPassword
from mailmax.datamax.housekeeping_desk import HousekeepingDesk
from mailmax.datamax.last_logins import LastLogins
from mailmax.datamax.lasting_state import LastingState
from mailmax.datamax.login_desk import LoginDesk
from mailmax.datamax.login_tries import LoginTries
from mailmax.datamax.member import Member
from mailmax.datamax.node_desk import NodeDesk
from mailmax.datamax.open_logins import compare_logins
from mailmax.datamax.own_name import OwnName
from mailmax.datamax.plan import HubPlan
from mailmax.datamax.ports import BasePorts
from mailmax.datamax.presence import Guest, GuestBook
from mailmax.datamax.presence_desk import PresenceDesk
from mailmax.datamax.probe_desk import About, ProbeDesk
from mailmax.datamax.pushes import Publisher, domain_rows
from mailmax.datamax.relay_desk import RelayDesk
from mailmax.datamax.rule_desk import RuleDesk
from mailmax.datamax.sealing import SECOND_FACTOR, SMART_HOST, Seal
from mailmax.datamax.sending_desk import SendingDesk
from mailmax.datamax.spy import SpyDesk
from mailmax.datamax.status_desk import StatusDesk
from mailmax.datamax.subscriptions import Subscriptions
from mailmax.datamax.summary_desk import SummaryDesk
from mailmax.datamax.systems_desk import SystemsDesk
from mailmax.datamax.used_desk import UsedDesk
from mailmax.datamax.visitors_desk import VisitorsDesk
from mailmax.datamax.web.desk import WebDesk
from mailmax.datamax.wrapping import wrap_imported
from mailmax.hub.codec import decode_from_client
from mailmax.hub.contract.activity import ReportActivity
from mailmax.hub.contract.checks import FindingView
from mailmax.hub.contract.cluster import ShareAddresses
from mailmax.hub.contract.host_password import PasswordLearned, SetHostPassword
from mailmax.hub.contract.joining import Hello
from mailmax.hub.contract.logins import CompareLogins, VerifyApop, VerifyLogin
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import SettingRow
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.tables import Ack, Subscribe
from mailmax.hub.contract.used import ReportUsed
from mailmax.hub.contract.web import WEBADMIN, OpenWebSession, PrincipalsChanged
from mailmax.hub.link import Link
from mailmax.hub.local_look import LocalLook
from mailmax.policy.checks.facts import HubFact
from mailmax.settings.system import SYSTEM_SETTINGS

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


class DataMax:
    """The running hub."""

    def __init__(self, plan: HubPlan, on_broken: OnBroken) -> None:
        """Prepare; `start` opens the doors. Must be made on the running loop.

        Args:
            plan: What it is made of.
            on_broken: Ends a hub that cannot go on.
        """
        self.timeout_s = 120.0
        self._plan = plan
        self._database = plan.database
        self._book = GuestBook()
        self._publisher = Publisher()
        self._pool = HashPool()
        self._domains = DomainNames()
        self._settings = {key: field.default for key, field in SYSTEM_SETTINGS.items()}
        self._visitors = VisitorsDesk(plan.database, self._publisher, self._settings)
        tries = LoginTries(plan.apop_key)
        self._lasting = LastingState(plan.database, (self._visitors, tries))
        self._sending = SendingDesk(plan.database, self._publisher)
        secrets, seal = apop.ApopSecrets(plan.apop_key), Seal(plan.apop_key, SMART_HOST)
        self._last_logins = LastLogins(plan.database)
        self._used = UsedDesk(plan.database)
        self._logins = LoginDesk(
            plan.database,
            self._pool,
            secrets,
            self._domains,
            self._settings,
            last_logins=self._last_logins,
            visitors=self._visitors,
            tries=tries,
        )
        self._changes = Changes(plan.database, self._publisher, self)
        self._cluster = ClusterDesk(
            plan.database, self._changes, self._publisher, plan.apop_key, self
        )
        self._own_name = OwnName()
        self._checks = CheckDesk(
            plan.database, secrets, plan.base_port, self._about_this_computer
        )
        self._accounts = AccountDesk(
            plan.database,
            self._changes,
            Keys(self._pool, secrets, seal, self._settings),
            self._book,
            self._base_ports,
            self._checks,
        )
        self._access = AccessDesk(plan.database, self._changes)
        self._members: set[Member] = set()
        self._status = StatusDesk(
            plan.database, self._book, self._publisher, self.name, self._settings
        )
        self._relays = RelayDesk(plan.database, self._members)
        about = About(self._settings, self.name, self._own_name.find)
        self._probes = ProbeDesk(plan.database, self._relays, self._domains, about)
        look = LocalLook(plan.local, self._judge_this_computer).look
        self._nodes = NodeDesk(plan.database, look, self._members, self._relays)
        self._housekeeping = HousekeepingDesk(
            plan.database, self._book, self._last_logins, self._changes
        )
        self._is_closed = False
        self._strangers: dict[Member, None] = {}
        """In the order of their coming."""
        self._subscriptions = Subscriptions(
            plan.database, self._publisher, self._visitors.snapshot, seal, self._cluster
        )
        self._host_password = HostPassword(plan.password, self._members)
        self._admission = Admission(
            self._settings, self._members, self._has_first_password
        )
        self._summary = SummaryDesk(
            self._book,
            self._settings,
            self.name,
            plan.node,
            plan.queue,
            plan.stopped,
            self._has_first_password,
        )
        self._spy = SpyDesk(self._members)
        self._log = log = AuditLog(plan.database)
        self._web = WebDesk(
            plan.database,
            self._changes,
            log,
            seal=Seal(plan.apop_key, SECOND_FACTOR),
            tries=tries,
            settings=self._settings,
            name=self.name,
            verify=self._verify_login,
        )
        self._behalf = Behalf(log, self._web)
        self._activity = ActivityDesk(ActivityFile(plan.activity))
        self._chores = Chores(on_broken)
        self._answers = self._make_answers()

    async def start(self) -> None:
        """Read what there is and open the doors.

        Raises:
            PermanentFailure: A door cannot be opened, the password cannot be read.
            TemporaryFailure: The database is away.
        """
        self._host_password.load()
        domains = await self._database.read(domain_rows)
        self._domains.take(domains)
        for row in await self._database.read(settings.setting_rows):
            self._act_on_setting(row)
        await self._lasting.restore()
        await self._activity.restore()
        await self._summary.start()
        await self._cluster.start(domains)
        await self._plan.unix.open(self._make_link)
        if self._plan.tls is not None:
            await self._plan.tls.open(self._make_link)
        self._chores.begin(
            self._drop_silent(),
            self._last_logins.write_often(),
            self._used.write_often(),
            self._lasting.write_often(),
            self._activity.write_often(),
            self._spy.end_unread(),
            self._access.ban_trapped(),
            self._access.drop_expired(),
            self._sending.push_changed(),
            self._visitors.push_new(),
            self._visitors.drop_expired(),
            self._cluster.watch(),
            self._web.clean_often(),
            self._cluster.look_up_senders(),
            wrap_imported(self._database, self._pool, self._accounts.imported),
        )

    async def stop(self) -> None:
        """Close the doors, say good-bye, let work end."""
        self._is_closed = True
        self._plan.unix.close()
        if self._plan.tls is not None:
            self._plan.tls.close()
        await self._chores.stop()
        await self._probes.stop()
        await self._cluster.stop()
        for member in (*self._members, *self._strangers):
            member.drop("the hub stops")
        await self._log.close()
        await self._logins.close()
        await self._last_logins.write()
        await self._used.write()
        await self._lasting.write()
        await self._activity.write()
        await asyncio.sleep(0)
        self._pool.close()
        await asyncio.to_thread(self._database.close)

    # What a member asks of the house (`member.House`)

    @property
    def password_key(self) -> bytes:
        """Key of the host password's proofs."""
        return self._host_password.key

    @property
    def certificate(self) -> bytes:
        """The certificate (DER) that TLS shows."""
        return self._plan.tls.certificate if self._plan.tls is not None else b""

    def may_join(self, member: Member, hello: Hello) -> Denied | None:
        """Say why somebody who knows the host password may not join all the same."""
        return self._admission.to_join(member, hello)

    def on_joined(self, member: Member, hello: Hello) -> Guest:
        """Write a member into the guest book."""
        self._let_go(member)
        self._members.add(member)
        return self._book.enter(hello, time.time(), time.monotonic())

    def on_left(self, member: Member) -> None:
        """Strike a member out."""
        self._let_go(member)
        self._members.discard(member)
        self._publisher.remove(member)
        self._spy.left(member)
        self._host_password.left(member)
        if member.guest is not None:
            self._book.leave(member.guest, time.time())

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
        self._domains.drop(effect.gone_domains)
        self._domains.take(effect.domains)
        self._cluster.follow(effect)
        for row in effect.settings:
            self._act_on_setting(row)
        cache = self._logins.cache
        if any(getattr(effect, rows) for rows in _NAMING):
            cache.forget_all()
        if effect.principals or effect.credentials or effect.gone_domains:
            self._tell_web(PrincipalsChanged())
        for changed in effect.credentials:
            cache.forget_user(changed.user_id)
            for member in self._members:
                if not member.is_another_system:
                    member.tell(changed)
            self._visitors.close_windows(changed.user_id)

    # Inside

    def _tell_web(self, notice: PrincipalsChanged) -> None:
        for member in self._members:
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
        value = self._settings[row.key] = msgspec.json.decode(row.value)
        if row.key == "datamax_timeout_s":
            self.timeout_s = float(value)
        else:
            self._logins.cache.forget_all()
        if row.key == REMOTE_ADMINISTRATION:
            self._admission.follow_setting()

    def name(self) -> str:
        """Return what this system is called (GEN-1)."""
        return self._settings["system_name"] or self._plan.node

    def _judge_this_computer(self) -> Sequence[FindingView]:
        return self._plan.judge(self._settings["hostname"])

    def _has_first_password(self) -> bool:
        return self._host_password.is_first

    async def _about_this_computer(self) -> HubFact:
        return HubFact(
            await self._own_name.find(),
            self._plan.trusts_loopback,
            self._plan.tls is not None,
            self._has_first_password(),
            self.name(),
            self._cluster.facts(),
            self._host_password.is_short,
        )

    def _make_answers(self) -> dict[type, Callable[[Member, Any], Answer]]:
        desk = BindingDesk(self._database, self._changes, self._book, self._base_ports)
        key, who_acts = self._plan.apop_key, self._web.who_acts
        systems = SystemsDesk(self._database, self._changes, key, self.name, who_acts)
        plain: dict[type, Callable[[Any], Answer]] = {
            CompareLogins: self._compare_logins,
            **self._accounts.answers(),
            **self._status.answers(),
            **self._activity.answers(),
            **self._summary.answers(),
            **self._relays.answers(),
            **self._nodes.answers(),
            **self._probes.answers(),
            **RuleDesk(self._database, self._changes, self._relays.pass_on).answers(),
            **self._access.answers(),
            **self._housekeeping.answers(),
            **self._visitors.answers(),
            **self._sending.answers(),
            **self._checks.answers(),
            **self._cluster.answers(),
            **desk.answers(),
            **self._web.answers(),
            **systems.answers(),
        }
        plain[SetSetting] = self._cluster.guarded(plain[SetSetting])
        answers = {kind: _without_member(answer) for kind, answer in plain.items()}
        answers.update(PresenceDesk(self._book, self._spy).answers())
        answers.update(self._spy.answers())
        answers[ReportActivity] = self._activity.report
        answers[ReportUsed] = self._used.report
        answers[VerifyApop] = self._verify_apop
        answers[VerifyLogin] = self._verify_login
        answers.update(desk.notices())
        answers[Subscribe] = self._subscriptions.subscribe
        answers[ShareAddresses] = self._subscriptions.share
        answers[Ack] = self._subscriptions.acknowledge
        answers[PasswordLearned] = self._password_learned
        answers[SetHostPassword] = self._host_password.change
        answers[OpenWebSession] = self._web.open_session
        return self._behalf.over(answers)

    def _base_ports(self) -> BasePorts:
        return BasePorts(self._plan.base_port, self._book.highest_base_port())

    def _compare_logins(self, request: CompareLogins) -> Answer:
        return self._database.read(compare_logins, request)

    def _verify_login(self, member: Member, request: VerifyLogin) -> Answer:
        answer = self._logins.recall(request) or self._logins.verify_login(request)
        return self._spy.logins.verified(member, request, answer)

    def _verify_apop(self, member: Member, request: VerifyApop) -> Answer:
        answer = self._logins.verify_apop(request)
        return self._spy.logins.verified(member, request, answer)

    def _password_learned(self, member: Member, _: PasswordLearned) -> None:
        self._host_password.learned(member)

    async def _drop_silent(self) -> None:
        while True:
            await asyncio.sleep(min(LOOK_S, self.timeout_s / 4))
            silent = self._book.silent(time.monotonic(), self.timeout_s)
            for member in [one for one in self._members if one.guest in silent]:
                member.drop("silent longer than the DataMax timeout")


def _without_member(
    answer: Callable[[Any], Answer],
) -> Callable[[Member, Any], Answer]:
    return lambda _, message: answer(message)
