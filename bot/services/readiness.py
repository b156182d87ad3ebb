"""Find out in advance what would hinder the recovery of a pair, or keep the bot from noticing its trouble."""

from collections.abc import Collection, Iterator

from bot.domain.approval import Standing, listed
from bot.domain.errors import Reason, Refusal
from bot.domain.pair import Pair
from bot.domain.summary import Obstacle
from bot.domain.text import People, Text
from bot.services.base import Desk
from bot.store import host_keys, sightings

UNARMED = Obstacle(
    "cannot be changed",
    Text(
        "No command can run: the check of its access settings hasn't passed. Whoever runs me can run: pairkeeper check"
    ),
)
UNWATCHED = Obstacle("is not watched", Text("Nobody looks at it by the clock: its look_seconds is 0."))
UNASKED = Obstacle(
    "approvers not known", Text("I couldn't ask Slack who may approve, so I don't know whether enough can.")
)


def hindered(desk: Desk, pair: Pair) -> tuple[Obstacle, ...]:
    """Return the obstacles that the store and the settings show. `pair` must be as the settings file has it."""
    obstacles = []
    if words := host_keys.contradicted(desk.store, pair):
        mend = "No command can run until the file is corrected and this passes: pairkeeper check"
        obstacles.append(Obstacle(UNARMED.short, Text(f"{words} {mend}")))
    elif not sightings.armed(desk.store, host_keys.overlay(desk.store, pair)):
        obstacles.append(UNARMED)
    return (*obstacles, UNWATCHED) if not pair.look_seconds else tuple(obstacles)


def is_armed(desk: Desk, pair: Pair) -> bool:
    """Whether the pair may be changed. `pair` must be as the settings file has it."""
    contradicted = host_keys.contradicted(desk.store, pair)
    return not contradicted and sightings.armed(desk.store, host_keys.overlay(desk.store, pair))


def short_of_people(desk: Desk, pair: Pair) -> tuple[Obstacle, ...]:
    """Return the obstacles among the people: approvers who are not full members, or too few approvers for a requester.

    Slack is asked about each approver. Where it cannot say, that is the one obstacle returned.
    """
    try:
        approvers = listed(pair.approvers, desk.members)
        gone = {who for who in approvers if _gone(desk, who)}
        return (*_left(gone), *_too_few(pair, listed(pair.requesters, desk.members), approvers - gone))
    except Refusal as refusal:
        if refusal.reason is not Reason.SLACK:
            raise
        return (UNASKED,)


def _gone(desk: Desk, who: str) -> bool:
    return desk.identify is not None and desk.identify(who).standing is not Standing.MEMBER


def _left(gone: Collection[str]) -> Iterator[Obstacle]:
    if gone:
        words = "Of its approvers, {people} cannot approve: not a full member of this workspace."
        yield Obstacle("has approvers who cannot approve", Text(words, people=People(tuple(sorted(gone)))))


def _too_few(pair: Pair, requesters: Collection[str], can: Collection[str]) -> Iterator[Obstacle]:
    left = {who: len(set(can) - {who}) for who in requesters}
    stuck = tuple(sorted(who for who, others in left.items() if others < pair.approvals))
    if stuck:
        what = "What {people} asks for cannot be approved"
        what = "Nothing that is asked for can be approved" if len(stuck) == len(left) else what
        least = min(left.values())
        words = (
            f"{what}: it takes {pair.approvals} besides who asks, and there {'is' if least == 1 else 'are'} {least}."
        )
        yield Obstacle("lacks approvers", Text(words, people=People(stuck)))
