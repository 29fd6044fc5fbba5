"""Report a game: payoffs of every combination, then the outcome; as a document, tables and data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from zerosum.market.metrics import BY_NAME
from zerosum.report.document import Column, Document, Table, table_of
from zerosum.report.game_findings import format_findings, format_outcome, format_rest
from zerosum.report.intervals import PER
from zerosum.report.wording import count, format_alike, format_side_by_side
from zerosum.runs.question import hash_of
from zerosum.runs.store import without_nan
from zerosum.scenario import alike_strategies
from zerosum.studies.game.best import is_best

if TYPE_CHECKING:
    from zerosum.statistics import Interval
    from zerosum.studies.game import Analysis, Contest
    from zerosum.studies.game.payoffs import Payoffs, Profile

MOST_ROWS = 32
"""Maximum combinations to list; of more, equilibria and the first."""
MOST_COLUMNS = 6
"""Maximum strategies of the second player side by side."""
NOTE = (
    "*: the best answer to what the others do there, by mean; **: surely, though all answers were looked at."
)


def describe_game(contest: Contest, analysis: Analysis, details: bool = False) -> Document:
    """Describe a game: the outcome, and payoffs with standard errors, best responses marked.

    Parameters
    ----------
    contest : Contest
    analysis : Analysis
    details : bool
        also what is dominated, where copying leads, and the limits
    """
    payoffs, found = analysis.payoffs, Document()
    found.add(contest.game.question, look="answer")
    found.add(format_alike(contest.scenario, contest.strategies))
    outcome, rest = format_outcome(analysis), format_rest(analysis)
    found.add(*outcome)
    square = len(payoffs.players) == 2 and len(payoffs.strategies[1]) <= MOST_COLUMNS
    found.add(_matrix(analysis) if square else _list_table(analysis))
    if details:
        found.add(*rest)
    return found


def _title(analysis: Analysis) -> str:
    payoffs = analysis.payoffs
    less = " (less is better)" if payoffs.sign < 0 else ""
    often = count(payoffs.n, "replication")
    metric = BY_NAME[payoffs.metric]
    label = f"{metric.label}{PER.get(metric.unit, '')}{less}"
    if analysis.nobody is not None:
        label += " where nobody moves, and each combination's difference to it"
    return f"{label}: mean ± standard error of {often} with common random numbers"


def _matrix(analysis: Analysis) -> Table:
    """Make a table of both players' payoffs: the first player's strategies in rows, the second's in columns."""
    payoffs = analysis.payoffs

    def column(j: int, name: str) -> Column:
        def show(i: int) -> str:
            return "\n".join(
                f"{player} {format_payoff(analysis, (i, j), k)}" for k, player in enumerate(payoffs.players)
            )

        return Column(name, show)

    first = Column(" \\ ".join(payoffs.players), lambda i: payoffs.strategies[0][i], text=True, least=24)
    columns = [first, *(column(j, name) for j, name in enumerate(payoffs.strategies[1]))]
    return Table(columns, range(len(payoffs.strategies[0])), _title(analysis), NOTE)


def _list_table(analysis: Analysis) -> Table:
    payoffs = analysis.payoffs
    profiles, title = list(payoffs.profiles), _title(analysis)
    if len(profiles) > MOST_ROWS:
        important = [e.profile for e in analysis.equilibria.found if e.profile is not None]
        important += [analysis.nobody] if analysis.nobody is not None else []
        chosen = set(important) | set(profiles[: MOST_ROWS - len(important)])
        title += f": {len(chosen)} of {len(profiles):,} combinations (payoffs.csv has all)"
        profiles = [profile for profile in profiles if profile in chosen]
    players = range(len(payoffs.players))
    rows = [(*payoffs.names_of(p), *(format_payoff(analysis, p, k) for k in players)) for p in profiles]
    heads = (*payoffs.players, *payoffs.players)
    return table_of(title, heads, rows, players, note=NOTE, narrow="list", keys=len(players))


def format_payoff(analysis: Analysis, profile: Profile, player: int) -> str:
    """Format a player's payoff: ``45.2 ± 1.3 k *``; where somebody moves, the paired difference: ``+2.1 ± 0.4 k``."""
    payoffs = analysis.payoffs
    place = (*profile, player)
    values, moves = payoffs.at(profile)[:, player], False
    if analysis.nobody is not None and profile != analysis.nobody:
        values, moves = np.subtract(values, payoffs.at(analysis.nobody)[:, player]), True
    level, error = payoffs.sign * float(values.mean()), float(values.std(ddof=1)) / math.sqrt(payoffs.n)
    (first, second), suffix = format_side_by_side((level, error), BY_NAME[payoffs.metric].unit, signed=moves)
    mark = ""
    if bool(is_best(payoffs.means)[place]) and len(payoffs.strategies[player]) > 1:
        sure = any(r.player == player and r.others == profile and r.sure for r in analysis.responses)
        mark = " **" if sure else " *"
    return f"{first} ± {second.removeprefix('+')}{suffix}{mark}"


def payoffs_frame(payoffs: Payoffs) -> pd.DataFrame:
    """Return a row per combination and player: strategies, mean payoff in the metric's unit and direction.

    Columns: a strategy column for each player under its name, player, payoff, standard_error, low, high (95 %), n,
    best_response.
    """
    best, rows = is_best(payoffs.means), []
    for profile in payoffs.profiles:
        for k, player in enumerate(payoffs.players):
            interval = payoffs.interval(profile, k)
            low, high = sorted((payoffs.sign * interval.low, payoffs.sign * interval.high))
            rows.append(
                dict(zip(payoffs.players, payoffs.names_of(profile), strict=True))
                | {"player": player, "payoff": payoffs.sign * interval.mean}
                | {"standard_error": float(payoffs.errors[(*profile, k)]), "low": low, "high": high}
                | {"n": interval.n, "best_response": bool(best[(*profile, k)])}
            )
    return pd.DataFrame(rows)


def dominations_frame(analysis: Analysis) -> pd.DataFrame:
    """Return a row per pair of a player's strategies and combination of the others' strategies.

    Columns: player, strategy, by, verdict, p_holm; others (their strategies), gain, low, high: payoff of ``by`` minus
    that of ``strategy``; more is better.
    """
    payoffs, rows = analysis.payoffs, []
    for d in analysis.dominations:
        player, names = payoffs.players[d.player], payoffs.strategies[d.player]
        for others, gain in d.gains:
            told = " / ".join(name for i, name in enumerate(payoffs.names_of(others)) if i != d.player)
            pair = (player, names[d.strategy], names[d.by], d.verdict, d.p)
            rows.append((*pair, told, gain.mean, gain.low, gain.high))
    columns = ["player", "strategy", "by", "verdict", "p_holm", "others", "gain", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def summarize_game(contest: Contest, analysis: Analysis, files: Sequence[Path]) -> dict[str, Any]:
    """Return a game as one object; more gain or payoff is better."""
    payoffs, found = analysis.payoffs, analysis.equilibria
    players = payoffs.players

    def each(intervals: Sequence[Interval | None]) -> dict[str, Any]:
        return {p: vars(i) if i else None for p, i in zip(players, intervals, strict=True)}

    def mix(shares: Any) -> dict[str, Any]:
        named = zip(players, payoffs.strategies, shares, strict=True)
        return {player: dict(zip(names, own, strict=True)) for player, names, own in named}

    held = [
        {"outcome": h.outcome, "sure": h.sure, "dilemma": h.dilemma, "gains": each(h.gains)}
        | {"together": vars(h.together), "first": each(h.first), "behind": each(h.behind)}
        for h in analysis.held
    ]
    summary = {
        "command": "game",
        "alike": [list(names) for names in alike_strategies(contest.scenario, contest.strategies)],
        "game": contest.game.name,
        "question": contest.game.question,
        "hash": hash_of(contest.identity),
        "players": {p: list(names) for p, names in zip(players, payoffs.strategies, strict=True)},
        "payoff": payoffs.metric,
        "less_is_better": payoffs.sign < 0,
        "replications": payoffs.n,
        "left_out": payoffs.dropped,
        "nobody": list(payoffs.names_of(analysis.nobody)) if analysis.nobody is not None else None,
        "equilibria": [{"mix": mix(e.mix), "payoffs": each(e.payoffs), "seen": e.seen} for e in found.found],
        "same_in_resamples": found.same,
        "degenerate": found.degenerate,
        "mixed_looked_for": found.complete,
        "against_nobody": held,
        "dynamics": [
            {"ends": list(payoffs.names_of(end)) if end is not None else None, "share_of_starts": share}
            for end, share in analysis.dynamics.basins
        ],
        "words": format_findings(analysis),
        "files": [str(path) for path in files],
    }
    return without_nan(summary)
