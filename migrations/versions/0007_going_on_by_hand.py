"""How a person goes on by hand after a run stands in a column; of ended runs it is read from their words once more."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

RUN = sa.table("run", *map(sa.column, ("ended_at", "words", "by_hand")))
BY_HAND = (
    (RUN.c.ended_at.is_not(None), "as_approved"),
    (RUN.c.words.contains("Look what is next now: /ha-recover ", autoescape=True), "look_first"),
    (RUN.c.words.startswith("It asked a question that I do not know"), "read_question"),
)


def upgrade() -> None:
    op.add_column("run", sa.Column("by_hand", sa.Text(), server_default="", nullable=False))
    for condition, by_hand in BY_HAND:
        op.execute(sa.update(RUN).where(condition).values(by_hand=by_hand))


def downgrade() -> None:
    op.drop_column("run", "by_hand")
