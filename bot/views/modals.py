"""The forms for requests and approvals, and the answers that are shown inside a modal."""

import json
from collections.abc import Mapping, Sequence

from bot.domain.command import Action
from bot.domain.pair import Role
from bot.domain.plan import fingerprint
from bot.domain.request import RequestView
from bot.domain.statement import SENTENCES, StatementKind, sentence
from bot.domain.words import esc, when
from bot.services.requests import LONGEST, DetailsNeeded, known_details
from bot.views.blocks import OPTIONS, Block, choice, cut, entry, label, modal, option, section, small
from bot.views.refusals import words
from bot.views.severity import emoji
from bot.views.status import loses, word
from bot.views.wording import term

STATED = 90  # how many of the newest statements the form to approve shows: a modal takes 100 blocks


def metadata(**values: object) -> str:
    """Return what a modal sends back, as JSON.

    It is not limited to ASCII: escapes make six or twelve characters of a letter, and Slack limits the length.
    """
    return json.dumps(values, ensure_ascii=False)


def opened_from(view: Block, **origin: object) -> Block:
    """Return the form with where it was opened in what it sends back. A modal that sends nothing stays as it is."""
    if "private_metadata" not in view:
        return view
    return view | {"private_metadata": metadata(**json.loads(view["private_metadata"]) | origin)}


def answer(title: str, words: str) -> Block:
    """Draw a modal that only shows something."""
    return modal(title, [section(words)])


def reason_modal(pairs: Sequence[str], action: Action, reason: str, moved: str = "") -> Block:
    """Draw the form that asks for a request's reason, and of several pairs also for the pair.

    `moved` says how the situation has changed since the reason was given; it is empty if it has not.
    """
    pair = pairs[0] if len(pairs) == 1 else ""
    field = entry("reason", "Why?", hint="The person who approves reads this first.", lines=True, most=LONGEST)
    if reason:
        field["element"]["initial_value"] = cut(reason, LONGEST)
    on_pair = f" on {esc(pair)}" if pair else ""
    return modal(
        f"Ask: {action.name}",
        [
            section(f"*Ask to {action.verb}{on_pair}.* {action.does}\nNothing is sent until it is approved."),
            *([section(moved)] if moved else []),
            *pair_entry(pair, {name: name for name in pairs}),
            field,
        ],
        callback="ask",
        submit="Ask",
        metadata=metadata(pair=pair, action=action.name),
    )


def pair_entry(pair: str, pairs: Mapping[str, str]) -> list[Block]:
    """Return the input for a pair, or nothing where the pair is known.

    It is a list to choose from, with the words for each pair, or a text if the list would be longer than Slack allows.
    """
    if pair:
        return []
    title = "Which pair?"
    return [choice("pair", title, pairs) if len(pairs) <= OPTIONS else entry("pair", title, most=100)]


def needed_modal(needed: DetailsNeeded, reason: str) -> Block:
    """Draw the form for what a person must state, give or acknowledge before a request can be stored."""
    pair, seen = needed.pair, needed.seen
    action = needed.action.worded(seen.situation)
    blocks = [section(f"{emoji(seen.about.severity)} *{esc(pair.name)} · {term(seen.situation)}*\n{seen.about.says}")]
    blocks += _ways(needed)
    known = known_details(pair, action) if needed.details else {}
    for detail in action.details if needed.details else ():
        blocks.append(entry(detail.slot, detail.label, hint=detail.hint, most=100))
        blocks[-1]["element"]["initial_value"] = known[detail.slot]
    if needed.after is not None:
        blocks.append(entry("acknowledgement", "Why one more command now?", hint=words(needed.after)))
    if needed.ways:
        blocks.append(entry("name", f"Type {pair.name} to state this under your name", most=100))
    return modal(
        f"Ask: {action.name}",
        blocks,
        callback="ask",
        submit="State and ask" if needed.ways else "Ask",
        metadata=metadata(
            pair=pair.name,
            action=action.name,
            reason=reason,
            ways=[list(way) for way in needed.ways],
            known=known,
        ),
    )


def _ways(needed: DetailsNeeded) -> list[Block]:
    if not needed.ways:
        return []
    if len(needed.ways) == 1:
        return [block for kind in needed.ways[0] for block in _statement(needed, kind)]
    sentences = {way[0].value: sentence(way[0], needed.pair) for way in needed.ways}
    whole = {kind: option(text, kind) for kind, text in sentences.items()}
    options = [fitting or {"text": label(sentences[kind]), "value": kind} for kind, fitting in whole.items()]
    choice = {"type": "radio_buttons", "action_id": "way", "options": options}
    return [
        # A sentence that its option cannot hold stands above: nobody shall state half a sentence.
        *(section(f"• {esc(sentences[kind])}") for kind, fitting in whole.items() if fitting is None),
        {"type": "input", "block_id": "way", "label": label("Which of these do you state?"), "element": choice},
        entry("words", "How do you know, or what is it for?"),
    ]


def _statement(needed: DetailsNeeded, kind: StatementKind) -> list[Block]:
    asked = SENTENCES[kind]
    return [
        section(f"You state: *{esc(sentence(kind, needed.pair))}*"),
        entry(f"state:{kind}", asked.question, hint=asked.hint),
    ]


def approve_modal(request: RequestView, action: Action) -> Block:
    """Draw the form to approve a request: the whole plan, above the field for the pair's name.

    It is drawn by the bot at this moment, so nobody who edits the card can change what is read here.
    """
    plan, seen = request.plan, request.seen
    action = action.worded(seen.situation)
    states = ", ".join(f"{role.word} {word(seen.own(role))}" for role in Role)
    lines = [
        f"*{esc(request.pair)}:* {action.does}",
        f"*Asked by* <@{request.requester}>: “{esc(request.reason)}”",
        f"*Runs* `{esc(plan.line)}` on {plan.server_role.word} {plan.address} ({esc(plan.host)}:{plan.port})",
        f"*Why* {emoji(seen.about.severity)} {term(seen.situation)}: {states} ({when(seen.as_of)})",
        f"*You lose* {loses(action, seen)}",
        *(f"*{name.replace('_', ' ').capitalize()}* {esc(value)}" for name, value in plan.details),
        *([f"*Before you approve* {action.careful}"] if action.careful else []),
    ]
    if request.acknowledgement:
        lines.append(f"*Another command so soon* “{esc(request.acknowledgement)}”")
    stated = [
        f"*Confirmed* {esc(statement.sentence)} “{esc(statement.words)}” (<@{statement.by}>)"
        for statement in seen.statements
    ]
    return modal(
        "Approve",
        [
            section("\n".join(lines)),
            *map(section, stated[-STATED:]),
            small(f"host key `{fingerprint(plan.host_key)}`"),
            entry("name", f"Type {request.pair} to approve"),
        ],
        callback="approve",
        submit="Approve",
        metadata=metadata(request=request.id, pair=request.pair),
    )


def deny_modal(request: RequestView) -> Block:
    """Draw the form to deny a request, with a reason."""
    return modal(
        "Deny",
        [
            section(f"*`{request.action}` on {esc(request.pair)}*, asked by <@{request.requester}>"),
            entry("why", "Why not?", hint="The requester reads this.", lines=True),
        ],
        callback="deny",
        submit="Deny",
        metadata=metadata(request=request.id),
    )


def code_modal(request: RequestView, action: Action) -> Block:
    """Draw the form for the joining code, which is used once and stored nowhere."""
    secrets = action.worded(request.seen.situation).secrets
    fields = [entry(secret.slot, secret.label, hint=secret.hint, most=200) for secret in secrets]
    return modal(
        "Joining code",
        [
            section(f"*`{request.action}` on {esc(request.pair)}* starts as soon as you send this."),
            *fields,
            small("It is used once and kept nowhere: not in Slack by me, not in my log, not in my database."),
        ],
        callback="code",
        submit="Run it now",
        metadata=metadata(request=request.id),
    )
