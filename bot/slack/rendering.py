"""The kinds of messages, one entry each in MESSAGES: what draws it from what is true now, and how it is posted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.errors import Refusal
from bot.domain.incident import IncidentView
from bot.domain.manual_steps import by_hand
from bot.domain.pending import NOTHING_AHEAD, PendingWork
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.services import Desk, ahead_of, sum_up
from bot.slack.durations import took
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
from bot.views.blindness import blind
from bot.views.blocks import Block
from bot.views.card import card, card_text, reminder, told
from bot.views.incident import closed, head, head_text, news, nudge, pin_card, returned, worse
from bot.views.incident_group import escalation, group_message
from bot.views.incident_group import maintenance as maintenance_words
from bot.views.message_context import MessageContext
from bot.views.run import end, meanwhile, settled, steps
from bot.views.summary import summary, summary_text
from bot.views.wording import mention

Words = tuple[str, list[Block]]
Pictures = Callable[[SummaryRecord], Sequence[Block]]  # draws the pictures of a summary
Link = Callable[[str, str], str]  # returns a message's address from its channel and time stamp
# after which a message that shows a doubt is drawn again, as a doubt that comes to nothing ends without an event
DOUBT = timedelta(seconds=10)


@dataclass(frozen=True)
class Context:
    """What a message is drawn from.

    `post` is its outbox row. `pictures` draws the pictures of a summary, and `link` returns another message's address.
    """

    desk: Desk
    post: DueMessage
    pictures: Pictures
    link: Link


@dataclass(frozen=True)
class MessageType:
    """One kind of message: what draws it, and how it is posted.

    `draw` returns None if the message has become pointless. `draw` itself is None for a file and for App Home, which
    `bot.slack.outbox` sends in its own way. Slack notifies nobody of an edit, so a message that is not `edited` is
    posted anew each time. An `aloud` reply is also shown in the channel, to people who do not read the thread. An
    `at_home` message is shown in App Home too, which is redrawn with it.
    """

    draw: Callable[[Context], Words | None] | None = None
    edited: bool = True
    aloud: bool = False
    at_home: bool = False
    file: bool = False


def unknown_address(_channel: str, _ts: str) -> str:
    """Return what `Link` returns where no message's address is known."""
    return ""


def draw(desk: Desk, post: DueMessage, pictures: Pictures, link: Link = unknown_address) -> Words | None:
    """Return the message as it should be now, or None if it has become pointless or is not drawn here.

    `link` returns a message's address.
    """
    drawn = MESSAGES[post.kind].draw
    return drawn(Context(desk, post, pictures, link)) if drawn else None


def facts_of(desk: Desk, request: RequestView, run: RunView | None) -> MessageContext:
    """Return everything that a message about this request is drawn from."""
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
        recovered=incidents.recovered_by(desk.store, run) if run and run.phase is Phase.SUCCEEDED else None,
    )


def _of_request(view: Callable[[MessageContext], Words]) -> Callable[[Context], Words]:
    """Draw a message about a request, with its run if there is one."""
    return lambda context: view(_facts(context))


def _of_run(view: Callable[[MessageContext, RunView], Words | None]) -> Callable[[Context], Words | None]:
    """Draw a message about a run. While there is no run, draw what the request says."""

    def drawn(context: Context) -> Words | None:
        facts = _facts(context)
        return view(facts, facts.run) if facts.run else told(facts)

    return drawn


def _facts(context: Context) -> MessageContext:
    desk, number = context.desk, context.post.request_id
    return facts_of(desk, requests.get(desk.store, number), runs.of_request(desk.store, number))


def _told(context: Context) -> Words:
    facts = _facts(context)
    return told(replace(facts, link=card_address(context.desk, facts.request, context.link)))


def _reminder(context: Context) -> Words | None:
    request = requests.get(context.desk.store, context.post.request_id)
    if request.stage not in (Stage.PENDING, Stage.WAITING):
        return None  # the request was decided while Slack was away
    return reminder(_facts(context))


def _group(context: Context) -> Words:
    desk, post = context.desk, context.post
    group = incidents.group(desk.store, post.group_id)
    if group.doubtful:
        outbox.once_more(desk.store, post, DOUBT)
    return group_message(group)


def _incident(context: Context) -> IncidentView:
    return incidents.get(context.desk.store, context.post.incident_id)


def _head(context: Context) -> Words:
    desk, incident = context.desk, _incident(context)
    why = incident_timeline.opened_because(desk.store, incident)
    ahead = _ahead(context, incident.pair) if incident.open else NOTHING_AHEAD
    return head_text(incident, desk.actions, "", ahead), head(incident, desk.actions, why, ahead)


def _ahead(context: Context, pair: str) -> PendingWork:
    """Return what of this pair must be finished first, with the address of its card."""
    ahead = ahead_of(context.desk, pair)
    number = ahead.run.request_id if ahead.run else ahead.request.id if ahead.request else 0
    if not number:
        return ahead
    request = requests.get(context.desk.store, number)
    return replace(ahead, link=card_address(context.desk, request, context.link))


def card_address(desk: Desk, request: RequestView, link: Link) -> str:
    """Return the address of a request's card; empty where it is not known."""
    return _address(desk, requests.card_key(request.id, request.channel), link)


def _address(desk: Desk, key: str, link: Link) -> str:
    """Return the address of a message that Slack shows already; empty where it is not known."""
    place = outbox.place(desk.store, key)
    return link(*place) if place else ""


def _news(context: Context) -> Words | None:
    desk, post, incident = context.desk, context.post, _incident(context)
    news_items = incident_timeline.news(desk.store, incident, post.delivered_revision, post.desired_revision)
    return news(incident, news_items, desk.actions) if news_items else None


def _escalation(context: Context) -> Words:
    desk, incident = context.desk, _incident(context)
    groups = _groups(desk, incident.pair) if context.post.thread else ()
    link = _address(desk, requests.incident_key(incident.id, incident.channel), context.link)
    return escalation(incident, desk.actions, groups, desk.now(), link)


def _nudge(context: Context) -> Words | None:
    desk, incident = context.desk, _incident(context)
    if not incident.open:
        return None  # the incident ended while Slack was away
    return nudge(incident, desk.actions, desk.now(), _ahead(context, incident.pair))


def _worse(context: Context) -> Words | None:
    desk, incident = context.desk, _incident(context)
    if not incident.open or incident.latest.served:
        return None  # the pair is served again, or the incident ended, while Slack was away
    return worse(incident, desk.actions, _approvers(desk, incident.pair), _ahead(context, incident.pair))


def _closed(context: Context) -> Words:
    return closed(incident_timeline.report(context.desk.store, _incident(context)))


def _host_key(context: Context) -> Words:
    return pin_card(host_keys.get(context.desk.store, context.post.pin_id))


def _returned(context: Context) -> Words:
    return returned(host_keys.get(context.desk.store, context.post.pin_id))


def _maintenance(context: Context) -> Words:
    return maintenance_words(maintenance.get(context.desk.store, context.post.maintenance_id))


def _summary(context: Context) -> Words:
    desk, made = context.desk, summaries.get(context.desk.store, context.post.summary_id)
    figures = sum_up(desk, made.channel, made.pairs, made.since, made.missed, made.made_at)
    return summary_text(figures), summary(figures, desk.actions, made.zone, context.pictures(made))


def _unasked(context: Context) -> Words | None:
    return blind(blindness.current(context.desk.store, context.post.to))


def _approvers(desk: Desk, pair: str, but: str | None = None) -> str:
    try:
        return mention(tuple(approver for approver in desk.pair(pair).approvers if approver != but))
    except Refusal:
        return "the approvers"


def _groups(desk: Desk, pair: str) -> tuple[str, ...]:
    """Return the user groups to which a pair's incidents are escalated by a mention in the thread."""
    try:
        return tuple(person for person in desk.pair(pair).escalate_to if person.startswith("S"))
    except Refusal:
        return ()


MESSAGES: Mapping[MessageKind, MessageType] = {
    MessageKind.CARD: MessageType(_of_request(lambda facts: (card_text(facts), card(facts))), aloud=True, at_home=True),
    MessageKind.REMINDER: MessageType(_reminder, edited=False),
    MessageKind.STEPS: MessageType(_of_run(steps)),
    MessageKind.MEANWHILE: MessageType(_of_run(meanwhile), edited=False, aloud=True),
    MessageKind.END: MessageType(_of_run(end)),
    MessageKind.SETTLED: MessageType(_of_run(settled)),
    MessageKind.TRANSCRIPT: MessageType(file=True),
    MessageKind.TOLD: MessageType(_told),
    MessageKind.INCIDENT: MessageType(_head, at_home=True),
    MessageKind.NUDGE: MessageType(_nudge, edited=False),
    MessageKind.WORSE: MessageType(_worse, edited=False, aloud=True),
    MessageKind.NEWS: MessageType(_news, edited=False),
    MessageKind.CLOSED: MessageType(_closed),
    MessageKind.REPORT: MessageType(file=True),
    MessageKind.PICTURE: MessageType(file=True),
    MessageKind.PIN: MessageType(_host_key, aloud=True, at_home=True),
    MessageKind.RETURNED: MessageType(_returned),
    MessageKind.INCIDENT_GROUP: MessageType(_group),
    MessageKind.ESCALATION: MessageType(_escalation),
    MessageKind.MAINTENANCE: MessageType(_maintenance, at_home=True),
    MessageKind.SUMMARY: MessageType(_summary),
    MessageKind.HOME: MessageType(),
    MessageKind.BLIND: MessageType(_unasked),
}
