"""/ha-failback: the Primary becomes active again."""

from bot.domain.command import FREELY, Action, Command, ExpectedStates, Wording
from bot.domain.pair import CommandLine, Role
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import State

TO_A_FRESH_ONE = Wording(
    careful="Have you taken a backup of the Secondary? Choose a quiet moment. If the server refuses because the "
    "Primary is active, demote the Primary first."
)

COMMAND = Command(
    name="ha-failback",
    summary="Ask to make the Primary active again",
    example='/ha-failback london "replacement Primary is ready"',
    action=Action(
        name="ha-failback",
        line=CommandLine("ha-failback"),
        runs_on=Role.SECONDARY,
        verb="fail back to the Primary",
        does="The Primary becomes active, the Secondary goes back to standby, replication restarts.",
        loses="sessions on the Secondary; changes made only on the Primary {window}, as the Secondary's data replaces "
        "them.",
        careful="Have you exported what was changed on the Primary, and taken a backup? Choose a quiet moment.",
        allowed={
            SituationCode.FAILED_OVER: FREELY,
            SituationCode.AFTER_SPLIT: FREELY,
            SituationCode.PRIMARY_REPLACED: FREELY,
            SituationCode.SECONDARY_ALONE: ((StatementKind.PRIMARY_DEPLOYED,),),
        },
        why_not={
            SituationCode.HEALTHY: "The Primary is already active.",
            SituationCode.NOT_IN_STEP: "The Primary is already active.",
            SituationCode.SPLIT_BRAIN: "The Primary is still active: demote it first.",
            SituationCode.PRIMARY_SILENT: "The Secondary is not active: fail over first.",
            SituationCode.SICK_PRIMARY: "The Secondary is not active: fail over first.",
            SituationCode.PRIMARY_FAILED: "The Secondary is not active: fail over first.",
            SituationCode.PRIMARY_UNCLEAR: "The Secondary is not active: fail over first.",
            SituationCode.NO_STANDBY: "The Primary is already active.",
            SituationCode.SECONDARY_REPLACED: "The Primary is already active.",
        },
        aim=ExpectedStates(primary=frozenset({State.ACTIVE}), secondary=frozenset({State.STANDBY})),
        expects="Primary active, Secondary on standby",
        called={SituationCode.PRIMARY_REPLACED: TO_A_FRESH_ONE},
    ),
)
