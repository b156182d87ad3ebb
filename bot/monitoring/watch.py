"""The self-monitor: it sends canaries, reports troubles by the alarm, and ends a process that is deaf."""

import logging
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.errors import Refusal
from bot.loop import Loop
from bot.monitoring.alarm import Alarm
from bot.monitoring.heartbeat import Heartbeat
from bot.monitoring.senses import VitalSignReader
from bot.monitoring.signs import Trouble, Vitals
from bot.store import canaries, self_alerts, ticks

ROUND = 1.0  # seconds between two rounds
LOOK = 10.0  # seconds at most between two checks of the database
BEAT = 60.0  # seconds between two heartbeats
TOLD = 600.0  # seconds between two lines of vital signs in the log
RENEWALS = 2  # fresh connections in a row: more would only disturb one that works again
EXIT_DEAF = 75  # sysexits' EX_TEMPFAIL: a new start may help
KEPT = timedelta(days=1)  # how long canaries are kept in the database
TICK = "canary"

log = logging.getLogger(__name__)

ADVICE = {
    Trouble.DEAF: "Nothing typed or pressed in Slack reaches it; commands under way carry on. Until it is back, "
    "work at the servers by hand. Check Slack's status page, the network of its host, and its log.",
    Trouble.DATABASE: "It sends no command meanwhile; what was being sent is reported when the database is back. "
    "Check the database and the disk.",
    Trouble.UNDELIVERED: "Nothing is lost: they appear as soon as Slack accepts them. Check its log: "
    "the usual reason is a channel that was archived, or that it was removed from.",
    Trouble.CLOCK: "It looks at no pair by itself and reminds nobody; slash commands may still be answered. "
    "Restart it.",
    Trouble.SETTINGS: "It still looks at the pairs as they were and reports what it sees; it sends no command, calls "
    "nobody else and makes no summary. `pairkeeper check` says what is wrong in the file.",
    Trouble.BLIND: "It doesn't see what happens to these pairs meanwhile, and sends them no command. "
    "`pairkeeper check`, run as the bot's own user, says more.",
    Trouble.LOOKS: "It hasn't seen what happened to these pairs since then. Check its log, and restart it.",
}


@dataclass(frozen=True)
class SelfMonitorActions:
    """What the self-monitor may do.

    `stop` ends the process with an exit code, `canary` sends a canary, and `renew` opens a fresh connection to Slack.
    `reachable` is called once, as soon as Slack can reach the bot and the database was written.
    """

    stop: Callable[[int], None]
    alarm: Alarm
    canary: Callable[[], None] | None = None
    renew: Callable[[], None] | None = None
    heartbeat: Heartbeat | None = None
    reachable: Callable[[], None] | None = None


class SelfMonitor:
    """Watches the bot from one light thread.

    Whatever may take long has a thread of its own, so that nothing holds it up.
    """

    def __init__(self, senses: VitalSignReader, hands: SelfMonitorActions) -> None:
        self.senses = senses
        self._hands = hands
        self._clock = senses.sources.clock
        self._store = senses.sources.store
        self._every = senses.sources.canary_seconds
        self._pool = ThreadPoolExecutor(4, "watch")
        self._busy: dict[str, Future[None]] = {}
        self._due = {"told": self._clock() + TOLD}
        self._said: set[Trouble] = set()
        self._renewed = 0
        self._reached: float | None = None
        self._announced = False
        self._loop = Loop("watch", self.round, ROUND)

    def start(self) -> None:
        """Start watching. Returns at once."""
        self._hands.alarm.start()
        self._loop.start()

    def rest(self) -> None:
        """Count the process as alive but not ready, and without trouble, as it is about to end."""
        self.senses.stopping = True

    def stop(self) -> None:
        """Stop watching. Alarms that are still waiting are sent first."""
        self._loop.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._hands.alarm.stop()

    def round(self) -> None:
        """Do what is due now."""
        self.senses.round()
        if self.senses.stopping:
            return
        vitals = self.senses.vitals()
        for trouble in Trouble:
            if not _shared(trouble, vitals):
                self._tell_own(trouble, vitals)
        self._mend(vitals)
        self._now_and_then("look", min(LOOK, self._every / 6), self._look)
        if self._hands.reachable and not self._announced and vitals.reachable():
            self._announced = True
            self._now_and_then("start", 0.0, self._hands.reachable)
        if vitals.ready() and self._hands.heartbeat:
            self._now_and_then("heartbeat", BEAT, self._beat)
        self._now_and_then("told", TOLD, lambda: log.info("vital signs: %s", vitals.line()))

    def _now_and_then(self, name: str, seconds: float, doing: Callable[[], None]) -> None:
        """Do this in another thread, unless it was done less than `seconds` ago or is still being done."""
        busy = self._busy.get(name)
        if self._clock() >= self._due.get(name, 0.0) and (busy is None or busy.done()):
            self._due[name] = self._clock() + seconds
            self._busy[name] = self._pool.submit(_guarded, name, doing)

    def _look(self) -> None:
        if not self.senses.look():
            return
        vitals = self.senses.vitals()
        for trouble in Trouble:
            if _shared(trouble, vitals):
                self._tell_shared(trouble, vitals)
        if self._hands.canary and not self._loop.stopping.is_set():
            self._now_and_then("canary", 0.0, self._canary)

    def _beat(self) -> None:
        if self._hands.heartbeat:
            self._hands.heartbeat.give()

    def _canary(self) -> None:
        """Send a canary, if one is due and no other process was first."""
        now, every = self._store.now(), timedelta(seconds=self._every)
        ticks.plan(self._store, {TICK: now})
        due = ticks.planned(self._store)[TICK]
        if now < due <= now + every:
            return
        following = due + every if now - every < due <= now else now + every
        if self._hands.canary and ticks.claim(self._store, TICK, due, following):
            self._hands.canary()
            canaries.forget(self._store, KEPT)

    def _tell_own(self, trouble: Trouble, vitals: Vitals) -> None:
        """Report a trouble that only this process can know of, once."""
        words = vitals.troubles().get(trouble)
        if words and trouble not in self._said:
            self._said.add(trouble)
            self._wrong(trouble, words)
        elif trouble in self._said and vitals.over(trouble):
            self._said.discard(trouble)
            self._back(trouble)

    def _tell_shared(self, trouble: Trouble, vitals: Vitals) -> None:
        """Report a trouble that all processes see, once for all of them together.

        The end is reported too, even if the process that reported the trouble is gone.
        """
        words = vitals.troubles().get(trouble)
        if words:
            if self_alerts.begin(self._store, trouble, self._store.me):
                self._wrong(trouble, words)
        elif vitals.over(trouble) and trouble in self_alerts.now(self._store) and self_alerts.end(self._store, trouble):
            self._back(trouble)

    def _wrong(self, trouble: Trouble, words: str) -> None:
        log.error("Pairkeeper %s", words)
        self._hands.alarm.say(TITLES[trouble], f"Pairkeeper on {socket.gethostname()} {words}.\n{ADVICE[trouble]}")

    def _back(self, trouble: Trouble) -> None:
        log.warning("over: %s", TITLES[trouble])
        self._hands.alarm.say("Pairkeeper is back", f"On {socket.gethostname()}, over: {TITLES[trouble]}.")

    def _mend(self, vitals: Vitals) -> None:
        """Open a fresh connection after one missed canary, and another after two. After four, end the process.

        The process ends only if a new one may hear more.
        """
        missed = vitals.missed()
        if self._renewed < missed <= RENEWALS and self._hands.renew:
            log.warning("a canary did not come back: taking a fresh connection to Slack")
            self._hands.renew()
        self._renewed = missed
        if not vitals.fresh_start_may_help():
            self._reached = None
        elif self._reached is None:
            self._reached = self._clock()
        # After an outage Slack gets time to send something.
        elif missed >= 4 and self._clock() - self._reached > 2.5 * vitals.every():
            log.error("deaf, although Slack can be reached: ending, to be started anew (exit code %d)", EXIT_DEAF)
            self._hands.alarm.flush(10.0)
            self._loop.stop()
            self._hands.stop(EXIT_DEAF)


TITLES = {
    Trouble.DEAF: "Pairkeeper is deaf",
    Trouble.DATABASE: "Pairkeeper cannot reach its database",
    Trouble.UNDELIVERED: "Pairkeeper has messages undelivered",
    Trouble.CLOCK: "Pairkeeper's clock stands still",
    Trouble.SETTINGS: "Pairkeeper cannot read its pairs file",
    Trouble.BLIND: "Pairkeeper cannot look at some pairs",
    Trouble.LOOKS: "Pairkeeper has not looked at some pairs",
}


def _shared(trouble: Trouble, vitals: Vitals) -> bool:
    """Whether all processes see this trouble alike, so that one of them reports it.

    With a canary they all see alike that the bot is deaf.
    """
    return trouble in (Trouble.UNDELIVERED, Trouble.LOOKS) or (trouble is Trouble.DEAF and vitals.canary is not None)


def _guarded(name: str, doing: Callable[[], None]) -> None:
    try:
        doing()
    except Refusal:
        log.warning("the database was away (%s)", name)
    except Exception as error:  # Slack's client raises many kinds of errors; only their kind may be logged
        log.warning("%s failed: %s", name, type(error).__name__)
