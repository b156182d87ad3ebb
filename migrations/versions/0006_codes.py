"""The index of open requests covers the codes too, beside the words in which an older release spells them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WORDS = "'pending', 'approved', 'waiting for its code'"
BOTH = f"{WORDS}, 'waiting_for_code'"


def _index(stages: str) -> None:
    where = sa.text(f"stage IN ({stages})")
    op.drop_index("uq_request_open", table_name="request")
    op.create_index("uq_request_open", "request", ["pair"], unique=True, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    _index(BOTH)


def downgrade() -> None:
    _index(WORDS)
