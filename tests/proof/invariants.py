"""What must be true whatever happens: judged at the first byte, at each answer, and when everything is over.

The judge reads the database as it is on disk and the truth of both servers, never what the executor believes.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain.pair import PeerRow, Role
from bot.domain.plan import Plan
from bot.domain.request import Phase, Stage
from bot.domain.statement import SENTENCES, StatementKind
from bot.domain.status import Health, State, same_address
from bot.domain.transport import Ending, UnreachableReason
from bot.simulator.pair.world import Pair as Truth
from bot.simulator.pair.world import State as True_
from bot.store.base import AuditKind
from tests.proof.clock import START
from tests.proof.far_end import lab
from tests.proof.theatre import Bot, Theatre
from tests.proof.wire import FakeSession, Looked

FRESH = 10.0
SILENT_LOOKS = 2
SHOWN = (State.ACTIVE, State.STANDBY, State.DEMOTED, State.UNPAIRED)
VOUCHES = (State.ACTIVE, State.STANDBY, State.DEMOTED)
NOT_UNDERSTOOD = (State.UNKNOWN, State.CONFLICT, State.UNSEEN, State.STANDALONE)
PAST_A_SICK_PRIMARY = StatementKind.NOT_SERVING.stored
RUNS = (
    UnreachableReason.LOGIN,
    UnreachableReason.NO_EXEC,
    Ending.TIMED_OUT,
)  # it proved its key, so it is not switched off
BY_WORD = {  # statements that may stand for a server that is silent
    ("ha-failover", Role.PRIMARY): StatementKind.OFF,
    ("ha-failback", Role.PRIMARY): StatementKind.PRIMARY_DEPLOYED,
    ("ha-initialise", Role.SECONDARY): StatementKind.SECONDARY_DEPLOYED,
}
AIMS: dict[str, tuple[set[True_], set[True_]]] = {
    "ha-failover": ({True_.DEMOTED}, {True_.ACTIVE}),
    "ha-failback": ({True_.ACTIVE}, {True_.STANDBY}),
    "ha-demote-primary": ({True_.DEMOTED}, {True_.ACTIVE}),
    "ha-initialise": ({True_.ACTIVE}, {True_.STANDBY}),
}
ENDED = ("succeeded", "failed", "unknown", "not sent")
NOTHING = re.compile(r"[Nn]othing (was|is)|did nothing|Too late|already|Somebody other than")


@dataclass(frozen=True)
class Sent:
    """A changing command whose first byte left."""

    bot: Bot
    run: int
    request: int
    line: str
    at: float


def rows(theatre: Theatre, sql: str, *values: object) -> list[dict[str, Any]]:
    """What the database has now."""
    return theatre.database.rows(sql, *values)


def seconds(text: str) -> float:
    """A time of the database as seconds since START."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - START).total_seconds()


def watch(theatre: Theatre) -> None:
    """Have the judge stand at the wire."""
    theatre.first_byte = lambda session, line: first_byte(theatre, session, line)
    theatre.answering = lambda session, index: answering(theatre, session, index)


def sender(theatre: Theatre, session: FakeSession) -> Bot:
    return next(bot for bot in theatre.bots if bot.wire is session.wire)


def first_byte(theatre: Theatre, session: FakeSession, line: str) -> None:
    """I1 to I7 and I12, at the moment at which a changing command leaves."""
    bot = sender(theatre, session)
    wrong = theatre.wrong
    if theatre.database.raw.in_transaction:
        wrong("I4", "sent inside a transaction that is not committed")
    found = rows(theatre, "SELECT * FROM run WHERE phase IN ('intent', 'sending', 'unknown')")
    if len(found) > 1:
        wrong("I7", f"{len(found)} runs are open on one pair")
    sending = [run for run in found if run["phase"] == Phase.SENDING and run["sent_at"]]
    if theatre.frozen:  # one that was taken for dead may act late: it is told as unknown, and its question not answered
        sending += [run for run in found if run["phase"] == Phase.UNKNOWN and run["sent_at"]]
    if len(sending) != 1:
        wrong("I4", f"sent while the store says {[run['phase'] for run in found] or 'nothing'}")
        latest = rows(theatre, "SELECT * FROM run ORDER BY id DESC LIMIT 1")
        sending = sending or latest
    if not sending:
        theatre.sent.append(Sent(bot, 0, 0, line, theatre.clock.true))
        return
    run = sending[0]
    request = rows(theatre, "SELECT * FROM request WHERE id = ?", run["request_id"])[0]
    plan = Plan.from_json(request["plan"])
    theatre.sent.append(Sent(bot, run["id"], request["id"], line, theatre.clock.true))
    if sum(sent.request == request["id"] for sent in theatre.sent) > 1:
        wrong("I1", "a second changing command for one approval")
    for words in (
        *durable(theatre, run, request),
        *unmoved(theatre, bot, session, plan, request, line),
        *proven(bot, session, plan),
        *understood(theatre, bot, session, plan),
        *allowed(theatre, bot, request, plan),
    ):
        wrong(*words)


Found = Iterator[tuple[str, str]]


def durable(theatre: Theatre, run: dict[str, Any], request: dict[str, Any]) -> Found:
    audit = rows(theatre, "SELECT state FROM audit WHERE kind = 'run' AND run_id = ? ORDER BY id", run["id"])
    states = [entry["state"] for entry in audit]
    if states[:2] != [Phase.INTENT, Phase.SENDING]:
        yield "I4", f"the audit says {states} when the first byte leaves"
    whole = rows(theatre, "SELECT kind, state FROM audit WHERE run_id = ? ORDER BY id", run["id"])
    order = [entry["state"] or entry["kind"] for entry in whole]
    first = order[: order.index(Phase.SENDING) if Phase.SENDING in order else None]
    if AuditKind.STOP in first:
        yield "I1", "sent although it was stopped before"
    if AuditKind.TAKEN_OVER in first:
        yield "I1", "sent by a process from which it had been taken over"
    if request["stage"] != Stage.STARTED:
        yield "I4", f"the request is {request['stage']} when the first byte leaves"


def unmoved(theatre: Theatre, bot: Bot, session: FakeSession, plan: Plan, request: dict[str, Any], line: str) -> Found:
    """I2 and I12: as approved, in time, and fresh by a clock that did not jump."""
    if line != plan.line:
        yield "I2", f"sent {line!r}, approved {plan.line!r}"
    if theatre.clock.true > expiry(theatre, request):
        yield "I2", "sent after the approval had expired"
    if (asked := theatre.clock.true_of(seconds(request["created_at"]))) + patience(bot) < approved_at(theatre, request):
        yield "I2", f"approved after its time, asked for at {asked:.0f} s"
    if len(counted(theatre, bot, plan)) < len({kind for _, kind in plan.statements}):
        yield "I2", "a statement that it was bound to counts no more"
    own = session.looks[-1] if session.looks else None
    if own is None:
        yield "I2", "sent without a look in the session"
        return
    if theatre.clock.true - own.true > FRESH:
        yield "I2", f"the look was {theatre.clock.true - own.true:.0f} s old"
    if abs(bot.read_clock[1] - own.wrong) > FRESH:
        yield "I12", "the clock jumped between the look and the command"
    approved = dict(plan.states)
    looked = {plan.server_role: own, plan.server_role.peer: peer_look(bot, plan.server_role.peer)}
    for role, look in looked.items():
        if look is None:
            yield "I2", f"sent without a look at the {role}"
        elif (seen := own_word(bot, look)) is not State(approved[role.value]):
            yield "I2", f"{role} approved as {approved[role.value]}, seen as {seen}"
    if plan.health and plan.health != ("OK" if healthy(looked) else "Degraded"):
        yield "I2", f"the health was approved as {plan.health}"


def patience(bot: Bot) -> float:
    """Seconds that a request may wait, and an approval."""
    settings = bot.read_settings[1]
    return settings.approval_minutes * 60 + 0.01 if settings else 0.0


def approved_at(theatre: Theatre, request: dict[str, Any]) -> float:
    """When it was approved in truth: the bot's clock may have been wrong."""
    return theatre.clock.true_of(seconds(request["decided_at"] or request["created_at"]))


def expiry(theatre: Theatre, request: dict[str, Any]) -> float:
    """When the approval ends in truth."""
    given, ends = seconds(request["decided_at"] or request["created_at"]), seconds(request["expires_at"])
    return approved_at(theatre, request) + (ends - given) + 0.01


def healthy(looked: dict[Role, Looked | None]) -> bool:
    return all(look and look.report and look.report.health is Health.OK for look in looked.values())


def peer_look(bot: Bot, role: Role) -> Looked | None:
    return next((look for look in reversed(bot.wire.looks) if look.role is role), None)


def own_word(bot: Bot, look: Looked) -> State:
    """What a server said of itself, with an identity that is not its own taken for a conflict."""
    report, pair = look.report, bot.read_settings[1]
    if report is None:
        return State.UNKNOWN if look.why in RUNS else State.SILENT
    if report.host is None:
        return report.own
    address = pair.server(look.role).address if pair else ""
    right = report.host is look.role and same_address(report.address or "", address)
    return report.own if right else State.CONFLICT


def proven(bot: Bot, session: FakeSession, plan: Plan) -> Found:
    """I3: this box, in this session, by the key that was approved."""
    role = plan.server_role
    alike = bool(session.looks) and (seen := session.looks[-1].report) and seen.own is State.UNPAIRED
    if session.box is not role and not (
        alike and plan.action == "ha-initialise"
    ):  # fresh ones differ by their key only
        yield "I3", f"sent to the {session.box}, approved for the {role}"
    if session.host_key != plan.host_key:
        yield "I3", "the pinned key is not the approved one"
    report = session.looks[-1].report if session.looks else None
    if report is None:
        yield "I3", "the server proved nothing in this session"
    elif report.host is None:
        if plan.action != "ha-initialise" or report.own is not State.UNPAIRED:
            yield "I3", "the server did not say who it is"
    elif report.host is not role or not same_address(report.address or "", plan.address):
        yield "I3", f"the server says that it is {report.host} at {report.address}"


def understood(theatre: Theatre, bot: Bot, session: FakeSession, plan: Plan) -> Found:
    """I5: no command on a guess, and none because of one silence."""
    peer = plan.server_role.peer
    own = own_word(bot, session.looks[-1]) if session.looks else State.UNKNOWN
    if own in (*NOT_UNDERSTOOD, State.SILENT, State.FAILED):
        yield "I5", f"sent to a server that is {own}"
    look = peer_look(bot, peer)
    other = own_word(bot, look) if look else State.UNKNOWN
    counting = counted(theatre, bot, plan)
    fresh = look is not None and look.why is UnreachableReason.LOGIN and stated_new(plan, peer, counting)
    if other in NOT_UNDERSTOOD and not fresh and not past_the_sick(plan, peer, counting):
        yield "I5", f"sent while the {peer} is {other}"
    if other is State.FAILED and PAST_A_SICK_PRIMARY not in counting:
        yield "I5", f"sent while the {peer} says Failed, without a person's word"
    if other is State.SILENT:
        yield from silent_peer(bot, session, plan, peer, counting)
    if (
        plan.action == "ha-failover"
        and not {StatementKind.OFF.stored, StatementKind.NOT_SERVING.stored, StatementKind.PLANNED.stored} & counting
    ):
        yield "I5", "a failover that nobody stated a reason for"


def past_the_sick(plan: Plan, peer: Role, counting: set[str]) -> bool:
    return plan.action == "ha-failover" and peer is Role.PRIMARY and PAST_A_SICK_PRIMARY in counting


def stated_new(plan: Plan, peer: Role, counting: set[str]) -> bool:
    """A new server may not know the bot yet: it refuses the login, and a person says what it is."""
    kind = BY_WORD.get((plan.action, peer))
    return kind is not StatementKind.OFF and kind is not None and kind.stored in counting


def silent_peer(bot: Bot, session: FakeSession, plan: Plan, peer: Role, counting: set[str]) -> Found:
    """A silent server is dead by several looks and a person's word, unless its peer sees it."""
    silences = 0
    for look in reversed([one for one in bot.wire.looks if one.role is peer]):
        if own_word(bot, look) is not State.SILENT:
            break
        silences += 1
    if silences < SILENT_LOOKS:
        yield "I5", f"the {peer} was silent only {silences} times"
    if (word := BY_WORD.get((plan.action, peer))) is None or word.stored not in counting:
        yield "I5", f"the {peer} is silent, and nobody said what became of it"
    settings, report = bot.read_settings[1], session.looks[-1].report
    if settings and settings.peer_row is PeerRow.LIVE and report and report.peer in VOUCHES:
        yield "I5", f"the {peer} is silent, but its peer sees it"


def counted(theatre: Theatre, bot: Bot, plan: Plan) -> set[str]:
    """The statements that the approval was bound to and that are young enough now, whatever clock they were made by."""
    clock = theatre.clock
    made = {row["id"]: clock.true_of(seconds(row["at"])) for row in rows(theatre, "SELECT * FROM statement")}
    return {
        kind
        for number, kind in plan.statements
        if number in made and clock.true - made[number] <= SENTENCES[StatementKind(kind)].minutes * 60 + 0.01
    }


def allowed(theatre: Theatre, bot: Bot, request: dict[str, Any], plan: Plan) -> Found:
    """I6: two people, by settings that were read when it ran."""
    said = [row["person"] for row in rows(theatre, "SELECT person FROM approval WHERE request_id = ?", request["id"])]
    since_claimed, settings = bot.read_settings
    if not since_claimed:
        yield "I6", "the settings were not read again when it ran"
    if request["requester"] in said:
        yield "I6", "approved by its requester"
    if settings is None:
        yield "I6", "sent with settings that could not be read"
        return
    if len(set(said)) < max(request["needed"], settings.approvals):
        yield "I6", f"{len(set(said))} people approved, {settings.approvals} have to"
    if not set(said) <= set(settings.approvers):
        yield "I6", "an approver is no approver any more"
    if request["requester"] not in settings.requesters:
        yield "I6", "the requester may not ask any more"
    if {server.user for server in (settings.primary, settings.secondary)} != {"pairkeeper"}:
        yield "I12", "sent with a login whose check never passed"
    if theatre.asked_in_vain:
        yield "I12", "sent although Slack did not say who they are"
    if settings.server(plan.server_role).host_key != plan.host_key:
        yield "I2", "the pinned key changed since the approval"


def answering(theatre: Theatre, session: FakeSession, index: int) -> None:
    """I4 once more: the commit point is durable before the last answer, and no Stop came before it."""
    runs = rows(
        theatre, "SELECT r.*, q.plan FROM run r JOIN request q ON q.id = r.request_id ORDER BY r.id DESC LIMIT 1"
    )
    if not runs:
        theatre.wrong("I4", "answered without a run")
        return
    run = runs[0]
    last = index == len(json.loads(run["plan"])["dialogue"]) - 1
    if last:
        theatre.committed = theatre.clock.true
    if theatre.database.raw.in_transaction:
        theatre.wrong("I4", "answered inside a transaction that is not committed")
    if last and not run["answered_at"]:
        theatre.wrong("I4", "the last answer left before it was written down")
    if run["stopped_by"]:
        theatre.wrong("I1", "answered although it was stopped before")
    # One that is frozen between the commit point and the answer can act late; it cannot act twice.
    if run["holder"] != sender(theatre, session).desk.store.me and not (last and run["answered_at"]):
        theatre.wrong("I1", "answered by a process from which it was taken over")
    if run["phase"] not in (Phase.SENDING, Phase.UNKNOWN):  # another replica may have given it up
        theatre.wrong("I4", f"answered while the run is {run['phase']}")


def afterwards(theatre: Theatre, request_id: int) -> None:
    """I1, I6 to I9, I13 and I14, when everything is over that could still happen."""
    runs = rows(theatre, "SELECT * FROM run")
    requests = rows(theatre, "SELECT * FROM request")
    for run in runs:
        told_once(theatre, run)
        if run["request_id"] == request_id:
            told_truly(theatre, run)
    for request in requests:
        told_requests(theatre, request)
    if len(theatre.sent) > 1:
        theatre.wrong("I1", f"{len(theatre.sent)} changing commands")
    if sum(run["phase"] in ("intent", "sending", "unknown") for run in runs) > 1:
        theatre.wrong("I7", "two runs are open on one pair")
    replays(theatre, runs, requests)
    no_secret(theatre)
    for reason, words in theatre.refusals:
        if not NOTHING.search(words):
            theatre.wrong("I9", f"a refusal ({reason}) that does not say that nothing was done: {words}")


def told_once(theatre: Theatre, run: dict[str, Any]) -> None:
    audit = rows(theatre, "SELECT state FROM audit WHERE kind = 'run' AND run_id = ?", run["id"])
    ends = [entry["state"] for entry in audit if entry["state"] in ENDED]
    if len(ends) != 1 or run["phase"] not in ENDED:
        theatre.wrong("I8", f"a run is {run['phase']} and was told of as {ends}")
        return
    posts = rows(theatre, "SELECT kind, wanted FROM post WHERE run_id = ? AND NOT done", run["id"])
    missing = {"end", "told", "steps"} - {post["kind"] for post in posts}
    if missing or not run["words"]:
        theatre.wrong("I8", f"nobody is told how it ended: no {missing}")


def told_requests(theatre: Theatre, request: dict[str, Any]) -> None:
    if request["stage"] in ("pending", "approved", "waiting for its code"):
        theatre.wrong("I8", f"a request stays {request['stage']} for ever")
    posts = rows(theatre, "SELECT kind FROM post WHERE request_id = ?", request["id"])
    kinds = Counter(post["kind"] for post in posts)
    by_themselves = request["stage"] == Stage.WITHDRAWN or request["decided_by"] == request["requester"]
    if not kinds["card"] or not (kinds["told"] or by_themselves):
        theatre.wrong("I8", f"a request is {request['stage']}, and nobody is told")


def told_truly(theatre: Theatre, run: dict[str, Any]) -> None:
    """I9: what was told against what was true, once nothing more can happen."""
    effect = any(one.effect for one in theatre.far.world.executions)
    changed = "has changed, but not as intended" in run["words"]
    if effect and run["phase"] in ("failed", "not sent") and not changed and not undone(theatre, run):
        theatre.wrong("I9", f"told as {run['phase']}, but it had its effect: {run['words']}")
    if run["phase"] == "not sent" and effect:
        theatre.wrong("I9", "told as not sent, but it had its effect")
    if run["phase"] == "succeeded" and not aim_true(theatre, run):
        theatre.wrong("I9", f"told as succeeded, but the pair is otherwise: {run['words']}")
    if "Nothing was sent" in run["words"] and any(sent.run == run["id"] for sent in theatre.sent):
        theatre.wrong("I9", "it says that nothing was sent, but the command left")


def aim_true(theatre: Theatre, run: dict[str, Any]) -> bool:
    """Whether each server was what the action is for at the moment of the look that was believed."""
    primary, secondary = AIMS[run["action"]]
    seen = {Role.PRIMARY: Role.PRIMARY, Role.SECONDARY: Role.SECONDARY}
    then = {role: truth_when_seen(theatre, role, run) for role in seen}
    if then[Role.SECONDARY].server(lab(Role.SECONDARY)).state not in secondary:
        return False
    one = then[Role.PRIMARY].server(lab(Role.PRIMARY))
    return one.state in primary or (bool(run["lost"]) and run["action"] == "ha-failover")


def undone(theatre: Theatre, run: dict[str, Any]) -> bool:
    """Whether somebody had undone it before the look that was believed: no server showed anything of it then."""
    if run["phase"] != "failed" or not run["after"] or aim_true(theatre, run):
        return False
    for role in Role:
        look, before = look_believed(theatre, role, run), theatre.opening.server(lab(role)).state
        if look is None or look.true < max(theatre.far.effects):
            return False
        shows = look.report is not None and look.report.own in SHOWN
        if shows and look.truth.server(lab(role)).state is not before:
            return False
    return True


def truth_when_seen(theatre: Theatre, role: Role, run: dict[str, Any]) -> Truth:
    """What was true when the look was taken that the outcome rests on."""
    look = look_believed(theatre, role, run)
    return look.truth if look else theatre.far.world.pair


def look_believed(theatre: Theatre, role: Role, run: dict[str, Any]) -> Looked | None:
    """The look that the outcome rests on: found by the time that the bot wrote on it."""
    at = seconds(json.loads(run["after"])[role.value]["at"])
    for bot in reversed(theatre.bots):
        read = [true for true, wrong in bot.readings if abs(true + wrong - at) < 0.001]
        looks = [look for look in bot.wire.looks if look.role is role and read and look.true <= read[-1]]
        if looks:
            return looks[-1]
    return None


def replays(theatre: Theatre, runs: list[dict[str, Any]], requests: list[dict[str, Any]]) -> None:
    """I13: the audit, played from its start, gives the tables."""
    states: dict[tuple[str, int], str] = {}
    for entry in rows(
        theatre, "SELECT * FROM audit WHERE state IS NOT NULL AND kind IN ('request', 'run') ORDER BY id"
    ):
        states[entry["kind"], entry[f"{entry['kind']}_id"]] = entry["state"]
    held = {("request", row["id"]): row["stage"] for row in requests} | {
        ("run", row["id"]): row["phase"] for row in runs
    }
    if states != held:
        theatre.wrong("I13", f"the audit says {states}, the tables {held}")


def no_secret(theatre: Theatre) -> None:
    """I14: the joining code is nowhere, however it is written."""
    for secret in theatre.secrets.values():
        letters = re.sub(r"[\s\-]", "", secret).lower()
        kept = [theatre.database.everything(), *theatre.logged, *(words for _, words in theatre.refusals)]
        if any(letters in re.sub(r"[\s\-]", "", line).lower() for line in kept):
            theatre.wrong("I14", "the joining code was kept")
