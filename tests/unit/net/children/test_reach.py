"""Programs read the system and themselves, and not the mail, wherever it lies."""

from pathlib import Path

import pytest

from mailmax.net.children import reach
from mailmax.net.children.directory import Given
from mailmax.net.children.reach import readable
from mailmax.net.children.runner import Programs
from mailmax.policy.programs import Ended, Program


@pytest.fixture(autouse=True)
def no_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "SYSTEM_DIRECTORIES", ())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("opt/scanner/data", "opt/mailmax/mail", "opt/mailmax/lib", "bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "bin/scan").write_text("")
    (tmp_path / "opt/mailmax/scan").write_text("")
    return tmp_path


def below(tree: Path, program: str, *hidden: str, more: tuple[str, ...] = ()) -> set:
    found = readable(
        Program((str(tree / program),)),
        [tree / name for name in hidden],
        [str(tree / name) for name in more],
    )
    return {str(Path(path).relative_to(tree)) for path in found}


def test_a_program_reads_itself_and_what_lies_beside_it(tree: Path):
    assert below(tree, "bin/scan") == {"bin", "bin/scan"}


def test_a_program_beside_the_mail_reads_all_but_the_mail(tree: Path):
    found = below(tree, "opt/mailmax/scan", "opt/mailmax/mail")

    assert found == {"opt/mailmax/scan", "opt/mailmax/lib"}


def test_a_program_in_a_hidden_directory_reads_itself(tree: Path):
    assert below(tree, "opt/mailmax/scan", "opt/mailmax") == {"opt/mailmax/scan"}


def test_around_what_is_hidden_all_is_open(tree: Path):
    found = below(tree, "bin/scan", "opt/mailmax/mail", more=("opt",))

    assert found == {
        "bin", "bin/scan", "opt/scanner", "opt/mailmax/lib", "opt/mailmax/scan",
    }  # fmt: skip


def test_a_link_opens_no_way_to_what_is_hidden(tree: Path):
    (tree / "opt/link").symlink_to("mailmax/mail")
    (tree / "other").symlink_to("opt/mailmax/mail")

    found = below(tree, "bin/scan", "other", more=("opt", "other"))

    assert not {"opt/link", "other", "opt/mailmax/mail", "opt/mailmax"} & found


async def test_mail_below_a_readable_directory_is_not_read(
    tree: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.undo()
    mail = tree / "opt/mailmax/mail/secret"
    mail.write_text("of anna")
    data = tree / "opt/scanner/data/names"
    data.write_text("of viruses")
    programs = Programs(
        tree / "working",
        readable=(str(tree / "opt"),),
        hidden=(tree / "opt/mailmax/mail",),
    )

    line = Program(("/bin/cat", str(data), str(mail)))
    found = await programs.run(line, [Given(b"x")])
    await programs.stop()

    assert isinstance(found, Ended)
    assert b"of viruses" in found.output
    assert b"of anna" not in found.output
