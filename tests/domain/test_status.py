"""The parser: every way to print that we know or fear, and never a guess."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.pair import Labels, Role
from bot.domain.status import Health, Report, State, clean, parse, same_address
from bot.simulator.pair import layouts
from bot.simulator.pair.starts import STARTS, healthy
from bot.simulator.pair.world import Pair, Server, Sickness
from bot.simulator.pair.world import Role as LabRole
from bot.simulator.pair.world import State as LabState

INVENTED = """\
Primary PAM Server        Active
  10.0.0.11               - this host
Floating IP address       10.0.0.10
Secondary PAM Server      Standby
  10.0.0.12
High Availability status  OK
SMB share                 not configured (recommended)
"""


def row(own: str, role: str = "Primary", address: str = "10.0.0.11", rest: str = "") -> str:
    return f"{role} PAM Server {own}\n  {address} - this host\n{rest}"


def test_the_domains_own_example() -> None:
    assert parse(INVENTED) == Report(
        host=Role.PRIMARY,
        address="10.0.0.11",
        own=State.ACTIVE,
        peer=State.STANDBY,
        health=Health.OK,
        floating_ip="10.0.0.10",
        share="not configured (recommended)",
        text=INVENTED,
    )


# Both layouts of the simulator, in every state that it can be brought to.

SEEN = {
    State.ACTIVE: {LabState.ACTIVE},
    State.STANDBY: {LabState.STANDBY},
    State.DEMOTED: {LabState.DEMOTED},
    State.STANDALONE: {LabState.STANDALONE},
    State.UNPAIRED: {LabState.UNPAIRED},
}
IN_NO_PAIR = Labels(unpaired=r"not part of a High Availability pair|not configured$")


def lab_pairs() -> list[Pair]:
    found = [start(healthy("10.0.0.11", "10.0.0.12", ip)) for start in STARTS.values() for ip in ("10.0.0.10", None)]
    for role in LabRole:
        for state in (LabState.STANDALONE, LabState.UNPAIRED):
            found.append(found[0].with_server(Server(role, found[0].server(role).address, state)))
    return found


@pytest.mark.parametrize("layout", layouts.LAYOUTS)
@pytest.mark.parametrize("peer_row", layouts.PeerRow)
def test_both_layouts_of_the_simulator(layout: str, peer_row: layouts.PeerRow) -> None:
    for one in lab_pairs():
        for here in LabRole:
            truth = one.server(here)
            report = parse(layouts.LAYOUTS[layout].status(one, here, peer_row), IN_NO_PAIR)
            assert truth.state in SEEN[report.own], (layout, truth)
            if truth.state is LabState.UNPAIRED and layout == "a":
                assert (report.host, report.address) == (None, None)
                continue
            assert (report.host, report.address) == (Role(here), truth.address)
            if truth.state is not LabState.UNPAIRED:
                assert report.health is (Health.OK if one.replicating else Health.DEGRADED)
                assert report.floating_ip == one.floating_ip


@pytest.mark.parametrize("layout", layouts.LAYOUTS)
def test_the_simulators_sick_servers(layout: str) -> None:
    one = healthy("10.0.0.11", "10.0.0.12", None)
    sick = one.with_server(replace(one.primary, sick=Sickness.FAILED))
    said = parse(layouts.LAYOUTS[layout].status(sick, LabRole.PRIMARY, layouts.PeerRow.LIVE))
    assert (said.host, said.own) == (Role.PRIMARY, State.FAILED)
    for text in (layouts.GARBAGE, layouts.MUTE):
        assert parse(text).own is State.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        INVENTED.upper(),
        INVENTED.lower(),
        INVENTED.replace("\n", "\r\n"),
        INVENTED.replace("\n", "\r\r\n"),
        INVENTED.replace("\n", "\r"),
        INVENTED.replace("Server  ", "Server: "),
        INVENTED.replace("Server  ", "Server :"),
        INVENTED.replace("Server        ", "Server\n  "),
        INVENTED.replace("Active\n  10.0.0.11               - this host", "Active 10.0.0.11 - this host"),
        INVENTED.replace("Active\n  10.0.0.11               - this host", "Active (10.0.0.11) -  THIS HOST"),
        INVENTED.replace("Active\n  10.0.0.11               - this host", "\n10.0.0.11\n- this host\nActive"),
        INVENTED.replace("Active", "\x1b[1;32mActive\x1b[0m"),
        INVENTED.replace("Active", "\x1b[38;5;10mActive\x1b(B\x1b[m"),
        "\x1b]0;pam-a\x07\x1b[2J\x1b[H\x1b[?25l\x1b=" + INVENTED + "\x1b[?25h\x1b>\x1b[K",
        "\x1b]0;pam-a\x1b\\\x1b7" + INVENTED + "\x1b8\x1b[31",
        "Last login: Mon Nov 23 from 10.0.0.5\nWelcome to PAM Server\n\n" + INVENTED,
        INVENTED + "\n\nBroadcast message: maintenance at 04:00\n",
        "\ufeff" + INVENTED,
        "\n".join(reversed(INVENTED.split("\n")[5:])) + "\n".join(["", *INVENTED.split("\n")[:5]]),
    ],
)
def test_the_same_said_otherwise(text: str) -> None:
    report = parse(text)
    assert (report.host, report.address, report.own) == (Role.PRIMARY, "10.0.0.11", State.ACTIVE)
    assert report.peer is State.STANDBY
    assert report.health is Health.OK


def test_no_floating_ip_is_normal() -> None:
    report = parse(INVENTED.replace("Floating IP address       10.0.0.10\n", ""))
    assert (report.own, report.floating_ip) == (State.ACTIVE, None)


@pytest.mark.parametrize(
    ("role", "word", "state"),
    [
        ("Primary", "Active", State.ACTIVE),
        ("Primary", "Demoted", State.DEMOTED),
        ("Primary", "Standby", State.DEMOTED),
        ("Primary", "Failed", State.FAILED),
        ("Primary", "Standalone", State.STANDALONE),
        ("Secondary", "Standby", State.STANDBY),
        ("Secondary", "Promoted Active", State.ACTIVE),
        ("Secondary", "promoted   ACTIVE", State.ACTIVE),
        ("Secondary", "Failed", State.FAILED),
        ("Secondary", "Demoted", State.UNKNOWN),
        ("Primary", "Inactive", State.UNKNOWN),
        ("Primary", "Not Active", State.UNKNOWN),
        ("Primary", "Active?", State.UNKNOWN),
        ("Primary", "Active since 12:34:56", State.UNKNOWN),
        ("Primary", "Active (not replicating)", State.UNKNOWN),
        ("Primary", "Active Demoted", State.UNKNOWN),
        ("Primary", "Active\nDemoted", State.UNKNOWN),
        ("Primary", "Active\nActive", State.UNKNOWN),
        ("Primary", "Activ", State.UNKNOWN),
        ("Secondary", "Promoted", State.UNKNOWN),
        ("Secondary", "Promoted\nActive", State.UNKNOWN),
        ("Primary", "Unreachable", State.UNKNOWN),
        ("Primary", "Failed over", State.UNKNOWN),
        ("Primary", "Αctive", State.UNKNOWN),
        ("Primary", "", State.UNKNOWN),
    ],
)
def test_words_in_its_own_row(role: str, word: str, state: State) -> None:
    report = parse(row(word, role))
    assert (report.host, report.own) == (Role(role.lower()), state)


@pytest.mark.parametrize("word", ["Unreachable", "Demoted?", "", "connection lost\nretrying", "Standby Active"])
def test_an_unknown_peer_row_is_no_evidence_and_no_harm(word: str) -> None:
    report = parse(row("Active", rest=f"Secondary PAM Server {word}\n  10.0.0.12\nHigh Availability status OK\n"))
    assert (report.own, report.peer, report.health) == (State.ACTIVE, State.UNKNOWN, Health.OK)


def test_no_peer_row_at_all() -> None:
    assert parse(row("Active")).peer is State.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "ha-status: command not found",
        INVENTED.replace("- this host", ""),
        INVENTED.replace("10.0.0.12", "10.0.0.12 - this host"),
        INVENTED + INVENTED,
        INVENTED + "Primary PAM Server Demoted\n",
        INVENTED + "Secondary PAM Server Standby\n",
        INVENTED + "High Availability status Degraded\n",
        INVENTED.replace("  10.0.0.11               - this host\n", "").replace("10.0.0.10", "10.0.0.10 - this host"),
        INVENTED.replace("Primary PAM Server", "Primary"),
        INVENTED[: INVENTED.index("- this")],
        "- this host\nActive\n10.0.0.11",
        "\x1b]0;" + INVENTED + "\x07",
        INVENTED.replace(" ", "\xa0"),
        "\x00\x01\x02\xff" * 100,
        "▒▒▒ 0x7f3a ▒▒▒\ud800",
        INVENTED.encode("utf-16").decode("latin-1"),
    ],
)
def test_what_cannot_be_read_is_unknown(text: str) -> None:
    report = parse(text)
    assert (report.host, report.address, report.own, report.peer) == (None, None, State.UNKNOWN, State.UNKNOWN)


def test_the_raw_text_is_kept_for_the_operator() -> None:
    assert parse("ha-status: \x1b[31merror 17\x1b[0m\r\n").text == "ha-status: error 17\n"


@pytest.mark.parametrize(
    ("word", "health"),
    [
        ("OK", Health.OK),
        ("ok", Health.OK),
        (": Degraded", Health.DEGRADED),
        ("OK?", Health.UNKNOWN),
        ("", Health.UNKNOWN),
    ],
)
def test_health(word: str, health: Health) -> None:
    assert parse(row("Active", rest=f"High Availability status {word}\n")).health is health


def test_health_on_the_next_line_and_untold() -> None:
    assert parse(row("Active", rest="High Availability status\n  Degraded\n")).health is Health.DEGRADED
    assert parse(row("Active")).health is Health.UNKNOWN


@pytest.mark.parametrize(
    "address", ["2001:db8::11", "fd00::11", "fe80::11%eth0", "::1", "FD00:0:0:0:0:0:0:11", "::ffff:10.0.0.11"]
)
def test_ipv6(address: str) -> None:
    for text in (row("Active", address=address), f"Primary PAM Server: Active {address} - this host"):
        assert (parse(text).own, parse(text).address) == (State.ACTIVE, address)


@pytest.mark.parametrize(
    "address", ["10.0.0.300", "12:34:56", "aa:bb:cc:dd:ee:ff", "10.0.0.11.5", "::", "10.0.0.11/24"]
)
def test_what_is_no_address(address: str) -> None:
    report = parse(row("Active", address=address))
    assert report.own is State.UNKNOWN or not same_address(report.address or "", "10.0.0.11")


def test_two_addresses_in_its_own_row_are_none() -> None:
    assert parse(row("Active", address="10.0.0.11 10.0.0.12")).address is None


# In no pair yet: by a configured pattern in its own row, or alone.


def test_words_for_no_pair_beside_rows_mean_nothing() -> None:
    """A pattern that also fits another line must not make a living server pass for a fresh one."""
    report = parse(INVENTED, Labels(unpaired="not configured"))
    assert (report.own, report.share) == (State.ACTIVE, "not configured (recommended)")
    broken = INVENTED.replace("- this host", "")
    assert parse(broken, Labels(unpaired="not configured")).own is State.UNKNOWN


@pytest.mark.parametrize("word", ["Active", "Demoted", "Failed"])
def test_a_known_state_outweighs_the_words_for_no_pair(word: str) -> None:
    assert parse(row(word), Labels(unpaired=".")).own is not State.UNPAIRED


@pytest.mark.parametrize("word", ["Not configured", "Standalone"])
def test_no_pair_in_its_own_row(word: str) -> None:
    report = parse(row(word), Labels(unpaired=f"^{word}$"))
    assert (report.host, report.address, report.own) == (Role.PRIMARY, "10.0.0.11", State.UNPAIRED)
    assert parse(row(word)).own is not State.UNPAIRED


def test_no_pair_without_rows() -> None:
    text = "This PAM Server is not part of a High Availability pair.\n"
    assert parse(text).own is State.UNKNOWN
    assert parse(text, IN_NO_PAIR).own is State.UNPAIRED


def test_other_labels() -> None:
    labels = Labels(primary="node a", secondary="node b", health="state", this_host=r"\(me\)")
    report = parse("Node A: Active 10.0.0.11 (me)\nNode B: Standby 10.0.0.12\nState: OK\n", labels)
    assert (report.own, report.peer, report.health) == (State.ACTIVE, State.STANDBY, Health.OK)


def test_huge() -> None:
    for text in (
        "x" * 1_000_000,
        "- " * 300_000,
        ":" * 500_000,
        "1:" * 300_000,
        "10.0.0.11 " * 60_000,
        INVENTED * 4000,
    ):
        assert parse(text).own is State.UNKNOWN
    assert parse("noise\n" * 50_000 + INVENTED).own is State.ACTIVE


# Whatever comes: no error, and no known state without exactly one row of this host.

WORDS = [
    "Primary PAM Server",
    "Secondary PAM Server",
    "High Availability status",
    "Active",
    "Standby",
    "Promoted Active",
]
WORDS += [
    "Demoted",
    "Failed",
    "- this host",
    "10.0.0.11",
    "fd00::11",
    ":",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\x1b[1m",
    "OK",
    "é",
]
TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(WORDS)).map("".join),
    st.lists(st.sampled_from(WORDS)).map(" ".join),
    st.lists(st.sampled_from(INVENTED.splitlines(True)), max_size=12).map("".join),
    st.binary().map(lambda raw: raw.decode("utf-8", "replace")),
)


@given(TEXTS)
@example(INVENTED)
def test_never_an_error_never_a_guess(text: str) -> None:
    report = parse(text)
    marks = clean(text).lower().count("this host")
    if report.own is not State.UNKNOWN:
        assert report.host is not None
        assert marks >= 1
        assert report.own is not State.UNPAIRED
    if marks == 0:
        assert report.host is None
        assert report.own is State.UNKNOWN
    if report.host is None:
        assert (report.own, report.address) == (State.UNKNOWN, None)


@given(st.text(), st.sampled_from(["Active", "Demoted", "Standby"]))
def test_a_word_more_makes_it_unknown(noise: str, word: str) -> None:
    """Whatever else stands in its own row that is a word: not recognised."""
    report = parse(f"Primary PAM Server {word} x{noise}\n 10.0.0.11 - this host\n")
    assert report.own is State.UNKNOWN


@given(TEXTS)
def test_a_second_row_of_this_host_is_one_too_many(text: str) -> None:
    assert parse(f"{INVENTED}{text}".replace("10.0.0.12", "10.0.0.12 - this host")).own is State.UNKNOWN
