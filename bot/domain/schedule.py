"""When a channel gets its health summary."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """A channel's summaries. `cron` has five fields, read in the time zone `zone`. Empty `pairs` means all pairs."""

    channel: str
    cron: str
    zone: str = "UTC"
    pairs: tuple[str, ...] = ()
