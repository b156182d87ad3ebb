"""Checks that the database can be opened, is at this release's version, and accepts a write."""

from dataclasses import replace

from bot.check.finding import Finding, bad, good
from bot.domain.errors import CannotStart, Refusal
from bot.store import Store, migration, pulse
from bot.views.refusals import plain_words
from bot.wiring import DatabaseInUse, because, lock_sqlite, now

MIGRATE = "pairkeeper migrate"
REMEDY = "See DATABASE_URL: who owns the database, whether it is read-only or full, and who else holds it."


def opened(url: str) -> tuple[Store | None, Finding]:
    """Return the database, or None if it cannot be used, and the finding about it."""
    try:
        store = Store(url, now)
        version = migration.version(store.engine)
        unfit = migration.unfit(store.engine, creates=version != migration.head())
    except Refusal as refusal:
        return None, bad("database", plain_words(refusal), "Correct DATABASE_URL, or install what it needs.")
    except Exception as error:
        return None, bad("database", f"cannot be opened: {because(error)}", REMEDY)
    if unfit:
        return None, bad("database", unfit, f"Do that, then: {MIGRATE}")
    if version != migration.head():
        words = (
            f"is at version {version}, and this release needs {migration.head()}" if version else "is not created yet"
        )
        return None, replace(bad("database", words, f"Run: {MIGRATE}"), command=MIGRATE)
    try:
        pulse.beat(store)
    except Refusal as refusal:
        return None, unwritable(refusal)
    try:
        held = lock_sqlite(store)
    except DatabaseInUse:
        held = None  # the bot that is checked holds the lock
    except CannotStart as error:
        return None, bad("database", str(error), REMEDY)
    if held:
        held.close()
    return store, good("database", f"{store.engine.dialect.name}, version {version}, can be written")


def unwritable(refusal: Refusal, pair: str = "") -> Finding:
    """Return the finding for a refused write. With `pair` it is the write that should have armed that pair."""
    why = because(refusal.__cause__) if isinstance(refusal.__cause__, Exception) else plain_words(refusal)
    return bad("database", f"cannot be written: {why}", REMEDY, pair)
