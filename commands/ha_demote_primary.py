"""/ha-demote-primary: the first step out of a split brain."""

from bot.domain.command import FREELY, Action, Command, ExpectedStates
from bot.domain.pair import CommandLine, Role
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import State

ONLY = "It is only for a split brain, and the servers don't both say active"

COMMAND = Command(
    name="ha-demote-primary",
    summary="Ask to demote the Primary, in a split brain only",
    example='/ha-demote-primary london "split brain after the switch failed"',
    action=Action(
        name="ha-demote-primary",
        line=CommandLine("ha-demote-primary"),
        runs_on=Role.PRIMARY,
        verb="demote the Primary",
        does="The Primary is demoted; the Secondary stays active and keeps serving users.",
        loses="sessions on the Primary; at the failback also its changes {window}.",
        careful="Does the Primary hold data that must survive? Then stop, and call the vendor's support.",
        allowed={
            SituationCode.SPLIT_BRAIN: FREELY,
            SituationCode.PRIMARY_REPLACED: ((StatementKind.PRIMARY_DEPLOYED,),),
        },
        why_not={
            SituationCode.HEALTHY: ONLY + ": it would leave no active server.",
            SituationCode.NOT_IN_STEP: ONLY + ": it would leave no active server.",
            SituationCode.NO_STANDBY: ONLY + ": it would leave no active server.",
            SituationCode.FAILED_OVER: "The Primary is demoted already.",
            SituationCode.AFTER_SPLIT: "The Primary is demoted already.",
            SituationCode.NO_ACTIVE: "The Primary is demoted already.",
            SituationCode.NEWEST_GONE: "The Primary is demoted already.",
        },
        aim=ExpectedStates(primary=frozenset({State.DEMOTED}), secondary=frozenset({State.ACTIVE})),
        expects="Primary demoted, Secondary active",
        after_split=True,
    ),
)
