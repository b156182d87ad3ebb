"""The line that the bot logs once Slack can reach it."""

from dataclasses import replace

from bot.views.start import Start, started

START = Start("1.2.0", "SQLite /var/lib/pairkeeper.db", 0, 9464, ["london", "rome"], ["paris"])


def test_it_names_release_transport_database_pairs_and_port() -> None:
    assert started(START) == (
        "Pairkeeper 1.2.0 is connected by Socket Mode; database: SQLite /var/lib/pairkeeper.db; armed: london and "
        "rome; not armed: paris (`pairkeeper check` says why); health and metrics: 127.0.0.1:9464"
    )


def test_by_http_and_with_nothing_armed() -> None:
    words = started(replace(START, http_port=3000, metrics_port=0, armed=[], unarmed=list("abcdefg")))
    assert "listens for Slack on port 3000 (HTTP)" in words
    assert "armed: none; not armed: a, b, c, d, e and 2 more (`pairkeeper check` says why)" in words
    assert words.endswith("health and metrics: none")
    assert "not armed" not in started(replace(START, unarmed=[]))
