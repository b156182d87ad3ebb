"""The buttons and forms, one file each; a file that is added here is registered with Slack by its own id."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from bot.domain.errors import Refusal, RefusalCode
from bot.slack.interaction import Click, Interaction


def load_interactions() -> Mapping[str, Interaction]:
    """Every interaction of this package, by its id; raises ValueError where two have the same."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    interactions = [value for module in modules for value in vars(module).values() if isinstance(value, Interaction)]
    table = {interaction.id: interaction for interaction in interactions}
    if len(table) < len(interactions):
        ids = ", ".join(interaction.id for interaction in interactions)
        raise ValueError(f"Two interactions have the same id, among: {ids}.")
    return table


def _from_an_older_message(_click: Click) -> str:
    raise Refusal(RefusalCode.OLD_BUTTON)


UNKNOWN = Interaction(id="", does=_from_an_older_message)
