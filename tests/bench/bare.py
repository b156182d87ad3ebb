"""The rival: a bare Bolt app in Socket Mode that acknowledges every command and does nothing else."""

import os
import re

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

client = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
app = App(client=client, signing_secret="unused", token_verification_enabled=False)
app.command(re.compile(".*"))(lambda ack: ack())
SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()  # type: ignore[no-untyped-call]
