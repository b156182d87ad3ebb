"""The Bolt app: every listener acknowledges first or writes its row first, and all of them are thin."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.request import BoltRequest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.desk import Desk
from bot.domain.approval import Person, check_member
from bot.domain.command import Command, Reading
from bot.domain.errors import Reason, Refusal
from bot.domain.words import plain
from bot.settings import Settings
from bot.slack import canary, clicks
from bot.slack.answer import Answer, by_url, direct, in_modal, in_thread, only_you
from bot.slack.guard import broken, guarded
from bot.slack.people import People
from bot.slack.talk import Typed, read_line, run_line
from bot.store import posts
from bot.views.blocks import Block
from bot.views.modals import answer
from bot.views.pages import refused

STALE = ("expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id")
LOOKING = (Reading.STATUS, Reading.RECOVER, Reading.PLAN)
LISTENERS = 32  # Bolt's own pool has 5 threads: with 5 busy listeners every further command times out
MENTION = re.compile(r"^\s*<@[UW][A-Z0-9]+(?:\|[^>]*)?>\s*")

Body = dict[str, Any]


def make_client(settings: Settings) -> WebClient:
    """A client for Slack, or for whatever stands at SLACK_API_URL; a short 429 is waited for."""
    client = WebClient(settings.bot_token, base_url=settings.api_url, timeout=10)
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=2))
    return client


class Listeners:
    """The listeners, with what they need; `work` runs long things outside Bolt's pool."""

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

    def command(self, ack: Ack, body: Body) -> None:
        """Any slash command, known or not."""
        name = body["command"].lstrip("/")
        command = self.commands.get(name)
        looks = command is not None and (command.action is not None or command.reads in LOOKING)
        ack("⏳ Looking at both servers…" if looks and body.get("text", "").strip() else "")
        say = Answer(self.client, body["user_id"], by_url(body["response_url"]))

        def run() -> None:
            who = self._who(body["user_id"], body.get("team_id"))
            run_line(self.desk, self.commands, Typed(who, name, plain(body.get("text", "")), body.get("text", "")), say)

        self.work(lambda: guarded(say, run))

    def mention(self, body: Body, event: Body) -> None:
        """`@pairkeeper status london`, in a thread or not; refusals reach only who wrote it."""
        if event.get("bot_id") or event.get("subtype") or not self._first_time(body["event_id"]):
            return
        user, channel = event["user"], event["channel"]
        thread = event.get("thread_ts") or event["ts"]
        private = Answer(self.client, user, only_you(self.client, channel, user, event.get("thread_ts")))
        if event.get("channel_type") == "im":
            private = Answer(self.client, user, direct(self.client, user))
        public = (
            private
            if event.get("channel_type") == "im"
            else Answer(self.client, user, in_thread(self.client, channel, thread))
        )

        def run() -> None:
            who = self._who(user, event.get("user_team") or event.get("team") or body.get("team_id"))
            line = read_line(who, MENTION.sub("", event.get("text", "")), self.commands)
            command = self.commands.get(line.name)
            run_line(self.desk, self.commands, line, private if command and command.action else public)

        self.work(lambda: guarded(private, run))

    def _first_time(self, event_id: str) -> bool:
        """Whether it is new; true where that cannot be noted, since then nothing can be asked for twice either."""
        try:
            return posts.first_time(self.desk.store, event_id)
        except Refusal:
            return True

    def opened(self, event: Body) -> None:
        """App Home: drawn anew each time somebody opens it."""
        if event.get("tab", "home") == "home":
            self.work(lambda: self._draw_home(event["user"]))

    def _draw_home(self, user: str) -> None:
        try:
            posts.open_home(self.desk.store, user)
        except Refusal as refusal:  # the database is away: said there, since it could not be noted
            self.client.views_publish(user_id=user, view={"type": "home", "blocks": refused(refusal)[1]})

    def click(self, ack: Ack, body: Body) -> None:
        """Any button: opens a modal at once, while its trigger lives, or does something and says so."""
        ack()
        pressed = body["actions"][0]
        user = body["user"]["id"]
        channel = (body.get("channel") or {}).get("id", "")
        url = body.get("response_url")
        say = Answer(self.client, user, by_url(url) if url else direct(self.client, user))

        def run() -> None:
            who = self._who(user, body["user"].get("team_id"))
            check_member(who)
            action_id, value = pressed["action_id"], pressed.get("value", "")
            view = clicks.opens(self.desk, who, action_id, value, channel)
            if view:
                self._open(body["trigger_id"], view)
            else:
                self.work(lambda: guarded(say, lambda: clicks.press(self.desk, who, action_id, value, say)))

        guarded(say, run)

    def _open(self, trigger: str, view: Block) -> None:
        try:
            self.client.views_open(trigger_id=trigger, view=view)
        except SlackApiError as error:
            if error.response.get("error") in STALE:
                raise Refusal(Reason.SLACK, "That took too long, and nothing was done. Press again.") from None
            raise

    def submitted(self, ack: Ack, body: Body) -> None:
        """A modal that was sent: decided after the acknowledgement, as Slack waits for three seconds only."""
        view = body["view"]
        title, user = view["title"]["text"], body["user"]["id"]
        callback, meta, values = view["callback_id"], json.loads(view["private_metadata"]), _values(view)
        if wrong := clicks.mistakes(callback, meta, values):
            ack(response_action="errors", errors=wrong)
            return
        ack(response_action="update", view=answer(title, "⏳ One moment…"))
        say = Answer(self.client, user, in_modal(self.client, view["id"], title))

        def run() -> None:
            who = self._who(user, body["user"].get("team_id"))
            if decide := clicks.DECISIONS.get(callback):
                clicks.tell(say, decide(self.desk, who, meta, values))
            elif callback == "state":
                clicks.submit_state(self.desk, who, meta, values, say)
            elif callback == "pin":
                clicks.submit_pin(self.desk, who, meta, values, say)
            else:
                clicks.submit_ask(self.desk, who, meta, values, say, self._shows(view["id"], say))

        self.work(lambda: guarded(say, run))

    def _shows(self, view_id: str, say: Answer) -> Callable[[Block], None]:
        def show(view: Block) -> None:
            try:
                self.client.views_update(view_id=view_id, view=view)
            except SlackApiError as error:
                if error.response.get("error") != "not_found":
                    raise
                clicks.tell(say, "⛔ The form was closed, so nothing was asked and nothing was sent. Ask again.")

        return show

    def _who(self, user: str, team: str | None) -> Person:
        return self.people.identify(user, team)


def _values(view: Body) -> dict[str, str]:
    """The fields of a modal by their block's id; a choice by its value."""
    found = {}
    for block_id, actions in view["state"]["values"].items():
        for said in actions.values():
            chosen = said.get("selected_option") or {}
            found[block_id] = said.get("value") or chosen.get("value") or ""
    return found


def make_app(settings: Settings, listeners: Listeners) -> App:
    """The app with its listeners; nothing is asked of Slack yet, so that it can start while Slack is away."""
    app = App(
        logger=logging.getLogger("bot.bolt"),
        client=listeners.client,
        signing_secret=settings.signing_secret or "unused in Socket Mode",
        token_verification_enabled=False,
        listener_executor=ThreadPoolExecutor(LISTENERS, "listener"),
        ignoring_self_events_enabled=False,  # the canary is a message of ours
    )
    app.command(re.compile(".*"))(listeners.command)
    app.event("app_mention")(listeners.mention)
    app.event({"type": "message", "subtype": "message_changed"})(
        lambda event: canary.hear(listeners.desk.store, settings.canary_channel, event)
    )
    app.event({"type": "message", "channel_type": "im"})(listeners.mention)
    app.event("app_home_opened")(listeners.opened)
    app.event(re.compile(".*"))(lambda: None)
    app.action(re.compile(".*"))(listeners.click)
    app.view(re.compile("^(approve|deny|code|pin_approve|ask|state|pin)$"))(listeners.submitted)
    app.error(_failed)
    return app


def listener_pool(app: App) -> ThreadPoolExecutor:
    """The threads in which the listeners run."""
    found = app.listener_runner.listener_executor
    assert isinstance(found, ThreadPoolExecutor)
    return found


def _failed(error: Exception, request: BoltRequest) -> BoltResponse:
    """What no listener caught: logged, and answered with 200 so that Slack does not show an error of its own."""
    text, blocks = broken(error)
    url = request.body.get("response_url")
    if url:
        by_url(url)(text, blocks)
    return BoltResponse(status=200)
