"""The audit, and what it says when it is played again from the start."""

from typing import Any

import sqlalchemy
from sqlmodel import col, select

from bot.domain.request import Phase, Stage
from bot.store import Base, Store
from bot.store.tables import Audit, Request, Run

States = dict[tuple[str, int], str]


def dump(store: Store) -> dict[str, list[Any]]:
    """Every row of every table."""
    with store.reading() as session:
        return {
            name: sorted(map(tuple, session.connection().execute(sqlalchemy.select(table))), key=repr)
            for name, table in Base.metadata.tables.items()
        }


def audit(store: Store) -> list[Audit]:
    """The audit from its first entry."""
    with store.reading() as session:
        return list(session.exec(select(Audit).order_by(col(Audit.id))))


def replayed(store: Store) -> States:
    """The state of each request and run by the audit alone: the last one that it names."""
    states: States = {}
    for entry in audit(store):
        if entry.state is not None:
            about = {"request": entry.request_id, "run": entry.run_id}[entry.kind]
            assert about is not None
            kind = {"request": Stage, "run": Phase}[entry.kind]
            states[entry.kind, about] = kind(entry.state)
    return states


def held(store: Store) -> States:
    """The state of each request and run as the tables have it."""
    with store.reading() as session:
        requests = {("request", row.id or 0): row.stage for row in session.exec(select(Request))}
        runs = {("run", row.id or 0): row.phase for row in session.exec(select(Run))}
    return requests | runs
