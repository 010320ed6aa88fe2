"""Login names: four forms, one canonicaliser for every service.

Theory:
    ``user@domain`` says all. Of a name without ``@`` the whole is tried first, in the
    default domain, because ``%`` and others are legal in names; only if there is no
    such user is it split: ``user%domain``, ``user/domain``, ``domain/user``, and only
    where the domain side is a domain here. If two splits name users, nobody is meant.

Rules:
    Equal login means equal account in every service (TRUST F2). A login name is never
    a route, and a ``+tag`` is part of the name. Only ASCII; case does not matter.

Manual: 5.1; DECISIONS 13.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from mailmax.base.address import unquote_local
from mailmax.policy.names import canonical_domain, check_local
from mailmax.settings.field import BadValue

LONGEST_LOGIN = 320
_MOST_SPLITS = 8


@dataclass(frozen=True, slots=True)
class LoginCandidates:
    """Addresses that a login name may mean."""

    exact: str | None
    """It means this one if there is such a user."""
    splits: tuple[str, ...] = ()
    """Else the one of these that is a user, if it is only one."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every address to look for."""
        return (*((self.exact,) if self.exact else ()), *self.splits)

    def choose(self, existing: Collection[str]) -> str | None:
        """Return the user's address that is meant, or None for nobody.

        Args:
            existing: Those of `all` that are users.
        """
        if self.exact is not None and self.exact in existing:
            return self.exact
        fits = [one for one in self.splits if one in existing]
        return fits[0] if len(fits) == 1 else None


NOBODY = LoginCandidates(None)


def login_candidates(
    login_name: str, default_domain: str, is_local: Callable[[str], bool]
) -> LoginCandidates:
    """Read a login name.

    Args:
        login_name: As the client gave it.
        default_domain: Of the listening address; empty when there is none.
        is_local: Tells whether a canonical domain is one of ours.
    """
    if not 0 < len(login_name) <= LONGEST_LOGIN:
        return NOBODY
    local, at, domain = login_name.rpartition("@")
    if at:
        return LoginCandidates(_address(local, domain, is_local))
    exact = _address(login_name, default_domain, is_local)
    return LoginCandidates(exact, tuple(_split(login_name, is_local)))


def _split(name: str, is_local: Callable[[str], bool]) -> dict[str, None]:
    """Return the addresses of all splits, each once, in order."""
    found: dict[str, None] = {}
    marks = [place for place, c in enumerate(name) if c in "%/"]
    if len(marks) > _MOST_SPLITS:
        return found
    for place in marks:
        left, right = name[:place], name[place + 1 :]
        sides = (
            [(left, right)] if name[place] == "%" else [(left, right), (right, left)]
        )
        for local, domain in sides:
            address = _address(local, domain, is_local)
            if address is not None:
                found[address] = None
    return found


def _address(local: str, domain: str, is_local: Callable[[str], bool]) -> str | None:
    name = canonical_domain(domain)
    if name is None or not is_local(name):
        return None
    checked = check_local(unquote_local(local) or "")
    return None if isinstance(checked, BadValue) else f"{checked}@{name}"
