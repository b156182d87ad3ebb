"""Layouts of `ha-status` as appliances and people's wrappers print them, and what is said where one is not read."""

import pytest

from bot.domain.pair import Labels, Role
from bot.domain.status import Health, State, misread, parse, told
from bot.settings.patterns import never_matches

LAYOUTS = {
    "rules between rows": """
+--------------------------+----------+--------------------------+
| Primary PAM Server       | Active   | 10.0.0.11 - this host    |
+--------------------------+----------+--------------------------+
| Secondary PAM Server     | Standby  | 10.0.0.12                |
+--------------------------+----------+--------------------------+
| High Availability status | OK       |                          |
+--------------------------+----------+--------------------------+
""",
    "rules of lines": """
Primary PAM Server        Active
  10.0.0.11               - this host
----------------------------------------
Secondary PAM Server      Standby
  10.0.0.12
----------------------------------------
High Availability status  OK
========================================
""",
    "box drawing": """
┌──────────────────────┬─────────┬───────────┬─────────────┐
│ Primary PAM Server   │ Active  │ 10.0.0.11 │ - this host │
├──────────────────────┼─────────┼───────────┼─────────────┤
│ Secondary PAM Server │ Standby │ 10.0.0.12 │             │
├──────────────────────┼─────────┼───────────┼─────────────┤
│ High Availability status │ OK  │           │             │
└──────────────────────┴─────────┴───────────┴─────────────┘
""",
    "label: value": """
Primary PAM Server: Active
Primary PAM Server IP: 10.0.0.11 - this host
Secondary PAM Server: Standby
Secondary PAM Server IP: 10.0.0.12
High Availability status: OK
""",
    "a label of its own for the address": """
Primary PAM Server
    Status: Active
    IP address: 10.0.0.11 - this host
Secondary PAM Server
    Status: Standby
    IP address: 10.0.0.12
High Availability status: OK
""",
    "this host before the address": """
Primary PAM Server        Active
  - this host             10.0.0.11
Secondary PAM Server      Standby
  10.0.0.12
High Availability status  OK
""",
    "this host between label and address": """
Primary PAM Server        Active
  Address - this host:    10.0.0.11
Secondary PAM Server      Standby
  Address:                10.0.0.12
High Availability status  OK
""",
    "IPv6": """
Primary PAM Server: Active
  IPv6 address: fd00:a:b::1 - this host
Secondary PAM Server: Standby
  IPv6 address: fd00:a:b::2
High Availability status: OK
""",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_is_read(layout: str) -> None:
    report = parse(LAYOUTS[layout])
    assert (report.host, report.own, report.peer) == (Role.PRIMARY, State.ACTIVE, State.STANDBY)
    assert report.address in ("10.0.0.11", "fd00:a:b::1")
    assert report.health is Health.OK
    assert misread(LAYOUTS[layout], Labels()) == ""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_guessed_in_any_of_them(layout: str) -> None:
    text = LAYOUTS[layout]
    assert parse(text.replace("Active", "Activating")).own is State.UNKNOWN
    assert parse(text.replace("Active", "Active, syncing")).own is State.UNKNOWN
    assert parse(text.replace(" Active", "")).own is State.UNKNOWN
    assert parse(text.replace("- this host", "")).own is State.UNKNOWN


MISREAD = {
    "a label stands there twice": "Primary PAM Server Active\nPrimary PAM Server Active\n",
    "there is no row of the Primary and no row of the Secondary: see labels": "menu\n1) Status\n",
    "there is no row of the Secondary: see labels": "Primary PAM Server Active\n  10.0.0.11\n",
    "no row says which server this is (labels.this_host)": "Primary PAM Server Active\nSecondary PAM Server Standby\n",
    "both rows say which server this is (labels.this_host)": (
        "Primary PAM Server Active - this host\nSecondary PAM Server Standby - this host\n"
    ),
    "the row of the Primary, this host, says “Activating” where one state should stand": (
        "Primary PAM Server Activating - this host\nSecondary PAM Server Standby\n"
    ),
    "the row of the Primary, this host, says “Active” and “Standby” where one state should stand": (
        "Primary PAM Server\n Active - this host\n Standby\nSecondary PAM Server Standby\n"
    ),
    "the row of the Primary, this host, says nothing where one state should stand": (
        "Primary PAM Server - this host\nSecondary PAM Server Standby\n"
    ),
}


@pytest.mark.parametrize("why", MISREAD)
def test_which_row_was_not_understood_is_said(why: str) -> None:
    assert misread(MISREAD[why], Labels()) == why


def test_what_was_read_is_said() -> None:
    assert told(parse(LAYOUTS["label: value"])) == "Primary active at 10.0.0.11, peer standby, health OK"
    assert told(parse("nonsense")) == "no own row, peer unknown, health not told"


def test_a_label_may_end_in_its_colon() -> None:
    labels = Labels(primary="Primary PAM Server:", secondary="Secondary PAM Server:")
    assert parse(LAYOUTS["label: value"].replace(" IP:", ": IP:"), labels).own is State.ACTIVE


@pytest.mark.parametrize(
    ("name", "pattern", "never"),
    [
        *((name, pattern, False) for name, pattern in vars(Labels()).items() if pattern),
        ("primary", "primary server:", False),
        ("primary", r"^primary\s+(pam )?server", False),
        ("primary", "(main|primary) server", False),
        ("primary", "\tprimary|primary", False),
        ("primary", r"p(?=rimary)\w+", False),
        ("primary", "[^x]rimary", False),
        ("this_host", r"\(this host\)$", False),
        ("primary", "primary$ server", True),
        ("primary", "primary ^server", True),
        ("primary", "primary\nserver", True),
        ("primary", r"primary\tserver", True),
        ("health", r"health\r", True),
        ("this_host", r"this\thost", True),
        ("unpaired", "not\nconfigured", True),
    ],
)
def test_a_pattern_that_can_never_match_is_found(name: str, pattern: str, never: bool) -> None:
    assert never_matches(name, pattern) is never
