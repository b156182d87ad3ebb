"""Watching by the clock, maintenance, storms, summaries; who holds what when several processes run."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_at IS NULL")
PINNED = sa.text("stage = 'approved'")
NEW_TABLES = ("picture", "trouble", "canary", "summary", "maintenance", "tick", "process", "storm")
NEW_COLUMNS: dict[str, tuple[str, ...]] = {
    "request": ("holder",),
    "run": ("holder",),
    "incident": ("escalated_at", "storm_id"),
    "sighting": ("follows",),
    "post": ("storm_id", "summary_id", "maintenance_id", "waiting_since", "claimed_by", "claimed_until"),
}


def _time(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    for name, columns in NEW_COLUMNS.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.add_column(_column(column))
    # At most one replacement in force for each server, also when two are approved at once.
    op.create_index(
        "uq_pin_approved", "pin", ["pair", "role"], unique=True, sqlite_where=PINNED, postgresql_where=PINNED
    )
    # The same change seen by two processes at once is one row.
    op.create_index("uq_sighting_follows", "sighting", ["pair", "follows"], unique=True)
    _storms()
    _clock()
    _maintenance()
    _told()


def _column(name: str) -> sa.Column[object]:
    if name.endswith("_id") or name == "follows":
        return sa.Column(name, sa.Integer(), nullable=True)
    if name.endswith(("_at", "_until", "_since")):
        return _time(name, nullable=True)
    return sa.Column(name, sa.String(), nullable=True)


def _storms() -> None:
    op.create_table(
        "storm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        _time("opened_at"),
        _time("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_storm"),
    )
    # At most one open storm per channel.
    op.create_index("uq_storm_open", "storm", ["channel"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)


def _clock() -> None:
    op.create_table(
        "process",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        _time("started_at"),
        _time("seen_at"),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.Column("stopping", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_process"),
    )
    op.create_table(
        "tick",
        sa.Column("job", sa.String(), nullable=False),
        _time("due_at"),
        sa.Column("claimed_by", sa.String(), nullable=True),
        _time("claimed_at", nullable=True),
        sa.PrimaryKeyConstraint("job", name="pk_tick"),
    )


def _maintenance() -> None:
    op.create_table(
        "maintenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        _time("begins_at"),
        _time("ends_at"),
        _time("ended_at", nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance"),
    )
    op.create_index("ix_maintenance_pair", "maintenance", ["pair"])


def _told() -> None:
    op.create_table(
        "summary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("due", sa.String(), nullable=False),
        _time("made_at"),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_summary"),
        sa.UniqueConstraint("channel", "due", name="uq_summary_channel"),
    )
    op.create_table(
        "canary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        _time("sent_at"),
        sa.Column("sent_by", sa.String(), nullable=False),
        _time("taken_at", nullable=True),
        _time("returned_at", nullable=True),
        sa.Column("returned_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_canary"),
    )
    op.create_table(
        "trouble",
        sa.Column("name", sa.String(), nullable=False),
        _time("since"),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_trouble"),
    )
    op.create_table(
        "picture",
        sa.Column("key", sa.String(), nullable=False),
        _time("made_at"),
        sa.Column("file_id", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_picture"),
    )


def downgrade() -> None:
    for name in NEW_TABLES:
        op.drop_table(name)
    op.drop_index("uq_sighting_follows", "sighting")
    op.drop_index("uq_pin_approved", "pin")
    for name, columns in NEW_COLUMNS.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column)
