"""``zerosum report`` as a command: where the page goes, what decides, and what is said when something is amiss."""

from __future__ import annotations

import shutil
import webbrowser
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.report_html.conftest import run
from zerosum.cli import main


def fails(*words: str | Path) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["report", *(str(word) for word in words)])
    assert found.exit_code != 0
    assert found.exception is None or isinstance(found.exception, SystemExit)
    return found.exit_code, found.stderr


@pytest.fixture(scope="module")
def two_strategies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two") / "results"
    small = ("--weeks", "4", "--set", "clock.warmup_weeks=0", "--set", "market.buyers=60")
    run(
        "compare",
        "workshop",
        "-n",
        "2",
        *small,
        "--set",
        'comparison.strategies=["shots"]',
        "--set",
        "vendors.Alder.territory=segment",
        "--out",
        folder,
        "--quiet",
    )
    return folder


@pytest.fixture
def results(two_strategies: Path, tmp_path: Path) -> Path:
    """Results of one's own, without kept replications."""
    folder = tmp_path / "results"
    shutil.copytree(two_strategies, folder, ignore=shutil.ignore_patterns("replications"))
    return folder


def test_says_where_the_page_is(results: Path, tmp_path: Path) -> None:
    assert "report.html" in run("report", results, "--no-deals")
    assert (results / "report.html").is_file()
    other = tmp_path / "meeting" / "page.html"
    assert "page.html" in run("report", results, "--no-deals", "--out", other)
    assert list(other.parent.iterdir()) == [other]


def test_another_number_decides(results: Path) -> None:
    run("report", results, "--no-deals", "--metric", "present_value", "--matters", "1%")
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "Statistics: present value of contribution decides" in page
    drawn = page.split('id="differences-focal"')[1].split("</figure>")[0]
    assert "Present value of contribution" in drawn  # though it is no headline
    assert "Reps by segment, in proportion to its buyers" in page.split('id="assumed"')[1]
    assert "the same strategy" not in page


def test_what_the_comparison_was_asked_decides(tmp_path: Path) -> None:
    small = ("--weeks", "4", "--set", "clock.warmup_weeks=0", "--set", "market.buyers=60")
    asked = ("--metric", "win_rate", "--matters", "2pp", "--set", "strategies.shots.tools=[]")
    run("compare", "workshop", "-n", "2", *small, *asked, "--out", tmp_path, "--quiet")
    run("report", tmp_path, "--no-deals")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Statistics: win rate decides" in page
    assert "beyond 2pp" in page
    same = page.split('id="strategies"')[1]
    assert "shots&#39; are the same strategy: nothing responds to what they differ in." in same
    assert "Reps by segment" not in page
    run("report", tmp_path, "--no-deals", "--metric", "share_at_quota")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Statistics: reps at quota decides" in page
    assert "2pp" not in page.split('id="again"')[0]
    # Nobody has a quota without a warm-up: what rests on it is left out, and nothing breaks.
    assert 'id="quota-focal"' not in page


def test_one_strategy_alone(tmp_path: Path) -> None:
    scenario = tmp_path / "alone.toml"
    scenario.write_text("clock = { weeks = 4, warmup_weeks = 0 }\nmarket.buyers = 60\n", encoding="utf-8")
    run("compare", scenario, "-n", "1", "--out", tmp_path / "results", "--quiet")
    run("report", tmp_path / "results")
    page = (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    assert "NOTHING TO COMPARE" in page
    assert 'id="why"' not in page
    assert 'id="helped"' not in page


def test_opens_a_browser(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: not opened.append(address))
    run("report", results, "--no-deals", "--open")
    assert opened == [(results / "report.html").resolve().as_uri()]


def test_says_if_there_is_no_browser(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    code, said = fails(results, "--no-deals", "--open")
    assert code == 1
    assert "browser" in said
    assert "report.html" in said
    assert (results / "report.html").is_file()


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("--out", ""), 2, "name a file"),
        (("--out", "."), 2, "this is a folder"),
        (("--metric", "win_rat"), 2, "win_rate"),
        (("--matters", "much"), 2, "is no amount"),
        (("--out", "/dev/null/page.html"), 1, "can't write"),
    ],
)
def test_faults_are_plain(results: Path, words: tuple[str, ...], code: int, expected: str) -> None:
    found = fails(results, "--no-deals", *words)
    assert found[0] == code
    assert expected in found[1]
    assert not (results / "report.html").exists()


def test_no_such_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = fails("nowhere")
    assert code == 2
    assert "nowhere" in said


def test_broken_results_are_said_to_be(results: Path) -> None:
    (results / "reps.parquet").write_bytes(b"no")
    code, said = fails(results, "--no-deals")
    assert code == 1
    assert "reps.parquet" in said


def test_nothing_but_a_page_is_written_over(results: Path) -> None:
    manifest = results / "manifest.json"
    before = manifest.read_bytes()
    code, said = fails(results, "--no-deals", "--out", manifest)
    assert code == 2
    assert "browsers open files that end with .html" in said
    assert manifest.read_bytes() == before


def test_a_table_that_was_changed_is_told_of(results: Path) -> None:
    (results / "differences.csv").write_text("other")
    found = CliRunner().invoke(main, ["report", str(results), "--no-deals"])
    assert found.exit_code == 1
    assert "differences.csv was changed since it was written" in found.stderr
