"""What can happen in a gap. An event that finds nothing to do says so, and the schedule counts as one without it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

from bot.domain.approval import Person
from bot.domain.errors import Refusal
from bot.domain.pair import Role
from bot.domain.request import Phase
from bot.scheduler import sweep
from bot.services import (
    RunMonitor,
    approve,
    ask,
    by_hand,
    close,
    deny,
    enter_code,
    recover,
    stop,
    stop_waiting,
    withdraw,
)
from bot.simulator.pair.effects import Command
from bot.simulator.pair.questions import UNKNOWN_QUESTION, Place
from bot.simulator.pair.world import Sickness
from bot.store import sightings
from tests.proof.invariants import rows
from tests.proof.theatre import ALICE, BOB, CAROL, DAVE, GUEST, MALLORY, Crash, Event, Theatre

P, S = Role.PRIMARY, Role.SECONDARY


@dataclass(frozen=True)
class Gap:
    """A gap of a play without events: its kind, whose line it is on, and how the request and the run stood."""

    kind: str
    role: str = ""
    state: str = ""


Sees = Callable[[Gap], bool]
TALK = ("arrived", "asked", "answer", "work", "reply")


def tells(gap: Gap) -> bool:
    """What a server is shows: where it prints its status, and where a command begins and has its effect."""
    return gap.kind in ("probe", "run", "arrived", "work")


def line_of(role: Role) -> Sees:
    """Where the way to this server matters, or what it is."""
    return lambda gap: tells(gap) or gap.kind in TALK or (gap.role == role and gap.kind != "sleep")


def on_a_line(gap: Gap) -> bool:
    return bool(gap.role) or gap.kind in TALK


def requests_(gap: Gap) -> bool:
    return gap.kind in ("probe", "open", "run", "send", "answer")


def replies(gap: Gap) -> bool:
    return gap.kind in ("probed", "ran", "asked", "reply")


def clock(gap: Gap) -> bool:
    return gap.kind in ("clock", "work")


def stamp(gap: Gap) -> bool:
    """Where the store reads the clock."""
    return gap.kind == "stamp"


def writes(gap: Gap) -> bool:
    return gap.kind == "write"


def store(gap: Gap) -> bool:
    return gap.kind in ("read", "write")


def written(gap: Gap) -> bool:
    return gap.kind == "written"


def talking(gap: Gap) -> bool:
    return gap.kind in TALK


def settings(gap: Gap) -> bool:
    return gap.kind == "settings"


def people(gap: Gap) -> bool:
    return gap.kind == "people"


def arrived(gap: Gap) -> bool:
    return gap.kind == "arrived"


def undecided(gap: Gap) -> bool:
    """A click that counts while the request is open."""
    return store(gap) and gap.state.startswith(("pending", "approved", "waiting"))


def unanswered(gap: Gap) -> bool:
    """A click that counts while the run can still be stopped."""
    return (store(gap) or gap.kind in TALK) and gap.state.startswith(("started/intent", "started/sending/no"))


def under_way(gap: Gap) -> bool:
    """What counts until the end is told."""
    return (store(gap) or gap.kind in TALK) and not gap.state.startswith("pending") and "/ended" not in gap.state


def never(_gap: Gap) -> bool:
    """It changes nothing that the rest could see: once in each state of the request and the run is enough."""
    return False


@dataclass(frozen=True)
class Kind:
    """An event, and the gaps in which its coming can be told from its coming before the next of them.

    What lies between two of these neither sees the event nor is seen by it, so that its place there is no matter.
    `besides` are gaps of the executor's own, the same whatever the servers are: they are tried in typical worlds, in
    which a click (`states`) also comes once in each state of the request and the run.
    """

    name: str
    fire: Event
    matters_at: Sees
    besides: Sees = never
    states: bool = False


class Where(Enum):
    """In how many of the gaps in which it can be told apart an event is put."""

    LINES = "where the servers and the lines to them are met"
    STATES = "there, and once in each state of the request and the run"
    EVERY = "everywhere"


def places(kind: Kind, trace: tuple[Gap, ...], where: Where) -> list[int]:
    """The gaps of a play into which this event is put; the last one is after everything."""
    found, known = [], set()
    for number, gap in enumerate(trace):
        new = gap.state not in known
        here = kind.matters_at(gap) and "/ended" not in gap.state
        if where is not Where.LINES:
            by_state = kind.besides(gap) and (new or where is Where.EVERY)
            click = kind.states and new and gap.kind in ("read", "write")
            here = here or by_state or click or gap.kind == "end"
        if here:
            found.append(number)
            known.add(gap.state)
    return found


def _reach(*roles: Role) -> Event:
    def cut(theatre: Theatre) -> bool:
        found = [role for role in roles if theatre.far.box(role).reachable]
        for role in found:
            theatre.far.alter(role, lambda server: replace(server, reachable=False))
        return bool(found)

    return cut


def _freeze(role: Role) -> Event:
    def freeze(theatre: Theatre) -> bool:
        if not theatre.far.box(role).up:
            return False
        theatre.far.alter(role, lambda server: replace(server, frozen=True))
        return True

    return freeze


def _unlink(theatre: Theatre) -> bool:
    was = theatre.far.world.pair.linked
    theatre.far.world.update(lambda pair: replace(pair, linked=False))
    return was


def _relink(theatre: Theatre) -> bool:
    was = theatre.far.world.pair.linked
    theatre.far.world.update(lambda pair: replace(pair, linked=True))
    return not was


def _power(role: Role, on: bool) -> Event:
    return lambda theatre: theatre.far.power(role, on)


def _sick(role: Role, how: Sickness) -> Event:
    def fall(theatre: Theatre) -> bool:
        if theatre.far.box(role).sick is how:
            return False
        theatre.far.alter(role, lambda server: replace(server, sick=how))
        return True

    return fall


def _rebuilt(role: Role) -> Event:
    def rebuild(theatre: Theatre) -> bool:
        theatre.far.rebuilt(role)
        return True

    return rebuild


def _lies(role: Role, text: str) -> Event:
    def lie(theatre: Theatre) -> bool:
        theatre.far.liar[role] = text
        return True

    return lie


def _swapped(theatre: Theatre) -> bool:
    """The way to each server leads to the other one, which is a clone and has the same key."""
    theatre.far.way = {role: role.peer for role in Role}
    for role in Role:
        theatre.far.boot[role] += 1
    return True


def _outside(role: Role, command: Command) -> Event:
    return lambda theatre: theatre.far.outside(role, command)


def _jump(seconds: float) -> Event:
    def jump(theatre: Theatre) -> bool:
        theatre.clock.jump(seconds)
        return True

    return jump


def _late(seconds: float) -> Event:
    def wait(theatre: Theatre) -> bool:
        theatre.clock.passes(seconds)
        return True

    return wait


def _lose(way: str) -> Event:
    def lose(theatre: Theatre) -> bool:
        theatre.losing.add(way)
        return True

    return lose


def _killed(theatre: Theatre) -> bool:
    return theatre.far.kill(P) or theatre.far.kill(S)


def _asks(place: Place) -> Event:
    def surprise(theatre: Theatre) -> bool:
        theatre.far.surprise = (UNKNOWN_QUESTION, place)
        return True

    return surprise


def _unwritable(theatre: Theatre) -> bool:
    theatre.unwritable_until = theatre.clock.true + 10
    return True


def _unreadable(theatre: Theatre) -> bool:
    theatre.unreadable_until = theatre.clock.true + 10
    return True


def _crash(theatre: Theatre) -> bool:
    """Killed; what the servers were told to do is over before the bot is back."""
    raise Crash


def _crash_back_at_once(theatre: Theatre) -> bool:
    """Killed, and back while the servers still work."""
    theatre.back_at_once = True
    raise Crash


def _crash_and_removed(theatre: Theatre) -> bool:
    """Killed, and when it is back somebody has taken the pair out of the settings."""
    _removed(theatre)
    raise Crash


def _crash_and_away(theatre: Theatre) -> bool:
    """Killed together with its database, which is back a while after it."""
    theatre.back_at_once = True
    theatre.unreadable_until = theatre.clock.true + 30
    raise Crash


def _settings(change: Callable[[Theatre], None]) -> Event:
    def alter(theatre: Theatre) -> bool:
        before = theatre.settings
        change(theatre)
        return theatre.settings != before

    return alter


def _no_approver(theatre: Theatre) -> None:
    if theatre.settings:
        theatre.settings = replace(theatre.settings, approvers=("U0CAROL", "U0DAVE"))


def _no_requester(theatre: Theatre) -> None:
    if theatre.settings:
        theatre.settings = replace(theatre.settings, requesters=("U0BOB",))


def _broken(theatre: Theatre) -> None:
    theatre.settings = None


def _removed(theatre: Theatre) -> None:
    if theatre.settings:
        theatre.settings = replace(theatre.settings, name="oslo")


def _more_to_approve(theatre: Theatre) -> None:
    if theatre.settings:
        theatre.settings = replace(theatre.settings, approvals=theatre.settings.approvals + 1)


def _other_login(theatre: Theatre) -> None:
    if theatre.settings:
        one, other = theatre.settings.primary, theatre.settings.secondary
        theatre.settings = replace(
            theatre.settings, primary=replace(one, user="root"), secondary=replace(other, user="root")
        )


def _repinned(theatre: Theatre) -> None:
    """Somebody compares and pins the key of another machine: the approval was for this one."""
    if theatre.settings:
        one, other = theatre.settings.primary, theatre.settings.secondary
        theatre.settings = replace(
            theatre.settings,
            primary=replace(one, host_key=one.host_key + "x"),
            secondary=replace(other, host_key=other.host_key + "x"),
        )
        theatre.far.keys = {role: key + "x" for role, key in theatre.far.keys.items()}


def _repinned_and_checked(theatre: Theatre) -> bool:
    _repinned(theatre)
    settings = theatre.settings
    if settings:  # where the database is away, the check of the access has not passed
        theatre.told(lambda: sightings.arm(theatre.bot().desk.store, settings))
    return theatre.settings is not None


def _slack_away(theatre: Theatre) -> bool:
    theatre.slack_away = True
    return True


def _request(theatre: Theatre) -> int:
    found = rows(theatre, "SELECT max(id) AS id FROM request")[0]["id"]
    return int(found or 0)


def _run(theatre: Theatre) -> int:
    found = rows(theatre, "SELECT max(id) AS id FROM run")[0]["id"]
    return int(found or 0)


def _again(theatre: Theatre, who: Person, same_process: bool) -> bool:
    """The same click once more: Slack delivers it again, or a person is impatient."""
    bot = (theatre.acting[-1] if theatre.acting else theatre.main) if same_process else theatre.bot()
    theatre.meanwhile(bot, lambda: approve(bot.desk, _request(theatre), who, "london"))
    if theatre.secrets:
        theatre.meanwhile(bot, lambda: enter_code(bot.desk, _request(theatre), ALICE, theatre.secrets))
    return True


def _wrong_code(theatre: Theatre) -> bool:
    if not theatre.secrets:
        return False
    bot = theatre.bot()
    theatre.meanwhile(bot, lambda: enter_code(bot.desk, _request(theatre), BOB, {"joining_code": "AAAA-AAAA-AA"}))
    return True


def _click(click: Callable[..., object]) -> Event:
    """A click that another replica handles."""

    def happens(theatre: Theatre) -> bool:
        bot = theatre.bot()
        theatre.meanwhile(bot, lambda: click(bot.desk, theatre))
        return True

    return happens


def _stop(theatre: Theatre) -> bool:
    run = _run(theatre)
    if not run:
        return False
    bot = theatre.bot()
    theatre.meanwhile(bot, lambda: stop(bot.desk, run, DAVE if _knows(theatre, DAVE) else CAROL))
    return True


def _knows(theatre: Theatre, who: Person) -> bool:
    return bool(theatre.settings and who.id in theatre.settings.approvers)


def _close(theatre: Theatre) -> bool:
    """Somebody closes a run that is unknown, at once."""
    run = _run(theatre)
    if not run or rows(theatre, "SELECT phase FROM run WHERE id = ?", run)[0]["phase"] != Phase.UNKNOWN:
        return False
    bot = theatre.bot()
    theatre.meanwhile(bot, lambda: close(bot.desk, run, CAROL, None))
    return True


def _close_at_work(theatre: Theatre) -> bool:
    """Somebody says how it ended while the command is at work."""
    run = _run(theatre)
    if not run or rows(theatre, "SELECT phase FROM run WHERE id = ?", run)[0]["phase"] != Phase.SENDING:
        return False
    for phase in (Phase.TOOK_EFFECT, Phase.DID_NOT, Phase.FAILED):
        bot = theatre.bot()
        theatre.meanwhile(
            bot, lambda one=bot, end=phase: close(one.desk, run, DAVE if _knows(theatre, DAVE) else CAROL, end)
        )  # type: ignore[misc]
    if rows(theatre, "SELECT phase FROM run WHERE id = ?", run)[0]["phase"] not in (Phase.SENDING, Phase.UNKNOWN):
        theatre.wrong("I7", "somebody released the pair while the command was at work")
    return True


def _stop_waiting(theatre: Theatre) -> bool:
    """The command takes long, and somebody stops waiting for it."""
    run = _run(theatre)
    if not run or not rows(theatre, "SELECT answered_at FROM run WHERE id = ?", run)[0]["answered_at"]:
        return False
    bot = theatre.bot()
    theatre.meanwhile(bot, lambda: stop_waiting(bot.desk, run, DAVE if _knows(theatre, DAVE) else CAROL))
    return True


def _look_meanwhile(theatre: Theatre) -> bool:
    """The process looks at both servers while its command is at work."""
    RunMonitor(theatre.main.desk, lambda job: job(), lambda: theatre.clock.true).beat()
    return True


def _slow(theatre: Theatre) -> bool:
    """The command takes ten times as long as its limit."""
    theatre.far.takes = 600.0
    for work in theatre.far.works:
        work.due += 600.0 if work.pending else 0.0
    return True


def _forward_and_killed(theatre: Theatre) -> bool:
    """The clock jumps ahead while the command is at work, and the process is killed; another one has seen both."""
    theatre.successor = theatre.bot()
    theatre.clock.jump(3600)
    theatre.heir = theatre.back_at_once = True
    raise Crash


def _another_starts(theatre: Theatre) -> bool:
    bot = theatre.bot()
    held = rows(theatre, "SELECT holder FROM run WHERE phase IN ('intent', 'sending')")
    theatre.meanwhile(bot, lambda: recover(bot.desk))
    if held != rows(theatre, "SELECT holder FROM run WHERE phase IN ('intent', 'sending')") and not theatre.frozen:
        theatre.wrong("I1", "a starting replica took what a living one holds")
    return True


def _taken_for_dead(theatre: Theatre) -> bool:
    """This process is frozen for so long that another one takes over what it holds; then it goes on."""
    if theatre.acting:
        return False
    theatre.frozen = True
    theatre.take_over(theatre.bot(), theatre.main)
    return True


def _taken_over_slowly(theatre: Theatre) -> bool:
    """The same, and the other one has only taken it, not yet ended it, when this one goes on."""
    if theatre.acting:
        return False
    theatre.frozen = True
    bot = theatre.bot()
    theatre.told(lambda: theatre.take(bot, theatre.main))
    return True


def _crash_and_heir(theatre: Theatre) -> bool:
    """Killed while another replica lives, which takes over."""
    theatre.heir = True
    raise Crash


def _sweep(theatre: Theatre) -> bool:
    bot = theatre.acting[-1] if theatre.acting else theatre.main
    theatre.meanwhile(bot, lambda: sweep(bot.desk))
    return True


def _wrong_clicks(theatre: Theatre) -> bool:
    """Everybody who may not, and everything that may not be: each is refused."""
    bot, request = theatre.bot(), _request(theatre)
    desk = bot.desk
    clicks: list[Callable[[], object]] = [
        lambda: approve(desk, request, ALICE, "london"),
        lambda: approve(desk, request, MALLORY, "london"),
        lambda: approve(desk, request, GUEST, "london"),
        lambda: approve(desk, request, CAROL, "lodnon"),
        lambda: approve(desk, 999, BOB, "london"),
        lambda: deny(desk, request, MALLORY, "no"),
        lambda: withdraw(desk, request, BOB),
        lambda: by_hand(desk, request, MALLORY),
        lambda: enter_code(desk, request, MALLORY, {"joining_code": "x"}),
        lambda: enter_code(desk, request, ALICE, {"joining_code": " "}),
        lambda: stop(desk, max(1, _run(theatre)), MALLORY),
        lambda: close(desk, max(1, _run(theatre)), ALICE, Phase.DID_NOT),
        lambda: ask(desk, ALICE, "berlin", "ha-failover", "why"),
        lambda: ask(desk, ALICE, "london", "ha-explode", "why"),
        lambda: ask(desk, ALICE, "london", "ha-failover", "  "),
        lambda: ask(desk, MALLORY, "london", "ha-failover", "why"),
    ]
    for click in clicks:
        if not isinstance(theatre.meanwhile(bot, click), Refusal):
            theatre.wrong("I6", "a click that is nobody's right was not refused")
    return True


def _ask_more(theatre: Theatre) -> bool:
    """Another person asks for everything while this one is under way."""
    bot = theatre.bot()
    open_before = rows(theatre, "SELECT 1 FROM run WHERE phase IN ('intent', 'sending', 'unknown')")
    for action in bot.desk.actions:
        found = theatre.meanwhile(bot, partial(ask, bot.desk, BOB, "london", action, "me too"))
        if open_before and not isinstance(found, Refusal | None):
            theatre.wrong("I7", f"{action} could be asked for while a run is open")
    return True


def _says(role: Role, own: str, address: str) -> str:
    here = "- this host"
    rows_ = {
        P: f"Primary PAM Server        {own if role is P else 'Active'}\n  {address if role is P else '10.0.0.11'}",
        S: f"Secondary PAM Server      {own if role is S else 'Standby'}\n  {address if role is S else '10.0.0.12'}",
    }
    rows_[role] += f"            {here}"
    return f"{rows_[P]}\n{rows_[S]}\nHigh Availability status  OK\n"


KINDS: tuple[Kind, ...] = (
    Kind("bot cut off from the Primary", _reach(P), line_of(P)),
    Kind("bot cut off from the Secondary", _reach(S), line_of(S)),
    Kind("bot cut off from both", _reach(P, S), never, on_a_line),
    Kind("servers cut off from each other", _unlink, tells),
    Kind("servers find each other again", _relink, tells),
    Kind("Primary loses power", _power(P, False), line_of(P)),
    Kind("Secondary loses power", _power(S, False), line_of(S)),
    Kind("Primary gets power", _power(P, True), line_of(P)),
    Kind("Secondary gets power", _power(S, True), line_of(S)),
    Kind("Primary freezes", _freeze(P), never, line_of(P)),
    Kind("Secondary freezes", _freeze(S), never, line_of(S)),
    Kind("somebody fails over", _outside(S, Command.FAILOVER), tells),
    Kind("somebody fails back", _outside(S, Command.FAILBACK), tells),
    Kind("somebody demotes the Primary", _outside(P, Command.DEMOTE_PRIMARY), tells),
    Kind("somebody hands over", _outside(P, Command.FAILOVER), tells),
    Kind("Primary prints garbage", _sick(P, Sickness.GARBAGE), tells),
    Kind("Secondary prints garbage", _sick(S, Sickness.GARBAGE), tells),
    Kind("Primary says Failed", _sick(P, Sickness.FAILED), tells),
    Kind("Secondary says Failed", _sick(S, Sickness.FAILED), tells),
    Kind("Primary has another key", _rebuilt(P), line_of(P)),
    Kind("Secondary has another key", _rebuilt(S), line_of(S)),
    Kind("Primary has another address", _lies(P, _says(P, "Active", "10.0.0.99")), tells),
    Kind("Secondary has another address", _lies(S, _says(S, "Standby", "10.0.0.99")), tells),
    Kind("the ways are swapped", _swapped, on_a_line),
    Kind("an hour forward", _jump(3600), never, lambda gap: clock(gap) or stamp(gap)),
    Kind("an hour back", _jump(-3600), clock, stamp),
    Kind("a minute back", _jump(-60), never, lambda gap: clock(gap) or stamp(gap)),
    Kind("half a minute passes", _late(30), clock, stamp),
    Kind("ten minutes pass", _late(600), never, lambda gap: clock(gap) or stamp(gap)),
    Kind("the approval's time passes", _late(20 * 60), clock, stamp),
    Kind("the next request is lost", _lose("request"), requests_),
    Kind("the next reply is lost", _lose("reply"), replies),
    Kind("the command is killed", _killed, lambda gap: gap.kind == "work"),
    Kind("an unknown question first", _asks(Place.FIRST), arrived),
    Kind("an unknown question later", _asks(Place.LATER), arrived),
    Kind("an unknown question instead", _asks(Place.INSTEAD), arrived),
    Kind("the database takes no writes", _unwritable, never, writes),
    Kind("the database is away", _unreadable, never, store),
    Kind("a commit is not acknowledged", _lose("acknowledgement"), never, written),
    Kind("the bot is killed", _crash, talking, written),
    Kind("the bot is killed and back at once", _crash_back_at_once, talking, written),
    Kind("the bot is killed and its pair removed", _crash_and_removed, talking, written),
    Kind("the bot and its database are killed", _crash_and_away, talking, written),
    Kind("the same click again", lambda theatre: _again(theatre, BOB, True), never, undecided, True),
    Kind("the same click on another replica", lambda theatre: _again(theatre, BOB, False), never, undecided, True),
    Kind("a wrong code is entered on another replica", _wrong_code, never, undecided, True),
    Kind("another approver clicks too", lambda theatre: _again(theatre, CAROL, False), never, undecided, True),
    Kind("the approver is removed", _settings(_no_approver), never, settings),
    Kind("the requester is removed", _settings(_no_requester), never, settings),
    Kind("the settings are broken", _settings(_broken), never, settings),
    Kind("the pair is removed", _settings(_removed), never, settings),
    Kind("Slack is away", _slack_away, never, people),
    Kind("one more has to approve", _settings(_more_to_approve), never, settings),
    Kind("another login is set", _settings(_other_login), never, settings),
    Kind("other keys are pinned", _settings(_repinned), never, lambda gap: settings(gap) or on_a_line(gap)),
    Kind(
        "other keys are pinned and checked", _repinned_and_checked, never, lambda gap: settings(gap) or on_a_line(gap)
    ),
    Kind("somebody presses Stop", _stop, talking, unanswered, True),
    Kind(
        "the requester withdraws", _click(lambda desk, at: withdraw(desk, _request(at), ALICE)), never, undecided, True
    ),
    Kind("an approver denies", _click(lambda desk, at: deny(desk, _request(at), CAROL, "no")), never, undecided, True),
    Kind(
        "somebody did it by hand", _click(lambda desk, at: by_hand(desk, _request(at), CAROL)), never, undecided, True
    ),
    Kind("the command is slow", _slow, lambda gap: gap.kind in ("arrived", "work")),
    Kind("the clock jumps ahead and the bot is killed", _forward_and_killed, lambda gap: gap.kind in ("work", "reply")),
    Kind("somebody says how it ended while it is at work", _close_at_work, lambda gap: gap.kind in ("work", "reply")),
    Kind("both servers are looked at meanwhile", _look_meanwhile, lambda gap: gap.kind in ("work", "reply")),
    Kind("somebody stops waiting", _stop_waiting, lambda gap: gap.kind == "work"),
    Kind("somebody looks at what is unknown", _close, never, never, True),
    Kind("another replica starts", _another_starts, talking, under_way, True),
    Kind("it is taken for dead by another replica", _taken_for_dead, talking, under_way, True),
    Kind("it is taken for dead, and not ended at once", _taken_over_slowly, talking, under_way, True),
    Kind("the bot is killed and another takes over", _crash_and_heir, talking, written),
    Kind("the sweep comes", _sweep, never, never, True),
    Kind("wrong people click", _wrong_clicks, never, never, True),
    Kind("somebody else asks too", _ask_more, never, never, True),
)
BY_NAME = {kind.name: kind for kind in KINDS}
