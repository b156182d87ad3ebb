"""Brings Slack up to date with the outbox: each message is drawn from what is true now, until Slack has shown it."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.charts import NoPictures, Undrawable, described, ribbon
from bot.domain.incident import Report
from bot.domain.request import RunView
from bot.domain.words import esc
from bot.logs import about
from bot.loop import Loop
from bot.services import Desk
from bot.slack.deduplication import found_file, found_message, mark
from bot.slack.delivery_errors import hopeless, refused, seconds_until_again
from bot.slack.home import home_of
from bot.slack.orphaned_interactions import OrphanResponder
from bot.slack.people import names
from bot.slack.picture import PROCESSING, at_home, of_summary
from bot.slack.rendering import MESSAGES, draw
from bot.slack.slack_errors import FAILURES, Meaning, code, means
from bot.store import MessageKind, incident_timeline, incidents, outbox, runs
from bot.store.outbox import DueMessage
from bot.store.summaries import SummaryRecord
from bot.views.answers import warning
from bot.views.blocks import Block, without_emoji
from bot.views.report import markdown

IDLE = 1.0  # seconds between two checks for due messages
YOUNG = timedelta(minutes=30)  # how old App Home's picture may be
FEW = 8  # messages at a time, so that one that somebody must act on does not wait for a backlog
GONE = "message_not_found"
BETWEEN = timedelta(seconds=30)  # between two messages about a run's steps, where Slack lets the bot edit none

SUPERSEDED = warning(
    "The message above is out of date and its buttons do nothing more: a newer one stands in this channel."
)

log = logging.getLogger(__name__)


class Deliverer:
    """One thread that delivers due messages. Every change wakes it.

    It gives up on a message only if nobody can read it any more. The client must belong to the deliverer alone.
    """

    def __init__(self, desk: Desk, client: WebClient, pictures: bool = True) -> None:
        self._desk = desk
        self._pictures = pictures
        self._client = client
        # A retry handler would sleep and hold up every other message; the deliverer puts off only the one.
        client.retry_handlers = []
        # Messages that Slack has shown and the store could not record yet, by row. Without this each round would post
        # them again.
        self._shown: dict[int, tuple[DueMessage, str | None, str | None]] = {}
        self._limited: dict[str, datetime] = {}  # by channel or person: until when Slack accepts nothing there
        self._links: dict[tuple[str, str], str] = {}
        self._teller = OrphanResponder(desk.store, client)
        self._loop = Loop("deliver", self.round, IDLE, once_more=True)

    def start(self) -> None:
        """Start delivering. Returns at once."""
        self._loop.start()
        self._loop.wake()

    def wake(self) -> None:
        """Look for due messages at once, because something has changed."""
        self._loop.wake()

    def stop(self, seconds: float = 10.0) -> None:
        """Deliver once more what is due, then end. Waits at most `seconds`."""
        self._loop.stop(seconds)

    def round(self) -> None:
        """Deliver everything that is due. Replies in a message's thread follow right after the message."""
        self._teller.round()
        self._note()
        while due := outbox.due(self._desk.store, FEW, self._quiet()):
            if any(MESSAGES[post.kind].at_home for post in due):
                outbox.redraw_homes(self._desk.store, outbox.SETTLE)
            for post in due:
                with about(request=post.request_id, run=post.run_id, incident=post.incident_id):
                    self._deliver(post)

    def _quiet(self) -> tuple[str, ...]:
        """Return the channels and people to which Slack accepts nothing for now.

        Slack limits each of them separately.
        """
        now = self._desk.now()
        # A limit further in the future than the longest possible one was recorded before the clock was set back.
        self._limited = {to: until for to, until in self._limited.items() if now < until <= now + outbox.LONGEST}
        return tuple(self._limited)

    def _deliver(self, post: DueMessage) -> None:
        if post.to in self._limited or not outbox.take(self._desk.store, post):
            return  # another process is delivering it, or it has changed since it was listed
        try:
            channel, ts = self._threaded(post)
        except Exception as error:
            wait = seconds_until_again(post, error)
            if means(error, Meaning.LIMITED):
                self._limited[post.to] = self._desk.now() + timedelta(seconds=wait)
            outbox.put_off(self._desk.store, post, wait, refused=refused(error))
            if hopeless(post, error, self._desk.now()):
                log.error("message %s to %s is given up: %s", post.id, post.to, code(error))
                outbox.drop(self._desk.store, post, code(error))
            return
        self._shown[post.id] = (post, channel, ts)
        self._note()

    def _note(self) -> None:
        """Record the delivered messages.

        What fails is tried again at the next round, and is not posted again meanwhile.
        """
        for post, channel, ts in list(self._shown.values()):
            if outbox.delivered(self._desk.store, post, channel, ts) or self._settled(post, channel, ts):
                del self._shown[post.id]

    def _settled(self, post: DueMessage, channel: str | None, ts: str | None) -> bool:
        """Whether nothing is left to record, as another process has taken this delivery for abandoned and finished it.

        If the other process has posted the message anew, this process takes its own copy back.
        """
        theirs = outbox.stands_as(self._desk.store, post)
        if theirs is None:
            return False  # the other process may still find this copy
        if channel and ts and theirs != ts:
            log.warning("message %s was posted by another process too: taking this one back", post.id)
            try:
                self._take_back(post, channel, ts)
            except FAILURES as error:
                log.error("message %s stands twice: %s", post.id, type(error).__name__)
        return True

    def _take_back(self, post: DueMessage, channel: str, ts: str) -> None:
        if MESSAGES[post.kind].file:
            self._client.files_delete(file=ts)
        else:
            self._client.chat_delete(channel=channel, ts=ts)

    def _threaded(self, post: DueMessage) -> tuple[str | None, str | None]:
        """Send the message to its thread. If the thread's first message was deleted, send it to the channel instead."""
        try:
            return self._send(post)
        except SlackApiError as error:
            if not post.thread or not means(error, Meaning.NO_THREAD):
                raise
            log.warning("message %s has lost its thread: showing it in the channel", post.id)
            return self._send(replace(post, thread=None))

    def _send(self, post: DueMessage) -> tuple[str | None, str | None]:
        match post.kind:
            case MessageKind.HOME:
                return self._publish(post.to)
            case MessageKind.TRANSCRIPT:
                return self._upload(post, runs.of_request(self._desk.store, post.request_id))
            case MessageKind.REPORT | MessageKind.PICTURE:
                incident = incidents.get(self._desk.store, post.incident_id)
                return self._report(post, incident_timeline.report(self._desk.store, incident))
        drawn = draw(self._desk, post, self._pictured, self._link)
        return self._show(post, *drawn) if drawn else (None, None)

    def _link(self, channel: str, ts: str) -> str:
        """Return a message's address, which is asked of Slack once.

        Empty if Slack does not say it; callers name the channel.
        """
        if (channel, ts) not in self._links:
            try:
                answer = self._client.chat_getPermalink(channel=channel, message_ts=ts)
            except FAILURES:
                return ""
            self._links[channel, ts] = str(answer["permalink"])
        return self._links[channel, ts]

    def _pictured(self, made: SummaryRecord) -> list[Block]:
        return of_summary(self._desk, self._client, made) if self._pictures else []

    def _publish(self, user: str) -> tuple[None, None]:
        images = at_home(self._desk, self._client, YOUNG) if self._pictures else []
        try:
            self._client.views_publish(user_id=user, view=home_of(self._desk, user, images, self._link))
        except SlackApiError as error:
            if not images or not means(error, Meaning.UNDRAWABLE):
                raise
            self._client.views_publish(user_id=user, view=home_of(self._desk, user, link=self._link))
        return None, None

    def _report(self, post: DueMessage, report: Report) -> tuple[str | None, str | None]:
        name = f"{report.incident.pair}-incident-{report.incident.id}"
        if post.kind is MessageKind.REPORT:
            return self._share(post, f"{name}.md", content=markdown(report, names(self._desk.identify)), title="Report")
        if not self._pictures:
            return None, None
        try:
            picture = ribbon(report, report.incident.closed_at or self._desk.now())
        except NoPictures as error:
            log.warning("no picture for incident %s: %s", report.incident.id, error)
            if isinstance(error, Undrawable):
                lacks = f"There is no picture of this incident. {error} Its report has all the times."
                self._client.chat_postMessage(channel=post.to, thread_ts=post.thread, text=esc(lacks))
            return None, None
        words = {"title": "Both servers over time", "alt_txt": described(report)[:900]}
        return self._share(post, f"{name}.png", file=picture, **words)

    def _share(self, post: DueMessage, name: str, **what: Any) -> tuple[str, str]:
        found = found_file(self._client, post, name) if post.tried else None
        if found is None:
            sent = self._client.files_upload_v2(channel=post.to, thread_ts=post.thread, filename=name, **what)
            found = str(sent["files"][0]["id"])
        return post.to, found

    def _show(self, post: DueMessage, text: str, blocks: list[Block]) -> tuple[str | None, str | None]:
        channel, text = post.channel or self._channel(post), without_emoji(text)
        try:
            return self._call(post, channel, text, blocks)
        except SlackApiError as error:
            if not means(error, Meaning.UNDRAWABLE):
                raise
            return self._plainer(post, channel, text, blocks)

    def _plainer(self, post: DueMessage, channel: str, text: str, blocks: list[Block]) -> tuple[str | None, str | None]:
        """Send a simpler form of a message that Slack could not draw: better plain words than nothing.

        A picture may be the cause, or may only be not ready yet. So the same blocks are tried again after a pause, then
        the blocks without pictures, then the text alone.
        """
        without = [block for block in blocks if block["type"] != "image"]
        if len(without) < len(blocks):
            self._loop.stopping.wait(PROCESSING)
        for drawn in (blocks, without) if len(without) < len(blocks) else ():
            try:
                return self._call(post, channel, text, drawn)
            except SlackApiError as error:
                if not means(error, Meaning.UNDRAWABLE):
                    raise
        log.error("Slack cannot draw message %s: sending its text alone", post.id)
        return self._call(post, channel, text, [])

    def _call(self, post: DueMessage, channel: str, text: str, blocks: list[Block]) -> tuple[str | None, str | None]:
        edited = MESSAGES[post.kind].edited
        ts = post.ts if edited else None
        if ts is None and post.tried:
            ts = found_message(self._client, post, channel, anew=not edited)
        if ts:
            try:
                self._client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
                return channel, ts
            except SlackApiError as error:
                if not means(error, Meaning.NOT_EDITABLE):
                    raise
                if self._too_soon(post, ts) and code(error) != GONE:
                    outbox.once_more(self._desk.store, post, BETWEEN)
                    return channel, ts
        aloud = bool(post.thread) and MESSAGES[post.kind].aloud
        sent = self._client.chat_postMessage(
            channel=channel,
            thread_ts=post.thread,
            text=text,
            blocks=blocks,
            reply_broadcast=aloud or None,
            metadata=mark(post),
        )
        if ts:
            self._supersede(post, channel, ts)
        return sent["channel"], sent["ts"]

    def _too_soon(self, post: DueMessage, ts: str) -> bool:
        """Whether the last message about a run's steps is so new that another would only fill the channel."""
        return post.kind is MessageKind.STEPS and self._desk.now().timestamp() - float(ts) < BETWEEN.total_seconds()

    def _supersede(self, post: DueMessage, channel: str, ts: str) -> None:
        """Delete a message that could not be edited, with its buttons.

        If it must stay, say in its thread that it is outdated.
        """
        try:
            self._client.chat_delete(channel=channel, ts=ts)
        except FAILURES as error:
            if code(error) == GONE:
                return
            try:
                self._client.chat_postMessage(channel=channel, thread_ts=ts, text=SUPERSEDED)
            except FAILURES as again:
                log.error("message %s stands beside an older one of its own: %s", post.id, code(again))

    def _channel(self, post: DueMessage) -> str:
        if post.to.startswith(("U", "W")):
            return str(self._client.conversations_open(users=post.to)["channel"]["id"])
        return post.to

    def _upload(self, post: DueMessage, run: RunView | None) -> tuple[str | None, str | None]:
        if run is None:
            return None, None
        name = f"{run.pair}-{run.action}-run-{run.id}.txt"
        return self._share(post, name, content=run.transcript, title="Transcript")
