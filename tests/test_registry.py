"""The commands: loaded by name, short and declarative; a new action is one new file."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import commands
from bot.domain.situation import SituationCode
from bot.manifest import manifest
from bot.registry import BrokenCommand, actions_of, load_commands
from bot.settings import SettingsError, read_pairs
from bot.views.help import help_text
from bot.views.terminal import plain_blocks
from tests import reference
from tests.support.pairs_file import GOOD

FILES = sorted(Path(commands.__path__[0]).glob("*.py"))
READS = """\
from bot.domain.command import Command, ReadingCommand
COMMAND = Command(name="{name}", summary="Look", reads=ReadingCommand.STATUS)
"""
NEW = '''\
"""/ha-resync: start replication again."""

from bot.domain.command import Action, ExpectedStates, Command
from bot.domain.pair import CommandLine, Role
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import State

COMMAND = Command(
    name="ha-resync",
    summary="Ask to start replication again",
    example='/ha-resync london "the link is back"',
    action=Action(
        name="ha-resync",
        line=CommandLine("ha-resync", (), 45),
        runs_on=Role.PRIMARY,
        verb="start replication again",
        does="The Primary sends everything to the Secondary once more.",
        loses="Nothing that is known of.",
        allowed={SituationCode.NOT_IN_STEP: ((StatementKind.CHOSEN,),)},
        aim=ExpectedStates(frozenset({State.ACTIVE}), frozenset({State.STANDBY}), healthy=True),
        expects="Primary active, Secondary on standby, both OK",
    ),
)
'''


class Package:
    """A package of commands in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("__init__", "")

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.py").write_text(text, encoding="utf-8")

    def load(self) -> ModuleType:
        module = ModuleType(self.folder.name)
        module.__path__ = [str(self.folder)]
        sys.modules[self.folder.name] = module
        return module


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    folder = tmp_path / "made_up"
    folder.mkdir()
    yield Package(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "made_up"]:
        del sys.modules[name]


def test_the_commands_there_are() -> None:
    assert list(load_commands()) == [
        "ha-status",
        "ha-recover",
        "ha-plan",
        "ha-incident",
        "ha-failover",
        "ha-failback",
        "ha-demote-primary",
        "ha-initialise",
        "ha-maintenance",
        "ha-summary",
        "ha-history",
        "ha-help",
        "ha-make-standalone",
    ]
    assert list(actions_of(load_commands())) == ["ha-failover", "ha-failback", "ha-demote-primary", "ha-initialise"]


def test_a_command_reads_or_acts_or_refuses() -> None:
    for command in load_commands().values():
        assert [bool(command.reads), bool(command.action), bool(command.refuses)].count(True) == 1
        assert command.refuses or command.example.startswith(f"/{command.name}")
    refused = load_commands()["ha-make-standalone"]
    assert "dissolves a pair" in refused.refuses
    assert "Nothing was sent." in refused.refuses


def test_an_actions_words_are_whole() -> None:
    for action in actions_of(load_commands()).values():
        for text in (action.does, action.loses, action.careful, *action.why_not.values()):
            assert text.endswith((".", "?"))
            assert text.format(window="since then")  # no slot but that one
        assert action.verb[0].islower()
        assert not set(action.allowed) & set(action.why_not)
        assert action.unproven_in <= set(action.allowed)
        given = {f"{{{one.slot}}}" for one in action.details} | {f"{{{one.slot}}}" for one in action.secrets}
        asked = {question.answer for question in action.line.dialogue} - {"y"}
        assert asked == given


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_command_is_short_and_says_only_what_it_is(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 80
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    if file.stem == "__init__":
        assert len(tree.body) == 1
        return
    made = [one for one in tree.body[1:] if not isinstance(one, ast.ImportFrom)]
    names = [target.id for one in made for target in getattr(one, "targets", []) if isinstance(target, ast.Name)]
    assert all(isinstance(one, ast.Assign) for one in made), "only imports and constants"
    assert len(names) == len(made)
    assert all(name.isupper() for name in names)
    assert names.count("COMMAND") == 1
    assert names[-1] == "COMMAND"
    for one in ast.walk(tree):
        assert not isinstance(one, ast.Lambda | ast.If | ast.IfExp | ast.For | ast.comprehension | ast.Await), one
        if isinstance(one, ast.ImportFrom):
            assert (one.module or "").startswith("bot.domain.")
        if isinstance(one, ast.Call):
            assert isinstance(one.func, ast.Name), "values are built, nothing is run"
            assert one.func.id[0].isupper() or one.func.id == "frozenset"


def test_a_file_that_cannot_be_loaded_stops_the_start(package: Package) -> None:
    package.write("ha_status", "from bot.domain.command import Comand\n")
    with pytest.raises(BrokenCommand) as error:
        load_commands(package.load())
    words = "made_up/ha_status.py cannot be loaded: ImportError: cannot import name 'Comand' from 'bot.domain.command'"
    assert str(error.value).startswith(words)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("ha_status", "COMMAND = (", "cannot be loaded: SyntaxError: '(' was never closed"),
        ("ha_status", "1 / 0", "cannot be loaded: ZeroDivisionError: division by zero."),
        ("ha_status", "", "has no COMMAND. Give it one, or remove the file."),
        ("ha_status", "COMMAND = 'ha-status'", "has a COMMAND that is no Command, but str."),
        ("ha_status", READS.format(name="ha-state"), "holds /ha-state. Name the file ha_state.py."),
        (
            "ha_resync",
            NEW.replace('"ha-resync",\n        line', '"ha-failover",\n        line'),
            "asks for the action ha-failover. Give both the same name.",
        ),
        ("ha_status", READS.format(name="HA status"), "holds 'HA status': name it with at most 31 of a-z, 0-9 and -."),
        ("ha_status", READS.format(name="x" * 32), f"holds '{'x' * 32}': name it with at most 31 of a-z, 0-9 and -."),
        (
            "ha_resync",
            NEW.replace("does=", "dos="),
            "cannot be loaded: TypeError: Action.__init__() got an unexpected keyword argument 'dos'.",
        ),
    ],
)
def test_a_broken_file_stops_the_start(package: Package, file: str, text: str, words: str) -> None:
    package.write("ha_history", READS.format(name="ha-history"))
    package.write(file, text)
    with pytest.raises(BrokenCommand) as error:
        load_commands(package.load())
    assert str(error.value).startswith(f"made_up/{file}.py {words}")


def test_two_files_for_one_command_stop_the_start(package: Package) -> None:
    for file in ("ha_status", "ha__status"):
        package.write(file, READS.format(name="ha-status"))
    with pytest.raises(BrokenCommand) as error:
        load_commands(package.load())
    assert str(error.value) == "made_up/ha_status.py holds /ha-status, like made_up/ha__status.py. Remove one of them."


def test_no_commands_stop_the_start(package: Package) -> None:
    with pytest.raises(BrokenCommand) as error:
        load_commands(package.load())
    assert str(error.value) == "made_up/ has no command in it."


def test_a_new_action_is_one_new_file(package: Package, tmp_path: Path) -> None:
    """Everything else follows from it: its slash command, help, manifest, settings, table, diagram."""
    before = load_commands()
    for file in FILES:
        package.write(file.stem, file.read_text(encoding="utf-8"))
    package.write("ha_resync", NEW)
    found = load_commands(package.load())
    assert set(found) - set(before) == {"ha-resync"}
    actions = actions_of(found)

    (slash,) = (one for one in manifest(found)["features"]["slash_commands"] if one["command"] == "/ha-resync")
    assert (slash["description"], slash["usage_hint"]) == ("Ask to start replication again", "<pair> <reason>")

    assert "/ha-resync <pair> <reason> Ask to start replication again" in plain_blocks(help_text(found)[1])
    page = plain_blocks(help_text(found, "ha-resync")[1])
    assert "Runs on the Primary" in page
    assert "Possible when out of step" in page

    settings = tmp_path / "pairs.toml"
    settings.write_text(GOOD + "[pairs.london.commands.ha-resync]\nline = 'resync --now'\n", encoding="utf-8")
    line = read_pairs(settings, actions)["london"].commands["ha-resync"]
    assert (line.line, line.dialogue, line.time_limit) == ("resync --now", (), 45)
    with pytest.raises(SettingsError, match="ha-resync is no command that I know"):
        read_pairs(settings, actions_of(before))

    cells = [cell for cell in reference.cells(actions) if cell.action.name == "ha-resync"]
    assert len(cells) == len(reference.worlds())
    assert [(c.situation.name, c.answer) for c in cells if c.answer != "refused"] == [
        (SituationCode.NOT_IN_STEP, "needs: initialise_chosen")
    ]
    assert "`ha-resync`" in reference.actions(actions)
    assert "not_in_step --> healthy: ha-resync, stated chosen" in reference.diagram(actions)
