"""The settings: a good file, and every mistake with its sentence: where, what, and the remedy."""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from bot.domain.pair import CONTINUE, STATUS, CommandLine, Labels, Pair, PeerRow, Question, Role
from bot.domain.schedule import Schedule
from bot.registry import actions_of, load_commands
from bot.settings import PairsFile, Settings, SettingsError, read_environment, read_pairs
from bot.settings.schedules import ScheduleTable
from bot.settings.tables import CommandTable, PairTable
from bot.simulator.pair import SimulatedPair
from bot.simulator.stage import settings_of
from tests.support.pairs_file import GOOD, KEY

ACTIONS = actions_of(load_commands())

Tables = dict[str, Any]
Edit = Callable[[Tables], object]


def told(file: Path, text: str) -> list[str]:
    """The mistakes in a file with this text, without the file's name, which each of them begins with."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        read_pairs(file, ACTIONS)
    assert str(error.value) == "\n".join(error.value.mistakes)
    assert all(mistake.startswith(f"{file}: ") for mistake in error.value.mistakes)
    return [mistake.removeprefix(f"{file}: ") for mistake in error.value.mistakes]


def toml(value: Any) -> str:
    """A value as TOML, tables inline."""
    match value:
        case dict():
            return "{" + ", ".join(f'"{key}" = {toml(one)}' for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case bool():
            return str(value).lower()
        case str():
            return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in value) + '"'
        case _:
            return str(value)


def edited(edit: Edit) -> str:
    """The good file, with one thing changed."""
    data = tomllib.loads(GOOD)
    edit(data)
    return "".join(f'"{key}" = {toml(value)}\n' for key, value in data.items())


def put(path: str, value: Any) -> Edit:
    """Set one key of london."""

    def edit(data: Tables) -> None:
        *way, last = path.split("/")
        table = data["pairs"]["london"]
        for step in way:
            table = table.setdefault(step, {})
        table[last] = value

    return edit


def drop(path: str) -> Edit:
    """Leave one key of london out."""

    def edit(data: Tables) -> None:
        *way, last = path.split("/")
        table = data["pairs"]["london"]
        for step in way:
            table = table[step]
        del table[last]

    return edit


def test_a_good_file(tmp_path: Path) -> None:
    file = tmp_path / "pairs.toml"
    file.write_text("\ufeff" + GOOD, encoding="utf-8")
    (london,) = read_pairs(file, ACTIONS).values()
    assert (london.name, london.channel) == ("london", "C0123456789")
    assert (london.requesters, london.approvers) == (("U0ALICE", "S0ONCALL"), ("U0BOB", "U0CAROL"))
    assert (london.approvals, london.approval_minutes, london.peer_row) == (2, 20.0, PeerRow.LIVE)
    assert (london.cool_down_minutes, london.verify_seconds) == (30.0, 60.0)
    assert (london.primary.port, london.primary.pty, london.primary.jump) == (22, False, None)
    jump = london.secondary.jump
    assert jump
    assert (london.secondary.port, london.secondary.prefix, jump.host) == (2222, "sudo", "192.0.2.1")
    assert london.labels == Labels(this_host=r"\(this one\)")
    assert london.status == STATUS
    back = london.commands["ha-failback"]
    assert (back.line, back.dialogue, back.time_limit, back.runs_on) == (
        "ha-failback",
        (CONTINUE,),
        300.5,
        Role.PRIMARY,
    )
    assert london.commands["ha-initialise"].dialogue == (Question("Its joining code", "{joining_code}"),)
    assert london.commands["ha-initialise"].time_limit == ACTIONS["ha-initialise"].line.time_limit
    assert edited(lambda data: None) != GOOD
    file.write_text(edited(lambda data: None), encoding="utf-8")
    assert read_pairs(file, ACTIONS) == {"london": london}


@pytest.mark.parametrize("layout", ["a", "b"])
def test_the_simulated_pairs_settings_are_good(tmp_path: Path, layout: str) -> None:
    pairs = [SimulatedPair(name, layout=layout) for name in ("london", "paris")]
    tables = settings_of(pairs, tmp_path / "id", channel="C0PAMOPS", requesters=["U0ALICE"], approvers=["U0BOB"])
    for one in pairs:
        one.stop()
    file = tmp_path / "pairs.toml"
    file.write_text(f"pairs = {toml(tables)}", encoding="utf-8")
    assert list(read_pairs(file, ACTIONS)) == ["london", "paris"]


MISTAKES: list[tuple[Edit, str]] = [
    # Keys, tables, commands that there are none
    (put("primary/prot", 22), "primary.prot is no key that I know. Did you mean port?"),
    (put("comands", {}), "comands is no key that I know. Did you mean commands?"),
    (
        put("primary/name", "x"),
        "primary.name is no key that I know. There are host, user, host_key, port, key, agent, address, jump, "
        "pty, prefix and mode.",
    ),
    (
        put("labels/qwxz", "x"),
        "labels.qwxz is no key that I know. There are primary, secondary, floating_ip, health, share, this_host "
        "and unpaired.",
    ),
    (
        put("secondary/jump/pty", True),
        "secondary.jump.pty is no key that I know. There are host, user, host_key, port, key and agent.",
    ),
    (put("commands/ha-failover/lime", "x"), "commands.ha-failover.lime is no key that I know. Did you mean line?"),
    (
        put("commands/ha-failover", {"dialogue": [{"prompt": "Sure y/N", "answer": "y", "aswer": "n"}]}),
        "commands.ha-failover.dialogue[0].aswer is no key that I know. Did you mean answer?",
    ),
    (put("commands/ha-failovr", {}), "commands.ha-failovr is no command that I know. Did you mean ha-failover?"),
    (
        put("commands/reboot", {}),
        "commands.reboot is no command that I know. There are ha-status, ha-failover, ha-failback, "
        "ha-demote-primary and ha-initialise.",
    ),
    (
        lambda data: data.update(pair={}),
        "pair is no table that I know: pairs stand in [pairs.NAME], schedules in [[summaries]].",
    ),
    (lambda data: data.update(pairs={}), "pairs has no pair in it: add a table [pairs.NAME]."),
    (lambda data: data.update(pairs="london"), "pairs has no pair in it: add a table [pairs.NAME]."),
    # Keys that are missing
    (drop("channel"), "channel is missing: add it."),
    (drop("requesters"), "requesters is missing: add it."),
    (drop("approvers"), "approvers is missing: add it."),
    (drop("secondary"), "secondary is missing: add it."),
    (drop("primary/host"), "primary.host is missing: add it."),
    (drop("primary/host_key"), "primary.host_key is missing: add it."),
    (drop("primary/address"), "primary.address is missing: give the IP address that ha-status prints for this server."),
    (drop("primary/key"), "primary.key is missing: give the private key's path, or set agent = true."),
    (drop("secondary/jump/user"), "secondary.jump.user is missing: add it."),
    (
        put("commands/ha-failover", {"dialogue": [{"prompt": "Sure y/N"}]}),
        "commands.ha-failover.dialogue[0].answer is missing: add it.",
    ),
    # Types
    (put("channel", 5), "channel is 5: give text, in quotes."),
    (put("approvals", "two"), 'approvals is "two": give a whole number, without quotes.'),
    (put("approvals", 1.0), "approvals is 1.0: give a whole number, without quotes."),
    (put("approvals", True), "approvals is true: give a whole number, without quotes."),
    (put("approval_minutes", "15"), 'approval_minutes is "15": give a number, without quotes.'),
    (put("approval_minutes", float("nan")), "approval_minutes is nan: give a number, without quotes."),
    (put("approval_minutes", float("inf")), "approval_minutes is inf: give a number, without quotes."),
    (put("primary/pty", "yes"), 'primary.pty is "yes": give true or false, without quotes.'),
    (put("primary/pty", 1), "primary.pty is 1: give true or false, without quotes."),
    (put("primary/port", "22"), 'primary.port is "22": give a whole number, without quotes.'),
    (put("requesters", "U0ALICE"), 'requesters is "U0ALICE": give a list, in square brackets.'),
    (put("requesters", ["U0ALICE", 7]), "requesters[1] is 7: give text, in quotes."),
    (put("peer_row", "Live"), 'peer_row is "Live": give "live", "static" or "unproven".'),
    (
        put("commands/ha-failback/runs_on", "both"),
        'commands.ha-failback.runs_on is "both": give "primary" or "secondary".',
    ),
    (put("primary", "pam-a"), 'primary is "pam-a": write it as a table, [pairs.london.primary].'),
    (
        put("secondary/jump", "bastion"),
        'secondary.jump is "bastion": write it as a table, [pairs.london.secondary.jump].',
    ),
    (put("labels", []), "labels is a list: write it as a table, [pairs.london.labels]."),
    (
        put("commands", "ha-failover"),
        'commands is "ha-failover": write a table for each command, [pairs.london.commands.ha-failover].',
    ),
    (
        put("commands/ha-failover", "y"),
        'commands.ha-failover is "y": write it as a table, [pairs.london.commands.ha-failover].',
    ),
    (
        put("commands/ha-failover", {"dialogue": {"prompt": "Sure y/N", "answer": "y"}}),
        "commands.ha-failover.dialogue is a table: give a list, in square brackets.",
    ),
    (
        put("commands/ha-failover", {"dialogue": ["y"]}),
        'commands.ha-failover.dialogue[0] is "y": write it as a table, '
        "[pairs.london.commands.ha-failover.dialogue[0]].",
    ),
    (lambda data: data["pairs"].update(paris=3), "pairs.paris is 3: write it as a table, [pairs.paris]."),
    # People
    (put("channel", "#pam-ops"), 'channel is "#pam-ops": give the channel\'s id, as in C0123456789.'),
    (
        put("requesters", ["alice"]),
        "requesters[0] is \"alice\": give an id: a person's begins with U or W, a user group's with S.",
    ),
    (
        put("approvers", ["U0BOB", "U0CAROL", "@dan"]),
        "approvers[2] is \"@dan\": give an id: a person's begins with U or W, a user group's with S.",
    ),
    (put("requesters", []), "requesters is empty: name at least one person by id, as in U0123456789."),
    (put("approvers", []), "approvers is empty: name at least one person by id, as in U0123456789."),
    (put("approvals", 0), "approvals is 0: at least 1 person has to approve."),
    (
        put("requesters", ["U0BOB", "U0ALICE", "U0CAROL"]),
        "approvers has fewer than 2 besides U0BOB or U0CAROL, who may ask: add approvers, because nobody "
        "approves their own request.",
    ),
    (
        put("approvals", 3),
        "approvers has fewer than 3 besides U0ALICE or S0ONCALL, who may ask: add approvers, because nobody "
        "approves their own request.",
    ),
    (
        put("approvers", ["U0BOB", "U0BOB"]),
        "approvers has fewer than 2 besides U0ALICE or S0ONCALL, who may ask: add approvers, because nobody "
        "approves their own request.",
    ),
    # Numbers
    (put("approval_minutes", 0), "approval_minutes is 0: give a number above 0, up to 1440."),
    (put("approval_minutes", 1e9), "approval_minutes is 1e+09: give a number above 0, up to 1440."),
    (put("cool_down_minutes", -1), "cool_down_minutes is -1: give a number from 0 up to 1440."),
    (put("verify_seconds", -0.5), "verify_seconds is -0.5: give a number above 0, up to 3600."),
    (put("commands/ha-status/time_limit", 0), "commands.ha-status.time_limit is 0: give a number above 0, up to 3600."),
    (
        put("commands/ha-failback/time_limit", 86400),
        "commands.ha-failback.time_limit is 86400: give a number above 0, up to 3600.",
    ),
    (put("primary/port", 0), "primary.port is 0: give a port from 1 to 65535."),
    (put("secondary/jump/port", 65536), "secondary.jump.port is 65536: give a port from 1 to 65535."),
    # The way in
    (put("primary/host", ""), 'primary.host is "": give it as one word.'),
    (put("primary/host", "pam a"), 'primary.host is "pam a": give it as one word.'),
    (put("primary/user", ""), 'primary.user is "": give it as one word.'),
    (
        put("primary/mode", "shell"),
        'primary.mode is "shell": only "exec" is supported, because an appliance that gives nothing but an '
        "interactive shell cannot be driven yet.",
    ),
    (put("primary/prefix", "sudo\n"), 'primary.prefix is "sudo\n": give one line, as it is typed.'),
    (
        put("primary/address", "pam-a"),
        'primary.address is "pam-a": give the IP address that ha-status prints for this server.',
    ),
    (put("secondary/address", "10.0.0.11"), "secondary.address is 10.0.0.11, the Primary's: give each server its own."),
    (put("secondary/jump/agent", False), ""),
    (drop("secondary/jump/key"), "secondary.jump.key is missing: give the private key's path, or set agent = true."),
    *(
        (
            put("primary/host_key", wrong),
            "primary.host_key is no public key line, as in ssh-ed25519 AAAA…: see what `pairkeeper hostkey "
            "london` prints.",
        )
        for wrong in (
            "",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            KEY.split()[1],
            KEY[:-4],
            "ssh-rsa " + KEY.split()[1],
            "SHA256:q8Zk3fE",
            "pam-a " + KEY,
            "-----BEGIN OPENSSH PRIVATE KEY-----",
        )
    ),
    (
        put("secondary/jump/host_key", "x"),
        "secondary.jump.host_key is no public key line, as in ssh-ed25519 AAAA…: see what `pairkeeper hostkey "
        "london` prints.",
    ),
    # The floating IP
    (put("floating_ip", "vip.example"), 'floating_ip is "vip.example": give an IP address, as in 10.0.0.10.'),
    (put("floating_ip", ""), 'floating_ip is "": give an IP address, as in 10.0.0.10.'),
    (
        put("floating_ip", "10.0.0.11"),
        "primary.address is the floating IP 10.0.0.11, which moves to the other server at a failover: give the "
        "server's own address.",
    ),
    (
        put("floating_ip", "192.0.2.12"),
        "secondary.host is the floating IP 192.0.2.12, which moves to the other server at a failover: give the "
        "server's own address.",
    ),
    (
        put("floating_ip", "192.0.2.1"),
        "secondary.jump.host is the floating IP 192.0.2.1, which moves to the other server at a failover: give "
        "the server's own address.",
    ),
    # Commands and their questions
    (put("commands/ha-failover/line", " "), 'commands.ha-failover.line is " ": give one line, as it is typed.'),
    (
        put("commands/ha-failover/line", "ha-failover\nreboot"),
        'commands.ha-failover.line is "ha-failover\nreboot": give one line, as it is typed.',
    ),
    (
        put("commands/ha-demote-primary/runs_on", "secondary"),
        "commands.ha-demote-primary.runs_on is set: only ha-failover and ha-failback may run on another server "
        "than usual. Remove it.",
    ),
    (
        put("commands/ha-initialise/runs_on", "secondary"),
        "commands.ha-initialise.runs_on is set: only ha-failover and ha-failback may run on another server than "
        "usual. Remove it.",
    ),
    (
        put("commands/ha-status/runs_on", "primary"),
        "commands.ha-status.runs_on is set: only ha-failover and ha-failback may run on another server than "
        "usual. Remove it.",
    ),
    (
        put("commands/ha-status", {"dialogue": [{"prompt": "Sure y/N", "answer": "y"}]}),
        "commands.ha-status.dialogue is set: a command that only reads asks nothing. Remove it.",
    ),
    (
        put("commands/ha-initialise", {"dialogue": [{"prompt": "The code", "answer": "{code}"}]}),
        "commands.ha-initialise.dialogue[0].answer has {code}, which nobody gives: there is {address} and "
        "{joining_code}.",
    ),
    (
        put("commands/ha-failover", {"dialogue": [{"prompt": "The code", "answer": "{code}"}]}),
        "commands.ha-failover.dialogue[0].answer has {code}, which nobody gives: there is none for this command.",
    ),
    (
        put("commands/ha-failover", {"dialogue": [{"prompt": "Sure y/N", "answer": "y\n"}]}),
        'commands.ha-failover.dialogue[0].answer is "y\n": give one line, without its ENTER.',
    ),
    (
        put("commands/ha-failover", {"dialogue": [{"prompt": "Sure [y/N", "answer": "y"}]}),
        "commands.ha-failover.dialogue[0].prompt is no regular expression, unterminated character set at "
        "position 5: mend it, or put a backslash before its marks.",
    ),
    *(
        (
            put("commands/ha-failover", {"dialogue": [{"prompt": wrong, "answer": "y"}]}),
            f'commands.ha-failover.dialogue[0].prompt is "{wrong}": it would answer questions that I do not know. '
            f"Give the question's own words.",
        )
        for wrong in ("", ".", ".*", r"\s*$", r"\?", r":\s*$", r"\[y/N\]", "y/n", r"[>:?]$")
    ),
    # Labels
    (
        put("labels/primary", "primary ("),
        "labels.primary is no regular expression, missing ), unterminated subpattern at position 8: mend it, or "
        "put a backslash before its marks.",
    ),
    (put("labels/this_host", ""), 'labels.this_host is "": it fits any line. Give the words it stands for.'),
    (put("labels/unpaired", ".*"), 'labels.unpaired is ".*": it fits any line. Give the words it stands for.'),
    # What makes two pairs one
    (
        lambda data: data["pairs"].update({"the pair": data["pairs"].pop("london")}),
        "pairs.the pair cannot be typed as one word: name it with letters, digits, - and _, at most 40.",
    ),
]


@pytest.mark.parametrize(("edit", "sentence"), MISTAKES)
def test_every_mistake_in_a_sentence_of_its_own(tmp_path: Path, edit: Edit, sentence: str) -> None:
    """Exactly this one: nothing that only follows from it is told beside it."""
    if sentence:
        (mistake,) = told(tmp_path / "pairs.toml", edited(edit))
        assert mistake.removeprefix("pairs.london.") == sentence
    else:
        (tmp_path / "pairs.toml").write_text(edited(edit), encoding="utf-8")
        assert read_pairs(tmp_path / "pairs.toml", ACTIONS)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "x" * 300, "ü" * 80])
def test_a_name_that_does_not_resolve_is_no_mistake_here(tmp_path: Path, host: str) -> None:
    (tmp_path / "pairs.toml").write_text(edited(put("primary/host", host)), encoding="utf-8")
    assert read_pairs(tmp_path / "pairs.toml", ACTIONS)


def test_one_server_in_two_pairs(tmp_path: Path) -> None:
    """The lock is a pair's: what two pairs share, two runs could change at once."""

    def edit(data: Tables) -> None:
        data["pairs"]["London"] = data["pairs"]["london"]

    assert told(tmp_path / "pairs.toml", edited(edit)) == [
        "pairs.London is named like pairs.london: names differ in more than capitals.",
        "pairs.London.primary is reached at 192.0.2.11:22 like pairs.london.primary: mend one of them.",
        "pairs.London.secondary is reached at 192.0.2.12:2222 like pairs.london.secondary: mend one of them.",
    ]


def test_one_way_to_both_servers(tmp_path: Path) -> None:
    def edit(data: Tables) -> None:
        london = data["pairs"]["london"]
        london["secondary"] = london["primary"] | {"address": "10.0.0.12"}

    assert told(tmp_path / "pairs.toml", edited(edit)) == [
        "pairs.london.secondary is reached at 192.0.2.11:22 like pairs.london.primary: mend one of them."
    ]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    def edit(data: Tables) -> None:
        for path, value in (("channel", "ops"), ("primary/port", "22"), ("secondary/host_key", "x"), ("aprovals", 1)):
            put(path, value)(data)
        drop("primary/user")(data)
        put("commands/ha-failover/time_limit", -1)(data)
        data["pairs"]["paris"] = {"channel": "C0123456789", "approvers": []}
        data["title"] = "our pairs"

    assert told(tmp_path / "pairs.toml", edited(edit)) == [
        "title is no table that I know: pairs stand in [pairs.NAME], schedules in [[summaries]].",
        "pairs.london.aprovals is no key that I know. Did you mean approvals?",
        "pairs.london.primary.user is missing: add it.",
        'pairs.london.primary.port is "22": give a whole number, without quotes.',
        'pairs.london.channel is "ops": give the channel\'s id, as in C0123456789.',
        "pairs.london.secondary.host_key is no public key line, as in ssh-ed25519 AAAA…: "
        "see what `pairkeeper hostkey london` prints.",
        "pairs.london.commands.ha-failover.time_limit is -1: give a number above 0, up to 3600.",
        "pairs.paris.requesters is missing: add it.",
        "pairs.paris.primary is missing: add it.",
        "pairs.paris.secondary is missing: add it.",
        "pairs.paris.approvers is empty: name at least one person by id, as in U0123456789.",
    ]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.toml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(SettingsError) as error:
            read_pairs(path, ACTIONS)
        assert error.value.mistakes == [f"{path} cannot be read: {why}. Give its path in PAIRKEEPER_CONFIG."]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"[pairs.london\n", "Expected ']' at the end of a table declaration (at line 1, column 14)"),
        (b"[pairs.london]\nchannel = C1\n", "Invalid value (at line 2, column 11)"),
        (b"[pairs.london]\nport = 1\nport = 2\n", "Cannot overwrite a value (at line 3, column 9)"),
        (b'channel = "\xff"', "'utf-8' codec can't decode byte 0xff in position 11: invalid start byte"),
    ],
)
def test_a_file_that_is_no_toml(tmp_path: Path, raw: bytes, why: str) -> None:
    file = tmp_path / "pairs.toml"
    file.write_bytes(raw)
    with pytest.raises(SettingsError) as error:
        read_pairs(file, ACTIONS)
    assert error.value.mistakes == [f"{file} is not valid TOML: {why}. Mend that; nothing of it was used."]


def test_an_empty_file(tmp_path: Path) -> None:
    assert told(tmp_path / "pairs.toml", "") == ["pairs has no pair in it: add a table [pairs.NAME]."]


def test_every_key_can_be_set_wrong(tmp_path: Path) -> None:
    """A value of no sensible type is noticed under every key that a pair has."""
    for item in fields(Pair):
        if item.name != "name":
            (first, *_) = told(tmp_path / "pairs.toml", edited(put(item.name, [[1]])))
            assert first.startswith(f"pairs.london.{item.name}")


# When the file is parsed


def test_the_file_is_parsed_again_only_when_its_bytes_change(tmp_path: Path) -> None:
    path = tmp_path / "pairs.toml"
    path.write_text(GOOD, encoding="utf-8")
    file = PairsFile(path, ACTIONS)
    before = file.read()
    path.touch()
    assert file.read() is before
    path.write_text(GOOD.replace("U0CAROL", "U0CAROLINE"), encoding="utf-8")
    assert file.read().pairs["london"].approvers == ("U0BOB", "U0CAROLINE")


def test_another_approver_counts_although_time_and_size_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "pairs.toml"
    path.write_text(GOOD, encoding="utf-8")
    file, told = PairsFile(path, ACTIONS), path.stat()
    assert "U0CAROL" in file.read().pairs["london"].approvers
    with path.open("r+", encoding="utf-8") as same:
        same.write(GOOD.replace("U0CAROL", "U0DAVID"))
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    now = path.stat()
    assert (now.st_mtime_ns, now.st_size, now.st_ino) == (told.st_mtime_ns, told.st_size, told.st_ino)
    assert file.read().pairs["london"].approvers == ("U0BOB", "U0DAVID")


def test_what_was_parsed_before_does_not_stand_in_for_a_file_that_is_gone_or_wrong(tmp_path: Path) -> None:
    path = tmp_path / "pairs.toml"
    path.write_text(GOOD, encoding="utf-8")
    file = PairsFile(path, ACTIONS)
    assert file.read().pairs
    for wrong in ("[pairs.london", GOOD.replace('host = "192.0.2.11"', "host = 5")):
        path.write_text(wrong, encoding="utf-8")
        for _ in range(2):
            with pytest.raises(SettingsError):
                file.read()
    path.unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        file.read()


# The schedules of summaries

DAILY = {"channel": "C0SUMMARY", "cron": "0 8 * * mon-fri"}


def test_good_schedules(tmp_path: Path) -> None:
    path = tmp_path / "pairs.toml"
    more = {"channel": "C0OTHER", "cron": "*/15 08-17 1,15 jan-mar/2 *", "zone": "Europe/London", "pairs": ["london"]}
    path.write_text(edited(lambda data: data.update(summaries=[DAILY, more])), encoding="utf-8")
    assert PairsFile(path, ACTIONS).read().schedules == (
        Schedule("C0SUMMARY", "0 8 * * mon-fri"),
        Schedule("C0OTHER", "*/15 08-17 1,15 jan-mar/2 *", "Europe/London", ("london",)),
    )


@pytest.mark.parametrize(
    ("summaries", "sentence"),
    [
        ("daily", 'summaries is "daily": write [[summaries]] above each.'),
        ([3], "summaries[0] is 3: write it as a table, [summaries[0]]."),
        ([{"cron": "0 8 * * *"}], "summaries[0].channel is missing: add it."),
        ([DAILY | {"chanel": "C1"}], "summaries[0].chanel is no key that I know. Did you mean channel?"),
        ([DAILY | {"channel": "#ops"}], 'summaries[0].channel is "#ops": give the channel\'s id, as in C0123456789.'),
        (
            [DAILY | {"cron": "0 8 *"}],
            'summaries[0].cron is "0 8 *": give minute, hour, day, month and day of the week, as in "0 8 * * mon-fri".',
        ),
        *(
            (
                [DAILY | {"cron": cron}],
                f'summaries[0].cron is "{cron}": its {field} is "{text}": give *, or {known}, as in "0 8 * * mon-fri".',
            )
            for cron, field, text, known in (
                ("60 8 * * *", "minute", "60", "0 to 59"),
                ("0 17-8 * * *", "hour", "17-8", "0 to 23"),
                ("0 8 0 * *", "day of the month", "0", "1 to 31"),
                ("0 8 * 1,Foo *", "month", "1,Foo", "1 to 12 or jan to dec"),
                ("0 8 * * 1", "day of the week", "1", "mon to sun"),
                ("*/0 8 * * *", "minute", "*/0", "0 to 59"),
            )
        ),
        (
            [DAILY | {"zone": "Europe/Lodnon"}],
            'summaries[0].zone is "Europe/Lodnon": give a time zone\'s name, as in Europe/London.',
        ),
        ([DAILY | {"pairs": ["londn"]}], "summaries[0].pairs[0] is no pair that I know. Did you mean london?"),
        (
            [DAILY, DAILY],
            "summaries[1].channel is C0SUMMARY, which has a summary already: put its times and pairs into one.",
        ),
    ],
)
def test_a_mistake_in_a_schedule(tmp_path: Path, summaries: object, sentence: str) -> None:
    assert told(tmp_path / "pairs.toml", edited(lambda data: data.update(summaries=summaries))) == [sentence]


def test_schedules_without_any_pair_are_no_crash(tmp_path: Path) -> None:
    file = tmp_path / "pairs.toml"
    assert told(file, f"summaries = {toml([DAILY | {'pairs': ['london']}])}") == [
        "pairs has no pair in it: add a table [pairs.NAME]."
    ]


def test_the_tables_have_the_keys_of_the_domain() -> None:
    """A key that only one of both has could not be set, or not be used."""
    for table, more in ((PairTable, {"name"}), *((PairTable.inner(key), set()) for key in ("primary", "labels"))):
        assert table
        assert set(table.model_fields) | more == {item.name for item in fields(table.makes)}
    assert set(CommandTable.model_fields) == {item.name for item in fields(CommandLine)}
    assert set(ScheduleTable.model_fields) == {item.name for item in fields(Schedule)}


# The environment

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
PLACE = {"PAIRKEEPER_CONFIG": "/etc/pairkeeper.toml"}
BOT = "copy the Bot User OAuth Token"


def test_a_good_environment() -> None:
    found = read_environment(TOKENS | PLACE)
    assert found == Settings(
        pairs_file=Path("/etc/pairkeeper.toml"),
        database_url="sqlite:///pairkeeper.db",
        bot_token="xoxb-1",
        app_token="xapp-1",
        signing_secret="",
        api_url="https://slack.com/api/",
        port=3000,
    )
    http = {"SLACK_BOT_TOKEN": " xoxb-1\n", "SLACK_SIGNING_SECRET": "8f7", "PORT": "8080", "DATABASE_URL": "sqlite://"}
    found = read_environment(PLACE | http | {"SLACK_API_URL": "http://127.0.0.1:9/api"})
    assert (found.bot_token, found.signing_secret, found.port) == ("xoxb-1", "8f7", 8080)
    assert (found.database_url, found.api_url) == ("sqlite://", "http://127.0.0.1:9/api/")
    assert read_environment(PLACE, slack=False).bot_token == ""


WATCHED = {
    "PAIRKEEPER_CANARY_CHANNEL": "C0CANARY",
    "PAIRKEEPER_CANARY_SECONDS": "30",
    "PAIRKEEPER_ALARM_URLS": "json://user:pa55word@hooks.example/k3y0123456789  slack://T0AAA/B0BBB/token0token",
    "PAIRKEEPER_HEARTBEAT_URL": "https://hb.example/ping/0123-4567-89ab",
    "PAIRKEEPER_METRICS_PORT": "0",
    "PAIRKEEPER_LOG": "json",
    "PAIRKEEPER_LOOPBACK_ONLY": "1",
}


def test_how_it_is_watched() -> None:
    found = read_environment(TOKENS | PLACE | WATCHED)
    assert (found.canary_channel, found.canary_seconds, found.metrics_port) == ("C0CANARY", 30, 0)
    assert len(found.alarm_urls) == 2
    assert (found.heartbeat_url, found.log) == (WATCHED["PAIRKEEPER_HEARTBEAT_URL"], "json")
    assert found.only_loopback
    usual = read_environment(TOKENS | PLACE)
    assert (usual.canary_channel, usual.canary_seconds, usual.metrics_port) == ("", 60, 9464)
    assert (usual.alarm_urls, usual.heartbeat_url, usual.log, usual.only_loopback) == ((), "", "plain", False)


def test_secrets_are_not_in_its_words_and_all_are_known() -> None:
    url = {"DATABASE_URL": "postgresql://pk:s3cret@db.example/pk"}
    found = read_environment(PLACE | TOKENS | WATCHED | url | {"SLACK_SIGNING_SECRET": "8f7e"})
    for secret in ("xoxb-1", "xapp-1", "8f7e", "s3cret", "pa55word", "k3y0123456789", "token0token", "0123-4567-89ab"):
        assert secret not in f"{found} {found!r}"
        assert secret in found.secrets()
    assert not {"pk", "hooks.example", "user", "ping"} & set(found.secrets()), "innocent words would be blackened"
    assert read_environment(PLACE | TOKENS | {"DATABASE_URL": "postgresql://[::1"}).secrets()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SLACK_BOT_TOKEN": ""}, f"SLACK_BOT_TOKEN is not set: {BOT} (xoxb-…) from the app's page at Slack."),
        (
            {"SLACK_BOT_TOKEN": "xoxp-secret"},
            f"SLACK_BOT_TOKEN is not a bot token, which begins with xoxb-: {BOT} from the app's page at Slack.",
        ),
        (
            {"SLACK_BOT_TOKEN": "xapp-secret"},
            f"SLACK_BOT_TOKEN is not a bot token, which begins with xoxb-: {BOT} from the app's page at Slack.",
        ),
        (
            {"SLACK_APP_TOKEN": "xoxb-secret"},
            "SLACK_APP_TOKEN is not an app-level token, which begins with xapp-: make one with the scope "
            "connections:write on the app's page at Slack.",
        ),
        (
            {"SLACK_APP_TOKEN": ""},
            "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set: set one of them.",
        ),
        (
            {"SLACK_SIGNING_SECRET": "xapp-secret"},
            "SLACK_SIGNING_SECRET is a token, not the signing secret: copy that from Basic Information at Slack.",
        ),
        (
            {"PAIRKEEPER_CONFIG": ""},
            "PAIRKEEPER_CONFIG is not set: give it the path of the pairs file, as in /etc/pairkeeper.toml.",
        ),
        (
            {"DATABASE_URL": "pairkeeper.db"},
            "DATABASE_URL is no URL of SQLite or PostgreSQL: write it as in sqlite:///pairkeeper.db or "
            "postgresql://user@host/pairkeeper.",
        ),
        (
            {"SLACK_API_URL": "slack.com/api"},
            "SLACK_API_URL is no URL: it begins with https://, or leave it out to use Slack itself.",
        ),
        *(
            ({"PORT": port}, f'PORT is "{port}": give it a port from 1 to 65535, as in 3000.')
            for port in ("http", "0", "65536", "-1", "²", "3000.0")
        ),
        (
            {"PAIRKEEPER_CANARY_CHANNEL": "#canary"},
            'PAIRKEEPER_CANARY_CHANNEL is "#canary": give the channel\'s id, as in C0123456789.',
        ),
        *(
            (
                {"PAIRKEEPER_CANARY_SECONDS": seconds},
                f'PAIRKEEPER_CANARY_SECONDS is "{seconds}": give it seconds from 2 to 3600, as in 60.',
            )
            for seconds in ("1", "3601", "a minute", "1e2", "-5")
        ),
        (
            {"PAIRKEEPER_ALARM_URLS": "json://here hooks.example/secret-"},
            "PAIRKEEPER_ALARM_URLS: number 2 is no URL: write them as Apprise does, with blanks between.",
        ),
        (
            {"PAIRKEEPER_HEARTBEAT_URL": "ftp://hb.example/secret-"},
            "PAIRKEEPER_HEARTBEAT_URL is no URL: it begins with https:// or http://.",
        ),
        *(
            (
                {"PAIRKEEPER_METRICS_PORT": port},
                f'PAIRKEEPER_METRICS_PORT is "{port}": give it a port from 1 to 65535, or 0 to have none.',
            )
            for port in ("no", "65536", "-1", "000009464")
        ),
        ({"PAIRKEEPER_LOG": "xml"}, 'PAIRKEEPER_LOG is "xml": give "plain" or "json".'),
        (
            {"PAIRKEEPER_LOOPBACK_ONLY": "yes"},
            'PAIRKEEPER_LOOPBACK_ONLY is "yes": give 1 to have no server called that is elsewhere, or 0.',
        ),
    ],
)
def test_a_mistake_in_the_environment(changes: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_environment({**TOKENS, **PLACE, **changes})
    assert error.value.mistakes == [sentence]
    assert "secret-" not in str(error.value)


def test_all_mistakes_in_the_environment_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        read_environment({"PORT": "x", "DATABASE_URL": "x", "SLACK_API_URL": "x"})
    assert len(error.value.mistakes) == 6
    with pytest.raises(SettingsError) as error:
        read_environment({}, slack=False)
    assert len(error.value.mistakes) == 1
