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
        "Planned? Start with `/ha-maintenance` for as long as it takes: without it, the time until the failback is "
        "reported as an incident.",
    ),
    action=Action(
        name="ha-failover",
        line=CommandLine("ha-failover"),
        runs_on=Role.SECONDARY,
        verb="fail over to the Secondary",
        does="The Secondary becomes active; the Primary is demoted if the Secondary can contact it.",
        loses="sessions on the Primary; changes made {window} that weren't replicated.",
        careful="A Primary that can't be contacted may come back still active: watch for it.",
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
            SituationCode.SPLIT_BRAIN: "Both servers are already active, so there is nothing to fail over to.",
            SituationCode.FAILED_OVER: "The Secondary is already active.",
            SituationCode.AFTER_SPLIT: "The Secondary is already active.",
            SituationCode.SECONDARY_ALONE: "The Secondary is already active.",
            SituationCode.PRIMARY_REPLACED: "The Secondary is already active.",
            SituationCode.NO_STANDBY: "No Secondary on standby could take over.",
            SituationCode.SECONDARY_REPLACED: "The Secondary is new and holds no data.",
        },
        called={
            SituationCode.HALF_OVER: Wording(
                verb="fail over once more",
                does="Carries on with the interrupted failover: the Secondary becomes active.",
                careful="That this ends well was measured in a lab and is documented nowhere. In doubt, call the "
                "vendor's support first.",
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
