"""The Slack client, and how long it waits for Slack."""

from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from bot.settings import Settings

SHORT = 2  # seconds; a person is waiting for the answer, so the bot obeys only a Retry-After up to this long


def make_client(settings: Settings) -> WebClient:
    """Return a client for Slack, or for the server at SLACK_API_URL.

    It retries once after a short rate limit (HTTP 429).
    """
    client = WebClient(settings.bot_token, base_url=settings.api_url, timeout=10)
    client.retry_handlers.append(ShortWaits(max_retry_count=1))
    return client


class ShortWaits(RateLimitErrorRetryHandler):
    """Retries after a rate limit only if the wait is at most SHORT seconds.

    For a longer one the person gets an error.
    """

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if not super()._can_retry(state=state, request=request, response=response, error=error) or response is None:
            return False
        said = {name.lower(): value for name, value in response.headers.items()}.get("retry-after", ["0"])
        wait = str(said[0] if isinstance(said, list) else said)
        return wait.isdecimal() and int(wait) <= SHORT
