"""Settings that are broken, or no longer have the pair: what was begun can still be ended."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.approval import Person, Standing
from bot.domain.errors import Refusal, RefusalCode
from bot.domain.outcome import Judgement, Outcome
from bot.domain.pair import Pair
from bot.domain.request import Phase, Stage
from bot.services import Desk, approve, by_hand, close, deny, stop, withdraw
from bot.store import requests, runs
from bot.views.refusals import words as refusal_words
from tests.support.refusals import refused
from tests.support.stage import ALICE, BOB, Stage_, split

BROKEN = "My settings cannot be used: pairs.toml is not valid TOML. Nothing was sent."
OLIVIA, GRETA = Person("U0OLIVIA", "Olivia"), Person("U0GRETA", "Greta", Standing.GUEST)


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    found = Stage_(tmp_path)
    split(found)
    return found


def broken(s: Stage_) -> Desk:
    """The same desk when somebody has just saved half a file."""

    def read() -> Mapping[str, Pair]:
        raise Refusal(RefusalCode.SETTINGS_WRONG, mistake="pairs.toml is not valid TOML.")

    return replace(s.desk, pairs=read)


def renamed(s: Stage_) -> Desk:
    s.settings["paris"] = s.settings.pop("london")
    return s.desk


@pytest.mark.parametrize("gone", [broken, renamed])
def test_the_requester_can_withdraw(s: Stage_, gone: Callable[[Stage_], Desk]) -> None:
    request = s.asked("ha-demote-primary")
    assert withdraw(gone(s), request.id, ALICE).stage is Stage.WITHDRAWN


def test_everybody_else_reads_who_can_end_it_meanwhile(s: Stage_) -> None:
    request, desk = s.asked("ha-demote-primary"), broken(s)
    for press in (
        lambda: approve(desk, request.id, BOB, "london"),
        lambda: deny(desk, request.id, BOB, "no"),
        lambda: by_hand(desk, request.id, BOB),
    ):
        with pytest.raises(Refusal) as told:
            press()
        assert refusal_words(told.value).startswith(BROKEN)
        assert "only <@U0ALICE>, who asked, can end this request: by Withdraw." in refusal_words(told.value)
    assert requests.get(s.store, request.id).stage is Stage.PENDING


@pytest.mark.parametrize("gone", [broken, renamed])
@pytest.mark.parametrize("who", [ALICE, BOB])
def test_who_asked_or_approved_can_stop_the_run(s: Stage_, gone: Callable[[Stage_], Desk], who: Person) -> None:
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.queue.clear()
    run = runs.of_request(s.store, request.id)
    assert run
    desk = gone(s)
    with pytest.raises(Refusal):
        stop(desk, run.id, OLIVIA)
    stop(desk, run.id, who)
    assert runs.get(s.store, run.id).stopped_by == who.id


def unknown(s: Stage_) -> int:
    """A run of which nobody knows how it ended."""
    request = s.asked("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.queue.clear()
    run = runs.of_request(s.store, request.id)
    assert run
    runs.sending(s.store, run.id, asks=True, patience=timedelta(0))
    runs.end(s.store, run.id, Judgement(Outcome.UNKNOWN, "The line broke."), None, "")
    return run.id


def test_an_unknown_run_of_a_removed_pair_is_closed_by_any_other_full_member(s: Stage_) -> None:
    run, desk = unknown(s), renamed(s)
    with refused("any other full member of this workspace, since the settings no longer have"):
        close(desk, run, ALICE, Phase.TOOK_EFFECT)
    with refused("Only full members"):
        close(desk, run, GRETA, Phase.TOOK_EFFECT)
    with refused(r"By hand: `ha-status` on 10.0.0.11 and 10.0.0.12. Then say"):
        close(desk, run, OLIVIA, None)
    assert close(desk, run, OLIVIA, Phase.TOOK_EFFECT).closed_by == OLIVIA.id
    assert runs.open_run(s.store, "london") is None


def test_while_the_settings_cannot_be_read_nobody_closes_a_run(s: Stage_) -> None:
    run, desk = unknown(s), broken(s)
    with refused("The settings also say who may close it. Press again once they can be read."):
        close(desk, run, OLIVIA, Phase.TOOK_EFFECT)
    assert runs.get(s.store, run).phase is Phase.UNKNOWN
