"""The short memory of right passwords."""

from mailmax.datamax.login_cache import KEEP_S, MOST_ENTRIES, LoginCache
from mailmax.hub.contract.logins import LoginAccepted

TIM = LoginAccepted(1, "tim@demo.test", "h", 1)
TOM = LoginAccepted(2, "tom@demo.test", "h", 1)


def test_the_same_password_is_found_until_its_time_is_over():
    cache = LoginCache()
    cache.remember("tim", "pw", TIM, 0.0)

    assert cache.find("tim", "pw", KEEP_S) is TIM
    assert cache.find("tim", "pw", KEEP_S + 1) is None
    assert cache.find("tim", "pW", 0.0) is None
    assert cache.find("tom", "pw", 0.0) is None


def test_a_changed_user_is_forgotten_under_every_name():
    cache = LoginCache()
    for name in ("tim", "tim@demo.test"):
        cache.remember(name, "pw", TIM, 0.0)
    cache.remember("tom", "pw", TOM, 0.0)
    before = cache.generation

    cache.forget_user(1)

    assert len(cache) == 1
    assert cache.find("tom", "pw", 0.0) is TOM
    assert cache.generation > before


def test_everybody_is_forgotten_when_names_may_mean_something_else():
    cache = LoginCache()
    cache.remember("tim", "pw", TIM, 0.0)

    cache.forget_all()
    cache.remember("tim", "pw", TIM, 0.0)
    cache.forget_user(1)

    assert len(cache) == 0


def test_it_does_not_grow_without_end():
    cache = LoginCache()
    for n in range(MOST_ENTRIES + 1):
        cache.remember(f"u{n}", "pw", TIM, 0.0)

    assert len(cache) == MOST_ENTRIES
    assert cache.find("u0", "pw", 0.0) is None


def test_the_password_itself_is_not_kept():
    cache = LoginCache()
    cache.remember("tim", "hunter2", TIM, 0.0)

    assert "hunter2" not in repr(vars(cache))
