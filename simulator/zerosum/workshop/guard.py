"""Check each request to the page: who may ask, how often, and how much at a time.

Any page open in a browser can reach a server on the same machine, so each request is checked. Its host must be ours
("DNS rebinding" uses another name that points here), and requests from other sites are refused. A workshop that
others can reach also requires a token.
"""

from __future__ import annotations

import hmac
import json
import time
from collections import OrderedDict
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zerosum.errors import ZerosumError
from zerosum.workshop.connections import origin_of

MOST_BYTES = 16_384
"""Maximum of a request's body: a state with every slider moved has some 3,000."""
RATE, BURST = 500.0, 2_000.0
"""Requests a second that an address may send, and the burst on top. A page is 45 files, dragging a slider sends up to
30 requests a second, and a whole room may share one address; ``engines.py`` limits questions to engines."""
MOST_CLIENTS = 1_000
"""Clients whose rates are stored."""
COOKIE = "zerosum"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Refused(ZerosumError):
    """A refused request: a status, and why. The application turns it into an answer, too."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Rates:
    """Rate limit for each client: a token bucket that fills with time, for the most recent clients."""

    def __init__(self, rate: float = RATE, burst: float = BURST) -> None:
        self.rate, self.burst = rate, burst
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, now: float) -> bool:
        """Take one of a client's tokens; False if none is left."""
        left, then = self._left.pop(client, (self.burst, now))
        left = min(self.burst, left + (now - then) * self.rate)
        allowed = left >= 1.0
        self._left[client] = (left - 1.0 if allowed else left, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return allowed


class Guard:
    """An ASGI application around another one.

    Parameters
    ----------
    app : ASGIApp
    hosts
        allowed hosts in a request, such as ``127.0.0.1:8765``
    token : str, optional
        that a client must send: in the link, later in a cookie
    rates : Rates, optional
    """

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str], token: str | None = None, rates: Rates | None = None
    ) -> None:
        self.app, self.hosts, self.token = app, hosts, token
        self.rates = rates or Rates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        extra = dict(HEADERS)
        try:
            self._check_source(headers)
            try:
                came_by_link = self.token is not None and self._shows_token(scope, headers)
            except Refused:
                # A client without a token doesn't use up the rate of others at the same address.
                self._check_rate(scope, "without a token")
                raise
            self._check_rate(scope)
            if came_by_link:
                extra["set-cookie"] = f"{COOKIE}={self.token}; Path=/; HttpOnly; SameSite=Strict"
            connection = scope.get("state", {}).get("connection")
            if connection is not None:
                connection.prove()
            _check_body(scope, headers)
        except Refused as error:
            await _refuse(send, error)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(extra)
            await send(message)

        await self.app(scope, _limit_body(receive), sealed)

    def _check_source(self, headers: Headers) -> None:
        host = headers.get("host", "").lower()
        if host not in self.hosts:
            raise Refused(403, f"this workshop is not at '{host[:100]}'; open it by the address that it said")
        origin = headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host}":
            raise Refused(403, "another site may not ask this workshop")
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not _is_navigation(
            headers
        ):
            raise Refused(403, "another site may not ask this workshop")

    def _check_rate(self, scope: Scope, kind: str = "") -> None:
        client = scope.get("client")
        if not self.rates.take(f"{origin_of(client[0]) if client else ''} {kind}", time.monotonic()):
            raise Refused(429, "too many requests; wait a second")

    def _shows_token(self, scope: Scope, headers: Headers) -> bool:
        """Return whether the token was in the link; refuse requests without a token."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if given:
            if not self._is_token(given):
                raise Refused(403, "the token in the link is not this workshop's; ask for the whole link")
            return True
        if not self._is_token(_cookie(headers)):
            raise Refused(403, "this workshop asks for a token; open it by the whole link")
        return False

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self.token or "").encode())


def _is_navigation(headers: Headers) -> bool:
    """Return whether a request follows a link; links from other sites are safe: they send and reveal nothing."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("origin") is None


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _check_body(scope: Scope, headers: Headers) -> None:
    if scope["method"] != "POST":
        return
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "questions are JSON: Content-Type must be application/json")
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length) > MOST_BYTES:
        raise _too_long()


def _limit_body(receive: Receive) -> Receive:
    """Count received bytes, in case the length header is missing or wrong."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BYTES:
            raise _too_long()
        return message

    return counted


def _too_long() -> Refused:
    return Refused(413, f"a question has at most {MOST_BYTES:,} bytes")


async def _refuse(send: Send, error: Refused) -> None:
    body = json.dumps({"error": str(error)}).encode()
    headers = {**HEADERS, "content-type": "application/json", "content-length": str(len(body))}
    headers["connection"] = "close"  # the rest of its data is not read
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
