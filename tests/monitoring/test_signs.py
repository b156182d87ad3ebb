"""The vital signs: what is wrong by them, from when on, and when it is over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.monitoring.signs import NEVER, Canary, Trouble, Vitals

AT = datetime(2026, 11, 22, 3, 0, 0, tzinfo=UTC)
WELL = Vitals(
    at=AT,
    awake=9999.0,
    tick=1.0,
    silence=2.0,
    connected=True,
    connections=1,
    opened=500.0,
    heard=True,
    envelope=30.0,
    database=0.01,
    written=5.0,
    canary=Canary(60.0, 30.0, 29.0, 0.4),
)


def back(seconds: float | None, **more: object) -> Vitals:
    """Well, but for a canary that last came back so long ago."""
    return replace(WELL, canary=Canary(60.0, 30.0, seconds, 0.4), **more)  # type: ignore[arg-type]


def test_all_is_well() -> None:
    assert WELL.troubles() == {}
    assert WELL.ready()
    assert WELL.line() == (
        "last envelope 30 s ago, canary back 29 s ago, database written 5 s ago, 0 messages undelivered"
    )


@pytest.mark.parametrize(("seconds", "missed"), [(71, 0), (74, 0), (76, 1), (134, 1), (136, 2), (256, 4)])
def test_a_canary_is_missed_when_it_is_a_quarter_late(seconds: float, missed: int) -> None:
    vitals = back(seconds)
    assert vitals.missed() == missed
    assert (Trouble.DEAF in vitals.troubles()) is (missed >= 2)


def test_one_missed_is_enough_where_the_socket_is_dead_too() -> None:
    assert not back(100.0, silence=100.0).deaf()
    assert back(110.0, silence=110.0).deaf()
    assert not back(60.0, silence=110.0).deaf(), "another process hears"
    assert back(110.0, silence=110.0).troubles()[Trouble.DEAF] == (
        "has heard nothing from Slack since 02:58:10 UTC (1 min)"
    )


def test_one_that_never_came_back_says_what_may_be_missing() -> None:
    assert back(None, awake=100.0).troubles() == {}
    assert back(None, awake=140.0).troubles() == {Trouble.DEAF: NEVER}


def test_without_a_canary_the_socket_tells() -> None:
    socket = replace(WELL, canary=None)
    assert replace(socket, silence=70.0).troubles() == {}
    assert Trouble.DEAF in replace(socket, silence=140.0).troubles()
    assert replace(socket, silence=140.0, connected=None).troubles() == {}, "by HTTP a quiet night is quiet"


def test_a_process_that_was_frozen_has_missed_nothing() -> None:
    frozen = back(900.0, silence=900.0, written=900.0, tick=900.0, oldest=900.0, undelivered=3, awake=1.0)
    assert frozen.troubles() == {}
    assert not frozen.over(Trouble.DEAF), "but nothing is known to be over, either"


def test_with_the_database_away_the_canary_cannot_tell() -> None:
    assert set(back(900.0, written=60.0).troubles()) == {Trouble.DATABASE}


@pytest.mark.parametrize(
    ("vitals", "trouble", "words"),
    [
        (replace(WELL, written=120.0), Trouble.DATABASE, "cannot write its database since 02:58:00 UTC (2 min)"),
        (replace(WELL, written=None), Trouble.DATABASE, "cannot write its database since 00:13:21 UTC (166 min)"),
        (replace(WELL, undelivered=3, oldest=700.0), Trouble.UNDELIVERED, "has 3 messages undelivered for 11 min"),
        (replace(WELL, undelivered=1, oldest=700.0), Trouble.UNDELIVERED, "has 1 message undelivered for 11 min"),
        (replace(WELL, tick=90.0), Trouble.CLOCK, "does nothing by the clock since 02:58:30 UTC (1 min)"),
        (replace(WELL, unread=120.0), Trouble.SETTINGS, "cannot read its pairs file since 02:58:00 UTC (2 min)"),
    ],
)
def test_each_trouble_in_a_sentence(vitals: Vitals, trouble: Trouble, words: str) -> None:
    assert vitals.troubles() == {trouble: words}
    assert not vitals.over(trouble)
    assert not vitals.ready()


def test_between_wrong_and_over_nothing_is_said() -> None:
    for vitals, trouble in ((back(90.0), Trouble.DEAF), (replace(WELL, oldest=300.0), Trouble.UNDELIVERED)):
        assert vitals.troubles() == {}
        assert not vitals.over(trouble)
    assert all(WELL.over(trouble) for trouble in Trouble)


def test_a_new_start_may_help_who_was_heard_before_and_reaches_slack() -> None:
    assert back(300.0).fresh_start_may_help()
    assert not back(None).fresh_start_may_help(), "it never heard anything: the next would not, either"
    assert not back(300.0, awake=250.0).fresh_start_may_help(), "it was an earlier process that heard"
    gone = replace(WELL, canary=Canary(60.0, 200.0, 300.0, 0.4))
    assert not gone.fresh_start_may_help(), "Slack takes nothing: it is away"
    socket = replace(WELL, canary=None, opened=5.0)
    assert socket.fresh_start_may_help()
    assert not replace(socket, heard=False).fresh_start_may_help()
    assert not replace(socket, opened=500.0).fresh_start_may_help()
