"""What an approver reads in the form is everything that they approve, whatever the card shows."""

from pathlib import Path

import pytest

from bot.domain.plan import fingerprint
from bot.services import Details
from bot.slack.interaction import Click
from bot.slack.interactions import load_interactions
from bot.views.terminal import plain_blocks
from tests.support.stage import BOB, Stage_, split

FORMS = load_interactions()


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    return Stage_(tmp_path)


def test_the_form_to_approve_holds_the_whole_plan(s: Stage_) -> None:
    split(s)
    why_again = "the first one broke off, " * 15
    request = s.asked("ha-demote-primary", Details(acknowledgement=why_again))
    opens = FORMS["approve"].opens
    assert opens
    shown = plain_blocks(opens(Click(s.desk, BOB, "", str(request.id)))["blocks"])
    plan = request.plan
    for part in (
        request.requester,
        request.reason,
        why_again,
        "Does the Primary hold data that must survive?",
        plan.line,
        f"{plan.server_role.word} {plan.address} ({plan.host}:{plan.port})",
        fingerprint(plan.host_key),
        "split brain: Primary ACTIVE",
        "You lose",
        "Type london to approve",
    ):
        assert part in shown


@pytest.mark.parametrize(("code", "wrong"), [("", "is empty"), ("a\tb", "cannot be typed"), ("KX7P-94RD", "")])
def test_the_form_checks_a_joining_code_before_anything_is_claimed(code: str, wrong: str) -> None:
    mistakes = FORMS["code"].mistakes({"request": 1}, {"joining_code": code})
    assert list(mistakes) == (["joining_code"] if wrong else [])
    assert wrong in mistakes.get("joining_code", "")
