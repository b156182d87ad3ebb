"""PostgreSQL as people have it: an encoding that cannot keep what is typed, a role that may not make tables."""

from collections.abc import Iterator

import psycopg
import pytest

from bot.check.database import opened
from bot.store import Store, migration, ticks
from bot.wiring import CannotStart, bring_up_to_date, check_database
from tests.store.given import START, Clock
from tests.support.postgres import Postgres

pytestmark = pytest.mark.needs("postgres")


def run(postgres: Postgres, words: str, database: str = "postgres") -> None:
    with psycopg.connect(f"host={postgres.folder} user=postgres dbname={database}", autocommit=True) as connection:
        connection.execute(words)  # type: ignore[call-overload]


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def odd(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[tuple[Store, str]]:
    """A database in another encoding."""
    name = f"odd_{request.param.lower()}"
    run(postgres, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{request.param}' LOCALE 'C'")
    store = Store(postgres.url(name), Clock())
    yield store, request.param
    store.engine.dispose()
    run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def test_another_encoding_is_refused_with_the_command_that_makes_a_right_one(odd: tuple[Store, str]) -> None:
    store, encoding = odd
    name = store.engine.url.database
    for does in (bring_up_to_date, check_database):
        with pytest.raises(CannotStart) as told:
            does(store)
        assert f"The database {name} stores text as {encoding}" in str(told.value)
        assert "createdb --template=template0 --encoding=UTF8 --locale=C --owner=postgres" in str(told.value)
    assert migration.version(store.engine) is None, "nothing was changed"
    used, found = opened(store.engine.url.render_as_string(hide_password=False))
    assert used is None
    assert not found.right
    assert encoding in found.words


def test_what_that_command_makes_can_be_used(postgres: Postgres) -> None:
    run(postgres, "CREATE DATABASE made TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    store = Store(postgres.url("made"), Clock())
    try:
        bring_up_to_date(store)
        ticks.plan(store, {"a dash – 東京 🔴": START})
        assert "a dash – 東京 🔴" in ticks.planned(store)
    finally:
        store.engine.dispose()
        run(postgres, "DROP DATABASE made WITH (FORCE)")


def test_a_role_that_may_not_make_tables_is_told_the_grant(postgres: Postgres) -> None:
    run(postgres, "CREATE ROLE bot LOGIN")
    run(postgres, "CREATE DATABASE strict TEMPLATE template0")
    run(postgres, "REVOKE CREATE ON SCHEMA public FROM PUBLIC", "strict")
    url = postgres.url("strict").replace("postgres@", "bot@")
    store = Store(url, Clock())
    try:
        with pytest.raises(CannotStart) as told:
            bring_up_to_date(store)
        assert 'GRANT USAGE, CREATE ON SCHEMA public TO "bot";' in str(told.value)
        _, found = opened(url)
        assert "GRANT USAGE, CREATE" in found.words
        run(postgres, str(told.value).partition(": ")[2].partition(";")[0], "strict")
        bring_up_to_date(store)
        run(postgres, "REVOKE CREATE ON SCHEMA public FROM bot", "strict")
        check_database(store)
        bring_up_to_date(store)
        assert opened(url)[1].right, "who has all tables needs no more"
    finally:
        store.engine.dispose()
        run(postgres, "DROP DATABASE strict WITH (FORCE)")
        run(postgres, "DROP ROLE bot")
