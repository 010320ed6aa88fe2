"""The reference pages say what the code declares."""

import importlib.util
import re
from pathlib import Path

import msgspec
import pytest

from mailmax.cli.answers import Answers, UserAnswer
from mailmax.settings.local import (
    DirectorySettings,
    HubSettings,
    LocalFile,
    ProgramSettings,
)
from mailmax.settings.web import WebSettings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("tool_name", ["settings_docs", "cli_docs", "rest_docs"])
def test_a_generated_page_is_as_its_tool_writes_it(tool_name: str):
    spec = importlib.util.spec_from_file_location(
        tool_name, ROOT / f"tools/{tool_name}.py"
    )
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    assert tool.PAGE.read_text("utf-8") == tool.page()


def test_every_key_of_the_local_file_and_of_the_answers_is_explained():
    page = (ROOT / "docs/reference/mailmax.toml.md").read_text("utf-8")
    explained = set(re.findall(r"`\[*([a-z_]+)\]*`", page))

    node_side = (
        LocalFile,
        HubSettings,
        DirectorySettings,
        ProgramSettings,
        WebSettings,
    )
    for struct in (*node_side, Answers, UserAnswer):
        names = {field.name for field in msgspec.structs.fields(struct)}
        assert names <= explained, struct
