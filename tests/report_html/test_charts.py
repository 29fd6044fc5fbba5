"""``zerosum export --charts``: the report's figures as files, the same each time, with nothing clipped."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.image import imread

from tests.commands import zerosum
from tests.figures import assert_readable, words_of
from tests.report_html.conftest import Made
from zerosum.report.charts import DPI, WIDTH, draw_chart, list_charts
from zerosum.report.plots.compare import difference_panel
from zerosum.studies.compare import decide, value_table
from zerosum.studies.compare.restore import restore


@pytest.fixture(scope="module")
def made(awkward: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("charts") / "charts"
    zerosum("export", str(awkward.folder), "--charts", str(folder))
    return folder


def test_every_figure_of_the_report_is_a_png_and_an_svg(awkward: Made, made: Path) -> None:
    comparison, metric, _ = restore(awkward.folder)
    charts = dict(list_charts(comparison, decide(comparison, metric), value_table(comparison)))
    figures = re.findall(r'<figure id="([^"]+)"', awkward.text)
    assert sorted(figure.name for figure in charts.values()) == sorted(figures)
    files = {f"{name}.{kind}" for name in charts for kind in ("png", "svg")}
    assert {path.name for path in made.iterdir()} == {"summary.json", *files}
    for name in charts:
        high, wide, *_ = imread(made / f"{name}.png").shape
        assert wide == WIDTH * DPI
        assert high > 600
        root = ElementTree.parse(made / f"{name}.svg").getroot()
        assert root.tag.endswith("svg")


def test_same_results_same_bytes_without_dates(awkward: Made, made: Path, tmp_path: Path) -> None:
    zerosum("export", str(awkward.folder), "--charts", str(tmp_path / "again"))
    for path in made.glob("*.*g"):
        written = path.read_bytes()
        assert written == (tmp_path / "again" / path.name).read_bytes(), path.name
        assert b"<dc:date" not in written
        assert b"tIME" not in written


def test_nothing_of_a_chart_is_clipped_or_covered(awkward: Made) -> None:
    comparison, metric, _ = restore(awkward.folder)
    for name, figure in list_charts(comparison, decide(comparison, metric), value_table(comparison)):
        sheet = draw_chart(figure, comparison)
        assert_readable(sheet)
        assert "4 simulated runs of 26 weeks" in words_of(sheet), name


def test_money_on_an_axis_has_the_scenario_s_currency(awkward: Made) -> None:
    comparison, _, _ = restore(awkward.folder)
    money = comparison.scenario.money.model_copy(update={"currency": "CHF"})
    scenario = comparison.scenario.model_copy(update={"money": money})
    panel = difference_panel(comparison.differences, scenario, "focal", "contribution", 3.0)
    assert panel.detail.startswith("CHF a year;")


def test_files_of_others_are_not_replaced(awkward: Made, tmp_path: Path) -> None:
    (tmp_path / "net-gain.png").write_text("mine")
    said = zerosum("export", str(awkward.folder), "--charts", str(tmp_path), code=2).stderr
    assert "net-gain.png would be replaced" in said
    assert [path.name for path in tmp_path.iterdir()] == ["net-gain.png"]
