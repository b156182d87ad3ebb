"""Why Slack, or a proxy on the way to it, could not be reached: the cause in words, and its remedy."""

import os
import socket
import ssl
from collections.abc import Iterator, Mapping

PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
PROXY_LOGIN = 407  # Proxy Authentication Required; http.client says "Tunnel connection failed: 407 …"
WAY = "Check the network, proxies and SLACK_API_URL."
UNKNOWN_CA = (
    "Have this machine trust that authority: set SSL_CERT_FILE to a file with its certificate, or add that to the "
    "system's."
)


def cause(error: BaseException | None, environ: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Return the cause of a failed call, in words without an address or a secret, and the remedy."""
    environ = os.environ if environ is None else environ
    chain = list(_chain(error))
    proxy = next((name for name in PROXIES if environ.get(name)), "")
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            why = link.verify_message or "not verified"
            return f"its certificate is from an authority that this machine does not know ({why})", UNKNOWN_CA
        if getattr(link, "code", None) == PROXY_LOGIN or f"failed: {PROXY_LOGIN} " in str(link):
            return "the proxy wants a login (407)", f"Give {proxy or 'HTTPS_PROXY'} with its user and password."
        if "Tunnel connection failed" in str(link):
            return (
                f"the proxy does not let us through ({link})",
                f"Have it allow slack.com; see {proxy or 'HTTPS_PROXY'}.",
            )
    for link in chain:
        if proxy and isinstance(link, ConnectionRefusedError | socket.gaierror | TimeoutError):
            return f"the proxy that {proxy} names gives no answer ({_said(link)})", f"Start it, or correct {proxy}."
        if isinstance(link, socket.gaierror):
            return "its name does not resolve", WAY
    last = chain[-1] if chain else None
    return (_said(last) if last else "no reason was given"), WAY


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and the errors that caused it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        reason = getattr(error, "reason", None)
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__


def _said(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__)
