"""What administrators ask about users.

Manual: 7.1, 7.2, 7.7.
"""

import msgspec

from mailmax.hub.contract.administration import Changed, DeleteWay, Detail
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied, Message, Request, Secret
from mailmax.hub.contract.rows import UserKind


class UserView(msgspec.Struct, frozen=True, array_like=True):
    """A user as an administrator sees it."""

    user_id: int
    address: str
    first_name: str
    last_name: str
    kind: UserKind
    box_limit_octets: int
    message_limit_octets: int
    home: str
    has_apop_secret: bool = False
    is_system_administrator: bool = False
    administers: int = 0
    """How many domains, where it is not the whole system."""
    forwards: tuple[str, ...] = ()
    """Where mail is sent on to; none while that is switched off."""
    last_login_at: float = 0.0
    """Unix time; 0: never."""
    used_octets: int | None = None
    """What the mail came to at `used_at`; None: nobody told yet."""
    used_messages: int | None = None
    used_at: float = 0.0


USER_COLUMNS = (
    "address",
    "kind",
    "first_name",
    "last_name",
    "box_limit_octets",
    "forward",
    "used_octets",
    "last_login_at",
    "administrator",
)
"""What users are sorted by; the first is their own order."""


class UserPage(Message, frozen=True, array_like=True, tag=50):
    """Part of the list."""

    rows: tuple[UserView, ...]
    next: str = ""
    total: int | None = None


class AddUser(Request[Changed | Denied], frozen=True, array_like=True, tag=51):
    """A new user; the password may be a hash (``{SCHEME}…`` or ``$…``)."""

    address: str
    password: Secret
    values: dict[str, str] = msgspec.field(default_factory=dict)
    """Settings as a person types them (`settings.user`)."""
    blank: bool = False
    """An empty password is meant so (GEN-6); else it is refused."""
    apop_secret: Secret = Secret("")
    """A separate one for APOP, or none."""


class ListUsers(Request[UserPage | Denied], frozen=True, array_like=True, tag=52):
    """Some users; what is searched are address, first and last name."""

    domain: str = ""
    """Only its users; empty: those of all."""
    choice: Choice = Choice()
    kinds: tuple[UserKind, ...] = ()
    """Only these; none named: all."""
    administrators: bool | None = None
    """Only those who administer something, or only the others; None: all."""
    nearly_full: bool | None = None
    """Only those whose box is more than 90 % full, or only the others; None: all."""
    may_administer: str = ""
    """Only those who may administer that domain."""
    user: str = ""
    """Only those whose user name holds this text: the address before the ``@``."""
    first_name: str = ""
    """Only those whose first name holds this text, whatever the case."""
    last_name: str = ""
    """Only those whose last name holds this text, whatever the case."""


class DeleteUser(Request[Changed | Denied], frozen=True, array_like=True, tag=53):
    """From the database, with aliases (manual 7.7)."""

    address: str
    way: DeleteWay = "database"
    confirmed: bool = False
    """Without it a user that others point to is refused (they are listed)."""
    within: tuple[str, ...] | None = None
    """Domains of which may be told who points there; None: of all."""


class RenameUser(Request[Changed | Denied], frozen=True, array_like=True, tag=64):
    """Another name in the same domain; mail and password stay (USR-12)."""

    address: str
    new_address: str
    keep_old: bool = False
    """The old address becomes an alias."""


class SetPassword(Request[Changed | Denied], frozen=True, array_like=True, tag=54):
    """A new password; every open session of the user ends within a minute."""

    address: str
    password: Secret
    blank: bool = False
    """An empty password is meant so (GEN-6); else it is refused."""


class SetApopSecret(Request[Changed | Denied], frozen=True, array_like=True, tag=55):
    """A separate secret for APOP, kept encrypted (DECISIONS 16); empty removes it."""

    address: str
    secret: Secret


SYSTEM_ADMINISTRATOR = "system_administrator"
ADMINISTERS = "administers"
HAS_APOP_SECRET = "has_apop_secret"  # noqa: S105 - a key, no secret
"""Keys beside those of the settings, in the answer to `ShowUser`."""


class ShowUser(Request[Detail | Denied], frozen=True, array_like=True, tag=56):
    """Everything about one user but the password."""

    address: str


class ChangeUser(Request[Changed | Denied], frozen=True, array_like=True, tag=59):
    """Set values; as a person types them, an empty text takes the own value away."""

    address: str
    values: dict[str, str]


class ChangeForward(Request[Changed | Denied], frozen=True, array_like=True, tag=65):
    """One address more in a user's list of forwards, or one less (manual 7.2)."""

    address: str
    target: str
    is_wanted: bool


class ImportRow(msgspec.Struct, frozen=True, array_like=True):
    """One line of a file of users."""

    address: str
    password: Secret
    first_name: str = ""
    last_name: str = ""


class ImportRefused(msgspec.Struct, frozen=True, array_like=True):
    """A line that was not taken."""

    number: int
    """Index in `ImportUsers.rows`."""
    why: Denied


class Imported(Message, frozen=True, array_like=True, tag=58):
    """What became of the lines."""

    added: int
    refused: tuple[ImportRefused, ...] = ()
    version: int = 0
    waiting_for: tuple[str, ...] = ()


class ImportUsers(Request[Imported | Denied], frozen=True, array_like=True, tag=57):
    """Many users at once; lines that cannot be taken are named, the rest is taken."""

    rows: tuple[ImportRow, ...]
    """At most 2,000; a longer file is sent in parts."""
    last: bool = True
    """Wait for the services' acknowledgements after this part."""
    dry_run: bool = False
    """Say what would become of them, and add nobody."""
