"""Bring a database to the newest version of the tables, and tell whether it is at that version."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

Unusable = DBAPIError  # errors that the database itself raises, for callers that may not import its libraries
FOLDER = Path(__file__).resolve().parents[2] / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


TRIES = 5
FITNESS = """
    SELECT current_database() AS name, current_user AS who, current_schema() AS place,
           pg_encoding_to_char(encoding) AS encoding,
           coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may
    FROM pg_database WHERE datname = current_database()
"""
WAITED_FOR = ("40P01", "55P03")  # PostgreSQL's codes for a deadlock, and for a lock that was not obtained in time


def upgrade(engine: Engine, to: str = "head") -> None:
    """Apply every migration that is missing.

    Running bots may hold locks for a moment, so a deadlock or a lock timeout is retried up to TRIES times in all.
    """
    for tries in range(1, TRIES + 1):
        try:
            return _run(engine, command.upgrade, to)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") not in WAITED_FOR or tries == TRIES:
                raise
    return None


def downgrade(engine: Engine, to: str) -> None:
    """Undo migrations, down to the version `to`."""
    _run(engine, command.downgrade, to)


def _run(engine: Engine, what: object, to: str) -> None:
    assert callable(what)
    config = _config()
    with engine.connect().execution_options(writes=True) as connection:
        config.attributes["connection"] = connection
        what(config, to)


ENCODING = (
    "The database {name} stores text as {encoding}, in which not everything that people type can be kept: it has to be "
    "UTF-8. Make another one and set DATABASE_URL to it: createdb --template=template0 --encoding=UTF8 --locale=C "
    "--owner={user} NAME"
)
NO_RIGHT = (
    "The user {user} may not create tables in the database {name}. Whoever owns it can allow that: "
    'GRANT USAGE, CREATE ON SCHEMA {schema} TO "{user}";'
)


def unfit(engine: Engine, creates: bool = True) -> str:
    """Return why this database cannot be used, with the command that fixes it.

    Empty where it can be used, or is SQLite. With `creates`, the right to create tables is required too, which is
    needed to bring the database up to date.
    """
    if engine.dialect.name != "postgresql":
        return ""
    with engine.connect() as connection:
        row = connection.execute(text(FITNESS)).one()
    words = {"name": row.name, "encoding": row.encoding, "user": row.who, "schema": row.place or "public"}
    if row.encoding != "UTF8":
        return ENCODING.format(**words)
    return NO_RIGHT.format(**words) if creates and not row.may else ""


def version(engine: Engine) -> str | None:
    """Return the version that the database is at; None for an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the newest version that this release has."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def knows(version: str | None) -> bool:
    """Whether this release has that version. A newer release may have brought the database to a later one."""
    revisions = ScriptDirectory.from_config(_config()).walk_revisions()
    return version is None or version in {revision.revision for revision in revisions}


def check(engine: Engine) -> None:
    """Raise an error when the models and the migrations differ."""
    config = _config()
    with engine.connect().execution_options(writes=True) as connection:
        config.attributes["connection"] = connection
        command.check(config)
