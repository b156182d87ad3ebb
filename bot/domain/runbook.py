"""Table 2: from a situation to the steps that lead to a healthy pair. The first step is what is next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.pair import Role
from bot.domain.situation import SPLIT, SituationCode
from bot.domain.statement import StatementKind

IN_SIGHT = "the servers answer again"
THAT_LOOK = "the next look shows it"


@dataclass(frozen=True)
class CommandStep:
    """A command of the appliance, by the name of its action."""

    action: str


@dataclass(frozen=True)
class ManualStep:
    """What a person does outside this bot.

    `states` is the statement by which a person says that it is done. `deploys` is the server that is a new one
    afterwards. `verified` says how it shows that the step is done, and `loses` what it costs.
    """

    words: str
    states: StatementKind | None = None
    deploys: Role | None = None
    verified: str = "a person confirms it"
    loses: str = ""

    @property
    def only_looks(self) -> bool:
        """Whether the step leaves both servers as they are."""
        return self.verified in (IN_SIGHT, THAT_LOOK)


@dataclass(frozen=True)
class VendorCall:
    """A call to the vendor where no way is documented: what to collect, and whom to ask."""

    words: str


Step = CommandStep | ManualStep | VendorCall

DEAD = ManualStep("Check the Primary is powered off or isolated from users, and confirm it.", StatementKind.OFF)
STILL_SERVED = ManualStep("Find out whether users can log in; if they can't, confirm it.", StatementKind.NOT_SERVING)
FIT_AGAIN = ManualStep(
    "Check the Primary is healthy again and the cause of the failover is fixed.",
    verified="whoever asks for the failback gives it as the reason",
)
ANSWERS = "it answers with its approved host key, or a person confirms it"
OLD_OFF = ManualStep(
    "Switch the old Primary off, isolate it from users, or repair it.",
    verified="it no longer answers, or says something I can read",
)
REPLACE = ManualStep(
    "Deploy and configure a replacement Primary, or repair the old one.",
    StatementKind.PRIMARY_DEPLOYED,
    Role.PRIMARY,
    ANSWERS,
)
NEW_SECONDARY = ManualStep(
    "Deploy a new PAM Server as HA Secondary, same version, and read its joining code.",
    StatementKind.SECONDARY_DEPLOYED,
    Role.SECONDARY,
    ANSWERS,
)
IF_GONE = replace(
    NEW_SECONDARY,
    words="If the old Secondary is really off: deploy a new PAM Server as HA Secondary, same version, and read its "
    "joining code.",
)
BACKUP = ManualStep("If both have really failed: find the newest backup and the HA MEK.", StatementKind.BACKUP)
RESTORE = ManualStep(
    "Deploy a new Primary with Restore a backup (its console asks for the HA MEK).",
    StatementKind.RESTORED,
    Role.PRIMARY,
    ANSWERS,
    "everything after that backup.",
)
MY_NETWORK = ManualStep(
    "Ask a user whether they can log in, and check the network of the host I run on.", verified=IN_SIGHT
)
COMPARE = {
    role: ManualStep(
        f"The {role.word}'s host key has changed. If the server was rebuilt or replaced, compare the key with its "
        f"console (New {role.word}…); if not, find out what answers there.",
        deploys=role,
        verified="it answers with its approved host key",
    )
    for role in Role
}
LOOK_AGAIN = ManualStep("Look again in a minute; do nothing based on half the picture.", verified=THAT_LOOK)
CALL = VendorCall("Call the vendor's support with both servers' raw output. Don't guess: no way out is documented.")
KEEP = VendorCall(
    "Call the vendor's support, and change nothing on either server until they answer: no way to keep what only the "
    "Primary has is documented. Once it is saved, or no longer needed, take the statement back (*Details*)."
)
JOIN = CommandStep("ha-initialise")
FAIL_OVER = CommandStep("ha-failover")
FAIL_BACK = CommandStep("ha-failback")
DEMOTE = CommandStep("ha-demote-primary")
# These lose, or may lose, data that only the Primary has: it is not documented from which server's data a pair is
# created.
COSTS_PRIMARY = (DEMOTE, FAIL_BACK, JOIN)

RUNBOOK: dict[SituationCode, tuple[Step, ...]] = {
    SituationCode.HEALTHY: (),
    SituationCode.NOT_IN_STEP: (
        ManualStep(
            "Find the cause first: different configuration, a replication fault, or only one side upgraded.",
            verified="both servers say OK",
        ),
    ),
    SituationCode.FAILED_OVER: (FIT_AGAIN, FAIL_BACK),
    SituationCode.AFTER_SPLIT: (FAIL_BACK,),
    SituationCode.PRIMARY_SILENT: (DEAD, FAIL_OVER, REPLACE, FAIL_BACK),
    SituationCode.SECONDARY_ALONE: (REPLACE, FAIL_BACK),
    SituationCode.ALONE_UNCLEAR: (OLD_OFF, REPLACE, FAIL_BACK),
    SituationCode.SICK_PRIMARY: (FAIL_OVER, REPLACE, FAIL_BACK),
    SituationCode.PRIMARY_FAILED: (STILL_SERVED, FAIL_OVER, REPLACE, FAIL_BACK),
    SituationCode.PRIMARY_UNCLEAR: (STILL_SERVED, FAIL_OVER, REPLACE, FAIL_BACK),
    SituationCode.PRIMARY_REPLACED: (FAIL_BACK,),
    SituationCode.SPLIT_BRAIN: (DEMOTE, FAIL_BACK),
    SituationCode.SPLIT_NO_PRIMARY: (
        ManualStep(
            "Find out whether the Primary is still running (console, users), and fix the network between it and me.",
            verified=IN_SIGHT,
        ),
        DEAD,
    ),
    SituationCode.SPLIT_NO_SECONDARY: (
        ManualStep(
            "Find out whether the Secondary is still running (console, users), and fix the network between it and me.",
            verified=IN_SIGHT,
        ),
        IF_GONE,
        JOIN,
    ),
    SituationCode.NO_STANDBY: (
        ManualStep(
            "Look again before you rebuild anything: it may pass, or be only my network.",
            verified=THAT_LOOK,
        ),
        NEW_SECONDARY,
        JOIN,
    ),
    SituationCode.SECONDARY_REPLACED: (JOIN,),
    SituationCode.BOTH_GONE: (
        ManualStep(
            "Ask a user whether they can log in, and check the network between me and both servers.", verified=IN_SIGHT
        ),
        BACKUP,
        RESTORE,
        NEW_SECONDARY,
        JOIN,
    ),
    SituationCode.PRIMARY_NEW: (
        ManualStep(
            "Ask a user whether they can log in, and check the network between me and the Secondary.",
            verified=IN_SIGHT,
        ),
        IF_GONE,
        JOIN,
    ),
    SituationCode.SECONDARY_NEW: (
        ManualStep(
            "Ask a user whether they can log in, and check the network between me and the Primary.", verified=IN_SIGHT
        ),
        ManualStep(
            "If the Primary is really off or has failed: find the newest backup and the HA MEK.",
            StatementKind.BACKUP,
        ),
        RESTORE,
        JOIN,
    ),
    SituationCode.BOTH_NEW: (JOIN,),
    SituationCode.NO_ACTIVE: (CALL,),
    SituationCode.HALF_OVER: (FAIL_OVER, FIT_AGAIN, FAIL_BACK),
    SituationCode.NEWEST_GONE: (
        ManualStep(
            "Ask a user whether they can log in, and check the network between me and the Secondary.",
            verified=IN_SIGHT,
        ),
        CALL,
    ),
    SituationCode.UNDOCUMENTED: (CALL,),
    SituationCode.CONFLICT: (
        ManualStep(
            "Compare the settings with what the server says; do nothing until they agree.",
            verified="each server matches the settings",
        ),
        LOOK_AGAIN,
    ),
    SituationCode.UNKNOWN: (
        ManualStep(
            "Read the raw output (*Details*), and log on to the server's Management Interface.",
            verified="the server says something I can read",
        ),
        LOOK_AGAIN,
    ),
    SituationCode.STANDALONE: (VendorCall("The pair was dissolved. Making it a pair again is beyond what I may do."),),
    SituationCode.FLAPPING: (
        ManualStep(
            "Find out why it keeps changing (power, network, a restarting service), and wait until it stops.",
            verified="it has held still for three minutes",
        ),
        LOOK_AGAIN,
    ),
    SituationCode.PRIMARIES_SILENT: (MY_NETWORK, DEAD, FAIL_OVER, REPLACE, FAIL_BACK),
    SituationCode.MY_NETWORK: (MY_NETWORK, LOOK_AGAIN, BACKUP),
    SituationCode.NOT_ASKED: (
        ManualStep(
            "Ask whoever runs me to run `pairkeeper check`; meanwhile look at the servers by hand.",
            verified=IN_SIGHT,
        ),
        DEAD,
        LOOK_AGAIN,
    ),
    SituationCode.UNSEEN: (
        ManualStep("Fix the network between me and the silent server first.", verified=IN_SIGHT),
        LOOK_AGAIN,
    ),
}


def keeping(name: SituationCode) -> tuple[Step, ...]:
    """Return the runbook for a pair where data that only the Primary has must survive.

    It has looks, and at most a failover, which the data survives. Then the vendor is called.
    """
    steps = RUNBOOK[name]
    if name not in SPLIT and not any(step in COSTS_PRIMARY for step in steps):
        return steps
    looks = [place for place, step in enumerate(steps, 1) if isinstance(step, ManualStep) and step.only_looks]
    end = steps.index(FAIL_OVER) + 1 if FAIL_OVER in steps else max(looks, default=0)
    return (*steps[:end], KEEP)


def halves(steps: Sequence[Step]) -> tuple[tuple[ManualStep, ...], tuple[Step, ...]]:
    """Split steps into those that must be done by hand first, and the rest."""
    first = next((place for place, step in enumerate(steps) if not isinstance(step, ManualStep)), len(steps))
    return tuple(step for step in steps[:first] if isinstance(step, ManualStep)), tuple(steps[first:])


def next_action(name: SituationCode) -> str | None:
    """Return the first action in the situation's runbook, whatever must be done by hand before it.

    None where the runbook has no action.
    """
    return next((step.action for step in RUNBOOK[name] if isinstance(step, CommandStep)), None)
