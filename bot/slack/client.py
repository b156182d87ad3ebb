"""The client for Slack, and how long it waits for it."""

from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from bot.settings import Settings

SHORT = 2  # seconds that Slack may ask us to wait while somebody waits for an answer


def make_client(settings: Settings) -> WebClient:
    """A client for Slack, or for whatever stands at SLACK_API_URL; a short 429 is waited for, once."""
    client = WebClient(settings.bot_token, base_url=settings.api_url, timeout=10)
    client.retry_handlers.append(ShortWaits(max_retry_count=1))
    return client


class ShortWaits(RateLimitErrorRetryHandler):
    """Waits where Slack says how long and that is short: a person who waits for longer hears of it instead."""

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
