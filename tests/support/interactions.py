"""Press buttons and send forms without a Slack: what each opens, says, and finds wrong."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.approval import Person
from bot.registry import load_commands
from bot.services import Desk
from bot.slack.app import tell
from bot.slack.interaction import Click, Interaction, Submission
from bot.slack.interactions import load_interactions
from bot.slack.replies import Say
from bot.views.blocks import Block, section

INTERACTIONS, COMMANDS = load_interactions(), load_commands()


def _button(action_id: str) -> tuple[Interaction, str]:
    name, _, argument = action_id.partition(":")
    return INTERACTIONS[name], argument


def opens(desk: Desk, who: Person, action_id: str, value: str) -> Block:
    """The form that a button opens."""
    button, argument = _button(action_id)
    assert button.opens, f"{action_id} opens nothing"
    return button.opens(Click(desk, who, argument, value))


def press(desk: Desk, who: Person, action_id: str, value: str, say: Say) -> None:
    """A button that answers at once."""
    button, argument = _button(action_id)
    click = Click(desk, who, argument, value)
    if button.shows:
        button.shows(click, say)
    else:
        assert button.does, f"{action_id} does nothing at once"
        tell(say, button.does(click))


def mistakes(form: str, meta: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """What a form tells inside itself before anything is done."""
    return INTERACTIONS[form].mistakes(meta, values)


def send(
    form: str,
    desk: Desk,
    who: Person,
    meta: Mapping[str, Any],
    values: Mapping[str, str],
    say: Say,
    show: Callable[[Block], None] = lambda _view: None,
) -> None:
    """A form that was filled in."""
    sent = INTERACTIONS[form].sent
    assert sent, f"{form} is no form"
    if success := sent(Submission(desk, who, meta, values, show, COMMANDS)):
        say(success.text, list(success.blocks) or [section(success.text)])
