"""Bring Slack up to date with the store: each message drawn from what is true now, as often as it takes."""

import logging
import threading
from dataclasses import replace
from datetime import timedelta

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.desk import Desk, sum_up
from bot.domain.approval import mention
from bot.domain.errors import Refusal
from bot.domain.incident import Report
from bot.domain.request import RequestView, RunView, Stage
from bot.logs import about
from bot.pictures import NoPictures, described, ribbon
from bot.slack.home import home_of
from bot.slack.picture import last_day
from bot.slack.took import took
from bot.store import PostKind, incidents, maintenance, pins, posts, requests, runs, story, summaries
from bot.store.posts import Due
from bot.store.summaries import Made
from bot.views.blocks import Block
from bot.views.card import card, card_text, reminder, told
from bot.views.facts import Facts
from bot.views.incident import closed, head, head_text, nudge, pin_card, returned
from bot.views.report import markdown
from bot.views.run import end, steps
from bot.views.storm import escalation, storm
from bot.views.storm import maintenance as maintenance_words
from bot.views.summary import summary, summary_text

IDLE = 1.0  # seconds between two looks for what is due
SHORT = 30.0  # seconds at most until what Slack refused is tried again: requests expire in minutes
LONG = 300.0  # seconds until a channel that is not there is tried again
YOUNG = timedelta(minutes=30)  # so old may App Home's picture be
SETTLE = timedelta(seconds=3)  # App Home waits for so long, so that a run's changes are drawn together
AT_HOME = (PostKind.CARD, PostKind.INCIDENT, PostKind.MAINTENANCE)  # what App Home shows too
ABSENT = ("channel_not_found", "is_archived", "not_in_channel")
UNDRAWABLE = ("invalid_blocks", "msg_blocks_too_long", "msg_too_long", "invalid_arguments")

log = logging.getLogger(__name__)


def facts_of(desk: Desk, request: RequestView, run: RunView | None) -> Facts:
    """Everything that a message about this request is drawn from."""
    try:
        approvers = mention(tuple(one for one in desk.pair(request.pair).approvers if one != request.requester))
    except Refusal:
        approvers = "the approvers"
    plan = request.plan
    answers = ", then ".join(answer for _, answer in plan.dialogue)
    by_hand = f"on {plan.address} ({plan.server_role.word}): `{plan.line}`" + (f", answer {answers}" if answers else "")
    action = desk.action(request.action)
    return Facts(
        request, run, action, desk.actions, approvers, by_hand, took(desk, request.pair, request.action), desk.now()
    )


class Deliverer:
    """One thread that delivers what is due; woken by every change, it never gives up on a message.

    The client has to be its own.
    """

    def __init__(self, desk: Desk, client: WebClient, pictures: bool = True) -> None:
        self._desk = desk
        self._pictures = pictures
        self._client = client
        # A handler would sleep, and every other message with it; here one is put off alone.
        client.retry_handlers = []
        # What Slack has shown and the store could not note, by message: else each round would post it anew.
        self._shown: dict[int, tuple[int, str | None, str | None]] = {}
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="deliver", daemon=True)

    def start(self) -> None:
        """Begin to deliver; returns at once."""
        self._thread.start()

    def wake(self) -> None:
        """Something has changed."""
        self._wake.set()

    def stop(self, seconds: float = 10.0) -> None:
        """Deliver what is due once more, then end."""
        self._stop.set()
        self._wake.set()
        self._thread.join(seconds)

    def _loop(self) -> None:
        while True:
            last = self._stop.is_set()
            try:
                self.round()
            except Exception:
                log.exception("delivering broke; going on")
            if last:
                return
            self._wake.wait(IDLE)
            self._wake.clear()

    def round(self) -> None:
        """Deliver all that is due; what hangs under a message comes right after it."""
        while found := posts.due(self._desk.store):
            if any(post.kind in AT_HOME for post in found):
                posts.redraw_homes(self._desk.store, SETTLE)
            for post in found:
                with about(request=post.request_id, run=post.run_id, incident=post.incident_id):
                    self._deliver(post)

    def _deliver(self, post: Due) -> None:
        if not posts.take(self._desk.store, post):
            return  # another process has it, or it has changed since it was listed
        wanted, channel, ts = self._shown.get(post.id, (None, None, None))
        if wanted != post.wanted:
            try:
                channel, ts = self._send(replace(post, channel=post.channel or channel, ts=post.ts or ts))
            except Exception as error:
                posts.put_off(self._desk.store, post, _wait(post, error))
                return
            self._shown[post.id] = (post.wanted, channel, ts)
        # Where this cannot be noted it stays due, but it is not shown again.
        if not posts.delivered(self._desk.store, post, channel, ts):
            self._take_back(post, channel, ts)
        del self._shown[post.id]

    def _take_back(self, post: Due, channel: str | None, ts: str | None) -> None:
        """Another process took it for left behind and has shown it: one of the two messages is too many."""
        if channel and ts and ts != post.ts:
            log.warning("message %s was posted by another process too: taking this one back", post.id)
            try:
                self._client.chat_delete(channel=channel, ts=ts)
            except (SlackApiError, SlackClientError, OSError) as error:
                log.error("message %s stands twice: %s", post.id, type(error).__name__)

    def _send(self, post: Due) -> tuple[str | None, str | None]:
        if post.kind is PostKind.HOME:
            self._publish(post.to)
            return None, None
        if post.incident_id:
            return self._send_incident(post)
        if post.storm_id:
            return self._show(post, *storm(incidents.storm(self._desk.store, post.storm_id), self._desk.now()))
        if post.maintenance_id:
            return self._show(post, *maintenance_words(maintenance.get(self._desk.store, post.maintenance_id)))
        if post.summary_id:
            return self._show(post, *self._summary(summaries.get(self._desk.store, post.summary_id)))
        if post.pin_id:
            pin = pins.get(self._desk.store, post.pin_id)
            return self._show(post, *(returned(pin) if post.kind is PostKind.RETURNED else pin_card(pin)))
        request = requests.get(self._desk.store, post.request_id)
        run = runs.of_request(self._desk.store, post.request_id)
        if post.kind is PostKind.REMINDER and request.stage not in (Stage.PENDING, Stage.WAITING):
            return None, None  # decided while Slack was away
        if post.kind is PostKind.TRANSCRIPT:
            return self._upload(post, run)
        text, blocks = self._draw(post.kind, facts_of(self._desk, request, run))
        return self._show(post, text, blocks)

    def _send_incident(self, post: Due) -> tuple[str | None, str | None]:
        desk = self._desk
        incident = incidents.get(desk.store, post.incident_id)
        match post.kind:
            case PostKind.INCIDENT:
                text = head_text(incident, desk.actions)
                return self._show(post, text, head(incident, desk.actions, desk.now()))
            case PostKind.ESCALATION:
                groups = self._groups(incident.pair) if post.thread else ()
                return self._show(post, *escalation(incident, desk.actions, groups, desk.now()))
            case PostKind.NUDGE:
                return self._show(post, *nudge(incident, desk.actions, desk.now()))
            case PostKind.CLOSED:
                return self._show(post, *closed(story.report(desk.store, incident)))
            case _:
                return self._report(post, story.report(desk.store, incident))

    def _publish(self, user: str) -> None:
        image = last_day(self._desk, self._client, young=YOUNG) if self._pictures else None
        try:
            self._client.views_publish(user_id=user, view=home_of(self._desk, user, image))
        except SlackApiError as error:
            if image is None or _code(error) not in UNDRAWABLE:
                raise
            self._client.views_publish(user_id=user, view=home_of(self._desk, user))

    def _groups(self, pair: str) -> tuple[str, ...]:
        """The user groups that are told further of a pair's incidents, by a mention in the thread."""
        try:
            return tuple(one for one in self._desk.pair(pair).escalate_to if one.startswith("S"))
        except Refusal:
            return ()

    def _summary(self, made: Made) -> tuple[str, list[Block]]:
        found = sum_up(self._desk, made.channel, made.pairs, made.since, made.missed)
        image = last_day(self._desk, self._client, made.pairs, made.zone) if self._pictures else None
        return summary_text(found), summary(found, self._desk.actions, made.zone, image)

    def _report(self, post: Due, report: Report) -> tuple[str | None, str | None]:
        name = f"{report.incident.pair}-incident-{report.incident.id}"
        if post.kind is PostKind.REPORT:
            text = markdown(report, lambda who: who)
            self._client.files_upload_v2(
                channel=post.to, thread_ts=post.thread, content=text, filename=f"{name}.md", title="Report"
            )
            return None, None
        if not self._pictures:
            return None, None
        try:
            picture = ribbon(report, self._desk.now())
        except NoPictures as error:
            log.warning("no picture for incident %s: %s", report.incident.id, error)
            return None, None
        self._client.files_upload_v2(
            channel=post.to,
            thread_ts=post.thread,
            file=picture,
            filename=f"{name}.png",
            title="Both servers over time",
            alt_txt=described(report)[:900],
        )
        return None, None

    @staticmethod
    def _draw(kind: PostKind, facts: Facts) -> tuple[str, list[Block]]:
        match kind:
            case PostKind.CARD:
                return card_text(facts), card(facts)
            case PostKind.REMINDER:
                return reminder(facts)
            case PostKind.STEPS if facts.run:
                return steps(facts, facts.run)
            case PostKind.END if facts.run:
                return end(facts, facts.run)
            case _:
                return told(facts)

    def _show(self, post: Due, text: str, blocks: list[Block]) -> tuple[str | None, str | None]:
        channel = post.channel or self._channel(post)
        try:
            return self._call(post, channel, text, blocks)
        except SlackApiError as error:
            if _code(error) not in UNDRAWABLE:
                raise
            return self._plainer(post, channel, text, blocks)

    def _plainer(self, post: Due, channel: str, text: str, blocks: list[Block]) -> tuple[str | None, str | None]:
        """Better told in plain words than not at all; a picture may be what Slack cannot draw, or cannot yet."""
        without = [one for one in blocks if one["type"] != "image"]
        if len(without) < len(blocks):
            try:
                return self._call(post, channel, text, without)
            except SlackApiError as error:
                if _code(error) not in UNDRAWABLE:
                    raise
        log.error("Slack cannot draw message %s: sending its text alone", post.id)
        return self._call(post, channel, text, [])

    def _call(self, post: Due, channel: str, text: str, blocks: list[Block]) -> tuple[str | None, str | None]:
        # A mention reaches nobody by an edit, so that a reminder is always a new message.
        if post.ts and post.kind not in (PostKind.REMINDER, PostKind.NUDGE):
            try:
                self._client.chat_update(channel=channel, ts=post.ts, text=text, blocks=blocks)
                return channel, post.ts
            except SlackApiError as error:
                if _code(error) != "message_not_found":
                    raise
        # What waits for somebody's decision must be seen in the channel too, not only by those who read the thread.
        aloud = bool(post.thread) and post.kind in (PostKind.CARD, PostKind.PIN)
        sent = self._client.chat_postMessage(
            channel=channel, thread_ts=post.thread, text=text, blocks=blocks, reply_broadcast=aloud or None
        )
        return sent["channel"], sent["ts"]

    def _channel(self, post: Due) -> str:
        if post.to.startswith(("U", "W")):
            return str(self._client.conversations_open(users=post.to)["channel"]["id"])
        return post.to

    def _upload(self, post: Due, run: RunView | None) -> tuple[str | None, str | None]:
        if run is None:
            return None, None
        name = f"{run.pair}-{run.action}-run-{run.id}.txt"
        self._client.files_upload_v2(
            channel=post.to, thread_ts=post.thread, content=run.transcript, filename=name, title="Transcript"
        )
        return None, None


def _code(error: SlackApiError) -> str:
    """Slack's word for what was wrong; a proxy's page of HTML comes as a bare dict, or as bytes."""
    data = getattr(error.response, "data", error.response)
    return str(data.get("error") or "no word") if isinstance(data, dict) else "unreadable answer"


def _wait(post: Due, error: Exception) -> float:
    """How long this message is put off; logged."""
    code = _code(error) if isinstance(error, SlackApiError) else type(error).__name__
    if isinstance(error, SlackApiError):
        if code == "ratelimited":
            return float(error.response.headers.get("Retry-After", 1))
        wait = LONG if code in ABSENT else min(5.0 * (post.tries + 1), SHORT)
        log.error("Slack refused message %s (%s): again in %.0f s", post.id, code, wait)
        return wait
    wait = min(2.0 ** min(post.tries, 6), 60.0)
    ours = None if isinstance(error, (SlackClientError, OSError, Refusal)) else error
    log.warning("message %s not delivered (%s): again in %.0f s", post.id, code, wait, exc_info=ours)
    return wait
