"""What a message claims of the servers, taken out of its words, and held against what was true at the time it gives.

It knows the words that people read, and nothing of how they came about.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.pair import Role
from tests.proof.clock import START
from tests.proof.far_end import lab
from tests.told.stage import ANSWERS, INTERVAL, Moment, Shown, Stage

SEEN_AT = re.compile(r"(?:[Ss]een at |\()(<!date[^>]*>)")  # and not: until, since or from then
DATE = re.compile(r"<!date\^(\d+)\^[^>]*>")
STATES = {
    "ACTIVE": "active", "STANDBY": "standby", "demoted": "demoted", "no answer": "silent", "unpaired": "unpaired",
    "not understood": "garbage", "failed": "failed",
}  # fmt: skip
STATE = re.compile(rf"\b(Primary|Secondary) \*?({'|'.join(STATES)})\b\*?")
OWN = re.compile(rf"^\*?(Primary|Secondary)\*? \S+ · \*({'|'.join(STATES)})\*.* · (?=just now|\d)")
AGO = re.compile(r" · (?:seen )?(?:(just now)|(\d+) s ago|(\d+) min ago)")
EXPECTED = (
    "*Then",
    "*Done when",
    "*Took",
    "*Before you",
    "*Runs",
    "*You lose",
    "*Lost",
    "• ",
)  # lines of what is to come, or of rules
# What each situation says of both servers, by the words that are shown for it.
SITUATIONS = {
    "healthy": {("active", "standby")},
    "out of step": {("active", "standby")},
    "sick Primary": {("active", "standby"), ("failed", "standby"), ("garbage", "standby")},
    "failed over": {("demoted", "active")},
    "failed over after a split brain": {("demoted", "active")},
    "Primary not answering": {("silent", "standby")},
    "Secondary alone": {("silent", "active"), ("failed", "active")},
    "Primary replaced": {("unpaired", "active"), ("active", "active"), ("demoted", "active")},
    "split brain": {("active", "active")},
    "split brain, then the Primary went silent": {("silent", "active")},
    "split brain, then the Secondary went silent": {("active", "silent")},
    "no standby": {("active", "silent"), ("active", "failed")},
    "Secondary replaced": {("active", "unpaired"), ("active", "silent")},
    "neither server answering": {("silent", "silent"), ("silent", "failed"), ("failed", "silent")},
    "new Primary without a Secondary": {("unpaired", "silent"), ("silent", "silent")},
    "new Secondary without a Primary": {("silent", "unpaired")},
    "both servers new": {("unpaired", "unpaired"), ("unpaired", "silent")},
    "no active server": {("demoted", "standby")},
    "failover interrupted": {("demoted", "standby")},
    "Primary unreadable": {("garbage", "standby")},
    "Secondary active, Primary unreadable": {("garbage", "active")},
    "unreadable": {(one, "garbage") for one in STATES.values()} | {("garbage", one) for one in STATES.values()},
    "no active server, newest data unreachable": {("demoted", "silent"), ("demoted", "unpaired")},
}
LONGEST_FIRST = "|".join(sorted(map(re.escape, SITUATIONS), key=len, reverse=True))
WHOSE = r"(?:\*?london\*?(?: ·|:)?(?: got worse:)? )?"
SITUATION = re.compile(rf"(?:[🟢🟠🔴⚪] {WHOSE})\*?({LONGEST_FIRST})(?=[\s:.,*]|$)")
SILENT_FOR = re.compile(r"I can't reach the (Primary|Secondary): ([^\n]*)")
REKEYED = "its host key is not the pinned one"
KEPT = ("incident", "worse", "App Home", "/ha-")
LOOK = 15.0  # seconds that a turn of looks takes at most
EFFECT = {"Nothing has changed": False, "nothing has changed": False, "is done · it took": True}


@dataclass(frozen=True)
class Claim:
    """One claim: what is said, of when (true seconds), for how long around it, and whether it is so."""

    shown: Shown
    kind: str
    words: str
    at: float
    true: bool

    def __str__(self) -> str:
        return f"{self.shown.place} at {self.shown.at:.1f}: {self.kind} “{self.words}” of {self.at:.1f}"


class Judge:
    """Everything that a stage has shown, against what was true on it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def claims(self) -> list[Claim]:
        """All that was claimed in any line that was shown."""
        return [claim for shown in self.stage.shown for claim in self._of(shown)]

    def _of(self, shown: Shown) -> Iterator[Claim]:
        texts = [shown.text, *_texts(shown.blocks)]
        seen = [at for text in texts for one in SEEN_AT.findall(text) for at in dates(one)]
        title = seen[0] if seen else shown.at
        for text in texts:
            for line in text.splitlines():
                if found := OWN.search(line):
                    yield self._own(shown, line, found)
                    continue
                yield from self._states(shown, line)
                yield from self._situations(shown, line)
                yield from self._reasons(shown, line, title)
                yield from self._served(shown, line)
                yield from self._steps(shown, line)
                yield from self._effects(shown, line)

    # --- one kind of claim each

    def _own(self, shown: Shown, text: str, found: re.Match[str]) -> Claim:
        ago = AGO.search(text)
        assert ago, f"a state without an age: {text}"
        back = float(ago[2] or 0) + 60 * float(ago[3] or 0)
        role, at = Role(found[1].lower()), shown.at - back
        return self._claim(shown, "state", found[0], at, {STATES[found[2]]} <= self.between(role, at - 1, at + 1))

    def _states(self, shown: Shown, line: str) -> Iterator[Claim]:
        if (
            line.startswith(EXPECTED)
            or "egan as: " in line
            or "approved as" in line
            or "the servers show" in line
            or "says of it" in line
        ):
            return
        for found in STATE.finditer(line):
            times = dates(line[found.end() :])
            at = times[0] if times else shown.at
            role, state = Role(found[1].lower()), STATES[found[2]]
            # Of a look that was not answered the time is that of its end.
            true = state in self.between(role, at - ANSWERS, at + 1 + (0 if times else 0.5))
            yield self._claim(shown, "state" if times else "state without a time", found[0], at, true)

    def _situations(self, shown: Shown, line: str) -> Iterator[Claim]:
        if "It began as" in line or line.startswith(("Began as", "• ")):
            return
        for found in SITUATION.finditer(line):
            times = dates("".join(SEEN_AT.findall(line[found.end() :])[:1]))
            back = INTERVAL if "healthy" in found[1] else 0  # a pair that is healthy is told of with all the others
            at = times[0] if times else shown.at
            true = any(self._is_so(found[1], one) for one in self._met(at - back - 2 * ANSWERS, at + 2 * ANSWERS + 2))
            # What is shown as now is the newest look: they come by the clock, and again where something is new.
            if shown.place.startswith(KEPT):
                true = true and shown.at - at < INTERVAL + LOOK
            yield self._claim(shown, "situation" if times else "situation without a time", found[1], at, true)

    def _met(self, start: float, end: float) -> Iterator[tuple[str, str, bool]]:
        """What two looks in this time may have met, and whether the Primary was vouched for as a new one."""
        for vouched in {Role.PRIMARY in one.vouched for one in self.moments(start, end)}:
            primaries = self.between(Role.PRIMARY, start, end) | ({"unpaired"} if vouched else set())
            secondaries = self.between(Role.SECONDARY, start, end)
            yield from ((primary, secondary, vouched) for primary in primaries for secondary in secondaries)

    @staticmethod
    def _is_so(situation: str, met: tuple[str, str, bool]) -> bool:
        primary, secondary, vouched = met
        if situation in ("split brain", "Primary replaced") and primary != "unpaired":
            return (primary, secondary) in SITUATIONS[situation] and vouched is (situation == "Primary replaced")
        return (primary, secondary) in SITUATIONS[situation]

    def _reasons(self, shown: Shown, line: str, title: float) -> Iterator[Claim]:
        for found in SILENT_FOR.finditer(line):
            role, at = Role(found[1].lower()), title
            silent = "silent" in self.between(role, at - ANSWERS, at + 2 * ANSWERS + 2)
            moments = self.moments(at - ANSWERS, at + 2 * ANSWERS + 2)
            rekeyed = any(one.keys[role] != one.pinned[role] for one in moments)
            yield self._claim(shown, "reason", found[0], at, silent and (REKEYED not in line or rekeyed))

    def _served(self, shown: Shown, line: str) -> Iterator[Claim]:
        if "I see no active server" in line:
            at = next(iter(dates(line)), shown.at)
            none = any("active" not in pair for pair in self.pairs(at - ANSWERS, at + ANSWERS + 1))
            yield self._claim(shown, "availability", line, at, none)
        if "is healthy again" in line and "closed" not in line and "Check the Primary" not in line:
            true = ("active", "standby") in self.pairs(shown.at - INTERVAL, shown.at)
            yield self._claim(shown, "availability", line, shown.at, true)

    def _steps(self, shown: Shown, line: str) -> Iterator[Claim]:
        now = self.moments(shown.at, shown.at)[-1]
        if "✅ answered" in line:
            yield self._claim(shown, "progress", line, shown.at, now.answered)
        if "✅ finished" in line:
            yield self._claim(shown, "progress", line, shown.at, now.exit is not None)
        if "⏳ waiting for it to finish" in line:
            yield self._claim(shown, "progress", line, shown.at, now.answered)

    def _effects(self, shown: Shown, line: str) -> Iterator[Claim]:
        if "Nothing was sent" in line and shown.place.startswith("end"):
            yield self._claim(shown, "outcome", line, shown.at, not self.moments(shown.at, shown.at)[-1].at_work)
        for words, effect in EFFECT.items():
            if words in line and shown.place.startswith("end"):
                done = self.moments(shown.at, shown.at)[-1].exit == 0
                yield self._claim(shown, "outcome", line, shown.at, done is effect)

    @staticmethod
    def _claim(shown: Shown, kind: str, words: str, at: float, true: bool) -> Claim:
        return Claim(shown, kind, words, at, true)

    # --- the truth

    def moments(self, start: float, end: float) -> list[Moment]:
        """What was so at any time between these, the oldest first."""
        moments = self.stage.moments
        last = max((number for number, one in enumerate(moments) if one.at <= start), default=0)
        return [one for number, one in enumerate(moments) if number == last or start < one.at <= end]

    def between(self, role: Role, start: float, end: float) -> set[str]:
        lost = any(start - 2 * ANSWERS <= at <= end + ANSWERS for at in self.stage.unheard)
        return {state_of(one, role) for one in self.moments(start, end)} | ({"garbage"} if lost else set())

    def pairs(self, start: float, end: float) -> set[tuple[str, str]]:
        """What both looks of a time may have met."""
        return {
            (primary, secondary)
            for primary in self.between(Role.PRIMARY, start, end)
            for secondary in self.between(Role.SECONDARY, start, end)
        }


def state_of(moment: Moment, role: Role) -> str:
    """What a server would truly say of itself to who looks: by its own row, or nothing."""
    server = moment.truth.server(lab(role))
    if not (server.up and server.reachable) or moment.keys[role] != moment.pinned[role]:
        return "silent"
    return str(server.sick or server.state)


def dates(text: str) -> list[float]:
    """The times that a text gives, in true seconds; a time is shown without its fraction."""
    return [int(one) - START.timestamp() + 0.5 for one in DATE.findall(text)]


def _texts(blocks: list[dict[str, object]]) -> Iterator[str]:
    for block in blocks:
        if block["type"] == "actions":
            continue
        for text in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):  # type: ignore[misc]
            if isinstance(text, dict) and text.get("type") in ("mrkdwn", "plain_text"):
                yield str(text["text"])
