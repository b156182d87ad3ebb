"""Things to put into a store: a pair, what was seen of it, a plan, and requests and runs on their way."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from bot.domain.observation import Observation, Probe
from bot.domain.outcome import Judgement, Outcome
from bot.domain.pair import Pair, Role, Server
from bot.domain.plan import Plan
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.status import Health, Report, State
from bot.store import Store, requests, runs
from bot.store.tables import Run

START = datetime(2026, 3, 1, 3, 0, 0, 123456, tzinfo=UTC)
CHANNEL = "C0RECOVERY"
ME = "the process under test"
ASKER, FIRST, SECOND = "U0ASKER", "U0FIRST", "U0SECOND"
SUCCEEDED = Judgement(Outcome.SUCCEEDED, "Both servers are as they should be.")
UNKNOWN = Judgement(Outcome.UNKNOWN, "I cannot tell how it ended.")
NOT_SENT = Judgement(Outcome.NOT_SENT, "The approval has expired. Nothing was sent.")


class Clock:
    """A clock that a test moves."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def tick(self, **span: float) -> None:
        """Move it, by `seconds=`, `minutes=` and so on."""
        self.at += timedelta(**span)


def pair(name: str = "london", **more: Any) -> Pair:
    """A pair with two servers."""
    servers = {
        role.value: Server(host=f"{role}.example", user="bot", host_key="ssh-ed25519 AAAA", address=f"10.0.0.{n}")
        for n, role in enumerate(Role, 1)
    }
    return Pair(name=name, channel=CHANNEL, requesters=(ASKER,), approvers=(FIRST, SECOND), **(servers | more))


def seen(
    name: str = "london",
    primary: State = State.ACTIVE,
    secondary: State = State.STANDBY,
    at: datetime = START,
    text: str = "High Availability status: OK",
) -> Snapshot:
    """A pair as both servers told it; OK only when the Primary is active and the Secondary on standby."""
    one = pair(name)
    health = Health.OK if (primary, secondary) == (State.ACTIVE, State.STANDBY) else Health.DEGRADED

    def look(role: Role, own: State, peer: State) -> Probe:
        return Probe(role, at, Report(role, one.server(role).address, own, peer, health, None, None, text))

    looks = look(Role.PRIMARY, primary, secondary), look(Role.SECONDARY, secondary, primary)
    return snapshot(Observation(one, *looks))


SPLIT = (State.ACTIVE, State.ACTIVE)


def plan(name: str = "london", action: str = "ha-failback") -> Plan:
    """What would be sent to a pair's Secondary."""
    server = pair(name).secondary
    return Plan(
        pair=name,
        action=action,
        role=Role.SECONDARY.value,
        host=server.host,
        port=server.port,
        address=server.address,
        host_key=server.host_key,
        line=action,
        dialogue=(("continue?", "y"),),
        details=(),
        states=(("primary", "demoted"), ("secondary", "active")),
        addresses=(("primary", "10.0.0.1"), ("secondary", "10.0.0.2")),
        statements=(),
        health=None,
    )


def asked(store: Store, name: str = "london", needed: int = 1, minutes: float = 15, **more: Any) -> RequestView:
    """A pending request."""
    given: dict[str, Any] = {
        "requester": ASKER,
        "reason": "the Primary was rebuilt",
        "channel": CHANNEL,
        "needed": needed,
    } | more
    return requests.ask(store, plan(name), seen(name), expires_at=store.now() + timedelta(minutes=minutes), **given)


def approved(store: Store, name: str = "london", then: Stage = Stage.APPROVED, **more: Any) -> RequestView:
    """A request with the one approval that it needs."""
    found = requests.approve(store, asked(store, name, **more).id, FIRST, then, 15)
    assert found is not None
    return found


def claimed(store: Store, name: str = "london", **more: Any) -> RunView:
    """A run that is intended."""
    run = runs.claim(store, approved(store, name, **more).id, Role.SECONDARY, seen(name))
    assert run is not None
    return run


def sent(store: Store, name: str = "london", **more: Any) -> RunView:
    """A run that is being sent."""
    run = claimed(store, name, **more)
    assert runs.sending(store, run.id, asks=True, patience=timedelta(0))
    return runs.get(store, run.id)


def lost(store: Store, name: str = "london", **more: Any) -> RunView:
    """A run whose end is unknown."""
    run = runs.end(store, sent(store, name, **more).id, UNKNOWN, seen(name), "$ ha-failback\n")
    assert run.phase is Phase.UNKNOWN
    return run


def in_phase(store: Store, *phases: Phase) -> list[RunView]:
    """Every run that is in one of these phases, oldest first."""
    with store.reading() as session:
        rows = select(Run).where(col(Run.phase).in_(phases)).order_by(col(Run.id))
        return [runs.view(row) for row in session.exec(rows)]
