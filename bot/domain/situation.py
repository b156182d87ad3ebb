"""Table 1: from the states of both servers to one situation. The first matching row wins."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.code import Code
from bot.domain.observation import Observation
from bot.domain.pair import Role
from bot.domain.statement import StatementKind
from bot.domain.status import State


class SituationCode(Code):
    """The situations that a pair can be in."""

    HEALTHY = "healthy"
    NOT_IN_STEP = "not_in_step", "not in step"
    FAILED_OVER = "failed_over", "failed over"
    AFTER_SPLIT = "failed_over_after_split_brain", "failed over after a split brain"
    PRIMARY_SILENT = "primary_unreachable", "Primary gives no answer"
    SECONDARY_ALONE = "secondary_alone", "Secondary serves alone"
    SICK_PRIMARY = "primary_sick", "sick Primary"
    PRIMARY_FAILED = "primary_failed", "Primary says Failed"
    PRIMARY_UNCLEAR = "primary_unparsed", "Primary not understood"
    ALONE_UNCLEAR = "secondary_alone_primary_unparsed", "Secondary serves, Primary not understood"
    PRIMARY_REPLACED = "primary_replaced", "Primary replaced"
    SPLIT_BRAIN = "split_brain", "split brain"
    SPLIT_NO_PRIMARY = "split_brain_primary_unreachable", "split brain, then no answer from the Primary"
    SPLIT_NO_SECONDARY = "split_brain_secondary_unreachable", "split brain, then no answer from the Secondary"
    NO_STANDBY = "no_standby", "no standby"
    SECONDARY_REPLACED = "secondary_replaced", "Secondary replaced"
    BOTH_GONE = "both_unreachable", "no answer from either server"
    PRIMARY_NEW = "primary_fresh_alone", "fresh Primary without a Secondary"
    SECONDARY_NEW = "secondary_fresh_alone", "fresh Secondary without a Primary"
    BOTH_NEW = "both_fresh", "both servers fresh"
    NO_ACTIVE = "no_active_server", "no active server"
    HALF_OVER = "failover_interrupted", "failover interrupted"
    NEWEST_GONE = "newest_data_unreachable", "no active server, newest data out of reach"
    UNDOCUMENTED = "undocumented", "not documented"
    CONFLICT = "views_conflict", "views conflict"
    UNKNOWN = "unparsed", "cannot classify"
    STANDALONE = "dissolved", "pair dissolved"
    UNSEEN = "unseen", "out of my sight"
    NOT_ASKED = "not_asked", "not asked"
    FLAPPING = "flapping"
    PRIMARIES_SILENT = "several_primaries_unreachable", "several Primaries out of reach"
    MY_NETWORK = "several_pairs_unreachable", "several pairs out of reach"

    @classmethod
    def _missing_(cls, value: object) -> "SituationCode":
        """Return UNKNOWN for a stored name that only another release knows."""
        return super()._missing_(value) or cls.UNKNOWN


SPLIT = (
    SituationCode.SPLIT_BRAIN,
    SituationCode.SPLIT_NO_PRIMARY,
    SituationCode.SPLIT_NO_SECONDARY,
)  # both servers serve users, as far as is known


class Severity(StrEnum):
    """How bad a situation is for users, worst first."""

    CRITICAL = "critical"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    HEALTHY = "healthy"

    @property
    def rank(self) -> int:
        """Return its place among all severities, 0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Situation:
    """One situation, with its severity and its words.

    `row` is its number in the domain's table. `source` is D (documented), P (partly documented) or I (our inference).
    """

    name: SituationCode
    severity: Severity
    row: str
    source: str
    says: str
    risk: str


def _situations(*found: Situation) -> dict[SituationCode, Situation]:
    return {situation.name: situation for situation in found}


SITUATIONS: dict[SituationCode, Situation] = _situations(
    Situation(
        SituationCode.HEALTHY, Severity.HEALTHY, "1", "D", "Primary active, Secondary on standby and replicating.", ""
    ),
    Situation(
        SituationCode.NOT_IN_STEP,
        Severity.DEGRADED,
        "2",
        "P",
        "Users are on the Primary, but the Secondary is out of step with it.",
        "A failover now may lose what hasn't been replicated.",
    ),
    Situation(
        SituationCode.FAILED_OVER,
        Severity.DEGRADED,
        "3",
        "D",
        "Users are on the Secondary; the Primary is demoted.",
        "There is no standby until the failback.",
    ),
    Situation(
        SituationCode.AFTER_SPLIT,
        Severity.DEGRADED,
        "4",
        "D",
        "Users are on the Secondary; the Primary was demoted to end a split brain.",
        "The failback replaces the Primary's contents: changes made only on the Primary are lost. If they must "
        "survive, confirm that, and call the vendor's support.",
    ),
    Situation(
        SituationCode.PRIMARY_SILENT,
        Severity.CRITICAL,
        "5",
        "D",
        "Users probably can't log in: the Primary doesn't answer, and the Secondary is on standby.",
        "If the Primary is still running where I can't reach it, a failover makes two active servers.",
    ),
    Situation(
        SituationCode.SECONDARY_ALONE,
        Severity.DEGRADED,
        "6",
        "D",
        "Users are on the Secondary, which has no standby.",
        "If the old Primary comes back active, that is a split brain.",
    ),
    Situation(
        SituationCode.SICK_PRIMARY,
        Severity.CRITICAL,
        "7",
        "D",
        "Users can't log in, somebody says, though the Primary answers. The Secondary is on standby.",
        "If the Secondary can't contact the Primary, it stays active: two active servers.",
    ),
    Situation(
        SituationCode.PRIMARY_FAILED,
        Severity.CRITICAL,
        "7",
        "I",
        "The Primary says Failed; the Secondary is on standby. Can users log in?",
        "Only a person can tell whether users can still log in.",
    ),
    Situation(
        SituationCode.PRIMARY_UNCLEAR,
        Severity.UNKNOWN,
        "18",
        "I",
        "I can't read what the Primary says; the Secondary is on standby. Can users log in?",
        "Only a person can tell whether users can still log in.",
    ),
    Situation(
        SituationCode.ALONE_UNCLEAR,
        Severity.DEGRADED,
        "18",
        "I",
        "Users are on the Secondary. I can't read what the Primary says.",
        "There is no standby. If users are on the Primary too, that is a split brain.",
    ),
    Situation(
        SituationCode.PRIMARY_REPLACED,
        Severity.DEGRADED,
        "8",
        "D",
        "Users are on the Secondary; a new Primary is waiting for its data.",
        "There is no standby until the failback.",
    ),
    Situation(
        SituationCode.SPLIT_BRAIN,
        Severity.CRITICAL,
        "9",
        "D",
        "Both servers are active: users may be on either. Nothing replicates.",
        "Every change made on the Primary since the split is lost at the failback. If it must survive, confirm "
        "that, and call the vendor's support.",
    ),
    Situation(
        SituationCode.SPLIT_NO_PRIMARY,
        Severity.CRITICAL,
        "9",
        "I",
        "Both servers were active when the Primary last answered. Now it is silent, and users may still be on it.",
        "Changes made on the Primary since the split are lost with it. If they must survive, keep that server, and "
        "call the vendor's support.",
    ),
    Situation(
        SituationCode.SPLIT_NO_SECONDARY,
        Severity.CRITICAL,
        "9",
        "I",
        "Both servers were active when the Secondary last answered. Now it is silent, and users may still be on it.",
        "Changes made on the Secondary since the split are lost with it. If they must survive, keep that server, and "
        "call the vendor's support.",
    ),
    Situation(
        SituationCode.NO_STANDBY,
        Severity.DEGRADED,
        "10, 11",
        "D",
        "Users are on the Primary. No standby: the Secondary doesn't answer, or says Failed.",
        "Perhaps nothing replicates, and there is nothing to fail over to.",
    ),
    Situation(
        SituationCode.SECONDARY_REPLACED,
        Severity.DEGRADED,
        "12",
        "D",
        "Users are on the Primary; a new Secondary is waiting to join it.",
        "There is no standby until it has joined.",
    ),
    Situation(
        SituationCode.BOTH_GONE,
        Severity.CRITICAL,
        "13",
        "D",
        "Users probably can't log in, unless it is only my network: can they?",
        "If users can log in, the fault is on my side and nothing must be rebuilt.",
    ),
    Situation(
        SituationCode.PRIMARY_NEW,
        Severity.CRITICAL,
        "13",
        "I",
        "Users probably can't log in: the new Primary is in no pair yet, and the Secondary is silent or says Failed.",
        "Everything after the backup is lost. If users are still on the Secondary, nothing must be rebuilt.",
    ),
    Situation(
        SituationCode.SECONDARY_NEW,
        Severity.CRITICAL,
        "13",
        "I",
        "Users probably can't log in: the new Secondary is in no pair yet, and the Primary is silent or says Failed.",
        "If users are still on the Primary where I can't reach it, nothing must be restored: what it has since the "
        "backup would be lost.",
    ),
    Situation(
        SituationCode.BOTH_NEW,
        Severity.CRITICAL,
        "14",
        "D",
        "Users probably can't log in: both servers are new and in no pair yet.",
        "Everything after the backup that the Primary was restored from is lost.",
    ),
    Situation(
        SituationCode.NO_ACTIVE,
        Severity.CRITICAL,
        "15",
        "I",
        "Users can't log in: the Primary is demoted and the Secondary on standby.",
        "The vendor documents no way out of this.",
    ),
    Situation(
        SituationCode.HALF_OVER,
        Severity.CRITICAL,
        "15",
        "I",
        "Users can't log in: a failover stopped half-way, so neither server is active.",
        "That the failover ends well from here is my inference, not the vendor's word.",
    ),
    Situation(
        SituationCode.NEWEST_GONE,
        Severity.CRITICAL,
        "16",
        "I",
        "Users probably can't log in: the Primary is demoted, and the Secondary, with the newest data, isn't well.",
        "Making the Primary active would lose the newest data.",
    ),
    Situation(
        SituationCode.UNDOCUMENTED,
        Severity.CRITICAL,
        "–",
        "I",
        "Users probably can't log in: a new Primary beside a Secondary on standby, which the vendor doesn't describe.",
        "Nobody knows what a command would do here.",
    ),
    Situation(
        SituationCode.CONFLICT,
        Severity.UNKNOWN,
        "17",
        "I",
        "A server isn't the one in my settings (role or address). Can users log in?",
        "A command could reach the wrong server.",
    ),
    Situation(
        SituationCode.UNKNOWN,
        Severity.UNKNOWN,
        "18",
        "I",
        "I can't read what a server says. Can users log in?",
        "No command is safe while its state isn't known.",
    ),
    Situation(
        SituationCode.STANDALONE,
        Severity.UNKNOWN,
        "19",
        "I",
        "A server says Standalone: the pair was dissolved.",
        "There is no pair to recover.",
    ),
    Situation(
        SituationCode.FLAPPING,
        Severity.UNKNOWN,
        "–",
        "I",
        "The pair keeps changing between two states. Can users log in?",
        "What is right now is wrong in a minute: a command could meet either. Once it has held still for three "
        "minutes, I say what is next.",
    ),
    Situation(
        SituationCode.PRIMARIES_SILENT,
        Severity.CRITICAL,
        "5",
        "I",
        "The Primary doesn't answer, and neither do those of other pairs. This may be my network: can users log in?",
        "If the Primary is still running where I can't reach it, a failover makes two active servers.",
    ),
    Situation(
        SituationCode.MY_NETWORK,
        Severity.CRITICAL,
        "13",
        "I",
        "No server that users could be on answers, in this pair and in others. This may be my network: can users "
        "log in?",
        "If users can log in, nothing must be rebuilt.",
    ),
    Situation(
        SituationCode.UNSEEN,
        Severity.UNKNOWN,
        "–",
        "I",
        "I can't reach a server that its peer still sees. This may be my network: can users log in?",
        "A command based on half the picture could make two active servers.",
    ),
    Situation(
        SituationCode.NOT_ASKED,
        Severity.UNKNOWN,
        "–",
        "I",
        "I couldn't ask one of the servers, so I don't know how the pair is. Can users log in?",
        "Whatever happens to the pair meanwhile, I don't see it.",
    ),
)


class Fact(StrEnum):
    """What a row may require besides the two states."""

    OK = "both say OK"
    AFTER_SPLIT = "both were seen active"
    NOT_SERVING = "stated: not serving"
    LAST_SPLIT = "both active when the silent one last answered"
    FLAPPING = "keeps changing, not settled yet"
    OTHERS_GONE = "other pairs out of reach too"
    INTERRUPTED = "a failover was interrupted"


@dataclass(frozen=True)
class Row:
    """The states of Primary and Secondary for which a situation holds.

    `fact` must hold too, and `unless` must not be stated.
    """

    name: SituationCode
    primary: frozenset[State]
    secondary: frozenset[State]
    fact: Fact | None = None
    unless: StatementKind | None = None


ANY = frozenset(State)
GONE = frozenset({State.SILENT, State.FAILED})


def _of(*states: State) -> frozenset[State]:
    return frozenset(states)


ROWS: tuple[Row, ...] = (
    Row(
        SituationCode.SICK_PRIMARY,
        _of(State.ACTIVE, State.FAILED, State.UNKNOWN),
        _of(State.STANDBY),
        Fact.NOT_SERVING,
    ),
    Row(SituationCode.PRIMARY_UNCLEAR, _of(State.UNKNOWN), _of(State.STANDBY)),
    Row(SituationCode.ALONE_UNCLEAR, _of(State.UNKNOWN), _of(State.ACTIVE)),
    Row(SituationCode.UNKNOWN, _of(State.UNKNOWN), ANY),
    Row(SituationCode.UNKNOWN, ANY, _of(State.UNKNOWN)),
    Row(SituationCode.CONFLICT, _of(State.CONFLICT), ANY),
    Row(SituationCode.CONFLICT, ANY, _of(State.CONFLICT)),
    Row(SituationCode.NOT_ASKED, _of(State.UNASKED), ANY),
    Row(SituationCode.NOT_ASKED, ANY, _of(State.UNASKED)),
    Row(SituationCode.FLAPPING, ANY, ANY, Fact.FLAPPING),
    Row(SituationCode.STANDALONE, _of(State.STANDALONE), ANY),
    Row(SituationCode.STANDALONE, ANY, _of(State.STANDALONE)),
    Row(SituationCode.UNSEEN, _of(State.UNSEEN), ANY),
    Row(SituationCode.UNSEEN, ANY, _of(State.UNSEEN)),
    Row(SituationCode.HEALTHY, _of(State.ACTIVE), _of(State.STANDBY), Fact.OK),
    Row(SituationCode.NOT_IN_STEP, _of(State.ACTIVE), _of(State.STANDBY)),
    Row(SituationCode.SPLIT_BRAIN, _of(State.ACTIVE), _of(State.ACTIVE)),
    Row(SituationCode.SPLIT_NO_SECONDARY, _of(State.ACTIVE), _of(State.SILENT), Fact.LAST_SPLIT),
    Row(SituationCode.NO_STANDBY, _of(State.ACTIVE), GONE),
    Row(SituationCode.SECONDARY_REPLACED, _of(State.ACTIVE), _of(State.UNPAIRED)),
    Row(SituationCode.AFTER_SPLIT, _of(State.DEMOTED), _of(State.ACTIVE), Fact.AFTER_SPLIT),
    Row(SituationCode.FAILED_OVER, _of(State.DEMOTED), _of(State.ACTIVE)),
    Row(SituationCode.HALF_OVER, _of(State.DEMOTED), _of(State.STANDBY), Fact.INTERRUPTED),
    Row(SituationCode.NO_ACTIVE, _of(State.DEMOTED), _of(State.STANDBY)),
    Row(SituationCode.NEWEST_GONE, _of(State.DEMOTED), GONE | _of(State.UNPAIRED)),
    Row(SituationCode.PRIMARY_FAILED, _of(State.FAILED), _of(State.STANDBY)),
    Row(SituationCode.PRIMARIES_SILENT, _of(State.SILENT), _of(State.STANDBY), Fact.OTHERS_GONE, StatementKind.OFF),
    Row(SituationCode.PRIMARY_SILENT, _of(State.SILENT), _of(State.STANDBY)),
    Row(SituationCode.SPLIT_NO_PRIMARY, _of(State.SILENT), _of(State.ACTIVE), Fact.LAST_SPLIT, StatementKind.OFF),
    Row(SituationCode.SECONDARY_ALONE, GONE, _of(State.ACTIVE)),
    Row(
        SituationCode.MY_NETWORK,
        _of(State.SILENT),
        _of(State.SILENT, State.UNPAIRED),
        Fact.OTHERS_GONE,
        StatementKind.BACKUP,
    ),
    Row(SituationCode.MY_NETWORK, _of(State.UNPAIRED), _of(State.SILENT), Fact.OTHERS_GONE, StatementKind.BACKUP),
    Row(SituationCode.SECONDARY_NEW, GONE, _of(State.UNPAIRED)),
    Row(SituationCode.BOTH_GONE, GONE, GONE),
    Row(SituationCode.PRIMARY_REPLACED, _of(State.UNPAIRED), _of(State.ACTIVE)),
    Row(SituationCode.PRIMARY_NEW, _of(State.UNPAIRED), GONE),
    Row(SituationCode.BOTH_NEW, _of(State.UNPAIRED), _of(State.UNPAIRED)),
    Row(SituationCode.UNDOCUMENTED, _of(State.UNPAIRED), _of(State.STANDBY)),
)


def _holds(fact: Fact | None, seen: Observation) -> bool:
    match fact:
        case Fact.OK:
            return seen.healthy_words
        case Fact.FLAPPING:
            return seen.flapping
        case Fact.OTHERS_GONE:
            return seen.others_gone
        case Fact.AFTER_SPLIT:
            return seen.after_split
        case Fact.LAST_SPLIT:
            return seen.last_split
        case Fact.INTERRUPTED:
            return seen.interrupted or seen.stated(StatementKind.INTERRUPTED) is not None
        case Fact.NOT_SERVING:
            return seen.stated(StatementKind.NOT_SERVING) is not None
        case None:
            return True


def assess(seen: Observation) -> Situation:
    """Return the situation of what was seen. States that no row covers give UNKNOWN."""
    primary, secondary = seen.state(Role.PRIMARY), seen.state(Role.SECONDARY)
    for row in ROWS:
        stated = row.unless is not None and seen.stated(row.unless)
        if primary in row.primary and secondary in row.secondary and _holds(row.fact, seen) and not stated:
            return SITUATIONS[row.name]
    return SITUATIONS[SituationCode.UNKNOWN]
