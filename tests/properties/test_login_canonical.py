"""Equal login means equal account, and nothing a stranger types raises (TRUST F2)."""

from hypothesis import example, given
from hypothesis import strategies as st

from mailmax.base.address import Address, parse_address
from mailmax.policy.bans import read_ban
from mailmax.policy.login import login_candidates
from mailmax.policy.names import canonical_domain, check_address, check_local
from mailmax.settings.field import BadValue
from mailmax.settings.kinds import mail_address
from mailmax.wire.smtp.grammar import parse_domain, parse_mailbox

HERE = ("demo.test", "other.test", "a.test")
locals_ = st.from_regex(r"[a-z0-9_%+-]{1,12}(\.[a-z0-9%]{1,4})?", fullmatch=True)
domains = st.sampled_from(HERE)


def read(name: str, default: str = "demo.test"):
    return login_candidates(name, default, HERE.__contains__)


def case_of(text: str, flags: list[bool]) -> str:
    flags = flags or [False]
    return "".join(
        c.upper() if flags[n % len(flags)] else c for n, c in enumerate(text)
    )


@given(st.text("\u212akKsſSİiIa.ßüÜ", min_size=1, max_size=6), domains)
@example("\u212a", "demo.test")
def test_mail_and_login_agree_on_who_somebody_is(local, domain):
    """TRUST B4: an address that SMTP resolves to a user logs in as that user."""
    mailbox = parse_mailbox(f"{local}@{domain}".encode())
    exact = read(f"{local}@{domain}").exact
    if exact is not None:
        assert mailbox is not None
        assert mailbox.key == exact
    elif mailbox is not None:
        assert not mailbox.key.isascii()


SPELT = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"]) | st.sampled_from('"\\@ .>é'),
    min_size=1,
    max_size=12,
).filter(str.isprintable)


def spell(local: str, escaped: list[bool]) -> str:
    """Write a local part in quotes, with more backslashes than it needs."""
    flags = escaped or [False]
    return "".join(
        f"\\{c}" if c in '"\\' or flags[n % len(flags)] else c
        for n, c in enumerate(local)
    )


@given(SPELT | locals_, st.lists(st.booleans(), max_size=8))
@example("tim", [False])
@example("tim", [True])
@example('a"b', [])
@example("a@demo.test", [])
def test_quotes_and_backslashes_are_one_address_everywhere(local, escaped):
    """TRUST B4: SMTP, filer, settings, bans and logins read one canonical form."""
    spelt = f'"{spell(local, escaped)}"@demo.test'
    address = Address(local, "demo.test")

    mailbox = parse_mailbox(spelt.encode())

    assert mailbox == address
    assert parse_address(spelt) == address
    assert parse_address(str(address)) == address
    assert mail_address("forwards", spelt) == str(address)
    assert read_ban(spelt) == address.key
    named = read(spelt).exact
    assert named == (None if isinstance(check_local(local), BadValue) else address.key)


@given(st.text("\u212aKkſsüÜaxn-ßİ", min_size=1, max_size=8))
@example("\u212aa")
@example("aÜ")
@example("xn--a")
def test_mail_and_login_agree_on_a_domain(label):
    domain = f"{label}.test"
    by_mail = parse_domain(domain.encode())
    by_login = canonical_domain(domain)
    assert by_login is None or by_login == by_mail
    if by_mail is not None and not domain.isascii():
        assert by_login == by_mail


@given(locals_, domains, st.lists(st.booleans(), max_size=8))
def test_every_form_finds_the_user_it_was_made_of(local, domain, flags):
    user = f"{local}@{domain}"
    for name in (
        f"{local}@{domain}",
        f"{local}%{domain}",
        f"{local}/{domain}",
        f"{domain}/{local}",
    ):
        assert read(case_of(name, flags), "").choose({user}) == user


@given(locals_, st.lists(st.booleans(), max_size=8))
def test_case_never_matters(local, flags):
    assert read(case_of(local, flags)) == read(local)


@given(st.text(max_size=60) | st.text("a%/@.+ -_\0İKſ", max_size=12))
@example("\u212a@demo.test")
@example("%@demo.test")
def test_whatever_is_typed_it_means_canonical_addresses_here_or_nobody(name):
    for address in read(name).all:
        local, _, domain = address.rpartition("@")
        assert domain in HERE
        assert check_local(local) == local
        assert address.isascii()


@given(st.text(max_size=40), domains)
def test_two_spellings_of_an_address_are_one_account_or_none(local, domain):
    checked = check_address(f"{local}@{domain}")
    exact = read(f"{local}@{domain}").exact
    if isinstance(checked, BadValue):
        # setting up strips what surrounds an address; a login name is taken as it is
        assert exact is None
    else:
        assert exact in (None, "@".join(checked))


@given(st.text(max_size=80))
@example("xn--a")
@example("xn--")
@example("..")
@example("a\u3002test")
def test_a_canonical_domain_is_stable_and_never_raises(text):
    name = canonical_domain(text)
    if name is not None:
        assert canonical_domain(name) == name
        assert name == name.lower()
        assert name.isascii()
