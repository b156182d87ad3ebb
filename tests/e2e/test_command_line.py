"""The command line: each finding with its remedy, each mistake a sentence."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.play import Play
from tests.support import forked_bot
from tests.support.checkout import ROOT


@pytest.fixture(scope="module")
def p(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    with Play(tmp_path_factory.mktemp("cli"), {}) as play:
        play.stage.stop()
        yield play


@pytest.fixture(autouse=True)
def _as_it_was(p: Play) -> Iterator[None]:
    tables = json.loads(json.dumps(p.stage.pairs, default=str))
    yield
    p.stage.pairs = tables
    p.stage.write()


def findings(p: Play, *words: str) -> list[dict[str, str]]:
    """What `pairkeeper check` finds wrong."""
    done = p.stage.command("check", "--json", *words)
    found = [one for one in json.loads(done.stdout) if not one["right"]]
    assert bool(found) == bool(done.returncode)
    return found


def test_a_pair_that_is_right_has_no_findings(p: Play) -> None:
    assert findings(p) == []
    shown = p.stage.command("check").stdout
    assert "✅  london  primary 127.0.0.1" in shown
    assert "⚠️  –       heartbeat" in shown
    assert shown.splitlines()[-1] == "london armed; next: `pairkeeper run`"


def test_status_without_slack(p: Play) -> None:
    done = p.stage.command("status", "london")
    assert done.returncode == 0
    assert "🟢 london: healthy" in done.stdout
    p.pair.secondary.print_raw("???")
    assert p.stage.command("status").returncode == 1
    p.pair.secondary.print_raw(None)


def test_the_past_is_drawn_without_slack(p: Play, tmp_path: Path) -> None:
    assert p.stage.command("status", "london").returncode == 0
    done = p.stage.command("report", "london", "--days", "2", "--zone", "Europe/London", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "report.html") in done.stdout.splitlines()
    done = p.stage.command("report", "londn", "--out", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith('⛔ I know no pair "londn". Did you mean london?')


def test_manifest_is_the_commands(p: Play) -> None:
    found = json.loads(p.stage.command("manifest").stdout)
    names = [one["command"] for one in found["features"]["slash_commands"]]
    assert names[:4] == ["/ha-status", "/ha-recover", "/ha-plan", "/ha-incident"]
    assert names[4:8] == ["/ha-failover", "/ha-failback", "/ha-demote-primary", "/ha-initialise"]
    assert found["settings"]["socket_mode_enabled"]
    by_http = json.loads(p.stage.command("manifest", "--url", "https://bot.example").stdout)
    assert by_http["settings"]["interactivity"]["request_url"] == "https://bot.example/slack/events"
    for wrong in ("foo", "http://bot.example", "https://", "bot.example", "https://bot.example/?a=1"):
        done = p.stage.command("manifest", "--url", wrong)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f'⛔ Slack takes https only: --url is "{wrong}". Write it as https://your.host.\n'


def test_the_help_is_whole(p: Play) -> None:
    shown = " ".join(p.stage.command("--help").stdout.split())
    assert "..." not in shown.replace("[ARGS]...", "")
    assert "Try it: the bot, a small Slack in the browser and three simulated pairs, on this machine only." in shown


def test_a_database_that_is_not_there_is_named_and_not_made(p: Play) -> None:
    p.stage._more = {"DATABASE_URL": "sqlite:///nowhere.db"}
    done = p.stage.command("incident", "1")
    assert done.returncode == 2
    assert "There is no database at sqlite:///nowhere.db: set DATABASE_URL to the bot's" in done.stderr
    assert not (p.folder / "nowhere.db").exists()
    (p.folder / "nowhere.db").touch()
    assert "The database sqlite:///nowhere.db is not created yet" in p.stage.command("incident", "1").stderr
    p.stage._more = {}


def test_hostkey_shows_what_is_offered_beside_what_is_pinned(p: Play) -> None:
    done = p.stage.command("hostkey", "london")
    assert done.returncode == 0
    assert done.stdout.count("the same") == 2
    p.stage.pairs["london"]["primary"]["host_key"] = p.pair.secondary.host_key
    p.stage.write()
    done = p.stage.command("hostkey", "london")
    assert done.returncode == 1
    assert "NOT the same" in done.stdout
    assert p.pair.primary.host_key.split()[1] in done.stdout


def test_each_failure_has_its_remedy(p: Play, tmp_path: Path) -> None:
    unreadable = tmp_path / "key"
    unreadable.write_text((p.folder / "id_ed25519").read_text())
    unreadable.chmod(0o644)
    primary = p.stage.pairs["london"]["primary"]
    cases = [
        ({"key": str(tmp_path / "none")}, "cannot be read", "Give the key's path"),
        ({"key": str(unreadable)}, "can be read by others", "chmod 600"),
        ({"host_key": p.pair.secondary.host_key}, "host key", "Compare `pairkeeper hostkey`"),
        ({"port": 1}, "refused", "Check the port"),
        ({"host": "no-such-host.invalid"}, "it is not on this machine", "Take PAIRKEEPER_LOOPBACK_ONLY out"),
        ({"user": "somebody"}, "login", "Put the bot's public key on the server"),
        ({"address": "10.0.0.99"}, "it says that it is the primary at 10.0.0.11", "correct them"),
        ({"prefix": "echo"}, "not understood", "See labels, prefix and pty"),
    ]
    for change, words, remedy in cases:
        p.stage.pairs["london"]["primary"] = primary | change
        p.stage.write()
        found = findings(p)
        assert any(words in one["words"] and remedy in one["remedy"] for one in found), (change, found)


def test_a_name_that_leads_nowhere_has_its_remedy(p: Play) -> None:
    p.stage.pairs["london"]["primary"] |= {"host": "no-such-host.invalid"}
    p.stage.write()
    environ = p.stage.environ() | {"PAIRKEEPER_LOOPBACK_ONLY": "0"}
    done = forked_bot.run(["check", "--json"], environ, ROOT)
    found = [one for one in json.loads(done.stdout) if not one["right"]]
    assert any("resolve" in one["words"] and "Correct host" in one["remedy"] for one in found), found


def test_slack_findings(p: Play) -> None:
    london = p.stage.pairs["london"]
    p.stage.pairs["london"] = london | {"channel": "C0NOTHERE", "approvers": ["U0BOB", "U0NOBODY", "U0DELIA"]}
    p.stage.write()
    found = {one["what"]: one for one in findings(p)}
    assert "channel_not_found" in found["channel C0NOTHERE"]["words"]
    assert "/invite @pairkeeper" in found["channel C0NOTHERE"]["remedy"]
    assert "user_not_found" in found["people U0NOBODY"]["words"]
    assert "deactivated" in found["people U0DELIA"]["words"]


def test_every_mistake_is_told_at_once(p: Play) -> None:
    p.stage.config.write_text("[pairs.london]\nchanel = 'x'\n")
    done = p.stage.command("check")
    assert done.returncode == 1
    for words in (
        "pairs.london.chanel is no key that I know. Did you mean channel?",
        "primary is missing",
        "approvers is missing",
    ):
        assert words in done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_a_lock_that_cannot_be_written_stops_the_start_with_a_sentence(p: Play) -> None:
    lock = p.folder / "pairkeeper.db.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    done = p.stage.command("run")
    lock.rmdir()
    assert done.returncode == 2
    assert "pairkeeper.db.lock cannot be written (Is a directory). Let this user write" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["run", "status", "hostkey", "report", "check"])
def test_the_mistakes_of_the_environment_and_of_the_file_are_told_together(p: Play, command: str) -> None:
    p.stage.config.write_text("[pairs.london]\nchanel = 'x'\n")
    p.stage._more = {"PORT": "x", "PAIRKEEPER_LOG": "loud"}
    done = p.stage.command(command)
    p.stage._more = {}
    assert done.returncode == (1 if command == "check" else 2)
    told = done.stdout if command == "check" else done.stderr
    for words in ('PORT is "x"', 'PAIRKEEPER_LOG is "loud"', "Did you mean channel?", "approvers is missing"):
        assert words in told
    assert "more: pairkeeper check" not in told
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize("wrong", [{"SLACK_BOT_TOKEN": ""}, {"PAIRKEEPER_CONFIG": ""}, {"DATABASE_URL": "nosuch://x"}])
def test_check_gives_json_whatever_is_wrong(p: Play, wrong: dict[str, str]) -> None:
    p.stage._more = wrong
    found = findings(p)
    p.stage._more = {}
    assert [one["what"] for one in found] == ["settings"]
    assert next(iter(wrong)) in found[0]["words"]
    assert found[0]["remedy"] == "", "the words say it"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN is not set"),
        ({"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN is not a bot token"),
        ({"SLACK_APP_TOKEN": ""}, "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set"),
        ({"PAIRKEEPER_CONFIG": ""}, "PAIRKEEPER_CONFIG is not set"),
        ({"PAIRKEEPER_CONFIG": "/nowhere.toml"}, "/nowhere.toml cannot be read"),
        ({"DATABASE_URL": "sqlite:////nowhere/x.db"}, "The database cannot be opened"),
        ({"DATABASE_URL": "sqlite:///empty.db"}, "pairkeeper migrate"),
    ],
)
def test_a_wrong_environment_stops_the_start_with_a_sentence(p: Play, changed: dict[str, str], words: str) -> None:
    p.stage._more = changed
    done = p.stage.command("run")
    p.stage._more = {}
    assert done.returncode == 2, done
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_what_takes_long_to_import_is_imported_by_who_uses_it() -> None:
    heavy = {"sqlalchemy", "matplotlib", "slack_bolt", "slack_sdk", "paramiko", "apscheduler", "alembic", "pydantic"}
    code = f"import bot.__main__, sys; sys.exit(', '.join({heavy} & set(sys.modules)) or None)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
