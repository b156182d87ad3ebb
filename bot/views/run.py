"""The messages about a run, while it runs and after it has ended."""

import re
from collections.abc import Sequence
from datetime import datetime

from bot.domain.outcome import UNTOLD, reached
from bot.domain.pair import Role
from bot.domain.request import Note, Phase, RunView, Step
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.status import State
from bot.domain.words import esc, span, when
from bot.views.blocks import Block, button, buttons, confirm, section, small
from bot.views.card import by_hand_line, ended
from bot.views.message_context import MessageContext
from bot.views.severity import emoji
from bot.views.status import details_button, first_buttons, looked, loses, next_lines, word
from bot.views.wording import mention, term

DOES = {  # what a step says while it is under way, and when it is done
    Step.UNCHANGED: ("checking the pair", "unchanged"),
    Step.PROVED: ("checking the server", "server verified"),
    Step.ANSWERED: ("waiting for its question", "answered"),
    Step.RETURNED: ("waiting for it to finish", "finished"),
    Step.LOOKED: ("looking at both servers", "both servers checked"),
}
NAMED = re.compile(r"@([UW][A-Z0-9]+)\b")
CHANGES = 5  # how many of the newest changes are shown of an unknown run


def elapsed(run: RunView, facts: MessageContext) -> str:
    """Say how long the run has taken so far, or took."""
    return span(run.lasted(facts.now))


def steps(facts: MessageContext, run: RunView) -> tuple[str, list[Block]]:
    """Draw the run's progress: one message, updated in place."""
    done = {step for step, _ in run.steps}
    running = run.phase in (Phase.INTENT, Phase.SENDING)
    to_do = [step for step in Step if step is not Step.ANSWERED or facts.request.plan.dialogue]
    current = next((step for step in to_do if step not in done), None) if running else None
    marks = [_step(facts, step, step in done) for step in to_do if step in done or step is current]
    where = f"{run.role.word} {facts.request.plan.address}"
    stopped = f" · <@{run.stopped_by}> pressed Stop" if run.stopped_by else ""
    head = f"{ended(run)} · `{run.action}` on {esc(run.pair)} · {elapsed(run, facts)} · {where}{stopped}"
    # At most two on a line, so that a phone parts none from its mark; who approved is a long one.
    rows = [marks[:1], *(marks[at : at + 2] for at in range(1, len(marks), 2))]
    lines = [f"*{head}*", *map("  ".join, rows), *(under_way(facts, run) if running else ())]
    stop = _stop_button(run) if running else []
    return f"{ended(run)}: {run.action} on {run.pair}, {elapsed(run, facts)}", [
        section("\n".join(filter(None, lines))),
        *stop,
    ]


def _step(facts: MessageContext, step: Step, done: bool) -> str:
    approved = f"approved by {mention(facts.request.approved_by)}"
    words = approved if step is Step.APPROVED else DOES[step][done]
    return f"{'✅' if done else '⏳'} {words}"


def under_way(facts: MessageContext, run: RunView) -> list[str]:
    """Say what both servers show meanwhile, what the command prints, and whether it takes longer than usual."""
    seen = [looked(facts.since[-1][1])] if facts.since else []
    quoted = [f"It says: “{esc(run.said)}”"] if run.said else []
    late = [f"It takes {term(Note.LATE)}. I keep the session open."] if Note.LATE in dict(run.notes) else []
    left = [f"<@{run.given_up_by}> stopped waiting for it."] if run.given_up_by else []
    return seen + quoted + late + left


def _stop_button(run: RunView) -> list[Block]:
    """Return the button to stop the run, before its last answer.

    Afterwards people can only stop waiting for its end.
    """
    if run.answered_at is None:
        return [] if run.stopped_by else buttons(button("Stop", "stop", str(run.id)))
    words = (
        f"{run.action} carries on at the server: nothing is cut off. I stop listening, and its outcome is unknown; "
        f"{run.pair} stays locked until somebody other than the requester decides how it ended."
    )
    sure = confirm("Stop waiting?", words, "Stop waiting")
    return [] if run.given_up_by else buttons(button("Stop waiting", "stop_waiting", str(run.id), confirm=sure))


def meanwhile(facts: MessageContext, run: RunView) -> tuple[str, list[Block]] | None:
    """Draw what people are called for while the run is under way, or once they may decide how it ended.

    Returns None if that is over.
    """
    now = {note: at for note, at in run.notes if (note is Note.DECIDABLE) is (run.phase is Phase.UNKNOWN)}
    if not now or run.phase not in (Phase.SENDING, Phase.UNKNOWN):
        return None
    what, called = f"{run.action} on {run.pair}", f"{facts.approvers}, <@{facts.request.requester}>"
    newest = facts.since[-1][1] if facts.since else None
    seen = f" {looked(newest)}." if newest else ""
    match list(now)[-1]:
        case note if newest and _is_over(note, newest):
            text = f"⏳ {what} is still running; for a while I saw {term(note)}.{seen}"
        case Note.LATE:
            text = f"⏳ {what} is taking longer than usual ({elapsed(run, facts)}).{seen}"
            text += " I keep the session open and keep looking."
        case Note.UNSERVED:
            text = f"🔴 {run.pair}: I see no active server while {run.action} runs.{seen} Users probably can't log in."
            text += f" I wait for it to finish and cut nothing off. {called}: look at the servers."
        case Note.ASKS:
            text = f"❓ {what} asks something after the last answer, and I don't answer: “{esc(run.said)}” {called}"
        case Note.DECIDABLE:
            text = f"❓ {what} can't be running any more. Decide at its message above how it ended. {called}"
        case Note.UNASKED:
            text = (
                f"⚪ {run.pair}: I can't look at both servers while {run.action} runs: a jump host is in the way, or a"
            )
            text += f" fault of mine.{seen} I wait for it to finish and cut nothing off. {called}: look at the servers."
        case silent:
            text = f"⚪ {run.pair}: {term(silent)} while {run.action} runs.{seen}"
            text += " I wait for it to finish and cut nothing off."
    return text, [section(text)]


def _is_over(note: Note, seen: Snapshot) -> bool:
    """Whether what people were called for is over, by the newest observation."""
    states = {role: seen.own(role) for role in Role}
    match note:
        case Note.UNSERVED:
            return State.ACTIVE in states.values()
        case Note.PRIMARY_SILENT:
            return states[Role.PRIMARY] not in UNTOLD
        case Note.SECONDARY_SILENT:
            return states[Role.SECONDARY] not in UNTOLD
        case _:
            return False


def end_text(facts: MessageContext, run: RunView) -> str:
    """Say how the run ended, in one line."""
    what = f"{run.action} on {run.pair}"
    match run.phase:
        case Phase.SUCCEEDED:
            if run.after is not None and not run.after.about.risk:
                since = f" · {span(facts.recovered)} from alert to recovery" if facts.recovered is not None else ""
                return f"✅ {run.pair} is healthy again · {run.action} took {elapsed(run, facts)}{since}"
            return f"✅ {what} is done · it took {elapsed(run, facts)}"
        case Phase.UNKNOWN:
            return f"❓ I can't tell how {what} ended. It may have run. I won't send it again."
        case Phase.FAILED if run.partly:
            return f"{ended(run)}: {what}, says <@{run.closed_by}>."
        case Phase.FAILED:
            return f"⛔ {what} failed after {elapsed(run, facts)}."
        case Phase.NOT_SENT:
            return f"⛔ {what} was {term(run.state)}."
        case _:
            return f"{ended(run)}: {what}, says <@{run.closed_by}>."


def end(facts: MessageContext, run: RunView) -> tuple[str, list[Block]]:
    """Draw how the run ended, the states before and after, who asked and approved, and what is next."""
    text = end_text(facts, run)
    words = f"I couldn't tell myself: {run.words}" if run.closed_by else mentioned(run)
    if run.phase is Phase.SUCCEEDED and run.after is not None and words.startswith(run.after.about.says):
        words = words.removeprefix(run.after.about.says).strip()  # both states are on the next line
    lines = [f"*{text}*", words, *_before_and_after(facts, run)]
    if run.phase is Phase.SUCCEEDED:
        lines.append(f"*Lost:* {loses(facts.action, facts.request.seen)}")
    if run.phase is not Phase.NOT_SENT:  # the words of a run that was not sent already say how to do it by hand
        lines.append(by_hand_line(facts))
    people = f"Asked by <@{facts.request.requester}>, approved by {mention(facts.request.approved_by)} · run {run.id}"
    blocks = [section("\n".join(line for line in lines if line))]
    if run.phase is Phase.UNKNOWN:
        return text, [*blocks, *_unknown(facts, run), small(people)]
    after = facts.latest if run.phase is Phase.NOT_SENT else run.after
    return text, [*blocks, *(_next(facts, run, after) if after else []), small(people)]


def mentioned(run: RunView) -> str:
    """Return the words of a run. Whoever kept it from being sent is named by id there, and mentioned in Slack."""
    return NAMED.sub(r"<@\1>", run.words) if run.phase is Phase.NOT_SENT else run.words


def settled(facts: MessageContext, run: RunView) -> tuple[str, list[Block]]:
    """Draw the message that a run of unknown outcome was closed.

    It is a message of its own, as Slack notifies nobody of an edit.
    """
    seen = facts.latest
    now = f" {emoji(seen.about.severity)} {term(seen.situation)}: {looked(seen)}." if seen else ""
    free = f"{run.pair} is free again.{now} See what is next: /ha-recover {run.pair}"
    text = f"{end_text(facts, run)} <@{facts.request.requester}>, who asked: {free}"
    return text, [section(text)]


def _before_and_after(facts: MessageContext, run: RunView) -> list[str]:
    """Say the states at the approval and after the run.

    For an unknown run the latter are listed with their times further below.
    """
    after = None if run.phase is Phase.UNKNOWN else run.after
    first, second = "Before", "after"
    if run.phase is Phase.NOT_SENT:
        first, second, after = "Approved", "last seen", facts.latest
    before = [f"{first}: {looked(run.before)}"] if run.before else []
    shown = [*before, *([f"{second}: {looked(after)}"] if after else [])]
    return [" → ".join(shown)] if shown else []


def _unknown(facts: MessageContext, run: RunView) -> list[Block]:
    seen = facts.since or (((run.ended_at or facts.now, run.after),) if run.after else ())
    locked = f"{run.pair} stays locked until somebody other than <@{facts.request.requester}> decides:"
    if run.decidable(facts.now):
        lines = [*_since(run, seen), _hint(facts, run, seen[-1][1] if seen else None), locked]
    else:
        lines = [*_since(run, seen), may_still_run(run)]
    return [section("\n".join(lines)), *close_buttons(run, facts.now)]


def may_still_run(run: RunView) -> str:
    """Say why nobody can tell yet how the run ended, and from when they can."""
    return f"It may still be running. You can decide from {when(run.decidable_at, '{time}')}."


def close_buttons(run: RunView, now: datetime) -> list[Block]:
    """Return the buttons by which somebody other than the requester says how a run of unknown outcome ended.

    Until that can be known, there is only the one to look again.
    """
    run_id = str(run.id)
    again = button("Look again", "still_looking", run_id)
    if not run.decidable(now):
        return buttons(again)
    took = confirm("It worked?", f"You confirm that {run.action} worked on {run.pair}.", "It worked")
    did_not = confirm("It didn't?", f"You confirm that {run.action} did nothing on {run.pair}.", "It didn't")
    part = (
        f"You confirm that {run.action} worked only in part on {run.pair}. The next command needs a reason of its own."
    )
    return buttons(
        button("It worked", "took_effect", run_id, confirm=took),
        button("It didn't", "did_not", run_id, confirm=did_not),
        button("Partly", "partly", run_id, confirm=confirm("Partly?", part, "Partly")),
        again,
    )


def _since(run: RunView, seen: Sequence[tuple[datetime, Snapshot]]) -> list[str]:
    """Say what each server has said of itself since the command was sent, each change with its time."""
    known: dict[Role, State] = {}
    changes = []
    for first_at, one in seen:
        new = {role: one.own(role) for role in Role if known.get(role) is not one.own(role)}
        # A state from before the command is shown with the time of the latest probe that still found it.
        at = first_at if first_at >= (run.sent_at or run.started_at) else max(one.seen(role).at for role in Role)
        if new:
            changes.append(", ".join(f"{role.word} {word(own)}" for role, own in new.items()) + f" ({when(at)})")
        known |= new
    shown = ["…", *changes[-CHANGES:]] if len(changes) > CHANGES else changes
    return [f"Since then: {', then '.join(shown)}."] if shown else []


def _hint(facts: MessageContext, run: RunView, seen: Snapshot | None) -> str:
    """Say what the run's outcome looks like. It is an inference, and is worded as one."""
    if seen and reached(facts.action.aim, seen):
        return "It looks as if it worked."
    if seen is None or any(seen.own(role) in UNTOLD for role in Role):
        return "I can't see both servers: look at them by hand before you decide."
    if max(seen.seen(role).at for role in Role) < run.decidable_at:
        return "I haven't looked since it must have ended: look again before you decide."
    if run.before and all(seen.own(role) is run.before.own(role) for role in Role):
        return "Both servers are as they were: it looks as if it did nothing."
    return "Neither as intended nor as before: look at both by hand before you decide."


def _next(facts: MessageContext, run: RunView, after: Snapshot) -> list[Block]:
    about = f"{emoji(after.about.severity)} {term(after.situation)}"
    if after.situation is SituationCode.HEALTHY:
        return [] if run.phase is Phase.SUCCEEDED else [section(f"{about}: {after.about.says}")]
    lines = [f"{about}: {after.about.says}", *next_lines(after, facts.actions)]
    return [
        section("\n".join(lines)),
        *buttons(*first_buttons(after, facts.actions), details_button(after.pair)),
    ]
