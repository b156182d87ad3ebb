"""What a message says now: each kind drawn from what is true in the store."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.approval import mention
from bot.domain.errors import Refusal
from bot.domain.incident import IncidentView
from bot.domain.manual_steps import by_hand
from bot.domain.pending import NOTHING_AHEAD
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.services import Desk, ahead_of, sum_up
from bot.slack.durations import took, took_next
from bot.store import (
    MessageKind,
    blindness,
    host_keys,
    incident_timeline,
    incidents,
    maintenance,
    outbox,
    requests,
    runs,
    sightings,
    summaries,
)
from bot.store.outbox import DueMessage
from bot.store.summaries import SummaryRecord
from bot.views.blocks import Block
from bot.views.card import card, card_text, reminder, told
from bot.views.incident import closed, head, head_text, news, nudge, pin_card, returned, worse
from bot.views.incident_group import escalation, storm
from bot.views.incident_group import maintenance as maintenance_words
from bot.views.message_context import MessageContext
from bot.views.run import end, meanwhile, settled, steps
from bot.views.summary import summary, summary_text
from bot.views.unasked import blind

Words = tuple[str, list[Block]]
Pictures = Callable[[SummaryRecord], Sequence[Block]]  # of what a summary tells
Link = Callable[[str, str], str]  # the address of a message, by its channel and time stamp
DOUBT = timedelta(seconds=10)  # after which what shows a doubt is drawn anew: one that comes to nothing ends silently


def draw(desk: Desk, post: DueMessage, pictures: Pictures, link: Link = lambda _channel, _ts: "") -> Words | None:
    """The message as it should be now; None where it has become pointless. `link` gives a message's address."""
    if post.kind is MessageKind.BLIND:
        return blind(blindness.current(desk.store, post.to))
    if post.incident_id:
        return _incident(desk, post, link)
    if post.storm_id:
        return _storm(desk, post)
    if post.maintenance_id:
        return maintenance_words(maintenance.get(desk.store, post.maintenance_id))
    if post.summary_id:
        return _summary(desk, summaries.get(desk.store, post.summary_id), pictures)
    if post.pin_id:
        pin = host_keys.get(desk.store, post.pin_id)
        return returned(pin) if post.kind is MessageKind.RETURNED else pin_card(pin)
    request = requests.get(desk.store, post.request_id)
    if post.kind is MessageKind.REMINDER and request.stage not in (Stage.PENDING, Stage.WAITING):
        return None  # decided while Slack was away
    return _request(post.kind, facts_of(desk, request, runs.of_request(desk.store, post.request_id)))


def facts_of(desk: Desk, request: RequestView, run: RunView | None) -> MessageContext:
    """Everything that a message about this request is drawn from."""
    approvers = _approvers(desk, request.pair, request.requester)
    action = desk.action(request.action).worded(request.seen.situation)
    sent = run.sent_at or run.started_at if run and run.phase in (Phase.SENDING, Phase.UNKNOWN) else None
    return MessageContext(
        request,
        run,
        action,
        desk.actions,
        approvers,
        by_hand(request.plan),
        took(desk, request.pair, request.action),
        desk.now(),
        since=sightings.since(desk.store, request.pair, sent) if sent else (),
        latest=sightings.last_seen(desk.store, request.pair) if run else None,
    )


def _request(kind: MessageKind, facts: MessageContext) -> Words | None:
    match kind:
        case MessageKind.CARD:
            return card_text(facts), card(facts)
        case MessageKind.REMINDER:
            return reminder(facts)
        case MessageKind.STEPS if facts.run:
            return steps(facts, facts.run)
        case MessageKind.MEANWHILE if facts.run:
            return meanwhile(facts, facts.run)
        case MessageKind.END if facts.run:
            return end(facts, facts.run)
        case MessageKind.SETTLED if facts.run:
            return settled(facts, facts.run)
        case _:
            return told(facts)


def _storm(desk: Desk, post: DueMessage) -> Words:
    found = incidents.storm(desk.store, post.storm_id)
    if found.doubtful:
        outbox.once_more(desk.store, post, DOUBT)
    return storm(found)


def _incident(desk: Desk, post: DueMessage, link: Link) -> Words | None:
    incident = incidents.get(desk.store, post.incident_id)
    match post.kind:
        case MessageKind.NEWS:
            found = incident_timeline.news(desk.store, incident, post.shown, post.wanted)
            return news(incident, found, desk.actions) if found else None
        case MessageKind.ESCALATION:
            return escalation(incident, desk.actions, _groups(desk, incident.pair) if post.thread else (), desk.now())
        case MessageKind.NUDGE if not incident.open:
            return None  # it ended while Slack was away
        case MessageKind.NUDGE:
            return nudge(incident, desk.actions, desk.now(), ahead_of(desk, incident.pair))
        case MessageKind.WORSE if not incident.open or incident.latest.served:
            return None  # it got better while Slack was away
        case MessageKind.WORSE:
            ahead = ahead_of(desk, incident.pair)
            return worse(incident, desk.actions, _approvers(desk, incident.pair), ahead)
        case MessageKind.CLOSED:
            return closed(incident_timeline.report(desk.store, incident))
        case _:
            return _head(desk, incident, link)


def _head(desk: Desk, incident: IncidentView, link: Link) -> Words:
    took_before, why = took_next(desk, incident.latest), incident_timeline.opened_because(desk.store, incident)
    ahead = ahead_of(desk, incident.pair) if incident.open else NOTHING_AHEAD
    if open_one := ahead.run or ahead.request:
        request = requests.get(desk.store, ahead.run.request_id if ahead.run else open_one.id)
        place = outbox.place(desk.store, requests.card_key(request.id, request.channel))
        ahead = replace(ahead, link=link(*place) if place else "")
    return head_text(incident, desk.actions, "", ahead), head(incident, desk.actions, took_before, why, ahead)


def _approvers(desk: Desk, pair: str, but: str | None = None) -> str:
    try:
        return mention(tuple(one for one in desk.pair(pair).approvers if one != but))
    except Refusal:
        return "the approvers"


def _groups(desk: Desk, pair: str) -> tuple[str, ...]:
    """The user groups that are told further of a pair's incidents, by a mention in the thread."""
    try:
        return tuple(one for one in desk.pair(pair).escalate_to if one.startswith("S"))
    except Refusal:
        return ()


def _summary(desk: Desk, made: SummaryRecord, pictures: Pictures) -> Words:
    found = sum_up(desk, made.channel, made.pairs, made.since, made.missed, made.made_at)
    return summary_text(found), summary(found, desk.actions, made.zone, pictures(made))
