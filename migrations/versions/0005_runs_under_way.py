"""From when people may decide how a run ended, and what is seen and said while it is under way."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("decidable_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("run", sa.Column("given_up_by", sa.String(), nullable=True))
    op.add_column("run", sa.Column("said", sa.Text(), server_default="", nullable=False))
    op.add_column("run", sa.Column("notes", sa.Text(), server_default="[]", nullable=False))


def downgrade() -> None:
    for column in ("notes", "said", "given_up_by", "decidable_at"):
        op.drop_column("run", column)
