"""A first install, in the README's order: nothing is pinned, no table is there, and each step says what is next."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.manifest import manifest
from bot.registry import load_commands
from bot.simulator import cast
from bot.simulator.pair import SimulatedPair
from bot.simulator.slack import LocalSlack
from bot.simulator.stage import Stage, make_key, settings_of
from tests.readme import README
from tests.support import forked_bot


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Stage]:
    """A workspace with the app installed, two servers that know the bot's key, and a pairs file without a pin."""
    slack = LocalSlack([*cast.FIVE], cast.channels(), cast.groups(), manifest(load_commands()))
    key, public = make_key(tmp_path)
    with slack, SimulatedPair("london", client_key=public) as pair:
        people = {"channel": cast.OPS, "requesters": cast.REQUESTERS, "approvers": cast.APPROVERS}
        stage = Stage(tmp_path, slack, settings_of([pair], key, **people), start=forked_bot.start)
        for role in ("primary", "secondary"):
            del stage.pairs["london"][role]["host_key"]
        stage.write()
        yield stage
        stage.stop()


def lines(stage: Stage, *words: str) -> list[str]:
    """The lines to paste that `pairkeeper hostkey` prints: what it could not pin is no success yet."""
    done = stage.command("hostkey", *words)
    assert (done.returncode, done.stderr) == (1, ""), done
    return re.findall(r'^  line    host_key = "(.*)"$', done.stdout, re.MULTILINE)


def test_the_steps_stand_in_this_order() -> None:
    text = README.read_text(encoding="utf-8").partition("## Install it for a real workspace")[2]
    steps = ["pairs file**", "Set the environment", "pairkeeper migrate", "pairkeeper hostkey", "pairkeeper check`"]
    places = [text.index(step) for step in [*steps, "pairkeeper run"]]
    assert places == sorted(places)


def test_from_nothing_to_an_armed_pair(fresh: Stage) -> None:
    assert fresh.command("migrate").returncode == 0
    found = lines(fresh, "london")
    assert len(found) == 2
    for role, line in zip(("primary", "secondary"), found, strict=True):
        fresh.pairs["london"][role]["host_key"] = line
    fresh.write()
    done = fresh.command("hostkey", "london")
    assert done.returncode == 0
    assert done.stdout.count("the same") == 2
    done = fresh.command("check")
    assert done.returncode == 0, done.stdout
    fresh.start()
    assert fresh.command("status", "london").returncode == 0


@pytest.mark.parametrize("pin", [None, "", "anything", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"])
def test_whatever_stands_in_the_pins_place_and_without_a_database(fresh: Stage, pin: str | None) -> None:
    fresh.pairs["london"]["primary"]["host_key"] = pin
    fresh.write()
    assert len(lines(fresh)) == 2
    done = fresh.command("hostkey", "london")
    assert "Before `pairkeeper migrate` there are none." in done.stdout
    assert f"pinned  {'no public key line' if pin else 'nothing yet'}" in done.stdout
    fresh.command("migrate")
    assert "could not be read" not in fresh.command("hostkey").stdout


def test_a_jump_host_is_pinned_first(fresh: Stage) -> None:
    london = fresh.pairs["london"]
    way = {name: london["secondary"][name] for name in ("host", "port", "user", "key")}
    london["primary"] |= {"jump": way}
    fresh.write()
    done = fresh.command("hostkey", "london")
    assert f"london primary jump {way['host']}:{way['port']}\n  offers  SHA256:" in done.stdout
    assert "behind a jump host whose own key is not pinned yet. Pin that, and ask again." in done.stdout
    assert len(lines(fresh)) == 2, "the jump host's, and the Secondary's"


def test_other_mistakes_are_still_told(fresh: Stage) -> None:
    fresh.pairs["london"]["primary"] |= {"port": 0}
    fresh.write()
    done = fresh.command("hostkey", "london")
    assert (done.returncode, done.stdout) == (2, "")
    assert "pairs.london.primary.port is 0" in done.stderr
    assert "host_key" not in done.stderr


def test_an_unknown_pair(fresh: Stage) -> None:
    done = fresh.command("hostkey", "londn")
    assert done.returncode == 2
    assert 'I know no pair "londn". Did you mean london?' in done.stderr
