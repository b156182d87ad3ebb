"""A person's word on how a run of unknown end has ended, once the command cannot be at work any more."""

from bot.domain.request import Phase
from bot.services import close
from bot.slack.interaction import Click, Interaction
from bot.views.answers import done, under_way
from bot.views.status import headline


def _partly(click: Click) -> str:
    run = close(click.desk, int(click.value), click.who, Phase.FAILED)
    now = f" Now: {headline(run.after)}" if run.after else ""
    return done(f"Recorded: it took effect in part. The pair is free again.{now}")


def _took_effect(click: Click) -> str:
    close(click.desk, int(click.value), click.who, Phase.TOOK_EFFECT)
    return done("Recorded: it took effect. The pair is free again.")


def _did_not(click: Click) -> str:
    close(click.desk, int(click.value), click.who, Phase.DID_NOT)
    return done("Recorded: it did not take effect. The pair is free again.")


def _still_looking(click: Click) -> str:
    close(click.desk, int(click.value), click.who, None)
    return under_way("I looked again: both servers' words stand in the thread. The pair stays locked.")


PARTLY = Interaction(id="partly", does=_partly)
TOOK_EFFECT = Interaction(id="took_effect", does=_took_effect)
DID_NOT = Interaction(id="did_not", does=_did_not)
STILL_LOOKING = Interaction(id="still_looking", does=_still_looking)
