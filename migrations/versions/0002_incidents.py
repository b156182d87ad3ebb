"""Incidents, replacement servers, statements that can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_at IS NULL")


def _time(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _incidents()
    _pins()
    with op.batch_alter_table("statement") as table:
        table.add_column(sa.Column("sentence", sa.Text(), nullable=False, server_default=""))
        table.add_column(_time("revoked_at", nullable=True))
        table.add_column(sa.Column("revoked_by", sa.String(), nullable=True))
    with op.batch_alter_table("request") as table:
        table.add_column(sa.Column("incident_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("post") as table:
        table.add_column(sa.Column("incident_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("pin_id", sa.Integer(), nullable=True))


def _incidents() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        _time("opened_at"),
        sa.Column("opened_by", sa.String(), nullable=True),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("latest", sa.Text(), nullable=False),
        _time("healthy_until", nullable=True),
        sa.Column("owner", sa.String(), nullable=True),
        _time("owned_at", nullable=True),
        _time("reminded_at"),
        _time("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
    )
    op.create_index("ix_incident_pair", "incident", ["pair"])
    # At most one open incident per pair.
    op.create_index("uq_incident_open", "incident", ["pair"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)


def _pins() -> None:
    op.create_table(
        "pin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("host_key", sa.Text(), nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("replaced", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        _time("asked_at"),
        sa.Column("decided_by", sa.String(), nullable=True),
        _time("decided_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_pin"),
    )
    op.create_index("ix_pin_pair", "pin", ["pair"])


def downgrade() -> None:
    for name, columns in (
        ("post", ("incident_id", "pin_id")),
        ("request", ("incident_id",)),
        ("statement", ("sentence", "revoked_at", "revoked_by")),
    ):
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column)
    op.drop_table("pin")
    op.drop_table("incident")
