"""The local Slack's judgement of blocks, against the documentation and against two independent judges."""

import pytest

from bot.simulator.slack.blocks import check_message, problems_of_blocks, problems_of_view
from bot.simulator.slack.errors import ApiError
from tests.simulator.slack_bad_payloads import BAD
from tests.simulator.slack_judges import Judge, by_blockkit, by_slackblocks
from tests.simulator.slack_payloads import GOOD, Payload, section

PAYLOADS = [*GOOD, *BAD]
JUDGES = {"blockkit": by_blockkit(), "slackblocks": by_slackblocks()}
every_payload = pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.what)


def ours(payload: Payload) -> list[str]:
    if payload.surface == "message":
        return [str(problem) for problem in problems_of_blocks(payload.blocks)]
    view = {"type": payload.surface, "blocks": payload.blocks, **payload.view}
    return [str(problem) for problem in problems_of_view(view)]


@every_payload
def test_judges_as_documented(payload: Payload) -> None:
    problems = ours(payload)
    if payload.refused is None:
        assert problems == []
    else:
        assert any(payload.refused in problem for problem in problems), problems


@every_payload
@pytest.mark.parametrize("name", JUDGES)
def test_disagrees_with_no_other_judge_without_a_reason(payload: Payload, name: str) -> None:
    judge: Judge = JUDGES[name]
    accepted = judge.accepts(payload.surface, payload.blocks, payload.view)
    reason: str | None = getattr(payload, name)
    if accepted is None:
        assert reason is None
    else:
        assert (accepted == (payload.refused is None)) == (reason is None), (accepted, reason)


def test_has_enough_of_both() -> None:
    refused = [payload for payload in PAYLOADS if payload.refused]
    assert len(PAYLOADS) >= 90
    assert len(refused) >= 60
    for name, judge in JUDGES.items():
        heard = [p for p in PAYLOADS if judge.accepts(p.surface, p.blocks, p.view) is not None]
        assert len(heard) >= 75, name


def test_refuses_13000_characters_over_all_blocks() -> None:
    blocks = [section(text={"type": "mrkdwn", "text": "x" * 2600})] * 5
    with pytest.raises(ApiError, match="msg_blocks_too_long"):
        check_message(blocks)
    check_message([*blocks[:4], section(text={"type": "mrkdwn", "text": "x" * 2599})])
