"""The Bolt app. Each listener stores the interaction, acknowledges it, and leaves the work to a service."""

import json
import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.request import BoltRequest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.domain.approval import check_member
from bot.domain.command import Command, ReadingCommand
from bot.domain.errors import Refusal, RefusalCode
from bot.domain.words import legible
from bot.services import Desk
from bot.settings import Settings
from bot.slack import canary, inbox
from bot.slack.commands import TypedCommand, read_line, run_line
from bot.slack.error_boundary import broken, error_boundary
from bot.slack.form_validation import fields
from bot.slack.interaction import Click, Interaction, Submission, Success
from bot.slack.interactions import UNKNOWN, load_interactions
from bot.slack.people import People
from bot.slack.picture import PROCESSING, last_day
from bot.slack.replies import Answer, FormAnswer, Patience, Say, by_url, direct, in_modal, in_thread, only_you
from bot.slack.slack_errors import FAILURES, Meaning, means
from bot.store import fenced_by, outbox
from bot.store.inbox import Entry
from bot.views.answers import not_done, under_way
from bot.views.blocks import Block, section
from bot.views.help import refused
from bot.views.modals import answer, opened_from
from bot.views.orphaned_interactions import TWICE
from bot.views.wording import unaddressed

LOOKING = (ReadingCommand.STATUS, ReadingCommand.RECOVER)
SOON = 2.0  # seconds after which the bot says that it is looking; most probes take less
BURST = timedelta(minutes=1)  # for this long the bot shows one picture to everybody who asks
LISTENERS = 32  # Bolt's own pool has 5 threads: with 5 busy listeners every further command times out
# The subtypes of messages that people write: a plain one, a reply that is also sent to the channel, one with a file,
# and one written with /me.
SPOKEN = (None, "thread_broadcast", "file_share", "me_message")

Body = dict[str, Any]

log = logging.getLogger(__name__)


class Listeners:
    """The Bolt listeners, with everything they need. `work` runs long jobs outside Bolt's thread pool."""

    def __init__(
        self,
        desk: Desk,
        commands: Mapping[str, Command],
        client: WebClient,
        people: People,
        work: Callable[[Callable[[], None]], None],
    ) -> None:
        self.desk = desk
        self.commands = commands
        self.client = client
        self.people = people
        self.work = work
        self.inbox = inbox.Inbox(desk.store)

    @contextmanager
    def _answering(self, entry: Entry, first: Say) -> Iterator[Answer]:
        """Yield the way to answer an interaction, inside the one error boundary.

        Every exception is reported to the person. Changes stored inside the block are fenced: they count only while
        this process holds the interaction. At the end the interaction is recorded as answered. If its person could
        not be reached, the interaction is kept, and another process tells them later.
        """
        lost: list[str] = []
        say = Answer(self.client, entry.person, first, lambda: lost.append(entry.key))
        try:
            with fenced_by(entry.key), error_boundary(say):
                yield say
        except Exception:
            lost.append(entry.key)  # not even the error could be reported to its person
            raise
        finally:
            if lost:
                self.inbox.let_go(entry.key)
            else:
                self.inbox.answered(entry.key)

    def _work_on(self, entry: Entry, first: Say, run: Callable[[Answer], None]) -> None:
        """Run the work outside Bolt's pool, unless this process no longer holds the interaction.

        Another process may meanwhile have taken this one for dead and told the person that nobody carries it out.
        """

        def work() -> None:
            if self.inbox.mine(entry.key):
                with self._answering(entry, first) as say:
                    run(say)

        self.work(work)

    def command(self, ack: Ack, body: Body) -> None:
        """Handle any slash command, known or unknown."""
        entry = inbox.of_command(body)
        try:
            new = self.inbox.take(entry)
        except Refusal as refusal:
            ack(refused(refusal)[0])
            return
        name, text = body["command"].lstrip("/"), body.get("text", "")
        command = self.commands.get(name)
        complete = len(legible(text).split()) > 1  # else a form asks for the rest
        looks = command is not None and (command.reads in LOOKING or (complete and _needs_two(command)))
        ack()

        def run(say: Answer) -> None:
            who = self.people.identify(body["user_id"], body.get("team_id"))
            typed = TypedCommand(who, name, legible(text), text)
            run_line(self.desk, self.commands, typed, say, self._draw, lambda form: self._opened(body, form))

        if new:
            first = by_url(body["response_url"])
            self._work_on(entry, Patience(first, SOON, under_way("Looking at both servers…")) if looks else first, run)

    def heard(self, body: Body, event: Body, next: Callable[[], None]) -> None:
        """Store what a person writes to the bot, before Bolt acknowledges the event.

        Messages by bots and events that arrived before go no further. A refusal is reported to its author only.
        """
        if event.get("bot_id") or event.get("subtype") not in SPOKEN:
            return
        try:
            if self.inbox.take(inbox.of_mention(body, event)):
                next()
        except Refusal as refusal:
            Answer(self.client, event["user"], self._private(event))(*refused(refusal))

    def _draw(self, pairs: Collection[str]) -> Block | None:
        image = last_day(self.desk, self.client, pairs, young=BURST)
        if image:
            self.desk.sleep(PROCESSING)
        return image

    def _private(self, event: Body) -> Say:
        user, channel = event["user"], event["channel"]
        if event.get("channel_type") == "im":
            return direct(self.client, user)
        return only_you(self.client, channel, user, event.get("thread_ts"))

    def mention(self, body: Body, event: Body) -> None:
        """Answer `@pairkeeper status london` or a direct message.

        The answer to a reading command in a channel goes to the thread. Refusals, and answers to commands that change a
        pair, reach only the author.
        """
        public = in_thread(self.client, event["channel"], event.get("thread_ts") or event["ts"])

        def run(say: Answer) -> None:
            who = self.people.identify(
                event["user"], event.get("user_team") or event.get("team") or body.get("team_id")
            )
            line = read_line(who, unaddressed(event.get("text", "")), self.commands)
            command = self.commands.get(line.name)
            alone = event.get("channel_type") == "im" or (command and command.action)
            run_line(self.desk, self.commands, line, say if alone else replace(say, first=public), self._draw)

        self._work_on(inbox.of_mention(body, event), self._private(event), run)

    def opened(self, event: Body) -> None:
        """Draw App Home anew each time a person opens it."""
        if event.get("tab", "home") == "home":
            self.work(lambda: self._draw_home(event["user"]))

    def _draw_home(self, user: str) -> None:
        try:
            outbox.open_home(self.desk.store, user)
        # the database cannot be written, so no outbox row could be stored: App Home shows the refusal
        except Refusal as refusal:
            self.client.views_publish(user_id=user, view={"type": "home", "blocks": refused(refusal)[1]})

    def on_click(self, button: Interaction) -> Callable[[Ack, Body], None]:
        """Return the listener of one button.

        A button that opens a form opens it at once, while Slack's trigger is valid. Other buttons work after the
        acknowledgement.
        """

        def click(ack: Ack, body: Body) -> None:
            entry = inbox.of_click(body)
            try:
                new = self.inbox.take(entry)
            except Refusal as refusal:
                ack()
                Answer(self.client, entry.person, self._beside_click(entry, body))(*refused(refusal))
                return
            ack()
            if new:
                self._pressed(button, entry, body)

        return click

    def _beside_click(self, entry: Entry, body: Body) -> Say:
        """Return the way to answer a click where its person is looking: beside the message, or in the open modal.

        App Home cannot show an answer, so a modal opens over it. If Slack does not open one, it is a direct message.
        """
        if entry.url:
            return by_url(entry.url)
        view = body.get("view") or {}
        if view.get("type") == "modal":
            return in_modal(self.client, view["id"], view["title"]["text"])
        title = (body["actions"][0].get("text") or {}).get("text", "Pairkeeper").rstrip("…")
        waits = answer(title, under_way("One moment…"))
        try:
            opened = self.client.views_open(trigger_id=body["trigger_id"], view=waits)
        except FAILURES as error:
            log.info("no modal for an answer in App Home: %s", type(error).__name__)
            return direct(self.client, entry.person)
        return in_modal(self.client, opened["view"]["id"], title)

    def _pressed(self, button: Interaction, entry: Entry, body: Body) -> None:
        pressed, team = body["actions"][0], body["user"].get("team_id")
        _, _, argument = pressed["action_id"].partition(":")

        def click() -> Click:
            who = self.people.identify(entry.person, team)
            check_member(who, only_reads=button.reads)
            return Click(self.desk, who, argument, pressed.get("value", ""))

        def work(say: Answer) -> None:
            if button.shows:
                button.shows(click(), say)
            elif button.does:
                tell(say, button.does(click()))

        if opens := button.opens:
            with self._answering(entry, lambda text, blocks: self._beside_click(entry, body)(text, blocks)):
                self._open(body, opens(click()))
        else:
            self._work_on(entry, self._beside_click(entry, body), work)

    def _open(self, body: Body, view: Block) -> None:
        """Open the form: over the modal in which the button stands, if it stands in one."""
        over_modal = (body.get("view") or {}).get("type") == "modal"
        show = self.client.views_push if over_modal else self.client.views_open
        try:
            show(trigger_id=body["trigger_id"], view=opened_from(view, **_origin(body)))
        except SlackApiError as error:
            if means(error, Meaning.TRIGGER_SPENT):
                raise Refusal(RefusalCode.FORM_TOO_LATE) from None
            if means(error, Meaning.LIMITED):
                raise Refusal(RefusalCode.FORM_LIMITED) from None
            raise

    def _opened(self, body: Body, view: Block) -> bool:
        """Open the form and return True, or return False where Slack does not open it."""
        try:
            self._open(body, view)
        except Refusal:
            return False
        return True

    def on_submission(self, form: Interaction) -> Callable[[Ack, Body], None]:
        """Return the listener of one form.

        It checks the fields at once. The acknowledgement waits a moment for the answer, and carries it if it is ready.
        """
        sent = form.sent
        assert sent

        def submitted(ack: Ack, body: Body) -> None:
            view, user = body["view"], body["user"]
            title, meta, values = view["title"]["text"], json.loads(view["private_metadata"]), fields(view)
            if wrong := form.mistakes(meta, values):
                ack(response_action="errors", errors=wrong)
                return
            entry = inbox.of_form(body)
            try:
                new = self.inbox.take(entry)
            except Refusal as refusal:
                ack(response_action="update", view=answer(title, refused(refusal)[0]))
                return
            if not new:
                ack(response_action="update", view=answer(title, TWICE))
                return
            place = FormAnswer(self.client, view["id"], title)

            def work(say: Answer) -> None:
                who = self.people.identify(user["id"], user.get("team_id"))
                submission = Submission(self.desk, who, meta, values, _shows(place, say, meta), self.commands)
                if success := sent(submission):
                    self._succeeded(success, meta, place, say)

            self._work_on(entry, place, work)
            ack(**place.acknowledgement(answer(title, under_way("One moment…"))))

        return submitted

    def _succeeded(self, success: Success, meta: Body, place: FormAnswer, say: Answer) -> None:
        """Close the form where its person sees elsewhere what it did; otherwise say it in the form."""
        here = meta.get("channel", "")
        closes = bool(here) and (success.kept or (meta.get("posted") and here == success.channel))

        def first(text: str, blocks: list[Block]) -> None:
            if not (closes and place.close()):
                place(text, blocks)
            elif success.kept:
                only_you(self.client, here, say.user, meta.get("thread") or None)(text, blocks)

        replace(say, first=first)(success.text, list(success.blocks) or [section(success.text)])


def _origin(body: Body) -> Body:
    """Return the channel and the thread in which a person acted, and whether at a message that everybody sees.

    The channel is empty in App Home and in a modal.
    """
    channel = body.get("channel_id") or (body.get("channel") or {}).get("id", "")
    container = body.get("container") or {}
    posted = container.get("type") == "message" and not container.get("is_ephemeral")
    return {"channel": channel, "thread": container.get("thread_ts", ""), "posted": posted}


def _shows(place: FormAnswer, say: Answer, meta: Body) -> Callable[[Block], None]:
    origin = {name: meta[name] for name in ("channel", "thread", "posted") if name in meta}

    def show(view: Block) -> None:
        try:
            place.show(opened_from(view, **origin))
        except SlackApiError as error:
            if not means(error, Meaning.FORM_GONE):
                raise
            tell(say, not_done("The form was closed, so nothing was asked and nothing was sent. Ask again."))

    return show


def make_app(settings: Settings, listeners: Listeners) -> App:
    """Build the Bolt app with its listeners.

    It sends nothing to Slack yet, so the bot can start while Slack is away.
    """
    app = App(
        logger=logging.getLogger("bot.bolt"),
        client=listeners.client,
        signing_secret=settings.signing_secret or "unused in Socket Mode",
        token_verification_enabled=False,
        listener_executor=ThreadPoolExecutor(LISTENERS, "listener"),
        ignoring_self_events_enabled=False,  # the canary is one of the bot's own messages
    )
    app.command(re.compile(".*"))(listeners.command)
    app.event("app_mention", middleware=[listeners.heard])(listeners.mention)
    app.event({"type": "message", "subtype": "message_changed"})(
        lambda event: canary.hear(listeners.desk.store, settings.canary_channel, event)
    )
    # Bolt compares only an event's type and subtype, so a matcher checks the kind of channel.
    app.event("message", matchers=[_direct], middleware=[listeners.heard])(listeners.mention)
    app.event("app_home_opened")(listeners.opened)
    app.event(re.compile(".*"))(lambda: None)
    for interaction in load_interactions().values():
        if interaction.sent:
            app.view(interaction.id)(listeners.on_submission(interaction))
        app.action(re.compile(f"^{interaction.id}{':' if interaction.takes_argument else '$'}"))(
            listeners.on_click(interaction)
        )
    app.action(re.compile(".*"))(listeners.on_click(UNKNOWN))
    app.error(_failed)
    return app


def _needs_two(command: Command) -> bool:
    """Whether the command looks at both servers once it has a pair and what follows it."""
    return command.action is not None or command.reads is ReadingCommand.PLAN


def tell(say: Say, text: str) -> None:
    """Answer with one or a few sentences."""
    say(text, [section(text)])


def _direct(event: Body) -> bool:
    """Whether the event is a direct message to the bot. The bot ignores what people say to each other in channels."""
    return event.get("channel_type") == "im"


def listener_pool(app: App) -> ThreadPoolExecutor:
    """Return the thread pool in which the listeners run."""
    pool = app.listener_runner.listener_executor
    assert isinstance(pool, ThreadPoolExecutor)
    return pool


def _failed(error: Exception, request: BoltRequest) -> BoltResponse:
    """Log an exception that no listener caught, report it to the person where possible, and answer Slack with 200.

    With another status Slack would show an error of its own.
    """
    text, blocks = broken(error)
    url = request.body.get("response_url")
    if url:
        by_url(url)(text, blocks)
    return BoltResponse(status=200)
