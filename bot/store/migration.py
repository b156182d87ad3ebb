"""Bring a database to the newest version of the tables, and tell whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

Unusable = DBAPIError  # what the database itself refuses: for those who may not know its libraries
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
WAITED_FOR = ("40P01", "55P03")  # PostgreSQL's codes for a deadlock, and for a lock that did not come


def upgrade(engine: Engine, to: str = "head") -> None:
    """Apply every migration that is missing; bots may be running, and be in the way for a moment."""
    for tries in range(1, TRIES + 1):
        try:
            return _run(engine, command.upgrade, to)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") not in WAITED_FOR or tries == TRIES:
                raise
    return None


def downgrade(engine: Engine, to: str) -> None:
    """Take migrations back."""
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
    """Why this database cannot be used, with the command that mends it; nothing where it can, or is SQLite.

    `creates` asks for the right to create tables too, which is needed to bring it up to date.
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
    """The version that the database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest version there is."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def knows(version: str | None) -> bool:
    """Whether this release has that version; a newer release may have brought the database beyond it."""
    revisions = ScriptDirectory.from_config(_config()).walk_revisions()
    return version is None or version in {one.revision for one in revisions}


def check(engine: Engine) -> None:
    """Fail when the models and the migrations say different things."""
    config = _config()
    with engine.connect().execution_options(writes=True) as connection:
        config.attributes["connection"] = connection
        command.check(config)
