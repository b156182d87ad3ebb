"""What the bot decides from stands in columns, filled from the audit; a tick is a job of the clock and nothing else.

The index of open requests covers the codes too, beside the words in which an older release spells them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
AUDIT = sa.table("audit", *map(sa.column, ("id", "kind", "pair", "state")), sa.column("at", AT), sa.column("data"))
TICK = sa.table("tick", sa.column("job"), sa.column("due_at", AT))
TROUBLE = sa.table("trouble", *map(sa.column, ("name", "channel", "words")))
SINCE = "summaries since:"  # then a channel, its times and its zone
RUN = sa.table("run", *map(sa.column, ("ended_at", "words", "by_hand")))
BY_HAND = (  # how a person goes on by hand after a run: read from its words once more
    (RUN.c.ended_at.is_not(None), "as_approved"),
    (RUN.c.words.contains("Look what is next now: /ha-recover ", autoescape=True), "look_first"),
    (RUN.c.words.startswith("It asked a question that I do not know"), "read_question"),
)
WORDS = "'pending', 'approved', 'waiting for its code'"
BOTH = f"{WORDS}, 'waiting_for_code'"


def _index_of_open_requests(stages: str) -> None:
    where = sa.text(f"stage IN ({stages})")
    op.drop_index("uq_request_open", table_name="request")
    op.create_index("uq_request_open", "request", ["pair"], unique=True, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    _index_of_open_requests(BOTH)
    op.add_column("run", sa.Column("by_hand", sa.Text(), server_default="", nullable=False))
    for condition, by_hand in BY_HAND:
        op.execute(sa.update(RUN).where(condition).values(by_hand=by_hand))
    escalation = op.create_table(
        "escalation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_escalation"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_escalation_incident_id_incident"),
    )
    op.create_index("ix_escalation_incident_id", "escalation", ["incident_id"])
    deterioration = op.create_table(
        "deterioration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("situation", sa.String(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("kept_back", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deterioration"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_deterioration_incident_id_incident"),
    )
    op.create_index("ix_deterioration_pair", "deterioration", ["pair"])
    schedule = op.create_table(
        "known_schedule",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("cron", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("found_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "cron", "zone", name="pk_known_schedule"),
    )
    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pulse"),
    )
    op.add_column("trouble", sa.Column("channel", sa.String(), nullable=True))
    op.add_column("trouble", sa.Column("words", sa.Text(), server_default="", nullable=False))
    _fill(escalation, deterioration, schedule)


def _fill(escalation: sa.Table, deterioration: sa.Table, schedule: sa.Table) -> None:
    bind = op.get_bind()
    data = sa.cast if bind.dialect.name == "postgresql" else sa.type_coerce
    entries = sa.select(AUDIT, data(AUDIT.c.data, sa.JSON).label("said")).order_by(AUDIT.c.id)
    for entry in bind.execute(entries.where(AUDIT.c.kind.in_(("escalated", "worse", "blind")))).all():
        said, state = entry.said, entry.state
        match entry.kind:
            case "escalated":
                rows = [{"incident_id": said["incident"], "recipient": one, "at": entry.at} for one in said["to"]]
                op.bulk_insert(escalation, rows)
            case "worse":
                row = {"incident_id": said["incident"], "pair": entry.pair, "situation": said["situation"]}
                op.bulk_insert(deterioration, [row | {"at": entry.at, "kept_back": state == "kept back"}])
            case _ if state == "begun":
                blind = sa.update(TROUBLE).where(TROUBLE.c.name == f"blind:{entry.pair}")
                bind.execute(blind.values(channel=said["channel"], words=said["words"].replace("\0", "\ufffd")))
    for job, found_at in bind.execute(sa.select(TICK.c.job, TICK.c.due_at).where(TICK.c.job.startswith(SINCE))).all():
        channel, cron, zone = job.removeprefix(SINCE).split(":", 2)
        op.bulk_insert(schedule, [{"channel": channel, "cron": cron, "zone": zone, "found_at": found_at}])


def downgrade() -> None:
    _index_of_open_requests(WORDS)
    op.drop_column("run", "by_hand")
    for column in ("words", "channel"):
        op.drop_column("trouble", column)
    for table in ("pulse", "known_schedule", "deterioration", "escalation"):
        op.drop_table(table)
