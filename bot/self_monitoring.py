"""Puts the bot's self-monitoring together: where its vital signs come from, what it may do, and the local port."""

import time
from collections.abc import Callable, Mapping

from bot.monitoring.alarm import Alarm
from bot.monitoring.heartbeat import Heartbeat
from bot.monitoring.metrics import Figures, registry
from bot.monitoring.port import Port
from bot.monitoring.senses import Hearing, Sources, VitalSignReader
from bot.monitoring.watch import SelfMonitor, SelfMonitorActions
from bot.services import Desk
from bot.settings import Settings
from bot.slack.canary import Canary
from bot.slack.client import make_client
from bot.slack.socket_mode import LastHeard


class Ticks:
    """When each job of the scheduler was last done."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = {"": clock()}

    def note(self, job: str) -> None:
        """Record that this job has been done, or is to be done from now on."""
        self._at.pop("", None)
        self._at[job] = self._clock()

    def oldest(self) -> tuple[str, float]:
        """Return the job that was done longest ago, and its age in seconds.

        The name is empty if none was recorded yet.
        """
        job, at = min(self._at.items(), key=lambda one: one[1])
        return job, self._clock() - at


class SelfMonitoring:
    """Watches the bot itself and reports its troubles, from `start` to `stop`.

    `heard` is when Slack was last heard, `ticks` when the scheduler's jobs were last done, and `queues` the lengths of
    the thread pools' queues. `blind` returns the pairs that this process cannot probe, with the reason. `end` ends the
    process with an exit code, and `renew` opens a fresh connection to Slack. `reachable` is called once, when Slack can
    reach the bot, with the local port or 0 for none.
    """

    def __init__(
        self,
        settings: Settings,
        desk: Desk,
        heard: LastHeard,
        ticks: Ticks,
        queues: Mapping[str, Callable[[], int]],
        blind: Callable[[], Mapping[str, str]],
        end: Callable[[int], None],
        reachable: Callable[[int], None],
        renew: Callable[[], None] | None = None,
    ) -> None:
        self._port_number, self._listening = settings.metrics_port, 0
        channel = settings.canary_channel
        sources = Sources(
            store=desk.store,
            hearing=lambda: hearing(heard),
            tick=ticks.oldest,
            queues=lambda: {name: length() for name, length in queues.items()},
            canary_channel=channel,
            canary_seconds=settings.canary_seconds,
            pairs=desk.pairs,
            blind=blind,
        )
        hands = SelfMonitorActions(
            stop=end,
            alarm=Alarm(settings.alarm_urls),
            canary=Canary(make_client(settings), desk.store, channel).send if channel else None,
            renew=renew,
            heartbeat=Heartbeat(settings.heartbeat_url) if settings.heartbeat_url else None,
            reachable=lambda: reachable(self._listening),
        )
        senses = VitalSignReader(sources)
        self._watch = SelfMonitor(senses, hands)
        self._port = Port(senses, registry(Figures(senses.vitals, desk.store, desk.pairs)))

    def start(self) -> None:
        """Start watching. Returns at once."""
        self._listening = self._port.start(self._port_number)
        self._watch.start()

    def rest(self) -> None:
        """Report the process as not ready and without trouble from now on, as it begins nothing new."""
        self._watch.rest()

    def stop(self) -> None:
        """Stop watching. Alarms that are still waiting are sent first."""
        self._watch.stop()
        self._port.stop()


def hearing(heard: LastHeard) -> Hearing:
    """Return what this process knows of Slack, in the form that the vital signs use."""
    return Hearing(
        silence=heard.silence(),
        envelope=heard.age(heard.envelope_at),
        connected=heard.connected,
        connections=heard.connections,
        opened=heard.age(heard.opened_at),
        heard=bool(heard.envelope_at or heard.alive_at),
    )
