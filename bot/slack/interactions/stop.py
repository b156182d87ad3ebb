"""Stop a run before its last question is answered, or wait no more for the end of one that cannot be stopped."""

from bot.services import stop, stop_waiting
from bot.slack.interaction import Click, Interaction
from bot.views.answers import done


def _stop(click: Click) -> str:
    stop(click.desk, int(click.value), click.who)
    return done("Stopped before the question was answered. The thread tells how it ended.")


def _stop_waiting(click: Click) -> str:
    stop_waiting(click.desk, int(click.value), click.who)
    return done("I stop waiting, and cut nothing off. I look at both servers once more and tell it as unknown.")


STOP = Interaction(id="stop", does=_stop)
STOP_WAITING = Interaction(id="stop_waiting", does=_stop_waiting)
