"""The README says what is so."""

import re

import click

from bot.__main__ import cli
from bot.registry import load_commands
from tests.readme import README, TABLE, drawn

TEXT = README.read_text(encoding="utf-8")


def test_the_tables_are_what_the_data_says() -> None:
    assert len(TABLE.findall(TEXT)) == 6
    assert drawn(TEXT) == TEXT


def test_every_slash_command_and_every_command_line_is_told_of() -> None:
    for command in load_commands().values():
        assert f"`/{command.name}" in TEXT, command.name
    assert isinstance(cli, click.Group)
    for name in cli.commands:
        assert f"`pairkeeper {name}" in TEXT, name


def test_every_link_inside_leads_somewhere() -> None:
    heads = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.*)$", TEXT, re.M)}
    for target in re.findall(r"\]\(#([^)]+)\)", TEXT):
        assert target in heads, target


def test_every_variable_of_the_environment_is_told_of() -> None:
    files = (README.parent / "bot" / "settings").rglob("*.py")
    settings = "\n".join(file.read_text(encoding="utf-8") for file in files)
    names = set(re.findall(r'said.get\("(\w+)"\)', settings)) | set(re.findall(r'said.get\("(\w+)",', settings))
    assert len(names) >= 6
    for name in names:
        assert f"`{name}`" in TEXT, name
