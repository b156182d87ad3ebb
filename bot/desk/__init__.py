"""Look, ask, decide, run: the only place where order matters."""

from bot.desk import guiding, pinning
from bot.desk.asking import Given, Needed, ask
from bot.desk.base import Desk
from bot.desk.closing import close, stop_waiting
from bot.desk.deciding import approve, by_hand, deny, enter_code, stop, withdraw
from bot.desk.looking import observe, status
from bot.desk.meanwhile import Meanwhile
from bot.desk.recovering import adopt, keep_pace, recover, resume_pace
from bot.desk.running import execute
from bot.desk.summing import pair_now, sum_up
from bot.desk.waiting import ahead_of, waiting_for
from bot.desk.watching import Watch, tell_decidable, watch

__all__ = [
    "Desk",
    "Given",
    "Meanwhile",
    "Needed",
    "Watch",
    "adopt",
    "ahead_of",
    "approve",
    "ask",
    "by_hand",
    "close",
    "deny",
    "enter_code",
    "execute",
    "guiding",
    "keep_pace",
    "observe",
    "pair_now",
    "pinning",
    "recover",
    "resume_pace",
    "status",
    "stop",
    "stop_waiting",
    "sum_up",
    "tell_decidable",
    "waiting_for",
    "watch",
    "withdraw",
]
