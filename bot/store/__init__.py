"""The store: SQLModel tables, and every change with its audit entry in one transaction."""

from bot.store.base import PostKind, Store, answering
from bot.store.tables import Base

__all__ = ["Base", "PostKind", "Store", "answering"]
