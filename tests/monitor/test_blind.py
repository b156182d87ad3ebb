"""What the bot cannot look at, through a fault of its own, is no evidence: it is told in Slack and past it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.pair import Server
from bot.domain.transport import Reply, UnreachableReason, not_asked
from bot.monitoring.senses import Hearing, Sources, VitalSignReader
from bot.monitoring.signs import Trouble, Vitals
from bot.store import sightings
from tests.monitor.house import House
from tests.monitor.sky import SkyWire

LONDON = "london-primary"
Delivered = Callable[[], list[dict[str, Any]]]


class Broken(SkyWire):
    """A wire on which calls to some hosts break, each with its own error."""

    def __init__(self, house: House, errors: Mapping[str, Exception]) -> None:
        super().__init__(house.sky)
        self.errors = dict(errors)

    def probe(self, server: Server, line: str, seconds: float) -> Reply:
        if error := self.errors.get(server.host):
            raise error
        return super().probe(server, line, seconds)


def breaks(house: House, **errors: Exception) -> Broken:
    """Have calls break from now on; the names are those of pairs, of which the Primary is meant."""
    wire = Broken(house, {f"{name}-primary": error for name, error in errors.items()})
    object.__setattr__(house.desk, "wire", wire)
    return wire


def vitals(house: House) -> Vitals:
    """How the bot is, by the signs that come from its looks."""
    hearing = Hearing(1.0, 1.0, True, 1, 1.0, True)
    senses = VitalSignReader(
        Sources(house.store, lambda: hearing, lambda: ("looks", 1.0), dict, blind=lambda: house.watch.blind)
    )
    senses.look()
    return senses.vitals()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("getpwuid(): uid not found: 4242"), "a fault of mine (KeyError: 'getpwuid(): uid not found: 4242')"),
        pytest.param(AttributeError("x"), "a fault of mine (AttributeError: x)", marks=pytest.mark.proof),
        (RuntimeError("can't start new thread"), "a fault of mine (RuntimeError: can't start new thread)"),
        pytest.param(
            OSError(24, "Too many open files"),
            "a fault of mine (OSError: Too many open files)",
            marks=pytest.mark.proof,
        ),
        (not_asked("its key file /k cannot be read (Permission denied)"), "its key file /k cannot be read"),
    ],
)
def test_a_look_that_breaks_is_told_and_is_no_evidence(
    house: House, delivered: Delivered, error: Exception, words: str
) -> None:
    house.only("london")
    house.pass_(70)
    seen = sightings.looked_at(house.store, "london")
    house.sky.power("london", next(iter(house.sky.hosts.values()))[1], on=False)
    wire = breaks(house, london=error)
    house.pass_(75)
    assert house.open() == {}, "nothing was learnt of the server"
    assert sightings.looked_at(house.store, "london") == seen
    told = delivered()[-1]["text"]
    assert told.startswith("⚪ I can't look at london.")
    assert words in str(delivered()[-1]["blocks"])
    found = vitals(house)
    assert not found.ready()
    assert words in found.troubles()[Trouble.BLIND]
    count = len(delivered())
    house.pass_(180)
    assert len(delivered()) == count, "it is told once while it lasts"
    wire.errors.clear()
    house.pass_(75)
    assert house.open() == {"london": "Primary not answering"}
    assert [m["text"] for m in delivered() if "look at" in m["text"]] == [
        "✅ I can look at every pair of this channel again."
    ]
    assert vitals(house).ready()


def test_a_jump_host_that_is_down_is_named_and_the_servers_behind_it_are_not(
    house: House, delivered: Delivered
) -> None:
    house.pass_(70)
    down = not_asked("the jump host 10.9.9.9 could not be passed: no answer: timed out", UnreachableReason.JUMP)
    breaks(house, **dict.fromkeys(house.pairs, down))
    house.pass_(150)
    assert house.open() == {}, "no server was silent"
    (told,) = delivered()
    assert "no answer from" not in str(told)
    for name in house.pairs:
        line = f"*I can't look at {name}*: the Primary was not asked: the jump host 10.9.9.9 could not be passed"
        assert line in str(told["blocks"])
    assert not vitals(house).ready()


def test_one_look_that_breaks_is_a_hiccup(house: House, delivered: Delivered) -> None:
    house.pass_(3)
    wire = breaks(house, london=KeyError("x"))
    looks = house.sky.looks
    while house.sky.looks == looks:
        house.pass_(1)
    wire.errors.clear()
    house.pass_(120)
    assert delivered() == []
    assert vitals(house).ready()


def test_several_pairs_are_one_message_and_a_second_time_is_a_new_one(house: House, delivered: Delivered) -> None:
    wire = breaks(house, london=KeyError("x"), paris=KeyError("x"))
    house.pass_(75)
    (told,) = delivered()
    assert "I can't look at london, paris." in told["text"]
    wire.errors.clear()
    house.pass_(75)
    assert [m["text"][:1] for m in delivered()] == ["✅"]
    wire.errors[LONDON] = KeyError("y")
    house.pass_(75)
    assert [m["text"][:24] for m in delivered()] == ["✅ I can look at every pa", "⚪ I can't look at london"]


def test_what_breaks_beside_the_call_is_told_too(house: House, delivered: Delivered, monkeypatch: Any) -> None:
    def still_healthy(*_words: object) -> bool:
        raise ValueError("can't parse timestamp")

    monkeypatch.setattr(sightings, "still_healthy", still_healthy)
    house.pass_(75)
    assert "can't parse timestamp" in str(delivered()[-1]["blocks"])
    assert Trouble.BLIND in vitals(house).troubles()


def test_a_process_that_is_dead_leaves_no_blindness_behind(house: House, delivered: Delivered) -> None:
    breaks(house, london=KeyError("x"))
    house.pass_(75)
    delivered()
    house.store.me = "its successor"
    object.__setattr__(house.desk, "wire", SkyWire(house.sky))
    house.pass_(75)
    assert delivered()[-1]["text"].startswith("✅")


def test_settings_that_cannot_be_read_are_no_fault_of_a_look(house: House, delivered: Delivered) -> None:
    house.pass_(70)

    def refuse() -> Mapping[str, object]:
        raise Refusal(RefusalCode.SETTINGS_WRONG, mistake="wrong")

    object.__setattr__(house.desk, "pairs", refuse)
    house.pass_(75)
    assert vitals(house).ready()
    assert delivered() == []
