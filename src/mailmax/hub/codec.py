"""The contract as octets: MessagePack, with the number of the call in front.

Theory:
    A frame holds ``[call, message]``. A request and its answer carry the same call;
    a notice carries 0. Two decoders: what a hub may hear and what a client may hear.
    What a hub hears is a service's business, one service's alone or administration,
    never two of them.
"""

import msgspec

from mailmax.hub.contract import (
    access,
    activity,
    administration,
    administrators,
    aliases,
    audit,
    bindings,
    block_lists,
    checks,
    cluster,
    domains,
    host_password,
    housekeeping,
    joining,
    local,
    logins,
    logs,
    maildrops,
    message,
    presence,
    probes,
    programs,
    quarantine,
    queue,
    recipients,
    relayed,
    rules,
    sending,
    settings,
    spying,
    steering,
    summary,
    systems,
    tables,
    used,
    users,
    virus,
    visitors,
    web,
)

NOTICE = 0
"""The call of everything that is not answered."""

FromServices = (
    host_password.PasswordLearned
    | presence.Presence
    | presence.SessionOpened
    | presence.SessionClosed
    | tables.Subscribe
    | tables.Ack
    | logins.VerifyLogin
    | logins.VerifyApop
    | logins.CompareLogins
    | sending.CountSending
    | sending.CountForwards
    | access.TrapHit
    | access.CountBanHits
    | visitors.TarpitHit
    | bindings.DoorStates
    | relayed.RelayedAnswer
    | rules.CountRuleHits
    | cluster.ShareAddresses
    | activity.ReportActivity
    | used.ReportUsed
    | spying.TellTrace
)
"""What a service says while it serves."""

FromHousekeeping = (
    housekeeping.AskUserWork
    | housekeeping.DeleteIdleUser
    | housekeeping.AskRemovals
    | housekeeping.NoteRemoval
    | housekeeping.BeginMove
    | housekeeping.EndMove
)
"""What no other service says: it deletes, and moves mail."""

FromSmtpMax = queue.StartEtrn | recipients.CheckRecipient
"""What no other service says: it is for a client of its own."""

FromAdministrators = (
    domains.AddDomain
    | domains.ListDomains
    | domains.DeleteDomain
    | domains.ShowDomain
    | domains.ChangeDomain
    | domains.AddDomainAlias
    | domains.DeleteDomainAlias
    | users.AddUser
    | users.ListUsers
    | users.DeleteUser
    | users.RenameUser
    | users.SetPassword
    | users.SetApopSecret
    | users.ShowUser
    | users.ChangeUser
    | users.ChangeForward
    | users.ImportUsers
    | administrators.SetAdministration
    | aliases.AddAlias
    | aliases.ListAliases
    | aliases.DeleteAlias
    | settings.GetSettings
    | settings.SetSetting
    | host_password.SetHostPassword
    | presence.AskStatus
    | presence.ListSessions
    | queue.ListQueue
    | queue.CountQueue
    | queue.ShowEntry
    | queue.ReadEntry
    | queue.ReleaseEtrn
    | logs.ListLogFiles
    | logs.ReadLogFile
    | local.AskLocal
    | local.AskDatabase
    | steering.SteerQueue
    | steering.ListDead
    | steering.SteerDead
    | access.AddFilter
    | access.ListFilters
    | access.ShowFilter
    | access.ChangeFilter
    | access.RemoveFilter
    | access.MoveFilter
    | access.TryAddress
    | access.AddBan
    | access.ListBans
    | access.ShowBan
    | access.RemoveBan
    | bindings.ListBindings
    | bindings.AddBinding
    | bindings.ShowBinding
    | bindings.ChangeBinding
    | bindings.DeleteBinding
    | bindings.AddListener
    | bindings.ChangeListener
    | bindings.SwitchListener
    | bindings.DeleteListener
    | housekeeping.AskHousekeeping
    | housekeeping.RunHousekeeping
    | housekeeping.ListDeeds
    | maildrops.UnlockMaildrop
    | visitors.ListBlocks
    | block_lists.ListBlockLists
    | block_lists.TryBlockLists
    | checks.ListFindings
    | visitors.Pardon
    | cluster.AddClusterMember
    | cluster.ListClusterMembers
    | cluster.ChangeClusterMember
    | cluster.RemoveClusterMember
    | rules.ListRules
    | rules.ShowRule
    | rules.AddRule
    | rules.ChangeRule
    | rules.SwitchRule
    | rules.MoveRule
    | rules.DeleteRule
    | rules.TryRule
    | probes.SendProbe
    | probes.AskProbe
    | activity.AskActivity
    | spying.WatchTrace
    | spying.WatchLogins
    | spying.ReadTrace
    | spying.StopTrace
    | spying.AskLogins
    | summary.AskSummary
    | summary.SteerService
    | quarantine.ListQuarantine
    | quarantine.ReadQuarantine
    | quarantine.SteerQuarantine
    | quarantine.SwitchVirusCheck
    | virus.AskVirusState
    | virus.BeginVirusTest
    | virus.BeginVirusUpdate
    | programs.BeginProgramTrial
    | programs.AskProgramTrial
    | audit.ListAudit
    | web.ListWebSessions
    | web.EndWebSessions
    | web.ListApiKeys
    | web.AddApiKey
    | web.RemoveApiKey
    | web.EndTotp
    | systems.ListSystems
    | systems.AddSystem
    | systems.ChangeSystem
    | systems.RemoveSystem
    | systems.ListSystemGroups
    | systems.AddSystemGroup
    | systems.RenameSystemGroup
    | systems.RemoveSystemGroup
)
"""Everything else: what may be said from another computer only where administrators
there are let in (`datamax.admission`)."""


class OnBehalf(message.Request[message.Message], frozen=True, array_like=True, tag=349):
    """The web asks for somebody: answered as the request in it would be.

    It stands here, where what administrators say is known. The web says of itself
    what reads alone; all that changes something comes in this.
    """

    actor: web.Actor
    request: FromAdministrators


class FromElsewhere(
    message.Request[message.Message], frozen=True, array_like=True, tag=473
):
    """A system administrator of another system asks: answered as the request in it.

    The other system's web says who that is. It has proved the host password of this
    one, with which it may do everything: the name is for the audit log.
    """

    system: str
    """What the other system is called."""
    name: str
    """Address of the user there, or "host password"."""
    key_name: str
    """Of an API key there; empty: a session."""
    peer: str
    """IP address of the browser or program there."""
    request: FromAdministrators


FromWebAdmin = (
    OnBehalf
    | web.WhoIs
    | web.OpenWebSession
    | web.EndWebSession
    | web.RedeemSignInLink
    | web.AskWebState
    | web.BeginTotp
    | web.ConfirmTotp
    | web.RenewRecoveryCodes
    | web.EndOwnTotp
    | web.AskPreferences
    | web.PutPreference
    | systems.AskSystemDoor
    | systems.LearnSystemPassword
)
"""What nobody else says: it is for who signed in there."""

FromCommands = web.MakeSignInLink
"""What no page says: it is for the holder of the host password."""

ToHub = (
    joining.Hello
    | joining.Proof
    | FromServices
    | FromHousekeeping
    | FromSmtpMax
    | FromAdministrators
    | FromWebAdmin
    | FromCommands
    | FromElsewhere
)

FromHub = (
    message.Done
    | message.Denied
    | joining.Challenge
    | joining.Welcome
    | host_password.HostPasswordChanged
    | tables.TableUpdate
    | logins.LoginAccepted
    | logins.LoginRefused
    | sending.SendingRefused
    | sending.ForwardsCounted
    | logins.CredentialChanged
    | logins.ChangedLogins
    | administration.Changed
    | administration.Detail
    | domains.DomainPage
    | users.UserPage
    | users.Imported
    | aliases.AliasPage
    | settings.SettingList
    | host_password.HostPasswordSet
    | presence.Status
    | presence.SessionPage
    | queue.QueuePage
    | queue.EtrnStarted
    | recipients.RecipientChecked
    | queue.QueueCounts
    | queue.EntryView
    | queue.MessagePiece
    | steering.Steered
    | steering.DeadPage
    | access.FilterPage
    | access.AddressTried
    | access.BanPage
    | bindings.BindingPage
    | housekeeping.UserWorkPage
    | housekeeping.RemovalPage
    | housekeeping.HousekeepingView
    | housekeeping.RunBegun
    | housekeeping.DeedPage
    | maildrops.MaildropView
    | relayed.Relayed
    | visitors.BlockPage
    | block_lists.BlockListPage
    | block_lists.BlockListsTried
    | checks.FindingPage
    | cluster.Sharing
    | cluster.ClusterPage
    | rules.RulePage
    | rules.RuleShown
    | rules.RuleTried
    | probes.ProbeSent
    | probes.ProbeSeen
    | activity.Activity
    | spying.Watching
    | spying.TracePart
    | spying.LoginTotals
    | spying.TraceWanted
    | summary.Summary
    | quarantine.QuarantinePage
    | quarantine.QuarantineSteered
    | virus.VirusState
    | programs.ProgramTrial
    | logs.LogFilePage
    | logs.LogPart
    | local.LocalView
    | local.DatabaseView
    | audit.AuditPage
    | web.Principal
    | web.Nobody
    | web.PrincipalsChanged
    | web.WebSessionOpened
    | web.SecondFactorWanted
    | web.SignInLink
    | web.WebState
    | web.WebSessionPage
    | web.ApiKeyPage
    | web.ApiKeyAdded
    | web.TotpBegun
    | web.RecoveryCodes
    | web.Preferences
    | systems.SystemPage
    | systems.SystemGroupPage
    | systems.SystemDoor
)

_encoder = msgspec.msgpack.Encoder()
_hear_client = msgspec.msgpack.Decoder(tuple[int, ToHub])
_hear_hub = msgspec.msgpack.Decoder(tuple[int, FromHub])


class Unreadable(Exception):
    """The octets are nothing that the contract knows."""


def encode_message(call: int, message: message.Message) -> bytes:
    """Return the payload of a frame."""
    return _encoder.encode((call, message))


def decode_from_client(payload: bytes) -> tuple[int, ToHub]:
    """Read what a client said.

    Raises:
        Unreadable: The contract does not know it.
    """
    try:
        return _hear_client.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from error


def decode_from_hub(payload: bytes) -> tuple[int, FromHub]:
    """Read what the hub said.

    Raises:
        Unreadable: The contract does not know it.
    """
    try:
        return _hear_hub.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from error
