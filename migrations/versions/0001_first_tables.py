"""The first tables: requests and their approvals, runs, what was seen and said, the audit, what Slack has to show."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OPEN_REQUEST = sa.text("stage IN ('pending', 'approved', 'waiting for its code')")
OPEN_RUN = sa.text("phase IN ('intent', 'sending', 'unknown')")
TABLES = ("receipt", "post", "audit", "arming", "sighting", "statement", "run", "approval", "request")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _time(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _requests()
    _runs()
    _evidence()
    _audit()
    _messages()


def _requests() -> None:
    op.create_table(
        "request",
        _id(),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("requester", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("approvals", sa.Integer(), nullable=False),
        _time("created_at"),
        _time("expires_at"),
        _time("decided_at", nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("acknowledgement", sa.Text(), nullable=False),
        sa.Column("reminded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_request"),
    )
    op.create_index("ix_request_pair", "request", ["pair"])
    # At most one open request per pair.
    op.create_index(
        "uq_request_open",
        "request",
        ["pair"],
        unique=True,
        sqlite_where=OPEN_REQUEST,
        postgresql_where=OPEN_REQUEST,
    )
    op.create_table(
        "approval",
        _id(),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name="fk_approval_request_id_request"),
        sa.UniqueConstraint("request_id", "person", name="uq_approval_request_id"),
    )
    op.create_index("ix_approval_request_id", "approval", ["request_id"])


def _runs() -> None:
    op.create_table(
        "run",
        _id(),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        _time("started_at"),
        _time("sent_at", nullable=True),
        _time("answered_at", nullable=True),
        sa.Column("stopped_by", sa.String(), nullable=True),
        _time("ended_at", nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=True),
        _time("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name="fk_run_request_id_request"),
        sa.UniqueConstraint("request_id", name="uq_run_request_id"),
    )
    op.create_index("ix_run_pair", "run", ["pair"])
    # At most one open run per pair; unknown counts as open.
    op.create_index(
        "uq_run_open",
        "run",
        ["pair"],
        unique=True,
        sqlite_where=OPEN_RUN,
        postgresql_where=OPEN_RUN,
    )


def _evidence() -> None:
    op.create_table(
        "statement",
        _id(),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        _time("at"),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_statement"),
    )
    op.create_index("ix_statement_pair", "statement", ["pair"])
    op.create_table(
        "sighting",
        _id(),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("situation", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        _time("first_at"),
        _time("last_at"),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sighting"),
    )
    op.create_index("ix_sighting_pair", "sighting", ["pair"])
    op.create_table(
        "arming",
        _id(),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name="pk_arming"),
        sa.UniqueConstraint("pair", "digest", name="uq_arming_pair"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        _id(),
        _time("at"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("pair", sa.String(), nullable=True),
        sa.Column("who", sa.String(), nullable=True),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_pair", "audit", ["pair"])
    op.create_index("ix_audit_request_id", "audit", ["request_id"])


def _messages() -> None:
    op.create_table(
        "post",
        _id(),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("under", sa.String(), nullable=True),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _time("next_try_at"),
        sa.PrimaryKeyConstraint("id", name="pk_post"),
        sa.UniqueConstraint("key", name="uq_post_key"),
    )
    op.create_index("ix_post_due", "post", ["done", "next_try_at"])
    op.create_index("ix_post_request_id", "post", ["request_id"])
    op.create_table(
        "receipt",
        sa.Column("signature", sa.String(), nullable=False),
        _time("at"),
        sa.PrimaryKeyConstraint("signature", name="pk_receipt"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)  # its indexes go with it
