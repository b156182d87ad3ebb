"""/ha-initialise: a new Secondary joins the Primary."""

from bot.domain.command import FREELY, Action, Command, Detail, ExpectedStates, Secret, Wording
from bot.domain.pair import CONTINUE, CommandLine, Question, Role
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import State

JOINING = (
    Question(r"Secondary PAM Server address:\s*$", "{address}"),
    Question(r"Joining code:\s*$", "{joining_code}"),
    CONTINUE,
)

AGAIN = Wording(
    verb="initialise the pair again",
    does="The Primary creates the pair again with its Secondary, which goes back on standby.",
    loses="probably what the Secondary holds. Which side's data is kept isn't documented, and neither is a second "
    "initialise of a pair that is Degraded.",
    details=(Detail("address", "Address of the Secondary", "The address that ha-status prints for it"),),
    secrets=(
        Secret(
            "joining_code",
            "Joining code",
            "It is on the Secondary's console; type it exactly as shown, capitals may count",
        ),
    ),
)

COMMAND = Command(
    name="ha-initialise",
    summary="Ask to join a new Secondary to the Primary",
    example='/ha-initialise london "new Secondary is deployed"',
    action=Action(
        name="ha-initialise",
        line=CommandLine("ha-initialise", JOINING, 300),
        runs_on=Role.PRIMARY,
        verb="join the new Secondary",
        does="The Primary creates the pair with the new Secondary, which goes on standby.",
        loses="probably what the new Secondary holds. Which side's data is kept isn't documented.",
        careful="Have you taken a backup of the Primary?",
        allowed={
            SituationCode.SECONDARY_REPLACED: FREELY,
            SituationCode.NO_STANDBY: ((StatementKind.SECONDARY_DEPLOYED,),),
            SituationCode.BOTH_NEW: ((StatementKind.RESTORED,),),
            SituationCode.PRIMARY_NEW: ((StatementKind.RESTORED, StatementKind.SECONDARY_DEPLOYED),),
            SituationCode.NOT_IN_STEP: ((StatementKind.CHOSEN,),),
        },
        why_not={
            SituationCode.HEALTHY: "The pair is healthy: there is nothing to initialise.",
            SituationCode.SPLIT_BRAIN: "Both servers are active: demote the Primary and fail back first.",
            SituationCode.FAILED_OVER: "The Primary is demoted: fail back first.",
            SituationCode.AFTER_SPLIT: "The Primary is demoted: fail back first.",
            SituationCode.BOTH_GONE: "No Primary could create the pair: restore one from a backup first.",
            SituationCode.SECONDARY_NEW: ("No Primary could create the pair: restore one from a backup first."),
        },
        aim=ExpectedStates(primary=frozenset({State.ACTIVE}), secondary=frozenset({State.STANDBY}), healthy=True),
        expects="Primary active, Secondary on standby, both OK",
        details=(Detail("address", "Address of the new Secondary", "The address that ha-status prints for it"),),
        secrets=(
            Secret(
                "joining_code",
                "Joining code",
                "It is on the new Secondary's console; type it exactly as shown, capitals may count",
            ),
        ),
        unproven_in=frozenset({SituationCode.BOTH_NEW, SituationCode.PRIMARY_NEW}),
        called={SituationCode.NOT_IN_STEP: AGAIN},
    ),
)
