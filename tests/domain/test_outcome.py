"""How a run ended: every action, every way for its reply to end, every state of the pair afterwards."""

from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest

from bot.domain.command import Action
from bot.domain.observation import Observation
from bot.domain.outcome import UNTOLD, ByHand, Judgement, Outcome, give_up, judge, reached
from bot.domain.pair import Role
from bot.domain.plan import runs_on
from bot.domain.statement import StatementKind
from bot.domain.status import Health, State
from bot.domain.transport import Ending, Reply
from tests.domain.build import ACTIONS, DEMOTE, FAILBACK, FAILOVER, INITIALISE, says, seen
from tests.reference import cells, seen_as
from tests.reference.worlds import STATES

P, S = Role.PRIMARY, Role.SECONDARY
A, STANDBY, D, GONE, U = State.ACTIVE, State.STANDBY, State.DEMOTED, State.SILENT, State.UNKNOWN
REPLIES = [
    Reply("", exit_status, ending, answered, "Really delete everything?" if ending is Ending.UNEXPECTED else None)
    for ending in Ending
    for exit_status in ((0, 1, -1, None) if ending is Ending.EXITED else (None,))
    for answered in (0, 1)
]


def told(action: Action, reply: Reply, before: Observation, after: Observation) -> Judgement:
    return give_up(action.aim, runs_on(before.pair, action), reply, before, after)


def befores() -> Iterator[tuple[Action, Observation]]:
    for cell in cells(ACTIONS):
        if cell.verdict.allowed:
            yield cell.action, cell.world.seen
    yield FAILOVER, seen_as(GONE, STANDBY, stated=[StatementKind.OFF])
    yield FAILOVER, seen_as(A, STANDBY, stated=[StatementKind.PLANNED])
    yield INITIALISE, seen_as(State.UNPAIRED, State.UNPAIRED, stated=[StatementKind.RESTORED])


def check(action: Action, reply: Reply, before: Observation, after: Observation, end: Judgement) -> None:
    """What must be true of any outcome, whatever the code does."""
    same = all(before.own(role) is after.own(role) for role in Role)
    returned = reply.ending is Ending.EXITED and reply.exit in (0, 1)
    assert (end.outcome is Outcome.SUCCEEDED) is reached(action.aim, after)
    if end.outcome is Outcome.NOT_SENT:
        assert reply.ending is Ending.STOPPED
        assert same
    if end.outcome is Outcome.FAILED:
        assert returned or (reply.ending is Ending.UNEXPECTED and reply.answered == 0 and same)
        assert after.own(runs_on(before.pair, action)) not in UNTOLD
        assert ("othing has changed" in end.words) is same
    if end.outcome is Outcome.UNKNOWN:
        assert returned == ("can't see how the pair is now" in end.words)
    if end.lost:
        assert (action, end.outcome) == (FAILOVER, Outcome.SUCCEEDED)
        assert after.own(P) in (GONE, State.UNASKED, State.FAILED, U)
    early = judge(action.aim, reply, before, after)
    assert early is None or early == end


def test_every_action_every_ending_every_state_afterwards() -> None:
    counted: Counter[tuple[str, Outcome]] = Counter()
    afters = [
        seen_as(*states, health=health)
        for *states, health in product(STATES[P], STATES[S], [Health.OK, Health.DEGRADED])
    ]
    for (action, before), reply, after in product(befores(), REPLIES, afters):
        end = told(action, reply, before, after)
        check(action, reply, before, after, end)
        counted[action.name, end.outcome] += 1
    assert set(counted) == set(product(ACTIONS, Outcome)), "an outcome that no action ever has proves nothing"


@pytest.mark.parametrize("ending", [Ending.LOST, Ending.TIMED_OUT])
@pytest.mark.parametrize("answered", [0, 1])
def test_a_lost_reply_is_never_a_failure(ending: Ending, answered: int) -> None:
    before = seen(A, A)
    for primary, secondary in product(STATES[P], STATES[S]):
        end = told(DEMOTE, Reply("", None, ending, answered), before, seen_as(primary, secondary))
        assert end.outcome is (Outcome.SUCCEEDED if (primary, secondary) == (D, A) else Outcome.UNKNOWN)


AIMS = [
    (
        FAILOVER,
        seen(A, STANDBY, StatementKind.PLANNED),
        seen(D, A),
        "Users are on the Secondary; the Primary is demoted.",
    ),
    (FAILBACK, seen(D, A), seen(A, STANDBY), "Primary active, Secondary on standby and replicating."),
    (DEMOTE, seen(A, A), seen(D, A), "Users are on the Secondary; the Primary is demoted."),
    (INITIALISE, seen(A, GONE), seen(A, STANDBY), "Primary active, Secondary on standby and replicating."),
]


@pytest.mark.parametrize(("action", "before", "after", "words"), AIMS)
def test_success_is_what_both_servers_show(action: Action, before: Observation, after: Observation, words: str) -> None:
    assert told(action, Reply("", 0, Ending.EXITED, 1), before, after) == Judgement(Outcome.SUCCEEDED, words)
    for ending in (Ending.LOST, Ending.TIMED_OUT, Ending.UNEXPECTED):
        end = told(action, Reply("", None, ending, 1), before, after)
        assert end.words == f"{words} ({ending.value}, but both servers show it)"
        assert end.outcome is Outcome.SUCCEEDED
    # A new Secondary that is silent to the bot may have joined all the same.
    unchanged = Outcome.UNKNOWN if before.own(S) is GONE else Outcome.FAILED
    assert told(action, Reply("done", 0, Ending.EXITED, 1), before, before).outcome is unchanged
    assert told(action, Reply("no", 1, Ending.EXITED, 1), before, before).outcome is Outcome.FAILED


def test_an_initialised_pair_has_to_be_ok_too() -> None:
    degraded = seen(says(P, A), says(S, STANDBY, health=Health.DEGRADED))
    assert not reached(INITIALISE.aim, degraded)
    assert reached(FAILBACK.aim, degraded)


@pytest.mark.parametrize("primary", [GONE, State.FAILED, U])
def test_a_failover_that_lost_the_primary_succeeded_and_flags_it(primary: State) -> None:
    end = told(FAILOVER, Reply("", 0, Ending.EXITED, 1), seen(primary, STANDBY, StatementKind.OFF), seen(primary, A))
    assert (end.outcome, end.lost) == (Outcome.SUCCEEDED, True)
    assert end.words.endswith("The Primary wasn't seen demoted: it stays marked as lost.")


def test_a_failover_into_a_split_brain_failed_and_says_so() -> None:
    end = told(FAILOVER, Reply("", 0, Ending.EXITED, 1), seen(A, STANDBY, StatementKind.PLANNED), seen(A, A))
    words = "The pair has changed, but not as intended: afterwards it was Primary active, Secondary active."
    assert end == Judgement(Outcome.FAILED, words)


@pytest.mark.parametrize(
    ("reply", "outcome", "words"),
    [
        (
            Reply("", 1, Ending.EXITED),
            Outcome.FAILED,
            "The appliance refused (exit status 1). Nothing has changed.",
        ),
        (
            Reply("", 1, Ending.EXITED, answered=1),
            Outcome.FAILED,
            "It returned (exit status 1), and nothing has changed.",
        ),
        (
            Reply("Code: «code»\nThe code is <b>not</b> correct.\n \n", 3, Ending.EXITED, answered=3),
            Outcome.FAILED,
            "It returned (exit status 3), and nothing has changed. "
            "Its last words: “The code is &lt;b&gt;not&lt;/b&gt; correct.”",
        ),
        (
            Reply("x" * 300, 2, Ending.EXITED),
            Outcome.FAILED,
            f"The appliance refused (exit status 2). Nothing has changed. Its last words: “{'x' * 200}…”",
        ),
        (Reply("", 0, Ending.EXITED, 1), Outcome.FAILED, "It returned (exit status 0), and nothing has changed."),
        (
            Reply("", None, Ending.EXITED, 1),
            Outcome.UNKNOWN,
            "No exit status came back.",
        ),
        (
            Reply("", -1, Ending.EXITED, 0),
            Outcome.UNKNOWN,
            "No exit status came back.",
        ),
        (
            Reply("", None, Ending.LOST, 1),
            Outcome.UNKNOWN,
            "The connection broke before an exit status came back.",
        ),
        (
            Reply("", None, Ending.TIMED_OUT, 0),
            Outcome.UNKNOWN,
            "It didn't end in time.",
        ),
        (
            Reply("", None, Ending.STOPPED),
            Outcome.NOT_SENT,
            "Stopped before its question was answered. Nothing has changed.\nSee what is next now: /ha-recover london",
        ),
        (
            Reply("", None, Ending.UNEXPECTED, question="Wipe <@U1>?"),
            Outcome.FAILED,
            "It asked a question I don't know (“Wipe &lt;@U1&gt;?”), so I hung up without an answer. "
            "Nothing has changed.",
        ),
        (
            Reply("", None, Ending.UNEXPECTED, answered=1, question="Wipe?"),
            Outcome.UNKNOWN,
            "It asked a question I don't know (“Wipe?”).",
        ),
    ],
)
def test_words_when_the_pair_is_as_before(reply: Reply, outcome: Outcome, words: str) -> None:
    end = told(FAILBACK, reply, seen(D, A), seen(D, A))
    assert (end.outcome, end.words) == (outcome, words)
    assert (end.by_hand is ByHand.READ_QUESTION) is (reply.ending is Ending.UNEXPECTED)


def test_a_refusal_after_the_answer_is_not_believed_at_once() -> None:
    """Exit codes are not documented: what took effect may still show, so both servers are looked at to the end."""
    answered, silent = Reply("", 1, Ending.EXITED, answered=1), Reply("", 1, Ending.EXITED)
    assert judge(FAILBACK.aim, answered, seen(D, A), seen(D, A)) is None
    assert judge(FAILBACK.aim, silent, seen(D, A), seen(D, A))


def test_a_stop_that_came_too_late_is_unknown_not_unsent() -> None:
    end = told(DEMOTE, Reply("", None, Ending.STOPPED), seen(A, A), seen(A, GONE))
    assert end == Judgement(Outcome.UNKNOWN, "Stopped before its question was answered, but the pair isn't as it was.")


def test_a_server_that_cannot_be_seen_afterwards_proves_nothing() -> None:
    returned = Reply("", 0, Ending.EXITED, 1)
    for after in (seen(D, GONE), seen(GONE, A), seen(U, A), seen(D, U)):
        end = told(FAILBACK, returned, seen(D, A), after)
        assert (end.outcome, end.words) == (
            Outcome.UNKNOWN,
            "It returned (exit status 0), but I can't see how the pair is now.",
        )
    # The peer was silent before: that it still is hides nothing of the server that the command ran on.
    assert told(FAILOVER, returned, seen(GONE, STANDBY), seen(GONE, STANDBY)).outcome is Outcome.FAILED
