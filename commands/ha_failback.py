"""/ha-failback: the Primary becomes active again."""

from bot.domain.command import FREELY, Action, Aim, Command, Wording
from bot.domain.pair import CommandLine, Role
from bot.domain.situation import Name
from bot.domain.statement import Kind
from bot.domain.status import State

TO_A_FRESH_ONE = Wording(
    careful="Take a backup of the Secondary, choose a quiet moment. If it is refused because the Primary is active, "
    "demote the Primary first."
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
        loses="Everything that only the Primary has ({window}): its contents are replaced by the "
        "Secondary's. Every session on the Secondary is cut.",
        careful="Note or export what was changed on the Primary first, take a backup, choose a quiet moment.",
        allowed={
            Name.FAILED_OVER: FREELY,
            Name.AFTER_SPLIT: FREELY,
            Name.PRIMARY_REPLACED: FREELY,
            Name.SECONDARY_ALONE: ((Kind.PRIMARY_DEPLOYED,),),
        },
        why_not={
            Name.HEALTHY: "The Primary is active already.",
            Name.NOT_IN_STEP: "The Primary is active already.",
            Name.SPLIT_BRAIN: "The Primary is still active: it has to be demoted first.",
            Name.PRIMARY_SILENT: "The Secondary is not active: fail over first.",
            Name.SICK_PRIMARY: "The Secondary is not active: fail over first.",
            Name.PRIMARY_FAILED: "The Secondary is not active: fail over first.",
            Name.PRIMARY_UNCLEAR: "The Secondary is not active: fail over first.",
            Name.NO_STANDBY: "The Primary is active already.",
            Name.SECONDARY_REPLACED: "The Primary is active already.",
        },
        aim=Aim(primary=frozenset({State.ACTIVE}), secondary=frozenset({State.STANDBY})),
        expects="Primary active, Secondary on standby",
        called={Name.PRIMARY_REPLACED: TO_A_FRESH_ONE},
    ),
)
