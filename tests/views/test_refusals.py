"""One catalogue of refusals: each code has its text, and whoever raises it gives exactly the values for its places."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest

import bot
from bot.domain.errors import Refusal, RefusalCode, Remark
from bot.domain.request import Stage
from bot.domain.text import Channel, Decision
from bot.slack.interactions import load_interactions
from bot.views.refusal_buttons import BUTTONS, refusal_buttons
from bot.views.refusals import TEXTS, plain_words, words

ROOT = Path(bot.__file__).parent
ENUMS = {"RefusalCode": RefusalCode, "Remark": Remark}


def code_of(node: ast.AST) -> RefusalCode | Remark | None:
    """The code that this expression is, if it is one."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ENUMS:
        return ENUMS[node.value.id][node.attr]
    return None


def refuses(node: ast.AST) -> bool:
    """Whether this calls `Refusal(…)` or `….and_then(…)`."""
    names = ("Refusal", "and_then")
    return isinstance(node, ast.Call) and (
        getattr(node.func, "id", "") in names or getattr(node.func, "attr", "") in names
    )


def raised() -> Iterator[tuple[RefusalCode | Remark, frozenset[str], str]]:
    """Each code where it is named, with the names of the values given there. A code that is handed on has none."""
    for file in sorted(ROOT.rglob("*.py")):
        if file.name in ("errors.py", "refusals.py", "refusal_buttons.py"):
            continue
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        given = {
            part: frozenset(str(keyword.arg) for keyword in call.keywords)
            for call in nodes
            if isinstance(call, ast.Call) and refuses(call)
            for part in ast.walk(call.args[0])
        }
        for node in nodes:
            if code := code_of(node):
                yield code, given.get(node, frozenset()), f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def places(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def test_every_code_has_a_text() -> None:
    assert set(TEXTS) == {*RefusalCode, *Remark}
    assert len({*RefusalCode, *Remark}) == len(RefusalCode) + len(Remark), "a code and a remark are spelled alike"


def test_whoever_raises_a_code_gives_exactly_the_values_of_its_text() -> None:
    wrong = [(where, code) for code, given, where in raised() if given != places(TEXTS[code])]
    assert not wrong


def test_one_refusal_is_read_in_slack_on_the_command_line_and_in_the_log() -> None:
    decision = Decision("U0BOB", datetime(2026, 3, 1, 3, tzinfo=UTC))
    refusal = Refusal(RefusalCode.REQUEST_DECIDED, stage=Stage.BY_HAND, decision=decision)
    refusal.and_then(Remark.THREAD, channel=Channel("C0OPS"))
    at = "<!date^1772334000^{time}|03:00 UTC>"
    assert words(refusal) == (
        f"It is done by hand already by <@U0BOB> at {at}. Your click did nothing. Its thread is in <#C0OPS>."
    )
    assert plain_words(refusal).startswith("It is done by hand already by U0BOB at 03:00:00 UTC. Your click did")
    assert str(refusal).startswith("request_decided stage=done_by_hand decision=")
    assert str(refusal).endswith("; thread channel=C0OPS")


def test_every_code_is_raised_somewhere() -> None:
    assert {code for code, _, _ in raised()} == {*RefusalCode, *Remark}


def test_a_refusal_that_names_a_next_step_has_its_button() -> None:
    named = {code for code, text in TEXTS.items() if "/ha-status {pair}" in text or "/ha-recover {pair}" in text}
    assert named
    assert named <= set(BUTTONS)


@pytest.mark.parametrize("code", BUTTONS, ids=str)
def test_the_button_of_a_refusal_is_drawn_from_the_values_of_its_text(code: RefusalCode) -> None:
    [row] = refusal_buttons(Refusal(code, **dict.fromkeys(places(TEXTS[code]), "x")))
    [drawn] = row["elements"]
    assert drawn["action_id"].partition(":")[0] in load_interactions()
    assert "x" in drawn["value"]
