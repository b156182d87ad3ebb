"""Probe both servers while a command is at work on their pair, and tell people at once what they must know."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bot.domain.errors import Refusal
from bot.domain.observation import Probe, own_state
from bot.domain.pair import Pair, Role
from bot.domain.plan import command_line
from bot.domain.request import Note, Phase, RunView
from bot.domain.status import UNTOLD, State
from bot.logs import about
from bot.services.base import Desk
from bot.services.observation import both, fold, look_once
from bot.store import ownership, run_progress

BETWEEN = 1.5  # seconds between two observations
PATIENCE = 5.0  # seconds without an answer, or without an active server, on top of the time that an answer takes
SILENT = {Role.PRIMARY: Note.PRIMARY_SILENT, Role.SECONDARY: Note.SECONDARY_SILENT}

log = logging.getLogger(__name__)


@dataclass
class Sight:
    """What was seen of one pair since its command was sent. All times are seconds of a monotonic clock.

    `looking` is set while an observation is being made, and `looked` is when the last one ended. `active` is when a
    server last reported ACTIVE. For each role, `answered` has when it last answered, `took` how long that answer took,
    and `asked` whether the last probe called the server.
    """

    began: float
    looking: bool = False
    looked: float = 0.0
    active: float | None = None
    answered: dict[Role, float] = field(default_factory=dict)
    took: dict[Role, float] = field(default_factory=dict)
    asked: dict[Role, bool] = field(default_factory=dict)
    states: tuple[State, State] | None = None

    def silent(self, role: Role, now: float) -> bool:
        """Whether this server has given no answer for PATIENCE seconds longer than its last answer took."""
        return now - self.answered.get(role, self.began) > PATIENCE + self.took.get(role, 0.0)

    def gone(self, role: Role) -> Note:
        """Return the note that no answer comes. Where the bot could not ask the server, the note says that instead."""
        return SILENT[role] if self.asked.get(role, True) else Note.UNASKED

    def unserved(self, now: float) -> bool:
        """Whether no server has reported for a while that it is active."""
        return now - (self.active or self.began) > PATIENCE + max(self.took.values(), default=0.0)


@dataclass
class RunMonitor:
    """Makes this process's observations of pairs on which its own commands are at work.

    `submit` runs one in the background.
    """

    desk: Desk
    submit: Callable[[Callable[[], None]], None]
    elapsed: Callable[[], float] = time.monotonic
    _sights: dict[int, Sight] = field(default_factory=dict)

    def beat(self) -> None:
        """Start the observations that are due, and tell people what is seen, or is not seen any more."""
        at_work = [run for run in ownership.held(self.desk.store) if run.phase is Phase.SENDING]
        self._sights = {run.id: self._sights.get(run.id) or Sight(self.elapsed()) for run in at_work}
        for run in at_work:
            sight, now = self._sights[run.id], self.elapsed()
            if not sight.looking and (not sight.looked or now - sight.looked >= BETWEEN):
                sight.looking = True
                self.submit(partial(self._look, run, sight))
            for note in self._notes(run, sight):
                if note not in dict(run.notes):
                    run_progress.note(self.desk.store, run.id, note)

    def _look(self, run: RunView, sight: Sight) -> None:
        with about(pair=run.pair, run=run.id):
            try:
                pair = self.desk.pair(run.pair)
                primary, secondary = both(partial(self._ask, pair, sight))
                fold(self.desk, pair, primary, secondary)
                states = (own_state(pair, primary), own_state(pair, secondary))
                if states != sight.states:
                    sight.states = states
                    run_progress.progress(self.desk.store, run.id)
            except Refusal as refusal:
                log.error("%s was not looked at: %s", run.pair, self.desk.worded(refusal))
            finally:
                sight.looking, sight.looked = False, self.elapsed()

    def _ask(self, pair: Pair, sight: Sight, role: Role) -> Probe:
        """Probe one server over another connection than the command's, and note the answer as soon as it comes."""
        began = self.elapsed()
        probe = look_once(self.desk, pair, role)
        sight.asked[role] = probe.asked
        if probe.report and probe.report.text:
            now = self.elapsed()
            sight.answered[role], sight.took[role] = now, now - began
            if own_state(pair, probe) is State.ACTIVE:
                sight.active = now
        return probe

    def _notes(self, run: RunView, sight: Sight) -> list[Note]:
        """Return the notes that people must get by now, where the pair is not as it was before the command."""
        notes, now, before = [], self.elapsed(), run.before
        if run.answered_at and (self.desk.now() - run.answered_at).total_seconds() > self._limit(run):
            notes.append(Note.LATE)
        if before:
            roles = [role for role in Role if before.own(role) not in UNTOLD]
            notes += [sight.gone(role) for role in roles if sight.silent(role, now)]
            served = State.ACTIVE in (before.own(role) for role in Role)
            if served and sight.unserved(now) and all(sight.asked.values()):
                notes.append(Note.UNSERVED)
        return notes

    def _limit(self, run: RunView) -> float:
        """Return how many seconds the command usually takes at most.

        The settings as they are now say so or, where they cannot be read, the command itself.
        """
        action = self.desk.action(run.action)
        try:
            return command_line(self.desk.pair(run.pair), action).time_limit
        except Refusal:
            return action.line.time_limit
