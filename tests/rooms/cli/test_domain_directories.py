"""A domain's directory as an operator names it: what is told at once."""

from pathlib import Path


async def test_a_directory_that_cannot_be_made_here_is_told_at_once(
    running, tmp_path: Path
):
    missing = tmp_path / "nosuch" / "x"

    code, out, err = await running.type(
        "domain", "set", "demo.test", f"mail_root={missing}"
    )
    assert code == 0
    assert f"{missing.parent} is no directory on this computer" in err

    code, out, err = await running.type(
        "domain", "set", "demo.test", f"mail_root={tmp_path / 'there'}"
    )
    assert (code, err) == (0, "")
    assert "demo.test is changed" in out
