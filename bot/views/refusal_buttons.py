"""The buttons below a refusal: what its person can do next instead."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.errors import Refusal, RefusalCode, Remark
from bot.domain.incomplete_line import IncompleteLine
from bot.domain.pair import Role
from bot.views.blocks import Block, button, buttons, cut

Values = Mapping[str, Any]
LONGEST = 900  # characters of a line that a button carries: Slack takes 2000, and JSON may double a character


def _fill_in(line: IncompleteLine) -> Block:
    value = {"command": line.command, "pair": line.pair, "rest": cut(line.rest, LONGEST)}
    return button("Fill in the form…", "line", json.dumps(value, ensure_ascii=False))


def _next_step(values: Values) -> Block:
    return button("Next step", "recover", values["pair"])


def _status(values: Values) -> Block:
    return button(f"Status of {values['pair']}", "look", values["pair"])


BUTTONS: Mapping[RefusalCode | Remark, Callable[[Values], Block]] = {
    RefusalCode.PAIR_MISSPELT: lambda values: _status({"pair": values["guess"]}),
    RefusalCode.MORE_THAN_A_PAIR: _status,
    RefusalCode.NO_OPEN_INCIDENT: _status,
    RefusalCode.NOT_SEEN_YET: _status,
    RefusalCode.NOT_IN_MAINTENANCE: _status,
    RefusalCode.RUN_UNDER_WAY: _status,
    RefusalCode.RUN_NOT_CLOSED: _next_step,
    RefusalCode.REQUEST_OPEN: _status,
    RefusalCode.BUSY_UNTIL_NOW: _status,
    RefusalCode.NOT_POSSIBLE_NOW: _next_step,
    RefusalCode.PAIR_NOT_HEALTHY: _next_step,
    RefusalCode.OTHER_SECONDARY: lambda values: button(
        f"New {Role.SECONDARY.word}…", f"pin:{Role.SECONDARY}", values["pair"]
    ),
}


def refusal_buttons(refusal: Refusal) -> list[Block]:
    """Return a row with the button for what is possible instead, or nothing where there is none."""
    found = [BUTTONS[code](values) for code, values in refusal.parts if code in BUTTONS]
    return buttons(*found, *([_fill_in(refusal.line)] if refusal.line else []))
