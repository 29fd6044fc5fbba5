"""Report a break-even: what each tool may cost, how many reps must use it, how much of its claims must be true."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.market.inventory.strategies import CLAIMS
from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC
from zerosum.report.answers import round_up
from zerosum.report.document import Cell, Column, Document, Table
from zerosum.report.intervals import excludes_zero, format_gap, format_list
from zerosum.report.lines import Line, labeled_lines
from zerosum.report.screen import align_gaps, hangs_on, list_claims
from zerosum.report.summary import summary_of
from zerosum.report.whatif import format_setting
from zerosum.report.wording import count, with_currency
from zerosum.runs.store import without_nan
from zerosum.studies.breakeven import ADOPTION

if TYPE_CHECKING:
    from zerosum.statistics import Interval
    from zerosum.studies.breakeven import Answer, Crossing, Dial

HEADS = {ADOPTION: "ADOPTION", "effect": "EFFECT"}
CERTAIN = 1e-9
"""Part of a net gain within which it is the same in every run."""


def describe_break_even(answer: Answer) -> Document:
    """Describe a break-even: a line for each question, a table for each dial, how to read them."""
    found = Document()
    found.add(format_setting(answer.swept.study.what_if), look="heading")  # type: ignore[attr-defined]
    lines = [Line(head, words) for head, words in format_answers(answer)]
    found.add(labeled_lines([*lines, *hangs_on(_rests(answer))]))
    for dial in answer.asked.dials:
        found.add(dial_table(answer, dial))
    found.add(*_notes(answer), look="note")
    return found


def format_answers(answer: Answer) -> list[tuple[str, str]]:
    """Return the head and the sentence of each question; last, what is left if all vendors adopt."""
    prices = answer.prices.to_dict("records")
    found = [("NET GAIN", f"{_net(answer, answer.today)}, as the scenario is.")]
    found += [("PRICE", format_price(answer, row)) for row in prices]
    found += [(HEADS[dial.key], format_dial(answer, dial)) for dial in answer.asked.dials]
    if answer.copied is not None:
        found.append(("IF ALL ADOPT IT", format_if_copied(answer, answer.copied)))
    return found


def format_if_copied(answer: Answer, copied: Answer) -> str:
    """Say what is left if all vendors adopt: the net gain, how much less that is, and what each tool may cost then."""
    left, lost = copied.today, answer.lost_if_copied
    change = format_gap(-lost.mean, -lost.high, -lost.low, "money/year")
    words = with_currency(change.words, answer.asked.scenario.money.currency)
    sure = excludes_zero(lost.low, lost.high)
    than = (
        f"{words} ({_to(change.ends)}) against adopting alone"
        if sure
        else f"no measurable change against adopting alone ({words}, {_to(change.ends)})"
    )
    prices = " ".join(format_price(copied, row, given=False) for row in copied.prices.to_dict("records"))
    return f"{_net(copied, left)}; {than}. {prices}"


def _net(answer: Answer, gain: Interval) -> str:
    """Format a net gain with its range, and say if it may be none."""
    gap = format_gap(gain.mean, gain.low, gain.high, "money/year")
    words = f"{with_currency(gap.words, answer.asked.scenario.money.currency)} a year ({_to(gap.ends)})"
    return words if excludes_zero(gain.low, gain.high) else f"no measurable difference, {words}"


def _to(ends: str) -> str:
    return ends.strip("[]").replace(", ", " to ")


def _rests(answer: Answer) -> Iterator[str]:
    asked = answer.asked
    yield from list_claims(asked.scenario, [asked.strategy])
    yield "the calibrated parameter set (one was tried)"


# --- Price --------------------------------------------------------------------------------------------------------


def format_price(answer: Answer, row: Any, given: bool = True) -> str:
    """Say what a tool may cost, what was entered (unless it was ``given`` before), and whether it pays."""
    tool, entered, price, low, high = (
        row[name] for name in ("tool", "entered", "price", "price_low", "price_high")
    )
    step, currency = _step(low, high), answer.asked.scenario.money.currency

    def amount(value: float, to: float = step) -> str:
        return with_currency(f"{round(value / to) * to:,.0f}", currency)

    entry = f"; you entered {amount(entered, 1.0)}" if given else ""
    if high < 0:
        return (
            f"{tool} doesn't pay, not even for nothing: free, it would still lose {amount(-price)} a rep and "
            f"year (95 %: {amount(-high)} to {amount(-low)}){entry}."
        )
    ends = f"95 %: {'below 0' if low < 0 else amount(low)} to {amount(high)}"
    if price < 0:
        said = f"{tool} seems not to pay, not even for nothing ({ends}){entry}."
    else:
        said = f"{tool} pays up to {amount(price)} a rep and year ({ends}){entry}."
    if entered < low:
        react = ", as long as competitors don't react" if answer.asked.adopters == "focal" else ""
        return f"{said} It pays{react}."
    if entered > high:
        return f"{said} It costs more than it brings."
    return f"{said} Whether it pays {_cannot(answer)}."


def _cannot(answer: Answer) -> str:
    often = count(answer.swept.study.experiment.replications, "simulated run")
    more = f" (about {round_up(answer.needed):,} would tell)" if answer.needed else ""
    return f"can't be told with {often}{more}"


def _step(low: float, high: float) -> float:
    """Return to what a price is rounded, for an interval of this width: its two first digits count."""
    width = (high - low) / 2
    return 10.0 ** max(0, math.floor(math.log10(width)) - 1) if math.isfinite(width) and width > 0 else 1.0


# --- Dials --------------------------------------------------------------------------------------------------------


def format_dial(answer: Answer, dial: Dial) -> str:
    """Say from which share on the strategy pays, and where it is today."""
    here = answer.points[answer.points["dial"] == dial.key]
    today = float(here.loc[here["is_today"], "value"].iloc[0])
    least, most = format_share(here["value"].min()), format_share(here["value"].max())
    of = "of the reps" if dial.key == ADOPTION else "of what is claimed"
    now = (
        f"here {format_share(today)} use it at the end"
        if dial.key == ADOPTION
        else "here all of it is taken as true"
    )
    crossings, pays = answer.crossings(dial), answer.pays(dial)
    if pays == "changes":
        surely, _ = answer.sure(dial)
        by_itself = (
            f"; of what was tried, {format_share(surely)} and more surely pays"
            if math.isfinite(surely)
            else ""
        )
        return f"{'; '.join(_crossing(one, of) for one in crossings)}{by_itself}; {now}."
    if pays == "always":
        return f"Pays at every setting that was tried, {least} to {most} {of}; {now}."
    if pays == "never":
        return f"Doesn't pay at any setting that was tried, {least} to {most} {of}; {now}."
    pays_from, loses_to = answer.sure(dial)
    sure = []
    if math.isfinite(loses_to):
        nobody = dial.key == ADOPTION and format_share(loses_to) == format_share(0.0)
        sure.append(
            "doesn't pay if nobody uses it" if nobody else f"doesn't pay up to {format_share(loses_to)} {of}"
        )
    if math.isfinite(pays_from):
        sure.append(f"pays from {format_share(pays_from)} {of} on")
    often = count(answer.swept.study.experiment.replications, "simulated run")
    if not sure:
        return f"Can't be told with {often} at any setting that was tried, {least} to {most} {of}; {now}."
    said = " and ".join(sure)
    between = (
        "between them" if len(sure) > 1 else ("below that" if math.isfinite(pays_from) else "above that")
    )
    return f"Surely {said}; {between}, it can't be told with {often}; {now}."


def _crossing(one: Crossing, of: str) -> str:
    way = (
        f"Pays from {format_share(one.at)} {of} on"
        if one.rises
        else f"Pays up to {format_share(one.at)} {of}"
    )
    return f"{way} (95 %: {format_share(one.low)} to {format_share(one.high)})"


def format_share(value: float) -> str:
    """Format a share as whole per cent."""
    return f"{100 * value:.0f} %"


def dial_table(answer: Answer, dial: Dial) -> Table:
    """Make a dial's table: each setting with the net gain there."""
    gain, currency = BY_NAME[DEFAULT_METRIC].difference_label, answer.asked.scenario.money.currency
    rows = answer.points[answer.points["dial"] == dial.key].to_dict("records")
    ends = ("net", "net_low", "net_high")
    found = align_gaps([[float(row[name]) for row in rows] for name in ends], "money/year")
    gaps = {
        row["setting"]: Cell(cell.words, "in every run") if _is_constant(row) else cell
        for row, cell in zip(rows, found, strict=True)
    }
    columns = [
        Column(
            "reps that use it" if dial.key == ADOPTION else "of what is claimed",
            lambda row: format_share(row["value"]) + (" (here)" if row["is_today"] else ""),
            text=True,
            least=18,
        ),
        Column(f"{gain.lower()} a year{f', {currency}' * bool(currency)}", lambda row: gaps[row["setting"]]),
    ]
    if dial.key != ADOPTION:
        columns.append(Column("reps that use it", lambda row: format_share(row["adoption"]), dim=True))
    return Table(columns, rows, beside=True, lines=False, plain=True)


def _is_constant(row: Any) -> bool:
    return bool(abs(row["net_high"] - row["net_low"]) <= CERTAIN * abs(row["net"]))


# --- How to read it -----------------------------------------------------------------------------------------------


def _notes(answer: Answer) -> list[str]:
    asked = answer.asked
    names = [tool.name for tool in asked.tools]
    focal = asked.scenario.vendors[asked.scenario.focal_index].name
    found = [
        f"Net gain: contribution of '{asked.strategy}' less that of '{asked.scenario.baseline_name}' in the same "
        f"simulated runs, of all of {focal}'s reps. Nothing in the market responds to a license, so the price is exact "
        "for these runs; all else that the strategy does and costs stays as it is. Each range is 95 % by itself."
    ]
    if len(names) > 1:
        found.append(
            f"Each price is with the others as entered. Adoption and effect are of {format_list(names)} together."
        )
    if any(dial.key == ADOPTION for dial in asked.dials):
        found.append(
            "Adoption: how soon reps try the tools and how surely they keep them is changed from the first measured "
            "week on. What would bring that about (training, a manager's time) is not in the cost."
        )
    if [dial.key for dial in asked.dials] == [ADOPTION]:
        found.append(
            f"{format_list(names)} claim{'s' * (len(names) == 1)} no effect, so there is none to be doubted."
        )
    if any(dial.key != ADOPTION for dial in asked.dials):
        claimed = format_list([f"{tool.name}: {_claims(tool)}" for tool in asked.tools if _claims(tool)])
        found.append(f"What is claimed, by vendors or by you, and not measured here: {claimed}.")
    if answer.copied is not None:
        found.append(
            "If all adopt it: today's setting once more, in the same simulated runs, with every vendor following the "
            f"strategy and paying for it; {focal}'s net gain. Adoption and effect aren't varied there: --adopters all "
            "does that."
        )
    if answer.failures:
        where, first = answer.failures[0]
        found.append(
            f"{len(answer.failures):,} runs failed and are left out, the first at {where}: "
            f"{first.error.splitlines()[0][:200]}"
        )
    return found


def _claims(tool: Any) -> str:
    return ", ".join(f"{name} {getattr(tool, name):g}" for name in CLAIMS if getattr(tool, name))


def summarize_break_even(answer: Answer, files: Sequence[Path]) -> dict[str, Any]:
    """Return a break-even as one object."""
    asked, today = answer.asked, answer.today
    dials = [
        {
            "dial": dial.key,
            "pays": answer.pays(dial),
            "crossings": [vars(one) for one in answer.crossings(dial)],
            **dict(zip(("surely_pays_from", "surely_does_not_up_to"), answer.sure(dial), strict=True)),
            "points": answer.points[answer.points["dial"] == dial.key]
            .drop(columns="dial")
            .to_dict("records"),
        }
        for dial in asked.dials
    ]
    more = {
        "strategy": asked.strategy,
        "adopters": asked.adopters,
        "replications": asked.scenario.comparison.replications,
        "answers": [words for _, words in format_answers(answer)],
        "net": _ends(today),
        "if_copied": None
        if answer.copied is None
        else {
            "net": _ends(answer.copied.today),
            "lost": _ends(answer.lost_if_copied),
            "prices": answer.copied.prices.to_dict("records"),
        },
        "needed": answer.needed,
        "prices": answer.prices.to_dict("records"),
        "dials": dials,
        "failed": len(answer.failures),
    }
    found: dict[str, Any] = without_nan(summary_of("breakeven", asked.scenario, more, list(files)))
    return found


def _ends(found: Interval) -> dict[str, float]:
    return {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}
