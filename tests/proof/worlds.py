"""Every world in which an action can be asked for: the pair as it is, what is stated, and who has to say yes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bot.domain.pair import CommandLine, Labels, Pair, PeerRow, Question, Role, Server
from bot.domain.request import RequestView
from bot.domain.statement import StatementKind
from bot.services import Details, ask
from bot.simulator.pair import layouts, starts
from bot.simulator.pair import world as truth
from bot.simulator.pair.settings import command_tables
from bot.simulator.pair.world import Sickness, State
from tests.proof.events import Where
from tests.proof.far_end import KEYS
from tests.proof.theatre import ALICE, Theatre

ADDRESS = {Role.PRIMARY: "10.0.0.11", Role.SECONDARY: "10.0.0.12"}
CODE = "KX7P-94RD-ZQ"
P, S = truth.Role.PRIMARY, truth.Role.SECONDARY
WORDS = "I stand in front of it"

True_ = truth.Pair
Change = Callable[[True_], True_]


def bau() -> True_:
    return starts.healthy(ADDRESS[Role.PRIMARY], ADDRESS[Role.SECONDARY], "10.0.0.10")


def start(name: str) -> True_:
    return starts.STARTS[name](bau())


def but(pair: True_, role: truth.Role, **changes: object) -> True_:
    """The same pair with one server changed."""
    return pair.with_server(replace(pair.server(role), **changes))  # type: ignore[arg-type]


def fresh(pair: True_, role: truth.Role, **changes: object) -> True_:
    """A newly deployed server in this role."""
    code = CODE if role is S else None
    given = {"state": State.UNPAIRED, "powered": True, "changes": (), "joining_code": code}
    return but(pair, role, **(given | changes))


def server(role: Role, pty: bool = False) -> Server:
    return Server(f"pam-{role}", "pairkeeper", KEYS[role], key="id", address=ADDRESS[role], pty=pty)


def london(pty: bool = False) -> Pair:
    people = ("U0ALICE", "U0BOB"), ("U0BOB", "U0CAROL", "U0ALICE")
    return Pair("london", "C0OPS", *people, server(Role.PRIMARY, pty), server(Role.SECONDARY, pty), verify_seconds=4.0)


@dataclass(frozen=True)
class Start:
    """One world: `settings` are changes to the pair's, `before` is what was done on it first."""

    name: str
    action: str
    truth: Callable[[], True_]
    stated: Mapping[StatementKind, str] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    approvals: int = 1
    layout: str = "a"
    pty: bool = False
    peer_row: layouts.PeerRow = layouts.PeerRow.LIVE
    secondary_first: bool = False
    before: str = ""
    said_before: Mapping[StatementKind, str] = field(default_factory=dict)  # 55 minutes ago

    @property
    def where(self) -> Where:
        """What is the same in all worlds is tried in the typical ones."""
        return Where.EVERY if self.name in TYPICAL else Where.LINES

    @property
    def pair(self) -> Pair:
        return replace(london(self.pty), approvals=self.approvals, **self.settings)  # type: ignore[arg-type]

    @property
    def secrets(self) -> dict[str, str]:
        return {"joining_code": CODE} if self.action == "ha-initialise" else {}

    @property
    def details(self) -> dict[str, str]:
        return {"address": ADDRESS[Role.SECONDARY]} if self.action == "ha-initialise" else {}


def says(*kinds: StatementKind) -> dict[StatementKind, str]:
    return dict.fromkeys(kinds, WORDS)


def lines(layout: str) -> dict[str, CommandLine]:
    """The command lines for an appliance with this layout."""
    return {
        name: CommandLine(
            table["line"],
            tuple(Question(one["prompt"], one["answer"]) for one in table["dialogue"]),
            float(table["time_limit"]),
        )
        for name, table in command_tables(layout).items()
    }


OFF, SICK, PLANNED = says(StatementKind.OFF), says(StatementKind.NOT_SERVING), says(StatementKind.PLANNED)
OWN_ROW = {"labels": Labels(unpaired="not part of a High Availability pair")}
ON_PRIMARY = {"commands": {"ha-failover": CommandLine("ha-failover", runs_on=Role.PRIMARY)}}
LIVE = {"peer_row": PeerRow.LIVE}
FAILOVER, FAILBACK, DEMOTE, INITIALISE = "ha-failover", "ha-failback", "ha-demote-primary", "ha-initialise"
UNSEEN_PRIMARY: Change = lambda pair: replace(but(pair, P, reachable=False), linked=False)  # noqa: E731

TYPICAL = ("split brain", "split brain, two to approve", "new Secondary")
WORLDS: tuple[Start, ...] = (
    Start("planned hand-over", FAILOVER, bau, PLANNED),
    Start("planned, on the Primary", FAILOVER, bau, PLANNED, ON_PRIMARY, secondary_first=True),
    Start("active but not serving", FAILOVER, bau, SICK),
    Start("degraded and not serving", FAILOVER, lambda: start("degraded"), SICK),
    Start("Primary says Failed", FAILOVER, lambda: but(bau(), P, sick=Sickness.FAILED), SICK),
    Start("Primary unreadable", FAILOVER, lambda: but(bau(), P, sick=Sickness.GARBAGE), SICK),
    Start("Primary's status fails", FAILOVER, lambda: but(bau(), P, sick=Sickness.MUTE), SICK),
    Start("Primary off", FAILOVER, lambda: start("failed-primary"), OFF),
    Start("Primary off, live rows", FAILOVER, lambda: start("failed-primary"), OFF, LIVE),
    Start("not serving, then off", FAILOVER, lambda: start("failed-primary"), OFF, said_before=SICK),
    Start("Primary isolated but alive", FAILOVER, lambda: UNSEEN_PRIMARY(bau()), OFF),
    Start("Primary isolated, live rows", FAILOVER, lambda: UNSEEN_PRIMARY(bau()), OFF, LIVE),
    Start("split brain", DEMOTE, lambda: start("split-brain")),
    Start("split brain, two to approve", DEMOTE, lambda: start("split-brain"), approvals=2),
    Start(
        "split brain, other layout",
        DEMOTE,
        lambda: start("split-brain"),
        settings={"commands": lines("b")},
        layout="b",
        pty=True,
        peer_row=layouts.PeerRow.STATIC,
        secondary_first=True,
    ),
    Start("failed over", FAILBACK, lambda: start("failed-over")),
    Start("demoted out of a split", FAILBACK, lambda: start("split-brain"), before=DEMOTE),
    Start(
        "Primary replaced, no account",
        FAILBACK,
        lambda: fresh(start("failed-over"), P, account=False),
        says(StatementKind.PRIMARY_DEPLOYED),
    ),
    Start("Primary replaced", FAILBACK, lambda: fresh(start("failed-over"), P), settings=OWN_ROW),
    Start(
        "new Secondary, no account",
        INITIALISE,
        lambda: fresh(bau(), S, account=False),
        says(StatementKind.SECONDARY_DEPLOYED),
    ),
    Start("new Secondary", INITIALISE, lambda: fresh(bau(), S), settings=OWN_ROW),
    Start(
        "new Secondary, still off",
        INITIALISE,
        lambda: start("failed-secondary"),
        says(StatementKind.SECONDARY_DEPLOYED),
    ),
    Start("both new", INITIALISE, lambda: fresh(fresh(bau(), P), S), says(StatementKind.RESTORED), OWN_ROW),
    Start(
        "restored, Secondary no account",
        INITIALISE,
        lambda: fresh(fresh(bau(), P), S, account=False),
        says(StatementKind.RESTORED, StatementKind.SECONDARY_DEPLOYED),
        OWN_ROW,
    ),
    Start("degraded, chosen", INITIALISE, lambda: start("degraded"), says(StatementKind.CHOSEN)),
)


def asked(theatre: Theatre, start: Start) -> RequestView:
    """The request as its requester makes it; in two steps where it has details or statements."""
    found = ask(
        theatre.main.desk,
        ALICE,
        "london",
        start.action,
        "the switch failed",
        Details(start.details, start.stated, acknowledgement=""),
    )
    assert isinstance(found, RequestView), found
    return found
