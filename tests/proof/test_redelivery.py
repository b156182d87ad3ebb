"""Slack delivers what it likes as often as it likes: each payload one to five times, out of order, late. One effect.

The real bot with its real Bolt listeners, by sockets and by HTTP; a person sees the answer to the first copy.
"""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.simulator.slack.envelope import Delivery, Envelope
from bot.simulator.slack.workspace import Workspace
from tests.e2e.play import Play, text_of

LATEST = 1.5  # seconds by which a copy comes late: several other payloads overtake it meanwhile
pytestmark = pytest.mark.proof
BROKEN = ("went wrong", "Traceback", "broke")


class Repeated:
    """Every envelope goes out once, and again up to four times when others have overtaken it."""

    def __init__(self, w: Workspace, seed: int) -> None:
        self.lots, self.once, self.w = random.Random(seed), w.wire.send, w
        self.copies = 0
        w.wire.send = self.send  # type: ignore[method-assign]

    async def send(self, envelope: Envelope) -> Delivery:
        found = await self.once(envelope)
        for _ in range(self.lots.randint(0, 4)):
            self.copies += 1
            task = asyncio.get_running_loop().create_task(self._again(found, self.lots.uniform(0.0, LATEST)))
            self.w.wire._later.add(task)
        return found

    async def _again(self, delivery: Delivery, seconds: float) -> Delivery:
        await asyncio.sleep(seconds)
        return await self.w.wire.replay(delivery)


@pytest.fixture(params=[False, True], ids=["sockets", "HTTP"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    with Play(tmp_path, {"state": "split-brain"}, http=request.param) as play:
        yield play


def repeating(play: Play, seed: int) -> Repeated:
    async def install(w: Workspace) -> Repeated:
        return Repeated(w, seed)

    return play.slack.run(install)


def one(play: Play, table: str, where: str = "1 = 1") -> None:
    assert play.rows(f"SELECT count(*) FROM {table} WHERE {where}") == [(1,)], table


def test_each_payload_has_one_effect_however_often_and_late_it_comes(play: Play) -> None:
    repeated = repeating(play, 7)
    card = play.ask("/ha-demote-primary london both are active")
    told = play.approve(card)
    assert "Approved" in told or "approved" in told, told
    play.reads(play.bob, "✅ ha-demote-primary on london is done")
    play.type(play.alice, "/ha-status london")
    play.slack.run(lambda w: asyncio.sleep(LATEST + 1.0))
    assert repeated.copies >= 5
    for table in ("request", "approval", "run"):
        one(play, table)
    assert play.rows("SELECT phase FROM run") == [("succeeded",)]
    assert play.changing() == ["ha-demote-primary"]
    seen = [text_of(message) for message in play.all(play.bob)]
    assert sum("✅ ha-demote-primary on london is done" in text for text in seen) == 1
    everything = "\n".join([*seen, *(text_of(message) for message in play.all(play.alice))])
    assert not [word for word in BROKEN if word in everything]


def test_a_late_copy_of_an_approval_after_the_end_reads_what_became_of_it(play: Play) -> None:
    sent: list[Delivery] = []

    async def listen(w: Workspace) -> None:
        once = w.wire.send

        async def send(envelope: Envelope) -> Delivery:
            sent.append(await once(envelope))
            return sent[-1]

        w.wire.send = send  # type: ignore[method-assign]

    play.slack.run(listen)
    play.approve(play.ask("/ha-demote-primary london both are active"))
    play.reads(play.bob, "✅ ha-demote-primary on london is done")
    lots = random.Random(11)
    for delivery in lots.sample(sent, len(sent)) + lots.sample(sent, len(sent)):
        play.slack.replay(delivery)
    play.slack.run(lambda w: asyncio.sleep(1.0))
    for table in ("approval", "run"):
        one(play, table)
    assert play.changing() == ["ha-demote-primary"]
    assert play.rows("SELECT stage FROM request WHERE id = 1") == [("started",)]


@pytest.mark.parametrize("http", [False, True], ids=["sockets", "HTTP"])
def test_what_is_only_written_down_is_written_once(http: bool, tmp_path: Path) -> None:
    """A note, a statement and maintenance: nothing but the payload's own name tells a copy from a second one."""
    with Play(tmp_path, {"state": "failed-primary"}, http=http) as play:
        led = play.reads(play.alice, "Confirm Primary is off", since=play.type(play.alice, "/ha-recover london"))
        repeated = repeating(play, 3)
        for line, answer in (
            ("/ha-incident london note the switch is being replaced", "Noted in incident"),
            ("/ha-maintenance london for 2h because the switch is replaced", "is in maintenance until"),
        ):
            play.reads(play.alice, answer, since=play.type(play.alice, line))
        play.alice.click("Confirm Primary is off…", led)
        play.wait(lambda: play.alice.modal())
        play.alice.submit(
            {"How do you know?": "I pulled its plug", "Type london to state this under your name": "london"}
        )
        play.wait(lambda: play.rows("SELECT 1 FROM statement"))
        play.sent(play.alice)
        play.slack.run(lambda w: asyncio.sleep(LATEST + 1.0))
        assert repeated.copies >= 4
        one(play, "audit", "kind = 'note'")
        one(play, "maintenance")
        one(play, "audit", "kind = 'maintenance'")
        one(play, "statement")
        for answer in ("Noted in incident", "is in maintenance until"):
            told = [m for m in play.all(play.alice) if answer in text_of(m) and m["is_ephemeral"]]
            assert len(told) == 1
        assert play.rows("SELECT * FROM inbox") == []
