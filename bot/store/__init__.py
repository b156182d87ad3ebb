"""The store: SQLModel tables, and every change with its audit entry in one transaction."""

from bot.store.base import MessageKind, Store, fenced_by
from bot.store.tables import Base

__all__ = ["Base", "MessageKind", "Store", "fenced_by"]
