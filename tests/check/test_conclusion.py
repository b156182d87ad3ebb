"""The last line of the check says which pairs are armed, why others are not, and what is next."""

from dataclasses import replace

import pytest

from bot.check import Finding, conclusion
from bot.check.finding import bad, good, lacking

DATABASE = good("database", "sqlite, can be written")
LONDON, PARIS = good("primary 10.0.0.11:22", "active", "london"), good("primary 10.0.1.11:22", "active", "paris")
REFUSED = bad("primary 10.0.1.11:22", "it refused the connection.", "Check the port.", "paris")
NEW = replace(bad("database", "is not created yet", "Run: pairkeeper migrate"), command="pairkeeper migrate")
TOKEN = bad("Slack", "refuses the bot token: invalid_auth", "Set SLACK_BOT_TOKEN.")
QUORUM = bad("people quorum", "nobody can ask for anything", "Add requesters.", "london")
STOPPED, RUNS = lacking("bot", "not running"), good("bot", "ready")
AGAIN = "then `pairkeeper check` again"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([DATABASE, LONDON, PARIS, STOPPED], "london and paris armed; next: `pairkeeper run`"),
        ([DATABASE, LONDON, PARIS, RUNS], "london and paris armed; next: nothing, the bot is running"),
        (
            [DATABASE, LONDON, REFUSED],
            "london armed, paris not: primary 10.0.1.11:22: it refused the connection; next: `pairkeeper run`",
        ),
        (
            [DATABASE, REFUSED],
            "no pair is armed, paris not: primary 10.0.1.11:22: it refused the connection; "
            f"next: do what each ⛔ says, {AGAIN}",
        ),
        (
            [NEW, LONDON, PARIS],
            f"no pair is armed, database: is not created yet; next: `pairkeeper migrate`, {AGAIN}",
        ),
        (
            [DATABASE, TOKEN, LONDON],
            f"london armed, but Slack: refuses the bot token: invalid_auth; next: do what each ⛔ says, {AGAIN}",
        ),
        (
            [DATABASE, QUORUM, LONDON],
            "london armed, but london: people quorum: nobody can ask for anything; next: `pairkeeper run`",
        ),
    ],
)
def test_each_end_of_a_check(found: list[Finding], words: str) -> None:
    assert conclusion(found) == words


def test_of_many_pairs_only_some_are_named_and_long_words_are_cut() -> None:
    found = [DATABASE, *(replace(LONDON, pair=f"pair{number}") for number in range(14))]
    assert conclusion(found).startswith("pair0, pair1, pair2, pair3, pair4 and 9 more armed; next:")
    assert len(conclusion([DATABASE, replace(REFUSED, words="x" * 2000), LONDON])) < 300
