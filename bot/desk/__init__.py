"""Look, ask, decide, run: the only place where order matters."""

from bot.desk import guiding, pinning
from bot.desk.asking import Given, Needed, ask
from bot.desk.base import Desk
from bot.desk.deciding import approve, by_hand, close, deny, enter_code, stop, withdraw
from bot.desk.looking import observe, status
from bot.desk.recovering import adopt, recover
from bot.desk.running import execute

__all__ = [
    "Desk",
    "Given",
    "Needed",
    "adopt",
    "approve",
    "ask",
    "by_hand",
    "close",
    "deny",
    "enter_code",
    "execute",
    "guiding",
    "observe",
    "pinning",
    "recover",
    "status",
    "stop",
    "withdraw",
]
