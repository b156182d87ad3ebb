"""The store: the tables, and the functions that change them.

Each change is stored in one transaction with its audit entry.
"""

from bot.store.base import MessageKind, Store, fenced_by
from bot.store.tables import Base

__all__ = ["Base", "MessageKind", "Store", "fenced_by"]
