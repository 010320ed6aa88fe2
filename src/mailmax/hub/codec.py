"""The contract as octets: MessagePack, with the number of the call in front.

Theory:
    A frame holds ``[call, message]``. A request and its answer carry the same call;
    a notice carries 0. Two decoders: what a hub may hear and what a client may hear.
"""

import msgspec

from mailmax.hub import (
    access,
    admin,
    bindings,
    contract,
    housekeeping,
    maildrops,
    queue,
    relayed,
    visitors,
)

NOTICE = 0
"""The call of everything that is not answered."""

ToHub = (
    contract.Hello
    | contract.Proof
    | contract.PasswordLearned
    | contract.Presence
    | contract.SessionOpened
    | contract.SessionClosed
    | contract.Subscribe
    | contract.Ack
    | contract.VerifyLogin
    | contract.VerifyApop
    | contract.CountSending
    | contract.CompareLogins
    | admin.AddDomain
    | admin.ListDomains
    | admin.DeleteDomain
    | admin.ShowDomain
    | admin.ChangeDomain
    | admin.AddDomainAlias
    | admin.DeleteDomainAlias
    | admin.AddUser
    | admin.ListUsers
    | admin.DeleteUser
    | admin.RenameUser
    | admin.SetPassword
    | admin.SetApopSecret
    | admin.ShowUser
    | admin.ChangeUser
    | admin.ChangeForward
    | admin.ImportUsers
    | admin.AddAlias
    | admin.ListAliases
    | admin.DeleteAlias
    | admin.GetSettings
    | admin.SetSetting
    | admin.SetHostPassword
    | admin.AskStatus
    | admin.ListSessions
    | queue.ListQueue
    | access.AccessToHub
    | bindings.DoorStates
    | bindings.ListBindings
    | bindings.AddBinding
    | bindings.ShowBinding
    | bindings.ChangeBinding
    | bindings.DeleteBinding
    | bindings.AddListener
    | bindings.ChangeListener
    | bindings.SwitchListener
    | bindings.DeleteListener
    | housekeeping.AskUserWork
    | housekeeping.DeleteIdleUser
    | housekeeping.AskRemovals
    | housekeeping.NoteRemoval
    | housekeeping.BeginMove
    | housekeeping.EndMove
    | housekeeping.AskHousekeeping
    | housekeeping.RunHousekeeping
    | housekeeping.ListDeeds
    | maildrops.UnlockMaildrop
    | relayed.RelayedAnswer
    | visitors.VisitorsToHub
)

FromHub = (
    contract.Done
    | contract.Denied
    | contract.Challenge
    | contract.Welcome
    | contract.HostPasswordChanged
    | contract.TableUpdate
    | contract.LoginAccepted
    | contract.LoginRefused
    | contract.SendingRefused
    | contract.CredentialChanged
    | contract.ChangedLogins
    | admin.Changed
    | admin.Detail
    | admin.DomainPage
    | admin.UserPage
    | admin.Imported
    | admin.AliasPage
    | admin.SettingList
    | admin.HostPasswordSet
    | admin.Status
    | admin.SessionPage
    | queue.QueuePage
    | access.AccessFromHub
    | bindings.BindingPage
    | housekeeping.UserWorkPage
    | housekeeping.RemovalPage
    | housekeeping.HousekeepingView
    | housekeeping.RunBegun
    | housekeeping.DeedPage
    | maildrops.MaildropView
    | relayed.Relayed
    | visitors.BlockPage
)

_encoder = msgspec.msgpack.Encoder()
_hear_client = msgspec.msgpack.Decoder(tuple[int, ToHub])
_hear_hub = msgspec.msgpack.Decoder(tuple[int, FromHub])


class Unreadable(Exception):
    """The octets are nothing that the contract knows."""


def encode_message(call: int, message: contract.Message) -> bytes:
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
