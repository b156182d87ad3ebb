"""Pictures: every kind is drawn of every kind of data, within its size, and its words say the same."""

import io
import re
import struct
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from slack_sdk import WebClient

from bot import charts
from bot.charts import Mark, Ribbon, Window
from bot.charts.bands import beside
from bot.charts.rows import rows
from bot.charts.sheet import SMALL, drawable, sheet
from bot.charts.theme import DARK, LIGHT, SERVINGS, STATES, contrast
from bot.charts.times import LEAST, Axis, lasted, percent
from bot.domain.situation import SituationCode
from bot.domain.status import State
from bot.domain.timeline import Serving, share
from bot.manifest import manifest
from bot.registry import load_commands
from bot.services.history import days_of
from bot.simulator import cast
from bot.simulator.slack import LocalSlack
from tests.charts import alerts, homes, made_up, messages
from tests.charts.made_up import HOUR, LONDON, MONTH, START, UNTIL, day, mark, stretch, window

MINUTE = timedelta(minutes=1)
SPRING = datetime(2026, 3, 29, tzinfo=LONDON), datetime(2026, 3, 30, tzinfo=LONDON)
AUTUMN = datetime(2026, 10, 25, tzinfo=LONDON), datetime(2026, 10, 26, tzinfo=LONDON)


def ribbons(found: list[Ribbon], dark: bool = False) -> bytes:
    return charts.ribbons(found, START, UNTIL, LONDON, dark)


def told(found: list[Ribbon]) -> str:
    return charts.described_ribbons(found, START, UNTIL, LONDON)


def calendar(*pairs: list[charts.Ribbon], days: int = 30, dark: bool = False) -> bytes:
    seen = [(one.stretches, ()) for ribbon in pairs for one in ribbon]
    return charts.calendar(charts.days(seen, UNTIL - timedelta(days=days), UNTIL, LONDON), "All pairs", LONDON, dark)


def taken(count: int, before: int = 0, dark: bool = False) -> bytes:
    return charts.recoveries(made_up.recoveries(count), made_up.recoveries(before, 6), MONTH, UNTIL, LONDON, dark)


def months(count: int, days: int) -> list[Ribbon]:
    return [Ribbon(made_up.TOWNS[one], made_up.month(one, days)) for one in range(count)]


DRAWN: dict[str, Callable[[bool], bytes]] = {
    "ribbons of nothing": lambda dark: ribbons([], dark),
    "a pair never seen": lambda dark: ribbons([Ribbon("london", ())], dark),
    "one look": lambda dark: ribbons([Ribbon("london", [stretch(12, 12.0001)])], dark),
    "a quiet day": lambda dark: ribbons(made_up.quiet(), dark),
    "a bad day": lambda dark: ribbons(made_up.bad(), dark),
    "sixty pairs": lambda dark: ribbons(made_up.sixty(), dark),
    "sixty pairs at once": lambda dark: ribbons(made_up.storm(), dark),
    "one pair flapping": lambda dark: ribbons([made_up.flapping("london", 900, 1)], dark),
    "a calendar of nothing": lambda dark: calendar(days=0, dark=dark),
    "a calendar without looks": lambda dark: calendar(dark=dark),
    "a calendar of one look": lambda dark: calendar([Ribbon("london", [stretch(1, 1.001)])], dark=dark),
    "a calendar of a month": lambda dark: calendar(months(1, 30), dark=dark),
    "a calendar of sixty pairs": lambda dark: calendar(months(60, 90), days=90, dark=dark),
    "no incidents": lambda dark: taken(0, dark=dark),
    "no incidents now": lambda dark: taken(0, 4, dark),
    "one incident": lambda dark: taken(1, dark=dark),
    "many incidents": lambda dark: taken(300, 200, dark),
    "an incident": lambda dark: charts.ribbon(made_up.report(), UNTIL + 14 * MINUTE, LONDON, dark),
    "an incident just begun": lambda dark: charts.ribbon(made_up.report(1), UNTIL, LONDON, dark),
    "an incident without looks": lambda dark: charts.ribbon(made_up.report(0), UNTIL, LONDON, dark),
}


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.proof)])
@pytest.mark.parametrize("kind", DRAWN)
def test_every_kind_is_drawn_and_can_be_read_on_a_phone(kind: str, dark: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    png, written = read(lambda: DRAWN[kind](dark), monkeypatch)
    assert written
    assert [words for words, size in written if size < 22] == []
    assert [words for words, _ in written if any(unicodedata.category(c) == "So" for c in words)] == []
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert width == 1080, "a phone would have to shrink it"
    assert 100 < height < 5000
    assert len(png) < 1_000_000


@pytest.mark.proof
def test_sixty_pairs_that_all_flap_stay_small() -> None:
    found = [made_up.flapping(name, 300, place) for place, name in enumerate(made_up.TOWNS[:60])]
    assert len(ribbons(found)) < 1_000_000


BIGGER = ("a bad day", "a calendar of a month", "many incidents")


@pytest.mark.parametrize("kind", ["an incident", *(pytest.param(one, marks=pytest.mark.proof) for one in BIGGER)])
def test_the_same_is_drawn_the_same(kind: str) -> None:
    draw = DRAWN[kind]
    assert draw(False) == draw(False)
    assert draw(False) != draw(True)


def shown(colour: str, png: bytes) -> int:
    """How many pixels have exactly this colour."""
    from PIL import Image

    parts = tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return sum(count for count, found in image.getcolors(image.width * image.height) if found == parts)


def test_what_nobody_saw_is_never_drawn_as_down() -> None:
    bad = {SERVINGS[Serving.NONE][0].colour, STATES[State.SILENT].colour, STATES[State.FAILED].colour}
    edges = 100  # pixels at the edges of letters that happen to have such a colour
    blind = ribbons([day("london", (6, None), (18, SituationCode.HEALTHY)), Ribbon("paris", ())])
    assert [colour for colour in bad if shown(colour, blind) > edges] == []
    down = ribbons(
        [
            day("london", (6, SituationCode.PRIMARY_FAILED), (18, SituationCode.HEALTHY)),
            day("paris", (3, SituationCode.BOTH_GONE)),
        ]
    )
    assert [colour for colour in bad if shown(colour, down) < 10 * edges] == []


def test_a_short_fault_in_a_long_time_is_seen() -> None:
    until = START + timedelta(days=30)
    seen = [stretch(0, 300), stretch(300, 300.01, SituationCode.PRIMARY_FAILED), stretch(300.01, 720)]
    drawn = charts.ribbons([Ribbon("london", seen)], START, until, LONDON)
    in_legend = 46 * 24 * 2
    assert shown(STATES[State.FAILED].colour, drawn) > 0
    assert shown(STATES[State.FAILED].colour, drawn) < in_legend + 200
    axis = Axis(START, until, LONDON, 300, 700)
    for begin in (START, START + 300 * HOUR, until):
        left, wide = axis.across(begin, begin + MINUTE)
        assert wide == pytest.approx(LEAST)
        assert 300 <= left <= 1000 - LEAST


def read(draw: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, list[tuple[str, float]]]:
    """A picture that is really drawn, and what is written in it, each text with its size; none is cut off."""
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    found: list[tuple[str, float]] = []
    save = Figure.savefig

    def ask(self: Figure, *given: object, **named: object) -> None:
        save(self, *given, **named)  # type: ignore[arg-type]
        box = self.bbox
        for one in self.findobj(Text):
            if one.get_text():
                found.append((one.get_text(), float(one.get_fontsize())))
                extent = one.get_window_extent()
                assert box.x0 <= extent.x0, f"{one.get_text()} is cut off"
                assert extent.x1 <= box.x1, f"{one.get_text()} is cut off"
                assert box.y0 <= extent.y0, f"{one.get_text()} is cut off"
                assert extent.y1 <= box.y1, f"{one.get_text()} is cut off"

    monkeypatch.setattr(Figure, "savefig", ask)
    return draw(), found


def test_what_people_typed_harms_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = "🟢 disk $\\frac{1}{0}$ ⛔\n✅ 交換\u200d <!channel> " + "x" * 300
    found = [day(f"lon$don_{{ 🔴 \x00{'y' * 80}", windows=[window(1, 2, typed), window(3, 4, "$\\nonsense{ ^ $")])]
    words = [text for text, _ in read(lambda: ribbons(found), monkeypatch)[1]]
    assert any(text.startswith("disk $\\frac{1}{0}$ u4e") for text in words)
    assert len(told(found)) <= 900
    assert drawable("Zürich · 14 – 15 °C") == "Zürich · 14 – 15 °C"


def test_the_colours_can_be_told_apart() -> None:
    for looks in (LIGHT, DARK):
        assert contrast(looks.ink, looks.card) >= 7
        assert contrast(looks.muted, looks.card) >= 4.5
        assert contrast(looks.line, looks.card) >= 3, "the frame of every band"
    known = [*STATES.values(), *(look for look, _ in SERVINGS.values())]
    for look in known:
        assert contrast(look.ink, look.colour) >= 4.5, look
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_nobody_has_to_see_colours() -> None:
    assert set(STATES) == set(State)
    assert set(SERVINGS) == set(Serving)
    assert len({look.hatch for look in STATES.values()}) >= len(STATES) - 1
    assert len({(look.colour, look.hatch) for look in STATES.values()}) == len(STATES)
    assert len({(look.hatch, high) for look, high in SERVINGS.values()}) == len(SERVINGS)


def test_pairs_stay_in_the_order_given() -> None:
    now = {
        "alone": SituationCode.NO_STANDBY,
        "blind": None,
        "down": SituationCode.PRIMARY_FAILED,
        "split": SituationCode.SPLIT_BRAIN,
    }
    found = [day(pair, (2, name)) for pair, name in now.items()]
    found += [day("was-down", (2, SituationCode.PRIMARY_FAILED), (3, SituationCode.HEALTHY)), day("fine")]
    assert [one.pair for one in rows(found, START, UNTIL)] == [*now, "was-down", "fine"]
    assert told(found).startswith(
        "6 pairs at 08:00: 1 not served, 1 in split brain, 1 not looked at, 1 without a standby, 2 healthy."
    )
    places = [told(found).index(f"{name}: ") for name in (*now, "was-down")]
    assert places == sorted(places)


def test_the_words_say_what_the_picture_says() -> None:
    words = told(made_up.bad())
    assert (
        "london: split brain since Sun 22 Nov 02:36, without a standby for 5 h 24 min, 1 asked, 1 approved, 1 run."
        in words
    )
    assert "rome: not looked at, not served for 12 h, nobody looked for 4 h, served 40.0 % of 20 h." in words
    assert "healthy the whole time" in words
    assert "oslo: Primary not answering since Sun 22 Nov 06:00, not served for 2 h" in words
    assert told(made_up.quiet()) == (
        "14 pairs at 08:00: all healthy. Sat 21 Nov 08:00 to Sun 22 Nov 08:00, all times Europe/London."
    )
    assert told([]).startswith("No pairs.")


def test_maintenance_is_named_and_not_counted() -> None:
    one = day(
        "london", (10, SituationCode.PRIMARY_FAILED), (12, SituationCode.HEALTHY), windows=[window(10, 12, "new disk")]
    )
    words = told([one])
    assert "not served" not in words
    assert "maintenance Sat 21 Nov 18:00 to Sat 21 Nov 20:00: new disk" in words


def test_marks_outside_the_time_are_not_told_of() -> None:
    one = day("london", marks=[mark(-1, "asked"), mark(3, "asked"), mark(30, "run"), Mark(START, "noted")])
    assert told([one]).endswith("london: healthy, 1 asked.")


def test_marks_stand_beside_each_other_and_within_the_picture() -> None:
    assert beside([], 10, 100) == []
    assert beside([5, 50, 90], 10, 100) == [5, 50, 90]
    assert beside([50, 50, 52], 10, 100) == [50, 60, 70]
    assert beside([100, 100, 100], 10, 100) == [80, 90, 100]
    crowd = beside([float(place) for place in range(90, 100)], 10, 100)
    assert crowd == sorted(crowd)
    assert max(crowd) <= 100
    assert all(abs(true - place) <= 30 for true, place in zip(range(90, 100), crowd, strict=True))


@pytest.mark.parametrize("kind", ["sixty", "storm", "bad"])
def test_words_stay_within_the_limit(kind: str) -> None:
    words = told(getattr(made_up, kind)())
    assert len(words) <= 900
    assert kind == "bad" or re.search(r"And \d+ more\.$", words)


def test_the_words_of_a_calendar() -> None:
    seen = [
        (
            (
                [
                    stretch(0, 14),
                    stretch(14, 16, SituationCode.PRIMARY_FAILED),
                    stretch(16, 24, SituationCode.NO_STANDBY),
                ]
            ),
            (),
        )
    ]
    found = charts.days(seen, START - timedelta(days=2), UNTIL, LONDON)
    assert [one.date.day for one in found] == [19, 20, 21, 22]
    assert [percent(one.share.availability) for one in found] == ["not known", "not known", "87.5 %", "100 %"]
    words = charts.described_calendar(found, "london", LONDON)
    assert words.startswith("london: served 91.6 %.")
    assert "Nothing is known of 2 days. Without a standby for 8 h. 21 Nov: 87.5 %, not served for 2 h." in words


def test_a_calendar_leaves_maintenance_out() -> None:
    ribbon = day(
        "london", (10, SituationCode.PRIMARY_FAILED), (12, SituationCode.HEALTHY), windows=[window(10, 12, "new disk")]
    )
    whole = days_of([ribbon], START, UNTIL, LONDON)
    assert [percent(one.share.availability) for one in whole] == ["100 %", "100 %"]
    assert sum((one.share.known for one in whole), timedelta(0)) == 22 * HOUR


@pytest.mark.parametrize(("span", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_the_day_on_which_the_clocks_change(span: tuple[datetime, datetime], hours: int) -> None:
    start, end = (at.astimezone(UTC) for at in span)
    seen = [stretch(0, hours, since=start)]
    [one] = charts.days([(seen, ())], start, end, LONDON)
    assert one.share == share(seen, start, end)
    assert one.share.known == hours * HOUR
    axis = Axis(start, end, LONDON, 0, hours * 10)
    places = [(round(x), words) for x, words in axis.ticks()]
    shift = hours - 24
    assert places[1:3] == [((6 + shift) * 10, "06:00"), ((12 + shift) * 10, "12:00")]
    assert charts.ribbons([Ribbon("london", seen)], start, end, LONDON)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland"])
@pytest.mark.parametrize("length", [20 * MINUTE, HOUR, 3 * HOUR, 24 * HOUR, timedelta(days=7), timedelta(days=90)])
def test_ticks_stand_at_round_times(zone: str, length: timedelta) -> None:
    found = Axis(UNTIL - length, UNTIL, ZoneInfo(zone), 0, 700).ticks()
    assert 2 <= len(found) <= 9
    assert all(0 <= x <= 700 for x, _ in found)
    assert [x for x, _ in found] == sorted(x for x, _ in found)


def test_a_moment_has_two_ticks() -> None:
    axis = Axis(UNTIL, UNTIL + timedelta(seconds=3), UTC, 0, 700)
    assert axis.ticks() == [(0, "08:00:00"), (700, "08:00:03")]


def test_recovery_times_are_told_against_the_time_before() -> None:
    words = charts.described_recoveries(made_up.recoveries(9), made_up.recoveries(4, 6))
    assert re.match(r"Recovered in \d+ min \(was \d+\)\. 9 incidents, 4 in the time before\. Each first ", words)
    assert re.search(r"Detected in \d+ s \(was .*\), longest ", words)
    assert charts.described_recoveries([], []) == "No incidents. None in the time before."
    assert len(charts.described_recoveries(made_up.recoveries(300), [])) <= 900


def test_the_words_of_an_incident() -> None:
    words = charts.described(made_up.report())
    assert words.startswith(
        "States of london over time, in UTC; marked: 2 asked, 2 approved, 2 run. 08:00 Primary active"
    )
    assert words.endswith("08:11 Primary active, Secondary standby.")


def test_shares_are_not_rounded_up() -> None:
    assert [percent(one) for one in (1.0, 0.999999, 0.9998, 0.5, 0.0, None)] == [
        "100 %", "99.99 %", "99.98 %", "50.0 %", "0.0 %", "not known",
    ]  # fmt: skip


def test_lengths_are_told_in_words() -> None:
    assert [lasted(one * MINUTE) for one in (0.5, 1.9, 3, 119, 120, 200, 3000)] == [
        "30 s", "114 s", "3 min", "119 min", "2 h", "3 h 20 min", "2 days 2 h",
    ]  # fmt: skip


def test_long_words_are_cut_to_their_room() -> None:
    with sheet(False) as card:
        assert card.cut("london", SMALL, 1000) == "london"
        assert card.cut("a-very-long-name", SMALL, 100).endswith("…")
        assert card.wide(card.cut("a-very-long-name", SMALL, 100), SMALL) <= 100
        assert card.wrapped("one two three", SMALL, 1) == ["…", "…", "…"]
        card.png()


def test_several_threads_may_draw_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        assert len({*pool.map(lambda _: ribbons(made_up.quiet(4)), range(8))}) == 1


def test_slack_takes_every_message_that_is_pictured() -> None:
    with LocalSlack(cast.FIVE, cast.channels(), cast.groups(), manifest(load_commands())) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        for made in (*messages.KINDS.values(), *alerts.KINDS.values()):
            for text, blocks in made():
                assert client.chat_postMessage(channel=cast.OPS, text=text, blocks=blocks)["ok"]
        for view in homes.homes().values():
            assert client.views_publish(user_id=cast.ALICE.id, view=view)["ok"]


def run(code: str) -> Iterator[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    yield from done.stdout.split()


def test_the_plotting_library_is_imported_only_to_draw() -> None:
    [loaded] = run("import bot.charts, bot.slack.outbox, sys; print('matplotlib' in sys.modules)")
    assert loaded == "False"


def test_without_the_plotting_library_there_are_no_pictures() -> None:
    code = """
import sys
sys.modules["matplotlib"] = None
from bot import charts
from datetime import datetime, timedelta, UTC
at = datetime(2026, 1, 1, tzinfo=UTC)
try:
    charts.ribbons([], at, at + timedelta(1), UTC)
except charts.NoPictures as error:
    print(str(error).split("'")[1])
print(charts.described_ribbons([], at, at + timedelta(1), UTC).split()[0])
"""
    assert list(run(code)) == ["pairkeeper[pictures]", "No"]


def test_a_window_that_lies_outside_is_left_out() -> None:
    outside = Window(START - 5 * HOUR, START - HOUR, "earlier")
    assert rows([Ribbon("london", [stretch(0, 24)], (), [outside])], START, UNTIL)[0].windows == ()
