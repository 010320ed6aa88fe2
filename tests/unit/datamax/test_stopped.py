"""Which services are not to run, as files (HUB-6)."""

import pytest

from mailmax.base.errors import Failure
from mailmax.datamax.stopped import StoppedServices


def test_what_is_stopped_stays_so_until_it_is_started(tmp_path):
    StoppedServices(tmp_path / "stopped").stop("popmax")
    again = StoppedServices(tmp_path / "stopped")

    assert again.all() == ("popmax",)
    again.tidy()
    assert again.has("popmax")
    again.start("popmax")
    again.start("popmax")
    assert again.all() == ()


def test_what_was_only_started_anew_runs_when_the_hub_is_back(tmp_path):
    services = StoppedServices(tmp_path / "stopped")
    services.stop("imapmax", for_a_moment=True)
    services.stop("popmax")

    assert services.all() == ("popmax", "imapmax")
    services.tidy()

    assert services.all() == ("popmax",)


def test_a_directory_that_cannot_be_made_is_a_failure(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(Failure):
        StoppedServices(tmp_path / "file" / "stopped").stop("popmax")
