"""Summaries, storms, escalations and maintenance, and App Home: what tells of many pairs, or of what nobody took."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.domain.incident import Durations, IncidentGroupView
from bot.domain.maintenance import MaintenanceView
from bot.domain.situation import SituationCode
from bot.domain.summary import EndedIncident, PairNow, Period, Summary, Times
from bot.domain.text import Text
from bot.domain.timeline import Availability
from bot.services.readiness import UNARMED
from bot.simulator.cast import ALICE, BOB, DAVE, OPS
from bot.views import incident_group, summary
from tests.charts.made_up import TOWNS
from tests.charts.messages import NOW, Block, Message, ago, seen, view
from tests.domain import build

BAD = {
    "london": SituationCode.SPLIT_BRAIN,
    "paris": SituationCode.PRIMARY_SILENT,
    "rome": SituationCode.FAILED_OVER,
    "oslo": SituationCode.BOTH_GONE,
    "tokyo": SituationCode.NO_STANDBY,
}
DAY = timedelta(days=1)
GROUP = "S0APPROVERS"


def pair_now(name: str, situation: SituationCode = SituationCode.HEALTHY, **changes: Any) -> PairNow:
    """A pair as it stands; one that is not healthy has an incident."""
    found = seen(situation, name, seconds=20)
    known: dict[str, Any] = {"seen": found, "looked_at": ago(seconds=20), "fresh": True}
    if situation is not SituationCode.HEALTHY:
        known["incident"] = view(situation, pair=name, latest=found, first=found)
    return PairNow(name, **(known | changes))


def bad_pairs(count: int) -> list[PairNow]:
    """Some in trouble, one nobody looks at, one in maintenance, one that waits for a word; the rest healthy."""
    found = [pair_now(name, situation) for name, situation in BAD.items()]
    found[1] = pair_now("paris", BAD["paris"], waits=Text("ha-failover is pending"),
                        incident=view(BAD["paris"], pair="paris", owner=ALICE.id, owned_at=ago(minutes=4)))  # fmt: skip
    found.append(PairNow("kyoto", seen(SituationCode.HEALTHY, "kyoto"), ago(hours=3), fresh=False))
    found.append(PairNow("lima", None, None, fresh=False))
    found.append(pair_now("malmo", maintenance=maintenance()))
    found.append(pair_now("cairo", hindered=(UNARMED,)))
    names = [name for name in TOWNS if name not in {one.name for one in found}]
    return [*found, *(pair_now(name) for name in names[: count - len(found)])]


def maintenance(**changes: Any) -> MaintenanceView:
    known: dict[str, Any] = {
        "id": 2, "pair": "malmo", "channel": OPS, "by": DAVE.id, "because": "replace the Primary's disk",
        "begins_at": ago(minutes=30), "ends_at": NOW + timedelta(hours=2),
    }  # fmt: skip
    return MaintenanceView(**(known | changes))


def summed(pairs: Sequence[PairNow], over: Sequence[EndedIncident] = (), lost: float = 0.0, missed: int = 0) -> Summary:
    def had(days: int, lost: float) -> Availability:
        return Availability(days * DAY, days * DAY - timedelta(hours=lost), days * DAY - timedelta(hours=4 * lost))

    periods = [Period(label, had(days, lost), had(days, lost / 2)) for label, days in (("24 h", 1), ("7 days", 7))]
    periods.append(Period("30 days", had(30, lost + 0.1), had(30, lost + 0.5)))
    times = Times(len(over) + 3, Durations(41, 185, 320, 1560)), Times(5, Durations(44, 260, 410, 2100))
    return Summary(OPS, NOW, NOW - DAY, missed, tuple(pairs), tuple(over), tuple(periods), *times)


def over(pair: str) -> EndedIncident:
    incident = view(
        SituationCode.HEALTHY, pair=pair, first=seen(SituationCode.PRIMARY_SILENT, pair), closed_at=ago(minutes=3)
    )
    return EndedIncident(incident, (ALICE.id, BOB.id))


def pictured(name: str, *images: Block) -> Message:
    """A summary with its pictures."""
    day = summed([pair_now(one) for one in TOWNS[:14]]) if name == "quiet" else summed(bad_pairs(26), lost=0.7)
    return summary.summary_text(day), summary.summary(day, build.ACTIONS, images=images)


def summaries() -> list[Message]:
    """A quiet day, a bad one, sixty pairs, and the first summary of all."""
    quiet = summed([pair_now(name) for name in TOWNS[:14]], [over("paris")])
    bad, sixty = summed(bad_pairs(14), [over("paris")], 0.7, missed=2), summed(bad_pairs(60), [], 0.7)
    return [(summary.summary_text(one), summary.summary(one, build.ACTIONS)) for one in (quiet, bad, sixty)]


def alerts() -> list[Message]:
    """Several pairs at once; an incident that nobody takes; maintenance."""
    gone = [view(SituationCode.BOTH_GONE, pair=name, latest=seen(SituationCode.BOTH_GONE, name)) for name in TOWNS[:6]]
    mixed = [view(name, pair=pair, latest=seen(name, pair)) for pair, name in BAD.items()]
    many = [view(SituationCode.BOTH_GONE, pair=name, latest=seen(SituationCode.BOTH_GONE, name)) for name in TOWNS[:60]]
    storms = [IncidentGroupView(4, OPS, ago(minutes=6), None, tuple(found)) for found in (gone, mixed, many)]
    over = [view(SituationCode.HEALTHY, pair=name, closed_at=NOW) for name in TOWNS[:6]]
    storms.append(IncidentGroupView(4, OPS, ago(minutes=16), NOW, tuple(over)))
    storms.append(IncidentGroupView(4, OPS, ago(minutes=1), None, tuple(gone[:1]), tuple(gone[1:3]), doubtful=2))
    waiting = [view(), view(owner=BOB.id, owned_at=NOW), view(SituationCode.HEALTHY, closed_at=NOW)]
    worked_on = [maintenance(), maintenance(ended_at=NOW, ended_by=DAVE.id), maintenance(ended_at=NOW)]
    worked_on.append(maintenance(ended_at=NOW, ended_by=DAVE.id, replaced=True))
    return [
        *(incident_group.group_message(one) for one in storms),
        *(incident_group.escalation(one, build.ACTIONS, (GROUP,), NOW) for one in waiting),
        *(incident_group.maintenance(one) for one in worked_on),
    ]


KINDS: Mapping[str, Any] = {"summaries": summaries, "alerts": alerts}
