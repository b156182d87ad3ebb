"""What the soak holds people's doings against: it sees who has no answer, and what is no run's own."""

from datetime import UTC, datetime

from bot.simulator import cast
from bot.simulator.pair.world import Execution, Role
from bot.simulator.slack import LocalSlack
from bot.simulator.slack.envelope import Delivery, Envelope
from bot.simulator.slack.workspace import Workspace
from tests.proof.answers import Answers
from tests.proof.soak import strays

ALICE = cast.ALICE.id


def given(w: Workspace, said: str = "") -> Delivery:
    url = f"{w.url}/response/{w.grants.response_url(cast.OPS, ALICE)}"
    return Delivery(Envelope("slash_commands", {"response_url": url}), acked=True, answer={"text": said})


def test_who_has_no_answer_is_seen() -> None:
    answers = Answers()
    with LocalSlack(list(cast.FIVE), cast.channels(), cast.groups()) as slack:
        waits, told, refused, lost = slack.now(
            lambda w: (given(w, "⏳ Looking"), given(w), given(w, "⛔ no"), given(w))
        )
        lost.acked = False
        for name, delivery in (("waits", waits), ("told", told), ("refused", refused), ("lost", lost)):
            answers.typed(ALICE, name, delivery)
        slack.now(lambda w: w.grants.respond(told.envelope.payload["response_url"].partition("/response/")[2]))
        assert answers.unanswered(slack) == [f"{ALICE} has no answer to waits"]

        def say(w: Workspace, **more: object) -> None:
            w.messages.add(w.direct(ALICE).id, w.bot_message("here it is", None, **more))

        slack.now(lambda w: say(w, metadata={"event_type": "pairkeeper_message"}))  # a message that is kept: no answer
        assert len(answers.unanswered(slack)) == 1
        slack.now(say)
        assert answers.unanswered(slack) == []


def test_an_execution_outside_of_its_run_is_seen() -> None:
    at = 1_000_000.0
    moment = lambda seconds: datetime.fromtimestamp(at + seconds, UTC)  # noqa: E731
    run = (1, "ha-failback", moment(0), moment(10))
    one = Execution(at + 1, Role.SECONDARY, "ha-failback", changing=True)
    assert strays([one], [run]) == []
    assert len(strays([one, one], [run])) == 1
    assert len(strays([Execution(at + 20, Role.SECONDARY, "ha-failback", changing=True)], [run])) == 1
    assert len(strays([one], [(1, "ha-failover", *run[2:])])) == 1
