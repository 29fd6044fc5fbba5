"""A game as one JSON object, and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.report.game_in_words import in_words
from zerosum.runs.claimed import hash_of
from zerosum.runs.store import without_nan
from zerosum.scenario import alike_strategies
from zerosum.statistics import Interval
from zerosum.studies.game.best import is_best

if TYPE_CHECKING:
    from zerosum.studies.game import Analysis, Contest
    from zerosum.studies.game.payoffs import Payoffs


def payoffs_frame(payoffs: Payoffs) -> pd.DataFrame:
    """Return a row for each combination and player: what it does, its mean payoff, in the metric's unit and direction.

    Columns: a strategy column for each player under its name, player, payoff, standard_error, low, high (95 %), n,
    best_response.
    """
    best, rows = is_best(payoffs.means), []
    for profile in payoffs.profiles:
        for k, player in enumerate(payoffs.players):
            interval = payoffs.interval(profile, k)
            ends = sorted((payoffs.sign * interval.low, payoffs.sign * interval.high))
            rows.append(
                {
                    **dict(zip(payoffs.players, payoffs.told(profile), strict=True)),
                    "player": player,
                    "payoff": payoffs.sign * interval.mean,
                    "standard_error": float(payoffs.errors[(*profile, k)]),
                    "low": ends[0],
                    "high": ends[1],
                    "n": interval.n,
                    "best_response": bool(best[(*profile, k)]),
                }
            )
    return pd.DataFrame(rows)


def dominations_frame(analysis: Analysis) -> pd.DataFrame:
    """Return a row for each pair of a player's strategies and each combination of the others'.

    Columns: player, strategy, by, verdict, p_holm; others (what they do), gain, low, high: payoff by ``by`` minus by
    ``strategy``, more being better.
    """
    payoffs, rows = analysis.payoffs, []
    for d in analysis.dominations:
        names = payoffs.strategies[d.player]
        for others, interval in d.gains:
            told = [name for i, name in enumerate(payoffs.told(others)) if i != d.player]
            rows.append(
                {
                    "player": payoffs.players[d.player],
                    "strategy": names[d.strategy],
                    "by": names[d.by],
                    "verdict": d.verdict,
                    "p_holm": d.p,
                    "others": " / ".join(told),
                    "gain": interval.mean,
                    "low": interval.low,
                    "high": interval.high,
                }
            )
    columns = ["player", "strategy", "by", "verdict", "p_holm", "others", "gain", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def game_document(contest: Contest, analysis: Analysis, files: Sequence[Path]) -> dict[str, Any]:
    """Put a game into one object; gains and payoffs in it: more is better."""
    payoffs, found = analysis.payoffs, analysis.equilibria
    players = payoffs.players

    def each(intervals: Sequence[Interval | None]) -> dict[str, Any]:
        return {p: vars(i) if i else None for p, i in zip(players, intervals, strict=True)}

    equilibria = [
        {
            "mix": {
                player: dict(zip(names, shares, strict=True))
                for player, names, shares in zip(players, payoffs.strategies, e.mix, strict=True)
            },
            "payoffs": each(e.payoffs),
            "seen": e.seen,
        }
        for e in found.found
    ]
    held = [
        {
            "outcome": h.outcome,
            "sure": h.sure,
            "dilemma": h.dilemma,
            "gains": each(h.gains),
            "together": vars(h.together),
            "first": each(h.first),
            "behind": each(h.behind),
        }
        for h in analysis.held
    ]
    document = {
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
        "nobody": list(payoffs.told(analysis.nobody)) if analysis.nobody is not None else None,
        "equilibria": equilibria,
        "same_in_resamples": found.same,
        "degenerate": found.degenerate,
        "mixed_looked_for": found.complete,
        "against_nobody": held,
        "dynamics": [
            {"ends": list(payoffs.told(end)) if end is not None else None, "share_of_starts": share}
            for end, share in analysis.dynamics.basins
        ],
        "words": in_words(analysis),
        "files": [str(path) for path in files],
    }
    return without_nan(document)
