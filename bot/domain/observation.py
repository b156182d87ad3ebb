"""What was seen of a pair and stated about it, as one value. Nothing else decides what is next."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.pair import Pair, PeerRow, Role
from bot.domain.statement import Statement, StatementKind
from bot.domain.status import Health, Report, State, complete, same_address
from bot.domain.transport import PROVED, Ending, Reply, UnreachableReason

FRESH = {
    Role.PRIMARY: (StatementKind.PRIMARY_DEPLOYED, StatementKind.RESTORED),
    Role.SECONDARY: (StatementKind.SECONDARY_DEPLOYED,),
}
VOUCHED = (State.ACTIVE, State.STANDBY, State.DEMOTED)


@dataclass(frozen=True)
class Probe:
    """One `ha-status` on one server: its report, or why there is none. `at` is when the probe ended (aware, in UTC).

    `why` and `words` say why there is no report. `silent_looks` counts the silent probes in a row. `asked` is false
    where the bot did not call the server for a reason that is not the server's: such a probe is no evidence.
    """

    role: Role
    at: datetime
    report: Report | None = None
    why: UnreachableReason | None = None
    words: str = ""
    silent_looks: int = 0
    asked: bool = True

    @property
    def text(self) -> str:
        return (self.report.text if self.report else "") or self.words


def answered(pair: Pair, reply: Reply) -> bool:
    """Whether this is a complete answer to `ha-status`.

    It is if it ended with an exit status, or if its text has everything that the pair prints.
    """
    whole = reply.ending is Ending.CLOSED and complete(reply.text, pair.labels, pair.floating_ip is not None)
    return whole or reply.ending is Ending.EXITED


def own_state(pair: Pair, look: Probe) -> State:
    """Return what this server reports of itself.

    SILENT or UNASKED without an answer, CONFLICT when the server is not the one that it should be.
    """
    report = look.report
    if report is None:
        return State.SILENT if look.asked else State.UNASKED
    if report.host is None:
        return report.own
    if report.host is not look.role or not same_address(report.address or "", pair.server(look.role).address):
        return State.CONFLICT
    return report.own


@dataclass(frozen=True)
class Observation:
    """Two probes, the statements that count, and what is known from before and from other pairs.

    `after_split`: both servers were active at some time since the pair was healthy. `last_split`: both were active when
    the server that is silent now last answered. `interrupted`: the last thing done is a failover by this bot that did
    not come to its end. `new_primary`: two people have vouched for the Primary's host key, and nothing has been done
    with the server since. `others_gone`: other pairs went out of reach too.
    """

    pair: Pair
    primary: Probe
    secondary: Probe
    statements: tuple[Statement, ...] = ()
    after_split: bool = False
    flapping: bool = False
    others_gone: bool = False
    last_split: bool = False
    interrupted: bool = False
    new_primary: bool = False
    _states: dict[Role, State] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_states", {role: self._fold(role) for role in Role})

    def look(self, role: Role) -> Probe:
        """Return the probe of the server that has this role."""
        return self.primary if role is Role.PRIMARY else self.secondary

    def own(self, role: Role) -> State:
        """Return what the server reports of itself, without regard to statements or to its peer's report."""
        return own_state(self.pair, self.look(role))

    def state(self, role: Role) -> State:
        """Return the state that counts.

        That is what the server reports of itself. A server that gives no answer is UNSEEN if its peer still sees it
        and such reports are proven live, UNPAIRED if a person stated that it is new, else SILENT. A newly built
        Primary is UNPAIRED whatever it reports. A Primary that the bot could not ask counts as silent if a person
        stated that it is off.
        """
        return self._states[role]

    def stated(self, kind: StatementKind) -> Statement | None:
        """Return the newest statement of this kind, or None."""
        statements = [s for s in self.statements if s.kind is kind]
        return max(statements, key=lambda s: s.at) if statements else None

    def stated_all(self, kinds: Iterable[StatementKind]) -> bool:
        return all(self.stated(kind) for kind in kinds)

    @property
    def healthy_words(self) -> bool:
        """Whether both servers answer and both say OK."""
        reports = [self.primary.report, self.secondary.report]
        return all(report is not None and report.health is Health.OK for report in reports)

    def _fold(self, role: Role) -> State:
        own = self.own(role)
        if role is Role.PRIMARY and self._newly_built:
            return State.UNPAIRED  # a server that was just deployed as `Standalone (or HA Primary)` may say Active
        if own is State.UNKNOWN and self.look(role).why in PROVED:
            # A new server may not know the bot's SSH key yet.
            return State.UNPAIRED if self._stated_fresh(role) else own
        if own is State.UNASKED and role is Role.PRIMARY and self.stated(StatementKind.OFF):
            own = State.SILENT  # a site that has failed takes its jump host with it: a person's statement says the rest
        if own is not State.SILENT:
            return own
        peer = self.look(role.peer).report
        if self.pair.peer_row is PeerRow.LIVE and peer is not None and peer.host is role.peer and peer.peer in VOUCHED:
            return State.UNSEEN
        return State.UNPAIRED if self._stated_fresh(role) else State.SILENT

    @property
    def _newly_built(self) -> bool:
        """Whether a Primary that answers beside a promoted Secondary was newly built and holds no data yet.

        Its new host key and a person's statement must both say so, since either alone proves nothing.
        """
        says = (self.own(Role.PRIMARY), self.own(Role.SECONDARY))
        vouched = self.new_primary and self.stated(StatementKind.PRIMARY_DEPLOYED) is not None
        return vouched and says in ((State.ACTIVE, State.ACTIVE), (State.DEMOTED, State.ACTIVE))

    @property
    def rekeyed(self) -> frozenset[Role]:
        """Return the servers that show another host key than the pinned one."""
        return frozenset(role for role in Role if self.look(role).why is UnreachableReason.WRONG_KEY)

    def _stated_fresh(self, role: Role) -> bool:
        return any(self.stated(kind) and self._may(kind) for kind in FRESH[role])

    def _may(self, kind: StatementKind) -> bool:
        """Whether a statement of this kind counts now.

        A backup is restored only where both servers failed: beside a Secondary with data, RESTORED does not count.
        """
        return kind is not StatementKind.RESTORED or self.own(Role.SECONDARY) not in (State.ACTIVE, State.STANDBY)
