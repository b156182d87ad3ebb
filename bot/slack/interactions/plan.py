"""What the next step would do, without asking for it."""

from bot.slack.commands import show_next_plan
from bot.slack.interaction import Interaction

PLAN = Interaction(
    id="plan", shows=lambda click, say: show_next_plan(click.desk, click.desk.pair(click.value), say), reads=True
)
