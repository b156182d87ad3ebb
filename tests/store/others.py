"""A second process on the same store."""

from bot.store import Store


def another(store: Store) -> Store:
    """Another process on the same database."""
    return Store("", store.now, store.engine)
