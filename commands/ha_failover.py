"""/ha-failover: the Secondary takes over."""

from bot.domain.command import FREELY, Action, Command, ExpectedStates, Wording
from bot.domain.pair import CommandLine, Role
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import State

COMMAND = Command(
    name="ha-failover",
    summary="Ask to make the Secondary active",
    example='/ha-failover london "Primary lost its disk, INC-4711"',
    more=(
        "Planned? Begin with `/ha-maintenance`, for as long as it is to take: or else the time until the failback is "
        "told as an incident.",
    ),
    action=Action(
        name="ha-failover",
        line=CommandLine("ha-failover"),
        runs_on=Role.SECONDARY,
        verb="fail over to the Secondary",
        does="The Secondary becomes active; the Primary is demoted if the Secondary can contact it.",
        loses="Changes that were not yet replicated ({window}). Sessions on the Primary are cut.",
        careful="A Primary that cannot be contacted may come back still active: watch for it.",
        allowed={
            SituationCode.HEALTHY: ((StatementKind.PLANNED,), (StatementKind.NOT_SERVING,)),
            SituationCode.NOT_IN_STEP: ((StatementKind.NOT_SERVING,),),
            SituationCode.PRIMARY_SILENT: ((StatementKind.OFF,),),
            SituationCode.PRIMARY_FAILED: ((StatementKind.NOT_SERVING,),),
            SituationCode.PRIMARY_UNCLEAR: ((StatementKind.NOT_SERVING,),),
            SituationCode.SICK_PRIMARY: ((StatementKind.NOT_SERVING,),),
            SituationCode.HALF_OVER: FREELY,
        },
        why_not={
            SituationCode.SPLIT_BRAIN: "Both servers are active already, so there is nothing to fail over to.",
            SituationCode.FAILED_OVER: "The Secondary is active already.",
            SituationCode.AFTER_SPLIT: "The Secondary is active already.",
            SituationCode.SECONDARY_ALONE: "The Secondary is active already.",
            SituationCode.PRIMARY_REPLACED: "The Secondary is active already.",
            SituationCode.NO_STANDBY: "There is no Secondary on standby that could take over.",
            SituationCode.SECONDARY_REPLACED: "The Secondary is fresh and holds no data.",
        },
        called={
            SituationCode.HALF_OVER: Wording(
                verb="fail over once more",
                does="Goes on with the failover that was interrupted: the Secondary becomes active.",
                careful="That this ends well is an inference: measured on a lab, documented nowhere. If you doubt it, "
                "call the vendor's support first.",
            ),
        },
        aim=ExpectedStates(
            primary=frozenset({State.DEMOTED}),
            secondary=frozenset({State.ACTIVE}),
            lost=frozenset({State.SILENT, State.UNASKED, State.FAILED, State.UNKNOWN}),
        ),
        expects="Secondary active, Primary demoted (or marked as lost until it is seen again)",
    ),
)
