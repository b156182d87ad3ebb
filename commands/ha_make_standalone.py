"""/ha-make-standalone: never offered; the answer says why."""

from bot.domain.command import Command

COMMAND = Command(
    name="ha-make-standalone",
    summary="Not offered: it would dissolve the pair",
    refuses="ha-make-standalone dissolves a pair and belongs to no recovery, so I do not run it. "
    "Nothing was sent. To see what is possible now: /ha-status",
)
