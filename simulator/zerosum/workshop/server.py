"""Answer the page's requests: with files of the page, or by the engines.

Only files on the list made at the server's start can be requested.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from zerosum.errors import InputError
from zerosum.market.assumptions import courses
from zerosum.scenario.spec import Scenario
from zerosum.workshop import work
from zerosum.workshop.answers import Answers
from zerosum.workshop.engines import Engines, EnginesError
from zerosum.workshop.guard import Refused
from zerosum.workshop.lessons import Lesson, lesson_named
from zerosum.workshop.room import furnish
from zerosum.workshop.setup import setup_of
from zerosum.workshop.shared_years import SharedYears
from zerosum.workshop.state import Refusal, State, many_from, state_from
from zerosum.workshop.verdict import Ending, counted, labels_of, of_many_years
from zerosum.workshop.words import span_of

PAGE = Path(__file__).resolve().parent / "page"
KINDS = {".css": "text/css", ".js": "text/javascript"}
"""Types of the page's files that can be requested."""
PATIENCE = 10.0
"""Seconds within which a question must arrive."""
MOST_LINES = 256
"""Cached lines about many years: clients with the same settings get the same lines."""


def page_files() -> dict[str, Path]:
    """Return the files below ``/static/``: name -> file."""
    return {
        path.relative_to(PAGE).as_posix(): path for path in sorted(PAGE.rglob("*")) if path.suffix in KINDS
    }


def application(scenario: Scenario, lessons: Iterable[Lesson], engines: Engines) -> Starlette:
    """Return the application that answers the page; ``guard.py`` protects it."""
    ends = _Endpoints(scenario, list(lessons), engines)
    return Starlette(
        routes=[
            Route("/", ends.page("index.html")),
            Route("/notes/{name}", ends.paper("notes.html")),
            Route("/handout/{name}", ends.paper("handout.html")),
            Route("/static/{name:path}", ends.static),
            Route("/api/setup", ends.setup),
            Route("/api/lessons/{name}", ends.lesson),
            Route("/api/year", ends.year, methods=["POST"]),
            Route("/api/years", ends.years, methods=["POST"]),
            Route("/api/scenario", ends.scenario_file, methods=["POST"]),
        ],
        exception_handlers={
            Refused: _refused,
            Refusal: _refusal(400),
            InputError: _refusal(404),
            EnginesError: _refusal(503),
            ClientDisconnect: _refusal(400),
            TimeoutError: _refusal(408, "the question did not come in", close=True),
            HTTPException: _no_such,
        },
    )


class _Endpoints:
    """The endpoints of one workshop."""

    def __init__(self, scenario: Scenario, lessons: list[Lesson], engines: Engines) -> None:
        self._scenario, self._lessons, self._engines = scenario, lessons, engines
        self._years = Answers(lambda state: engines.ask(work.year, state))
        self._courses, self._span = courses(scenario), span_of(scenario.clock.weeks)
        self._shared = SharedYears(
            lambda state, numbers: engines.ask(work.endings, state, numbers), engines.count
        )
        self._lines: OrderedDict[tuple[bytes, tuple[str, str], int, int], bytes] = OrderedDict()
        self._setup = json.dumps(setup_of(scenario, lessons)).encode()
        self._static = {name: (path.read_bytes(), KINDS[path.suffix]) for name, path in page_files().items()}

    def page(self, name: str) -> Any:
        """Return the endpoint of a page."""
        content = (PAGE / name).read_bytes()

        async def answer(_: Request) -> Response:
            return Response(content, media_type="text/html")

        return answer

    def paper(self, name: str) -> Any:
        """Return the endpoint of a page about a lesson."""
        content = (PAGE / name).read_bytes()

        async def answer(request: Request) -> Response:
            lesson_named(request.path_params["name"], self._lessons)
            return Response(content, media_type="text/html")

        return answer

    async def static(self, request: Request) -> Response:
        """Answer with a file of the page."""
        found = self._static.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        content, kind = found
        return Response(content, media_type=kind)

    async def setup(self, _: Request) -> Response:
        """Answer ``GET /api/setup``."""
        return Response(self._setup, media_type="application/json")

    async def lesson(self, request: Request) -> Response:
        """Answer ``GET /api/lessons/NAME``."""
        return JSONResponse(lesson_named(request.path_params["name"], self._lessons).document())

    async def year(self, request: Request) -> Response:
        """Answer ``POST /api/year``."""
        # Serialized again, so that equal states are equal questions.
        state = state_from(await _body(request))
        found = await self._years.answer(state.model_dump_json().encode())
        return Response(found, media_type="application/json")

    async def scenario_file(self, request: Request) -> Response:
        """Answer ``POST /api/scenario``."""
        text = await self._engines.ask(work.scenario_file, await _body(request))
        return PlainTextResponse(text, headers={"content-disposition": 'attachment; filename="room.toml"'})

    async def years(self, request: Request) -> Response:
        """Answer ``POST /api/years``, line by line."""
        asked = many_from(await _body(request))
        # Wrong settings are reported before the answer starts.
        state = furnish(self._scenario, asked.state).state
        followed = self._shared.follow(state.settings(), asked.n)

        async def lines() -> AsyncIterator[bytes]:
            # Closed at once when the client leaves, so that years without a reader aren't simulated.
            async with contextlib.aclosing(followed):
                try:
                    async for endings in followed:
                        yield self._line(state, endings, asked.n)
                except (EnginesError, Refusal) as error:
                    yield _line({"error": str(error)})

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    def _line(self, state: State, endings: list[Ending], n: int) -> bytes:
        """Format the line with the number of years so far and their verdict."""
        key = (state.settings(), labels_of(state), len(endings), n)
        if (kept := self._lines.get(key)) is not None:
            return kept
        if endings:
            line = of_many_years(state, endings, self._courses, self._span) | {"n": n}
        else:
            line = {"done": 0, "n": n, "ahead": counted(endings)}
        self._lines[key] = _line(line)
        while len(self._lines) > MOST_LINES:
            self._lines.popitem(last=False)
        return self._lines[key]


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode() + b"\n"


async def _body(request: Request) -> bytes:
    """Read a question, with a timeout."""
    async with asyncio.timeout(PATIENCE):
        return await request.body()


def _refusal(status: int, words: str = "", close: bool = False) -> Any:
    async def answer(_: Request, error: Exception) -> Response:
        told = {"error": words or str(error) or "the question can't be answered"}
        return JSONResponse(told, status, headers={"connection": "close"} if close else None)

    return answer


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return JSONResponse({"error": str(error)}, error.status, headers={"connection": "close"})


async def _no_such(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code != 404:
        return JSONResponse(
            {"error": f"{request.method} is not for {request.url.path[:100]}"}, error.status_code
        )
    return JSONResponse({"error": f"there is nothing at {request.url.path[:100]}"}, 404)
