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
    does="The Primary creates the pair anew with the Secondary that it has, which goes on standby again.",
    loses="What the Secondary holds is presumably overwritten. Which side's data is kept is not documented, "
    "and neither is a second initialise of a pair that is Degraded.",
    details=(Detail("address", "Address of the Secondary", "The address that ha-status prints for it"),),
    secrets=(
        Secret(
            "joining_code",
            "Joining code",
            "It stands on the Secondary's console window; type it as it stands there, capitals may count",
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
        loses="What the new Secondary holds is presumably overwritten. Which side's data is kept is not documented.",
        careful="Take a backup of the Primary first.",
        allowed={
            SituationCode.SECONDARY_REPLACED: FREELY,
            SituationCode.NO_STANDBY: ((StatementKind.SECONDARY_DEPLOYED,),),
            SituationCode.BOTH_NEW: ((StatementKind.RESTORED,),),
            SituationCode.PRIMARY_NEW: ((StatementKind.RESTORED, StatementKind.SECONDARY_DEPLOYED),),
            SituationCode.NOT_IN_STEP: ((StatementKind.CHOSEN,),),
        },
        why_not={
            SituationCode.HEALTHY: "The pair is healthy: there is nothing to initialise.",
            SituationCode.SPLIT_BRAIN: "Both servers are active: the Primary has to be demoted, and failed back to.",
            SituationCode.FAILED_OVER: "The Primary is demoted: fail back first.",
            SituationCode.AFTER_SPLIT: "The Primary is demoted: fail back first.",
            SituationCode.BOTH_GONE: "There is no Primary that could create the pair: restore one from a backup first.",
            SituationCode.SECONDARY_NEW: (
                "There is no Primary that could create the pair: restore one from a backup first."
            ),
        },
        aim=ExpectedStates(primary=frozenset({State.ACTIVE}), secondary=frozenset({State.STANDBY}), healthy=True),
        expects="Primary active, Secondary on standby, both OK",
        details=(Detail("address", "Address of the new Secondary", "The address that ha-status prints for it"),),
        secrets=(
            Secret(
                "joining_code",
                "Joining code",
                "It stands on the new Secondary's console window; type it as it stands there, capitals may count",
            ),
        ),
        unproven_in=frozenset({SituationCode.BOTH_NEW, SituationCode.PRIMARY_NEW}),
        called={SituationCode.NOT_IN_STEP: AGAIN},
    ),
)
