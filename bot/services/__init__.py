"""The use cases: observe a pair, request a command, approve it and run it. Only here does the order of steps matter."""

from bot.services import incident_handling, key_approval
from bot.services.approvals import approve, by_hand, deny, enter_code, stop, withdraw
from bot.services.base import Desk
from bot.services.closure import close, stop_waiting
from bot.services.crash_recovery import adopt, keep_pace, recover, resume_pace
from bot.services.execution import execute
from bot.services.monitor import Monitor, tell_decidable, watch
from bot.services.observation import observe
from bot.services.pending import ahead_of, waiting_for
from bot.services.requests import Details, DetailsNeeded, ask
from bot.services.run_monitor import RunMonitor
from bot.services.summaries import pair_now, sum_up

__all__ = [
    "Desk",
    "Details",
    "DetailsNeeded",
    "Monitor",
    "RunMonitor",
    "adopt",
    "ahead_of",
    "approve",
    "ask",
    "by_hand",
    "close",
    "deny",
    "enter_code",
    "execute",
    "incident_handling",
    "keep_pace",
    "key_approval",
    "observe",
    "pair_now",
    "recover",
    "resume_pace",
    "stop",
    "stop_waiting",
    "sum_up",
    "tell_decidable",
    "waiting_for",
    "watch",
    "withdraw",
]
