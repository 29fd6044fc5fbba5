"""Hostile requests: from other sites, under other names, too many, too long, to other places."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.types import Send

from tests.each import each
from tests.workshop.apart import run_apart
from tests.workshop.asking import ask, year
from tests.workshop.conftest import playing
from tests.workshop.settings import WORKSHOP, settings
from zerosum.workshop import server as server_module
from zerosum.workshop.guard import COOKIE, MOST_BYTES, MOST_CLIENTS, Guard, Rates

STATE = settings().model_dump_json()


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1.evil.example:8765", "", "localhost:1"]
)
def test_another_name_is_not_this_workshop(server: str, host: str) -> None:
    """A name that somebody has made to point here (DNS rebinding) gets nothing, not even the page."""
    for path in ("/", "/api/setup"):
        answer = ask(server, path, Host=host)
        assert answer.status == 403
        assert "not at" in answer.error


def test_names_of_this_machine_are_this_workshop(server: str) -> None:
    port = urlsplit(server).port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}"):
        assert ask(server, "/", Host=host).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1"])
def test_another_site_may_not_ask(server: str, origin: str) -> None:
    for path, body in (("/api/year", STATE), ("/api/setup", None), ("/", None)):
        answer = ask(server, path, body, Origin=origin)
        assert answer.status == 403
        assert answer.error == "another site may not ask this workshop"


def test_the_page_itself_may_ask(server: str) -> None:
    origin = server.rstrip("/")
    assert ask(server, "/api/year", STATE, Origin=origin, Sec_Fetch_Site="same-origin").status == 200


def test_a_link_may_lead_here_and_nothing_else_may(server: str) -> None:
    assert ask(server, "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status == 200
    assert ask(server, "/static/main.js", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status == 403
    assert ask(server, "/api/setup", Sec_Fetch_Site="same-site", Sec_Fetch_Mode="cors").status == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", None])
def test_what_a_form_of_another_site_could_send_is_refused(server: str, kind: str | None) -> None:
    assert ask(server, "/api/year", STATE, Content_Type=kind).status == 415


def test_a_question_that_is_too_long_is_not_read(server: str) -> None:
    assert ask(server, "/api/year", b" " * (MOST_BYTES + 1)).status == 413
    assert ask(server, "/api/year", STATE, Content_Length="99999999999999").status == 413
    assert ask(server, "/api/year", STATE + " " * (MOST_BYTES - len(STATE))).status == 200


def test_a_length_that_was_not_told_is_counted(server: str) -> None:
    where = urlsplit(server)
    head = (
        f"POST /api/year HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall(head.encode() + chunk * 5)
        assert b" 413 " in connection.recv(1000)


@each(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/server.py",
        "/static//etc/passwd",
        "/static/vendor",
        "/static/index.html",
        "/static/vendor/LICENSE",
        "/static/",
        "/static/main.js%00",
        "/../../etc/passwd",
        "/api/lessons/..%2f..%2fpyproject",
        "/notes/..%2fserver",
    ],
)
def test_no_path_leads_to_a_file(server: str, path: str) -> None:
    answer = ask(server, path)
    assert answer.status == 404
    assert answer.error


@pytest.mark.parametrize(("path", "method"), [("/api/year", "GET"), ("/", "POST"), ("/api/setup", "DELETE")])
def test_other_methods_are_refused(server: str, path: str, method: str) -> None:
    body = STATE if method == "POST" else None
    assert ask(server, path, body, method).status == 405


@each("body", ["", "null", "{}", "[" * 8000, '{"left": 1}', "\ud800".encode("utf-8", "surrogatepass")])
def test_nonsense_is_refused_in_words(server: str, body: bytes | str) -> None:
    answer = ask(server, "/api/year", body)
    assert answer.status == 400
    assert 0 < len(answer.error) < 500


def test_a_long_name_is_not_sent_back_whole(server: str) -> None:
    state = json.loads(STATE)
    state["left"]["values"] = {"x" * 190: 1.0}
    answer = ask(server, "/api/year", json.dumps(state))
    assert answer.status == 400
    assert "x" * 100 not in answer.error


def test_a_client_has_so_many_requests_and_no_more() -> None:
    rates = Rates(rate=10.0, burst=3.0)
    assert [rates.take("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert rates.take("b", 0.0)
    assert rates.take("a", 0.1)
    assert not rates.take("a", 0.1)
    for number in range(3 * MOST_CLIENTS):
        rates.take(str(number), 1.0)
    assert len(rates._left) == MOST_CLIENTS


def test_too_many_requests_are_told_so() -> None:
    async def never(*_: object) -> None:
        raise AssertionError("the request was let through")

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    guard = Guard(never, frozenset({"here"}), rates=Rates(rate=0.0, burst=0.0))
    scope = {"type": "http", "method": "GET", "headers": [(b"host", b"here")], "client": ("10.0.0.1", 1)}
    run_apart(guard(scope, never, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 429
    assert json.loads(sent[1]["body"])["error"] == "too many requests; wait a second"  # type: ignore[arg-type]


def guarded(guard: Guard, **headers: str) -> int:
    """Send a request through a guard; its status, 200 where it was let through."""
    statuses: list[int] = []

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(str(message["status"])))

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    raw = [(name.encode(), value.encode()) for name, value in {"host": "here", **headers}.items()]
    scope = {"type": "http", "method": "GET", "headers": raw, "client": ("10.0.0.1", 1), "query_string": b""}
    run_apart(guard(scope, receive, send))  # type: ignore[arg-type]
    return statuses[0]


def test_whoever_has_no_token_spends_nothing_of_those_who_have() -> None:
    async def answers(_scope: object, _receive: object, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    guard = Guard(answers, frozenset({"here"}), token="right", rates=Rates(rate=0.0, burst=2.0))
    assert [guarded(guard) for _ in range(4)] == [403, 403, 429, 429]
    assert [guarded(guard, cookie=f"{COOKIE}=right") for _ in range(3)] == [200, 200, 429]


def test_a_body_that_does_not_come_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "PATIENCE", 0.05)
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    class Nobody:
        count = 1

    app = server_module.application(WORKSHOP, [], Nobody())  # type: ignore[arg-type]
    head = {"method": "POST", "path": "/api/years", "headers": [], "query_string": b"", "http_version": "1.1"}
    run_apart(app({"type": "http", **head}, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]  # type: ignore[operator]
    assert json.loads(sent[1]["body"])["error"] == "the question did not come in"  # type: ignore[arg-type]


# --- A workshop that others can reach ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[str, str]]:
    """Address and token of a workshop that listens everywhere."""
    with playing("scenarios/workshop.toml", "--host", "0.0.0.0") as (link, _):
        where = urlsplit(link)
        assert where.query.startswith("token=")
        # By the address that the link names; this machine reaches it, too.
        yield f"http://127.0.0.1:{where.port}/", where.query.removeprefix("token=")


def test_without_the_token_there_is_nothing(shared: tuple[str, str]) -> None:
    server, token = shared
    assert len(token) >= 16
    for path in ("/", "/static/main.js", "/api/setup", f"/?token={token[:-1]}", "/?token=", "/?token=é"):
        answer = ask(server, path.replace("é", "%C3%A9"))
        assert answer.status == 403
        assert token not in answer.body.decode()
    assert year(server, settings()).status == 403
    assert year(server, settings(), Cookie=f"{COOKIE}=wrong").status == 403
    assert year(server, settings(), Cookie="a=b; ;=\x7f").status == 403


def test_the_link_gives_a_cookie_that_opens_the_rest(shared: tuple[str, str]) -> None:
    server, token = shared
    first = ask(server, f"/?token={token}")
    assert first.status == 200
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    sent = cookie.partition(";")[0]
    for path in ("/", "/static/main.js", "/api/setup"):
        assert ask(server, path, Cookie=sent).status == 200
    assert year(server, settings(), Cookie=sent).status == 200


def test_a_token_does_not_make_up_for_another_name(shared: tuple[str, str]) -> None:
    server, token = shared
    assert ask(server, f"/?token={token}", Host="evil.example").status == 403
    assert ask(server, f"/?token={token}", Origin="http://evil.example").status == 403
