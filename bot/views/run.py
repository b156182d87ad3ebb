"""A run while it runs and when it has ended."""

from bot.domain.outcome import UNTOLD
from bot.domain.pair import Role
from bot.domain.request import Phase, RunView, Step
from bot.domain.runbook import Do
from bot.domain.snapshot import Snapshot
from bot.domain.verdict import step_words
from bot.domain.words import esc, span, when
from bot.views.blocks import Block, button, buttons, confirm, section, small
from bot.views.card import ENDED
from bot.views.facts import Facts
from bot.views.status import ask_button, word


def elapsed(run: RunView, facts: Facts) -> str:
    """How long it has run, or ran."""
    return span(((run.ended_at or facts.now) - run.started_at).total_seconds())


def steps(facts: Facts, run: RunView) -> tuple[str, list[Block]]:
    """The live step list: one message, updated in place."""
    done = {step for step, _ in run.steps}
    running = run.phase in (Phase.INTENT, Phase.SENDING)
    shown = [step for step in Step if running or step in done]
    first = next((step for step in Step if step not in done), None)
    lines = []
    for step in shown:
        words = f"approved by {' and '.join(f'<@{p}>' for p in facts.request.approved_by)}"
        words = words if step is Step.APPROVED else step.value
        lines.append(f"{'✅' if step in done else '⏳' if step is first else '▫️'} {words}")
    where = f"{run.role.word} {facts.request.plan.address}"
    stopped = f" · <@{run.stopped_by}> pressed Stop" if run.stopped_by else ""
    head = f"{ENDED[run.phase]} · `{run.action}` on {esc(run.pair)} · {where} · {elapsed(run, facts)}{stopped}"
    found = [section("\n".join([f"*{head}*", *lines]))]
    if running and run.answered_at is None and run.stopped_by is None:
        found += buttons(button("Stop", "stop", str(run.id)))
    return f"{ENDED[run.phase]}: {run.action} on {run.pair}, {elapsed(run, facts)}", found


def _states(seen: Snapshot) -> str:
    return ", ".join(f"{role.word} {word(seen.seen(role).own)}" for role in Role)


def end_text(facts: Facts, run: RunView) -> str:
    """How it ended, in one line."""
    what = f"{run.action} on {run.pair}"
    match run.phase:
        case Phase.SUCCEEDED:
            healthy = run.after is not None and not run.after.about.risk
            ending = f"{run.pair} is healthy again" if healthy else f"{what} is done"
            return f"✅ {ending} · it took {elapsed(run, facts)}"
        case Phase.UNKNOWN:
            return f"❓ I cannot tell how {what} ended. It may have run. It will not be sent again."
        case Phase.FAILED:
            return f"⛔ {what} failed."
        case Phase.NOT_SENT:
            return f"⛔ {what} was not sent."
        case _:
            return f"{ENDED[run.phase]}: {what}, says <@{run.closed_by}>."


def end(facts: Facts, run: RunView) -> tuple[str, list[Block]]:
    """How it ended, before and after, who asked and approved, and what is next."""
    text = end_text(facts, run)
    lines = [f"*{text}*", run.words]
    if run.before and run.after:
        when_looked = when(run.after.seen(run.role).at)
        lines.append(f"before: {_states(run.before)}\nafter: {_states(run.after)} ({when_looked})")
    approved = " and ".join(f"<@{person}>" for person in facts.request.approved_by)
    blocks = [
        section("\n".join(line for line in lines if line)),
        small(f"Asked by <@{facts.request.requester}>, approved by {approved} · run {run.id}"),
    ]
    if run.phase is Phase.UNKNOWN:
        return text, blocks + _unknown(run)
    if run.after and run.phase is not Phase.NOT_SENT:
        blocks += _next(facts, run, run.after)
    return text, blocks


def _unknown(run: RunView) -> list[Block]:
    looks = "" if run.after is None else f"Since then: {_states(run.after)}. "
    untold = run.after is None or any(run.after.seen(role).own in UNTOLD for role in Role)
    hint = "I cannot see both servers: look at them by hand before you say." if untold else ""
    return [
        section(f"{looks}{hint}\n{run.pair} is locked until somebody other than the requester says:"),
        *close_buttons(run),
    ]


def close_buttons(run: RunView) -> list[Block]:
    """How a run of unknown end ended: what somebody other than the requester can say of it."""
    one = str(run.id)
    took = confirm("It took effect?", f"You say that {run.action} took effect on {run.pair}.", "It took effect")
    did_not = confirm("It did not?", f"You say that {run.action} did nothing on {run.pair}.", "It did not")
    return buttons(
        button("It took effect", "took_effect", one, confirm=took),
        button("It did not", "did_not", one, confirm=did_not),
        button("Still looking", "still_looking", one),
    )


def _next(facts: Facts, run: RunView, after: Snapshot) -> list[Block]:
    todo = after.steps
    about = f"{after.about.glyph} {after.situation}" + (
        "" if after.about.says in run.words else f": {after.about.says}"
    )
    if not todo:
        return [section(about)]
    words = " → ".join(step_words(step, facts.actions) for step in todo)
    first = next((step for step in todo if isinstance(step, Do)), None)
    found = [section(f"{about}\n*Next:* {words}")]
    if first and after.situation in facts.actions[first.action].allowed:
        found += buttons(ask_button(after.pair, facts.actions[first.action]), button("Look again", "look", after.pair))
    return found
