"""The log of a role follows the settings (LOG-1, LOG-2; TRUST N3)."""

import asyncio
import time
from pathlib import Path

import pytest

from mailmax.bootstrap.event_log import EventLog
from mailmax.observe.events.categories import LOGGED
from mailmax.observe.events.kinds import Kind, Who
from mailmax.observe.events.sessions import ClientLeft
from mailmax.observe.trace import Trace
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.system.logs import CONTENT_S, FIELDS, LOG_NAMES
from waiting import until

NOW = 1_795_780_800.0


class Settings(dict):
    def setting(self, key):
        return self.get(key, SYSTEM_SETTINGS[key].default)


@pytest.fixture
def settings():
    return Settings()


@pytest.fixture
async def make_log(tmp_path: Path, settings):
    made = []

    def make(role="smtpmax", now=lambda: NOW):
        trace = Trace()
        made.append(EventLog(settings, trace, role, tmp_path, now))
        return made[-1], trace

    yield make
    for log in made:
        log.close()


def test_every_category_of_the_manual_can_be_chosen():
    """LOG-2; content has a switch of its own that ends by itself."""
    fields = {field.key: field for field in FIELDS}
    for role, name in LOG_NAMES.items():
        wanted = [one.key for one in LOGGED[role] if one.key != "content"]
        assert fields[f"{name}_log_events"].decode(",".join(wanted)) == wanted
        assert set(fields[f"{name}_log_events"].default) <= set(wanted)


async def test_nothing_is_wanted_unless_it_is_asked_for(make_log):
    for role in LOG_NAMES:
        log, trace = make_log(role)
        log.follow()
        assert trace.wanted == set()


async def test_it_begins_changes_and_ends_with_the_settings(
    make_log, settings, tmp_path
):
    log, trace = make_log()
    settings["smtp_log_rate"] = "unlimited"
    settings["smtp_log_events"] = ["connections", "banned"]
    log.follow()
    assert trace.wanted == {Kind.CONNECTIONS, Kind.BANNED}

    trace.emit(ClientLeft(Who("smtpmax", "1.1")))
    path = tmp_path / "smtp-events.log"
    await until(path.exists)
    settings["smtp_log_events"] = ["errors"]
    log.follow()
    assert trace.wanted == {Kind.ERRORS}
    settings["smtp_log_rate"] = "never"
    log.follow()
    assert trace.wanted == set()


async def test_content_ends_by_itself(make_log, settings):
    log, trace = make_log(now=time.time)
    settings["smtp_log_rate"] = "daily"
    settings["smtp_log_content_until"] = time.time() + 0.2
    log.follow()
    assert Kind.CONTENT in trace.wanted

    await until(lambda: Kind.CONTENT not in trace.wanted)

    assert time.time() >= settings["smtp_log_content_until"]


async def test_content_ends_after_a_day_whatever_is_set(make_log, settings):
    moment = [NOW]
    log, trace = make_log(now=lambda: moment[0])
    settings["smtp_log_rate"] = "daily"
    settings["smtp_log_content_until"] = 9_999_999_999
    log.follow()
    moment[0] += CONTENT_S - 1
    log.follow()
    assert Kind.CONTENT in trace.wanted

    moment[0] += 2
    log.follow()

    assert Kind.CONTENT not in trace.wanted


async def test_content_is_of_smtpmax_and_of_a_log_that_there_is(make_log, settings):
    settings["smtp_log_content_until"] = NOW + 60
    settings["pop_log_rate"] = "daily"
    for role in ("smtpmax", "popmax"):
        log, trace = make_log(role)
        log.follow()
        await asyncio.sleep(0)
        assert Kind.CONTENT not in trace.wanted
