"""A play with several bots on one PostgreSQL: who holds what, who is who, and whether Slack shows anything twice."""

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from bot.simulator import cast
from bot.simulator.stage import Stage
from tests.e2e.play import Message, Play
from tests.support import forked_bot


class Replicas(Play):
    """As Play, with `count` bots; Slack sends its payloads to them in turn."""

    def __init__(self, folder: Path, url: str, *pairs: dict[str, Any], count: int = 2, **more: Any) -> None:
        super().__init__(folder, *pairs, DATABASE_URL=url, **more)
        self._url = url
        self.stages = [self.stage]
        for number in range(2, count + 1):
            stage = Stage(folder, self.slack, self.stage.pairs, environ={"DATABASE_URL": url}, start=forked_bot.start)
            stage.log = folder / f"bot-{number}.log"
            self.stages.append(stage)

    def __enter__(self) -> "Replicas":
        super().__enter__()
        try:
            for number, stage in enumerate(self.stages[1:], 2):
                stage.launch()
                self.heard_by(number)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for stage in self.stages[1:]:
            stage.kill()
        super().__exit__()

    def heard_by(self, number: int) -> None:
        """Wait until so many bots hear Slack."""
        self.wait(lambda: len(self.slack.sockets()) == number)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as database:
            return database.execute(sql).fetchall()  # type: ignore[arg-type]

    def holder(self, pair: str) -> Stage:
        """The bot that holds the pair's run."""
        sql = f"SELECT p.pid FROM run r JOIN process p ON p.id = r.holder WHERE r.pair = '{pair}' ORDER BY r.id DESC"
        (pid,) = self.wait(lambda: self.rows(sql))[0]
        return next(stage for stage in self.stages if stage.bot is not None and stage.bot.pid == pid)

    def freeze(self, stage: Stage) -> None:
        """SIGSTOP."""
        assert stage.bot is not None
        os.kill(stage.bot.pid, signal.SIGSTOP)

    def thaw(self, stage: Stage) -> None:
        """SIGCONT."""
        assert stage.bot is not None
        os.kill(stage.bot.pid, signal.SIGCONT)

    def log(self) -> str:
        said = ((stage.log.name, stage.log.read_text(errors="replace")[-4000:]) for stage in self.stages)
        return "\n".join(f"--- {name}\n{text}" for name, text in said)

    def delivered(self) -> None:
        """Wait until Slack shows all that it should."""
        self.wait(lambda: self.rows("SELECT count(*) FROM post WHERE NOT done") == [(0,)])

    def twice(self) -> list[str]:
        """What Slack shows twice: posts of the bot that no row knows, and files of one name in one thread."""
        known = {ts for (ts,) in self.rows("SELECT ts FROM post WHERE ts IS NOT NULL")}
        said = [message for message in self.slack.messages(cast.OPS) if _by_the_bot(message)]
        strangers = [message["text"] for message in said if message["ts"] not in known and not message.get("files")]
        files = Counter(one["name"] for message in said for one in message.get("files") or [])
        return strangers + [name for name, count in files.items() if count > 1]


def _by_the_bot(message: Message) -> bool:
    return bool(message.get("bot_id") or message.get("app_id"))
