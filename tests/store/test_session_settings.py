"""A database session is the same whatever its role, its database or its server are set to."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from bot.store import Store, pulse, ticks
from bot.store.engine import normal_url
from tests.store.given import Clock

AT = datetime(2026, 11, 30, 3, 4, 5, tzinfo=UTC)
SET = ("datestyle = 'SQL, DMY'", "client_encoding = 'LATIN1'", "datestyle = 'German'")


@pytest.mark.needs("postgres")
@pytest.mark.parametrize("engine_name", ["postgresql"])
@pytest.mark.parametrize("setting", SET)
def test_postgresql_may_write_dates_and_letters_as_it_likes(database_url: str, setting: str) -> None:
    owner = create_engine(normal_url(database_url))
    with owner.begin() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f'ALTER DATABASE "{name}" SET {setting}'))
    owner.dispose()
    store = Store(database_url, Clock())
    pulse.beat(store)
    ticks.plan(store, {"ein Blick – 東京": AT})
    assert ticks.planned(store)["ein Blick – 東京"] == AT
    store.engine.dispose()
