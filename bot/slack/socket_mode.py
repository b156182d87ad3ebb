"""Records when Slack was last heard, and keeps a Socket Mode connection, which is replaced as soon as it is silent."""

import logging
import select
import threading
import time
from collections.abc import Callable
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin.connection import Connection

from bot.loop import Loop

PING = 3.0  # seconds between two of the bot's pings; Slack answers each
SILENT = 9.0  # seconds without an answer after which the connection is taken for dead
POLL = 0.5
LONGEST = 15.0  # seconds at most between two attempts while Slack is away

log = logging.getLogger(__name__)


class LastHeard:
    """When Slack was last heard, in seconds of a clock that does not jump."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.began = clock()
        self.envelope_at: float | None = None  # when the last command, click, event or form arrived
        self.alive_at: float | None = None  # when the last answer to a ping arrived: Socket Mode only
        self.connected: bool | None = None  # None in HTTP mode, where Slack connects to the bot
        self.connections = 0
        self.opened_at: float | None = None  # when the newest connection was opened

    def envelope(self) -> None:
        """Record that Slack has sent something."""
        self.envelope_at = self.clock()

    def age(self, then: float | None) -> float | None:
        """Return the seconds since one of these moments, or None if it never came."""
        return None if then is None else self.clock() - then

    def silence(self) -> float:
        """Return the seconds since anything at all was heard, or since the start."""
        return self.clock() - max(self.began, self.envelope_at or 0.0, self.alive_at or 0.0)


class SocketModeSupervisor:
    """Keeps one Socket Mode connection alive, however long Slack is away.

    The library itself would mend most breaks. But it does not notice a connection that never answered, or one with a
    reader that is stuck after a change of connections. So after every break there is a new connection with threads of
    its own.
    """

    def __init__(self, app: App, token: str, heard: LastHeard, silent: float = SILENT) -> None:
        self._app, self._token, self._silent = app, token, silent
        self._heard = heard
        self._pause, self._away = 1.0, False
        self._renew = threading.Event()
        self._handler: SocketModeHandler | None = None
        self._loop = Loop("socket-mode", self._connect, 0.0)

    def start(self) -> None:
        """Connect in the background. Returns at once."""
        self._heard.connected = False
        self._loop.start()

    def renew(self) -> None:
        """Open a fresh connection, whatever state the present one is in."""
        self._renew.set()

    def close(self) -> None:
        """Stop receiving. Interactions that have arrived are still worked on."""
        self._loop.stop()
        if handler := self._handler:
            handler.close()  # type: ignore[no-untyped-call]

    def _connect(self) -> None:
        """Open a connection and watch it to its end. If it never answered, pause, each time for longer."""
        try:
            handler = self._open()
        except Exception as error:
            level = logging.INFO if self._away else logging.WARNING
            log.log(level, "Slack cannot be reached: %s", type(error).__name__)
            lived, self._away, self._heard.connected = False, True, False
        else:
            if self._away:
                log.warning("Slack can be reached again")
            lived, self._away = self._watch(handler), False
        self._pause = 1.0 if lived else min(self._pause * 2, LONGEST)
        if not lived:
            self._loop.stopping.wait(self._pause / 2)

    def _open(self) -> SocketModeHandler:
        """Open a new connection. The old one is closed once the new one is there."""
        handler = SocketModeHandler(
            self._app,
            self._token,
            web_client=_impatient(self._app.client),
            ping_interval=PING,
            auto_reconnect_enabled=False,
        )
        handler.client.on_message_listeners.append(self._hear)
        self._renew.clear()
        try:
            handler.connect()  # type: ignore[no-untyped-call]
        except BaseException:
            _drop(handler)
            raise
        old, self._handler = self._handler, handler
        if self._loop.stopping.is_set():
            _drop(handler)  # `close` saw only the old connection
        if old:
            _drop(old)
        self._heard.connections += 1
        self._heard.opened_at = self._heard.clock()
        return handler

    def _watch(self, handler: SocketModeHandler) -> bool:
        """Watch the connection until it is closed, silent or to be replaced. Returns whether it ever answered."""
        client, heard = handler.client, self._heard
        began, alive_at, pong = heard.clock(), None, None
        while not self._loop.stopping.wait(POLL):
            session = client.current_session
            said = session.last_ping_pong_time if session else None
            if said != pong and said is not None:
                pong, alive_at, heard.connected = said, heard.clock(), True
                heard.alive_at = alive_at
            quiet = heard.clock() - (alive_at or began)
            if self._renew.is_set():
                return True
            # When Slack asks to replace a connection, it is closed for a moment, and its lock is held.
            closed = not client.is_connected() or (session and session.consecutive_check_state_error_count)
            if (closed or _ended(session)) and not client.connect_operation_lock.locked():
                log.warning("the connection to Slack was closed: taking a fresh one")
                if session:
                    threading.Thread(target=session.disconnect, name="socket-mode-close", daemon=True).start()
                break
            if quiet > self._silent:
                log.warning("the connection to Slack has been silent for %.0f s: taking a fresh one", quiet)
                break
        heard.connected = False
        return alive_at is not None

    def _hear(self, message: str) -> None:
        if '"envelope_id"' in message:
            self._heard.envelope()


def _impatient(client: WebClient) -> WebClient:
    """Return a client for the same Slack that gives up soon.

    A request lost with a dead network is simply sent again.
    """
    own = WebClient(base_url=client.base_url, timeout=5, ssl=client.ssl, proxy=client.proxy)
    own.retry_handlers = []
    return own


def _ended(session: Connection | None) -> bool:
    """Whether Slack has closed its end.

    The library does not notice this until a ping fails: until then it keeps reading and never blocks.
    """
    ends = select.poll()
    sock = session.sock if session else None  # read once: the library's own threads may forget it at any time
    try:
        if sock:
            # POLLRDHUP is Linux's; other systems report only that both ends are closed
            ends.register(sock, getattr(select, "POLLRDHUP", 0))
        return bool(ends.poll(0))
    except (OSError, ValueError):
        return True  # the socket was closed meanwhile


def _drop(handler: SocketModeHandler) -> None:
    """Close a connection without waiting for it: a dead one may hold its locks for seconds."""

    def close() -> None:
        client: Any = handler.client
        client.close()
        client.disconnect()  # a second time, in case it was just connecting

    threading.Thread(target=close, name="socket-mode-close", daemon=True).start()
