"""What waits for one person in App Home, each with the buttons to act on it."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.pending import OwnRequest, PendingItems
from bot.domain.request import RequestView, RunView, Stage
from bot.domain.words import esc, when
from bot.views.answers import linked
from bot.views.block_budget import Entry
from bot.views.blocks import Block, button, buttons, section
from bot.views.incident import pin_card
from bot.views.run import close_buttons, may_still_run
from bot.views.wording import mention

UNTIL = "{time}"


def waiting(items: PendingItems, now: datetime, links: Mapping[int, str]) -> list[Entry]:
    """Return what other people wait for first, then what this person asked for.

    `links` has the addresses of the cards by request, where they are known.
    """
    return [
        *((item.pair, _approve(item, links.get(item.id, ""))) for item in items.approve),
        *((item.pair, _code(item)) for item in items.codes),
        *((item.pair, _end(item, now)) for item in items.ends),
        *((item.pair, pin_card(item)[1]) for item in items.keys),
        *((item.request.pair, _asked(item, links.get(item.request.id, ""))) for item in items.asked),
    ]


def _what(request: RequestView) -> str:
    return f"*{request.action}* on *{esc(request.pair)}*"


def _approve(request: RequestView, link: str) -> list[Block]:
    by = f" <@{request.requester}> asks: “{esc(request.reason)}”"
    done = f"Approved by {mention(request.approved_by)}. " if request.approved_by else ""
    until = f"{done}Expires {when(request.expires_at, UNTIL)}. {linked('What it costs', link, request.channel)}"
    yes = button(f"Approve {request.action.removeprefix('ha-')}…", "approve", str(request.id), "danger")
    text = f"⏳ {_what(request)} waits for your approval.{by}\n{until}"
    return [section(text), *buttons(yes, button("Deny…", "deny", str(request.id)))]


def _code(request: RequestView) -> list[Block]:
    text = f"⏳ {_what(request)} waits for its joining code, until {when(request.expires_at, UNTIL)}."
    return [section(text), *buttons(_enter(request))]


def _enter(request: RequestView) -> Block:
    return button("Enter joining code…", "code", str(request.id), "primary")


def _end(run: RunView, now: datetime) -> list[Block]:
    text = f"❓ *{run.action}* on *{esc(run.pair)}* may have run, and nobody has said how it ended."
    until = f"{esc(run.pair)} is locked until somebody other than the requester does. Look at both servers first."
    until = until if run.decidable(now) else may_still_run(run)
    return [section(f"{text}\n{until}"), *close_buttons(run, now)]


def _asked(own: OwnRequest, link: str) -> list[Block]:
    request = own.request
    until = when(request.expires_at, UNTIL)
    match request.stage:
        case Stage.PENDING:
            state = f"It waits for approval until {until}: {mention(own.approvers)} can approve it."
        case Stage.WAITING:
            state = f"It is approved and waits for its joining code, until {until}."
        case _:
            state = "It is approved and about to begin."
    card = linked("Its card", link, request.channel)
    text = f"⏳ You asked for {_what(request)}: “{esc(request.reason)}”\n{state} {card}"
    enter = [_enter(request)] if request.stage is Stage.WAITING else []
    return [section(text), *buttons(*enter, button("Withdraw", "withdraw", str(request.id)))]
