"""What several plays do with a run."""

from tests.e2e.play import Play

SHORT = {name: {"longest": 2.0} for name in ("ha-failover", "ha-failback", "ha-demote-primary", "ha-initialise")}


QUICK = {"verify_seconds": 4.0, "commands": {"ha-status": {"time_limit": 2.0}} | SHORT}


CLOSING = ["It worked", "It didn't", "Partly", "Look again"]


def demote(p: Play) -> None:
    """Ask for the demotion and have it approved."""
    p.approve(p.ask("/ha-demote-primary london the switch failed"))


def true_effect(p: Play) -> bool:
    """Whether the demotion really took place."""
    return bool(p.pair.truth()["primary"]["state"] == "demoted")
