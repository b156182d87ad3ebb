"""On which databases the tests of the watch over the bot itself run."""

from tests.support.engines import engine_name

__all__ = ["engine_name"]
