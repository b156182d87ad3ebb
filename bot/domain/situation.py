"""Table 1: from the two states to the one situation, first matching row wins."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.observation import Observation
from bot.domain.pair import Role
from bot.domain.statement import Kind
from bot.domain.status import State


class Name(StrEnum):
    """The situations a pair can be in."""

    HEALTHY = "healthy"
    NOT_IN_STEP = "not in step"
    FAILED_OVER = "failed over"
    AFTER_SPLIT = "failed over after a split brain"
    PRIMARY_SILENT = "Primary gives no answer"
    SECONDARY_ALONE = "Secondary serves alone"
    SICK_PRIMARY = "sick Primary"
    PRIMARY_FAILED = "Primary says Failed"
    PRIMARY_UNCLEAR = "Primary not understood"
    ALONE_UNCLEAR = "Secondary serves, Primary not understood"
    PRIMARY_REPLACED = "Primary replaced"
    SPLIT_BRAIN = "split brain"
    SPLIT_NO_PRIMARY = "split brain, then no answer from the Primary"
    SPLIT_NO_SECONDARY = "split brain, then no answer from the Secondary"
    NO_STANDBY = "no standby"
    SECONDARY_REPLACED = "Secondary replaced"
    BOTH_GONE = "no answer from either server"
    PRIMARY_NEW = "fresh Primary without a Secondary"
    SECONDARY_NEW = "fresh Secondary without a Primary"
    BOTH_NEW = "both servers fresh"
    NO_ACTIVE = "no active server"
    HALF_OVER = "failover interrupted"
    NEWEST_GONE = "no active server, newest data out of reach"
    UNDOCUMENTED = "not documented"
    CONFLICT = "views conflict"
    UNKNOWN = "cannot classify"
    STANDALONE = "pair dissolved"
    UNSEEN = "out of my sight"
    NOT_ASKED = "not asked"
    FLAPPING = "flapping"
    PRIMARIES_SILENT = "several Primaries out of reach"
    MY_NETWORK = "several pairs out of reach"

    @classmethod
    def _missing_(cls, _value: object) -> "Name":
        """What another release has kept under a name of its own is nothing that this one can classify."""
        return cls.UNKNOWN


SPLIT = (Name.SPLIT_BRAIN, Name.SPLIT_NO_PRIMARY, Name.SPLIT_NO_SECONDARY)  # both serve users, as far as is known


class Severity(StrEnum):
    """How bad it is for users, the worst first."""

    CRITICAL = "critical"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    HEALTHY = "healthy"

    @property
    def rank(self) -> int:
        """Its place among all of them, 0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Situation:
    """One situation: `source` is D (documented), P (partly) or I (our inference); `row` as the domain counts them."""

    name: Name
    severity: Severity
    row: str
    source: str
    says: str
    risk: str


def _situations(*found: Situation) -> dict[Name, Situation]:
    return {situation.name: situation for situation in found}


SITUATIONS: dict[Name, Situation] = _situations(
    Situation(Name.HEALTHY, Severity.HEALTHY, "1", "D", "Primary active, Secondary on standby and replicating.", ""),
    Situation(
        Name.NOT_IN_STEP,
        Severity.DEGRADED,
        "2",
        "P",
        "Users are served by the Primary, but the Secondary is not in step with it.",
        "A failover now may lose what was not replicated.",
    ),
    Situation(
        Name.FAILED_OVER,
        Severity.DEGRADED,
        "3",
        "D",
        "The Secondary serves the users, the Primary is demoted.",
        "Until the failback there is no standby.",
    ),
    Situation(
        Name.AFTER_SPLIT,
        Severity.DEGRADED,
        "4",
        "D",
        "The Secondary serves the users, the Primary was demoted out of a split brain.",
        "The failback replaces the Primary's contents: changes made only on the Primary are lost. If they must "
        "survive, state that, and call the vendor's support.",
    ),
    Situation(
        Name.PRIMARY_SILENT,
        Severity.CRITICAL,
        "5",
        "D",
        "The Primary gives no answer and the Secondary is on standby: probably nobody is served.",
        "If the Primary still runs where I cannot see it, a failover makes two active servers.",
    ),
    Situation(
        Name.SECONDARY_ALONE,
        Severity.DEGRADED,
        "6",
        "D",
        "The Secondary serves the users alone.",
        "There is no standby. If the old Primary comes back active, that is a split brain.",
    ),
    Situation(
        Name.SICK_PRIMARY,
        Severity.CRITICAL,
        "7",
        "D",
        "The Primary answers, but a person says that it serves nobody. The Secondary is on standby.",
        "A Primary that cannot be contacted by the Secondary stays active: two active servers.",
    ),
    Situation(
        Name.PRIMARY_FAILED,
        Severity.CRITICAL,
        "7",
        "I",
        "The Primary says Failed and the Secondary is on standby.",
        "Only a person can say whether users are still served.",
    ),
    Situation(
        Name.PRIMARY_UNCLEAR,
        Severity.UNKNOWN,
        "18",
        "I",
        "The Primary gives no answer that I understand. The Secondary is on standby.",
        "Only a person can say whether users are still served.",
    ),
    Situation(
        Name.ALONE_UNCLEAR,
        Severity.DEGRADED,
        "18",
        "I",
        "The Secondary serves the users. The Primary gives no answer that I understand.",
        "There is no standby. If the Primary serves users too, that is a split brain.",
    ),
    Situation(
        Name.PRIMARY_REPLACED,
        Severity.DEGRADED,
        "8",
        "D",
        "The Secondary serves the users, and a fresh Primary waits to be filled from it.",
        "Until the failback there is no standby.",
    ),
    Situation(
        Name.SPLIT_BRAIN,
        Severity.CRITICAL,
        "9",
        "D",
        "Both servers are active. Nothing is being replicated.",
        "Every change made on the Primary since the split is lost at the failback. If it must survive, state "
        "that, and call the vendor's support.",
    ),
    Situation(
        Name.SPLIT_NO_PRIMARY,
        Severity.CRITICAL,
        "9",
        "I",
        "Both servers were active when the Primary last answered. Now it gives no answer, and may still serve users.",
        "Changes made on the Primary since the split are lost with it. If they must survive, keep that server, and "
        "call the vendor's support.",
    ),
    Situation(
        Name.SPLIT_NO_SECONDARY,
        Severity.CRITICAL,
        "9",
        "I",
        "Both servers were active when the Secondary last answered. Now it gives no answer, and may still serve users.",
        "Changes made on the Secondary since the split are lost with it. If they must survive, keep that server, and "
        "call the vendor's support.",
    ),
    Situation(
        Name.NO_STANDBY,
        Severity.DEGRADED,
        "10, 11",
        "D",
        "Users are served by the Primary. The Secondary gives no answer, or says Failed: I know of no standby.",
        "Perhaps nothing is replicated, and until a Secondary has joined there is no standby.",
    ),
    Situation(
        Name.SECONDARY_REPLACED,
        Severity.DEGRADED,
        "12",
        "D",
        "Users are served by the Primary, and a fresh Secondary waits to join it.",
        "Until it has joined there is no standby.",
    ),
    Situation(
        Name.BOTH_GONE,
        Severity.CRITICAL,
        "13",
        "D",
        "Neither server is in order as far as I can see: both have failed, or the network between me and them has.",
        "If users are still served, the fault is on my side and nothing must be rebuilt.",
    ),
    Situation(
        Name.PRIMARY_NEW,
        Severity.CRITICAL,
        "13",
        "I",
        "A fresh Primary is in no pair yet. The Secondary gives no answer, or says Failed: probably nobody is served.",
        "Everything after the backup is lost. If the Secondary still serves users, nothing must be rebuilt.",
    ),
    Situation(
        Name.SECONDARY_NEW,
        Severity.CRITICAL,
        "13",
        "I",
        "A fresh Secondary is in no pair yet. The Primary gives no answer, or says Failed: probably nobody is served.",
        "If the Primary still serves users where I cannot see it, nothing must be restored: what it has since the "
        "backup would be lost.",
    ),
    Situation(
        Name.BOTH_NEW,
        Severity.CRITICAL,
        "14",
        "D",
        "Both servers are fresh and in no pair yet.",
        "Everything after the backup that the Primary was restored from is lost.",
    ),
    Situation(
        Name.NO_ACTIVE,
        Severity.CRITICAL,
        "15",
        "I",
        "Neither server is active: the Primary is demoted and the Secondary on standby.",
        "Nobody is served, and the way out is not documented.",
    ),
    Situation(
        Name.HALF_OVER,
        Severity.CRITICAL,
        "15",
        "I",
        "Neither server is active: a failover was interrupted half-way.",
        "Nobody is served. That the failover ends well from here is my inference, not the vendor's word.",
    ),
    Situation(
        Name.NEWEST_GONE,
        Severity.CRITICAL,
        "16",
        "I",
        "The Primary is demoted, and the Secondary, which has the newest data, is not in order as far as I can see.",
        "If the Secondary serves nobody, nobody is served; making the Primary active would lose the newest data.",
    ),
    Situation(
        Name.UNDOCUMENTED,
        Severity.CRITICAL,
        "–",
        "I",
        "A fresh Primary stands beside a Secondary on standby: no page of the vendor describes this.",
        "Nobody is known to be served.",
    ),
    Situation(
        Name.CONFLICT,
        Severity.UNKNOWN,
        "17",
        "I",
        "A server does not say of itself what the settings say of it.",
        "A command could reach the wrong server.",
    ),
    Situation(
        Name.UNKNOWN,
        Severity.UNKNOWN,
        "18",
        "I",
        "A server gives no answer that I understand.",
        "Without knowing its state no command is safe.",
    ),
    Situation(
        Name.STANDALONE,
        Severity.UNKNOWN,
        "19",
        "I",
        "A server says Standalone: the pair was dissolved.",
        "There is no pair to recover.",
    ),
    Situation(
        Name.FLAPPING,
        Severity.UNKNOWN,
        "–",
        "I",
        "The pair goes to and fro between two states.",
        "What is right now is wrong in a minute: a command could meet either. Once it has shown one thing for three "
        "minutes, I say what that is and what is next.",
    ),
    Situation(
        Name.PRIMARIES_SILENT,
        Severity.CRITICAL,
        "5",
        "I",
        "The Primary gives no answer, and neither do those of other pairs. This may be my network: can users log in?",
        "If the Primary still runs where I cannot see it, a failover makes two active servers.",
    ),
    Situation(
        Name.MY_NETWORK,
        Severity.CRITICAL,
        "13",
        "I",
        "No server that could serve users answers me, in this pair and in others. This may be my network: can users "
        "log in?",
        "If users are still served, nothing must be rebuilt.",
    ),
    Situation(
        Name.UNSEEN,
        Severity.UNKNOWN,
        "–",
        "I",
        "A server is silent to me, but its peer still sees it: the fault is probably in my network.",
        "A command given on half a view could make two active servers.",
    ),
    Situation(
        Name.NOT_ASKED,
        Severity.UNKNOWN,
        "–",
        "I",
        "I could not ask one of the servers, so I do not know what state the pair is in.",
        "Whatever happens to the pair meanwhile, I do not see it.",
    ),
)


class Fact(StrEnum):
    """What a row may ask for besides the two states."""

    OK = "both say OK"
    AFTER_SPLIT = "both were seen active"
    NOT_SERVING = "stated: not serving"
    LAST_SPLIT = "both active when the silent one last answered"
    FLAPPING = "to and fro, and no rest yet"
    OTHERS_GONE = "other pairs out of reach too"
    INTERRUPTED = "a failover was interrupted"


@dataclass(frozen=True)
class Row:
    """`primary` and `secondary` are the states the row is for; `fact` must hold too, and `unless` not be stated."""

    name: Name
    primary: frozenset[State]
    secondary: frozenset[State]
    fact: Fact | None = None
    unless: Kind | None = None


ANY = frozenset(State)
GONE = frozenset({State.SILENT, State.FAILED})


def _of(*states: State) -> frozenset[State]:
    return frozenset(states)


ROWS: tuple[Row, ...] = (
    Row(
        Name.SICK_PRIMARY,
        _of(State.ACTIVE, State.FAILED, State.UNKNOWN),
        _of(State.STANDBY),
        Fact.NOT_SERVING,
    ),
    Row(Name.PRIMARY_UNCLEAR, _of(State.UNKNOWN), _of(State.STANDBY)),
    Row(Name.ALONE_UNCLEAR, _of(State.UNKNOWN), _of(State.ACTIVE)),
    Row(Name.UNKNOWN, _of(State.UNKNOWN), ANY),
    Row(Name.UNKNOWN, ANY, _of(State.UNKNOWN)),
    Row(Name.CONFLICT, _of(State.CONFLICT), ANY),
    Row(Name.CONFLICT, ANY, _of(State.CONFLICT)),
    Row(Name.NOT_ASKED, _of(State.UNASKED), ANY),
    Row(Name.NOT_ASKED, ANY, _of(State.UNASKED)),
    Row(Name.FLAPPING, ANY, ANY, Fact.FLAPPING),
    Row(Name.STANDALONE, _of(State.STANDALONE), ANY),
    Row(Name.STANDALONE, ANY, _of(State.STANDALONE)),
    Row(Name.UNSEEN, _of(State.UNSEEN), ANY),
    Row(Name.UNSEEN, ANY, _of(State.UNSEEN)),
    Row(Name.HEALTHY, _of(State.ACTIVE), _of(State.STANDBY), Fact.OK),
    Row(Name.NOT_IN_STEP, _of(State.ACTIVE), _of(State.STANDBY)),
    Row(Name.SPLIT_BRAIN, _of(State.ACTIVE), _of(State.ACTIVE)),
    Row(Name.SPLIT_NO_SECONDARY, _of(State.ACTIVE), _of(State.SILENT), Fact.LAST_SPLIT),
    Row(Name.NO_STANDBY, _of(State.ACTIVE), GONE),
    Row(Name.SECONDARY_REPLACED, _of(State.ACTIVE), _of(State.UNPAIRED)),
    Row(Name.AFTER_SPLIT, _of(State.DEMOTED), _of(State.ACTIVE), Fact.AFTER_SPLIT),
    Row(Name.FAILED_OVER, _of(State.DEMOTED), _of(State.ACTIVE)),
    Row(Name.HALF_OVER, _of(State.DEMOTED), _of(State.STANDBY), Fact.INTERRUPTED),
    Row(Name.NO_ACTIVE, _of(State.DEMOTED), _of(State.STANDBY)),
    Row(Name.NEWEST_GONE, _of(State.DEMOTED), GONE | _of(State.UNPAIRED)),
    Row(Name.PRIMARY_FAILED, _of(State.FAILED), _of(State.STANDBY)),
    Row(Name.PRIMARIES_SILENT, _of(State.SILENT), _of(State.STANDBY), Fact.OTHERS_GONE, Kind.OFF),
    Row(Name.PRIMARY_SILENT, _of(State.SILENT), _of(State.STANDBY)),
    Row(Name.SPLIT_NO_PRIMARY, _of(State.SILENT), _of(State.ACTIVE), Fact.LAST_SPLIT, Kind.OFF),
    Row(Name.SECONDARY_ALONE, GONE, _of(State.ACTIVE)),
    Row(Name.MY_NETWORK, _of(State.SILENT), _of(State.SILENT, State.UNPAIRED), Fact.OTHERS_GONE, Kind.BACKUP),
    Row(Name.MY_NETWORK, _of(State.UNPAIRED), _of(State.SILENT), Fact.OTHERS_GONE, Kind.BACKUP),
    Row(Name.SECONDARY_NEW, GONE, _of(State.UNPAIRED)),
    Row(Name.BOTH_GONE, GONE, GONE),
    Row(Name.PRIMARY_REPLACED, _of(State.UNPAIRED), _of(State.ACTIVE)),
    Row(Name.PRIMARY_NEW, _of(State.UNPAIRED), GONE),
    Row(Name.BOTH_NEW, _of(State.UNPAIRED), _of(State.UNPAIRED)),
    Row(Name.UNDOCUMENTED, _of(State.UNPAIRED), _of(State.STANDBY)),
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
            return seen.interrupted or seen.stated(Kind.INTERRUPTED) is not None
        case Fact.NOT_SERVING:
            return seen.stated(Kind.NOT_SERVING) is not None
        case None:
            return True


def assess(seen: Observation) -> Situation:
    """The one situation of what was seen; a state that no row foresees cannot be classified."""
    primary, secondary = seen.state(Role.PRIMARY), seen.state(Role.SECONDARY)
    for row in ROWS:
        stated = row.unless is not None and seen.stated(row.unless)
        if primary in row.primary and secondary in row.secondary and _holds(row.fact, seen) and not stated:
            return SITUATIONS[row.name]
    return SITUATIONS[Name.UNKNOWN]
