"""The replay as a file: what is in it, and what the command says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.commands import zerosum
from tests.each import each
from tests.workshop.settings import BOOST, WORKSHOP, settings
from zerosum.workshop.bundle import MARK, bundled, joined
from zerosum.workshop.replay import replay_of
from zerosum.workshop.room import furnish
from zerosum.workshop.saved import saved
from zerosum.workshop.verdict import of_many_years
from zerosum.workshop.year import year_of
from zerosum.workshop.years import endings_of


def data_in(text: str) -> dict[str, object]:
    return json.loads(text.split(MARK)[1].split("</script>")[0])  # type: ignore[no-any-return]


def test_nothing_but_what_is_in_it_runs() -> None:
    text = bundled({"words": "</script><script>alert(1)</script>"})
    assert data_in(text) == {"words": "</script><script>alert(1)</script>"}
    assert "alert(1)</script>" not in text
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert len(policy) == 1
    assert "unsafe" not in policy[0]
    assert "connect-src" not in policy[0]
    assert "default-src 'none'" in policy[0]
    for tag in ("script", "style"):
        for attributes, content in re.findall(rf"<{tag}([^>]*)>(.*?)</{tag}>", text, flags=re.DOTALL):
            if "application/json" in attributes:
                continue
            assert "src=" not in attributes
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy[0]
    assert "/static/" not in text
    assert "<!-- replay -->" not in text


def test_modules_are_joined_in_the_order_of_their_imports() -> None:
    script = joined("main.js")
    assert not re.search(r"^(import|export)\b", script, flags=re.MULTILINE)
    assert script.index("class Playback") < script.index("class Workshop")


def test_a_replay_holds_the_engines_years() -> None:
    state = settings(a={BOOST: 1.0})
    data = replay_of(WORKSHOP, state, 2, 3)
    assert [year["state"]["year"] for year in data["years"]] == [0, 1]
    expected = year_of(WORKSHOP, state.model_copy(update={"year": 1}))
    assert data["years"][1]["sides"] == expected["sides"]
    (many,) = data["many"]
    assert many["line"] == of_many_years(state, endings_of(furnish(WORKSHOP, state), range(3)))
    assert data["setup"]["live"] is False
    assert data["lessons"] == {}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared") / "results"
    zerosum("compare", "workshop", "-n", "2", "--out", str(folder), "--quiet")
    return folder


def test_of_results(results: Path, tmp_path: Path) -> None:
    out = tmp_path / "room.html"
    words = (
        "--strategy",
        "shots",
        "--against",
        "usual",
        "--adopters",
        "all",
        "--years",
        "1",
        "--lesson",
        "red-queen",
    )
    said = zerosum("replay", str(results), "--out", str(out), *words).output
    assert f"{out}   (" in said
    data = data_in(out.read_text())
    first = data["years"][0]["state"]  # type: ignore[index]
    assert (first["left"]["strategy"], first["right"]["strategy"], first["adopters"]) == (
        "usual",
        "shots",
        "all",
    )
    assert data["setup"]["lesson"] == "red-queen"  # type: ignore[index]
    shown = [json.dumps(year["state"]) for year in data["years"]]  # type: ignore[attr-defined]
    for step in data["lessons"]["red-queen"]["steps"]:  # type: ignore[index]
        assert json.dumps(step["state"]) in shown
    # Its own file may be replaced.
    zerosum("replay", str(results), "--out", str(out), "--years", "1", "--quiet")


def test_of_a_saved_room(tmp_path: Path) -> None:
    state = settings(a={BOOST: 1.0}, adopters="all")
    room = tmp_path / "room.toml"
    room.write_text(saved(furnish(WORKSHOP, state)).replace("replications = 20", "replications = 2"))
    zerosum("replay", str(room), "--out", str(tmp_path / "room.html"), "--quiet")
    data = data_in((tmp_path / "room.html").read_text())
    expected = year_of(WORKSHOP, state)["sides"]
    found = data["years"][0]["sides"]  # type: ignore[index]
    assert [side["changes"] for side in found] == [
        [list(change) for change in side["changes"]] for side in expected
    ]


@each(
    ("words", "said"),
    [
        (("--strategy", "shoots"), "--strategy shoots: there is no such strategy; did you mean 'shots'?"),
        (("--adopters", "everybody"), "--adopters everybody"),
        (("--lesson", "redqueen"), "did you mean 'red-queen'?"),
        (("--out", ""), "--out '': name a file"),
        (("--out", "room.txt"), "browsers open files that end with .html"),
        (("--out", "."), "this is a folder"),
    ],
)
def test_what_is_wrong_is_told(results: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    out = () if "--out" in words else ("--out", str(tmp_path / "room.html"))
    assert said in zerosum("replay", str(results), *words, *out, code=2).output.replace("\n", " ")
    assert not (tmp_path / "room.html").exists()


def test_somebody_elses_file_is_left_alone(results: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.html"
    out.write_text("mine")
    assert "not from 'zerosum replay'" in zerosum("replay", str(results), "--out", str(out), code=2).output
    assert out.read_text() == "mine"
    assert "no such" in zerosum("replay", "nowhere", "--out", str(tmp_path / "a.html"), code=2).output
