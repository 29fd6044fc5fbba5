"""Every endpoint, asked as the page asks it; `zerosum play` in a process of its own."""

from __future__ import annotations

import json
import re

import pytest

from tests.workshop.asking import ask, year
from tests.workshop.settings import BOOST, WORKSHOP, settings
from zerosum.scenario import parse_scenario
from zerosum.workshop.lessons import shipped_lessons
from zerosum.workshop.room import furnish
from zerosum.workshop.server import PAGE
from zerosum.workshop.verdict import of_many_years
from zerosum.workshop.year import year_of
from zerosum.workshop.years import endings_of


def test_pages_and_all_that_they_name(server: str) -> None:
    for path, name in (
        ("/", "index.html"),
        ("/notes/kickoff", "notes.html"),
        ("/handout/kickoff", "handout.html"),
    ):
        answer = ask(server, path)
        assert answer.body == (PAGE / name).read_bytes()
        for static in re.findall(r'"(/static/[^"]+)"', answer.body.decode()):
            found = ask(server, static)
            assert found.status == 200
            kind = "text/css" if static.endswith(".css") else "text/javascript"
            assert found.headers["content-type"].startswith(kind)


def test_every_answer_carries_the_policy(server: str) -> None:
    for path in ("/", "/static/main.js", "/api/setup", "/nowhere", "/notes/nowhere"):
        headers = ask(server, path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_a_year_is_the_year_of_this_process(server: str) -> None:
    state = settings(a={BOOST: 1.23}, year=7)
    answer = year(server, state)
    assert answer.status == 200
    expected = year_of(WORKSHOP, state)
    found = answer.json
    assert found["state"]["left"]["values"] == {BOOST: 1.25}
    del found["ms"], expected["ms"]
    assert found == json.loads(json.dumps(expected))
    # Asked again it comes from what was kept.
    assert year(server, state).body == answer.body


def test_many_years_come_line_by_line(server: str) -> None:
    state = settings(b={"strategies.training": 1.0})
    answer = ask(server, "/api/years", json.dumps({"state": state.model_dump(), "n": 12}))
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    *progress, last = [json.loads(line) for line in answer.body.splitlines()]
    assert [line["done"] for line in progress] == sorted(line["done"] for line in progress)
    assert progress
    assert progress[-1]["done"] > 0
    assert all(sum(line["ahead"].values()) == line["done"] for line in progress)
    expected = of_many_years(state, endings_of(furnish(WORKSHOP, state), range(12)))
    assert last == json.loads(json.dumps(expected))
    # As far as they have come, each line says what the years up to there say.
    assert all(line["words"].endswith(f"of {line['done']} years.") for line in progress if line["done"])
    # Asked again, by whoever, they are there at once.
    again = ask(server, "/api/years", json.dumps({"state": state.model_dump() | {"year": 3}, "n": 12}))
    assert [json.loads(line) for line in again.body.splitlines()] == [last]


def test_a_saved_room_is_a_scenario(server: str) -> None:
    state = settings(a={BOOST: 1.0}, adopters="all", year=3)
    answer = ask(server, "/api/scenario", state.model_dump_json())
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'filename="room.toml"' in answer.headers["content-disposition"]
    assert parse_scenario(answer.body.decode()) == furnish(WORKSHOP, state).scenario


def test_lessons_are_listed_and_told(server: str) -> None:
    listed = ask(server, "/api/setup").json["lessons"]
    assert [lesson["name"] for lesson in listed] == [lesson.name for lesson in shipped_lessons()]
    for lesson in shipped_lessons():
        told = ask(server, f"/api/lessons/{lesson.name}").json
        assert told == lesson.document()
        for step in told["steps"]:
            assert ask(server, "/api/year", json.dumps(step["state"])).status == 200


@pytest.mark.parametrize("path", ["/api/lessons/kickof", "/notes/kickof", "/handout/kickof"])
def test_the_nearest_lesson_is_named(server: str, path: str) -> None:
    answer = ask(server, path)
    assert answer.status == 404
    assert answer.error == "there is no lesson 'kickof'; did you mean 'kickoff'?"


@pytest.mark.parametrize("path", ["/api/year", "/api/scenario", "/api/years"])
def test_what_is_wrong_is_told(server: str, path: str) -> None:
    state = settings(left="shoots").model_dump()
    body = {"state": state, "n": 5} if path == "/api/years" else state
    answer = ask(server, path, json.dumps(body))
    assert answer.status == 400
    assert answer.error == "left.strategy: there is no strategy 'shoots'; did you mean 'shots'?"
