"""A game on the screen: who gets what in which combination, then what it comes to, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zerosum.market.metrics import BY_NAME
from zerosum.report.game_in_words import in_words
from zerosum.report.wording import alike_in_words, count, side_by_side
from zerosum.studies.game.best import is_best

if TYPE_CHECKING:
    from zerosum.studies.game import Analysis, Contest
    from zerosum.studies.game.payoffs import Profile

MOST_ROWS = 32
"""Combinations that are shown one by one; of more, equilibria and the first."""
MOST_COLUMNS = 6
"""Strategies of the second player that are shown side by side."""


def game_tables(contest: Contest, analysis: Analysis) -> RenderableType:
    """Lay out a game: payoffs with their standard errors, best responses marked, and what it comes to."""
    parts: list[RenderableType] = []
    if contest.game.question:
        parts.append(Text(contest.game.question, style="bold"))
    alike = alike_in_words(contest.scenario, contest.strategies)
    parts += [Text(alike)] if alike else []
    payoffs = analysis.payoffs
    square = len(payoffs.players) == 2 and len(payoffs.strategies[1]) <= MOST_COLUMNS
    parts += [*(_matrix(analysis) if square else _listed(analysis)), Text(CAPTION, style="dim"), Text("")]
    parts += [Text(words) for words in in_words(analysis)]
    return Group(*parts)


def _title(analysis: Analysis) -> str:
    payoffs = analysis.payoffs
    label = BY_NAME[payoffs.metric].label
    less = " (less is better)" if payoffs.sign < 0 else ""
    return f"{label}{less}: mean ± standard error of {count(payoffs.n, 'replication')} on common luck"


CAPTION = (
    "*: the best answer to what the others do there, by mean; **: surely, though all answers were looked at."
)


def _matrix(analysis: Analysis) -> tuple[Text, Table]:
    payoffs = analysis.payoffs
    table = Table(show_lines=True)
    table.add_column(f"{payoffs.players[0]} \\ {payoffs.players[1]}")
    for name in payoffs.strategies[1]:
        table.add_column(name, justify="right")
    for i, name in enumerate(payoffs.strategies[0]):
        cells = [
            "\n".join(f"{player} {cell(analysis, (i, j), k)}" for k, player in enumerate(payoffs.players))
            for j in range(len(payoffs.strategies[1]))
        ]
        table.add_row(name, *cells)
    return Text(_title(analysis), style="bold"), table


def _listed(analysis: Analysis) -> tuple[Text, Table]:
    payoffs = analysis.payoffs
    profiles = list(payoffs.profiles)
    title = _title(analysis)
    if len(profiles) > MOST_ROWS:
        important = [e.profile for e in analysis.equilibria.found if e.profile is not None]
        important += [analysis.nobody] if analysis.nobody is not None else []
        chosen = set(important) | set(profiles[: MOST_ROWS - len(important)])
        title += f": {len(chosen)} of {len(profiles):,} combinations (payoffs.csv has all)"
        profiles = [profile for profile in profiles if profile in chosen]
    table = Table()
    for player in payoffs.players:
        table.add_column(player)
    for player in payoffs.players:
        table.add_column(player, justify="right")
    for profile in profiles:
        cells = (cell(analysis, profile, k) for k in range(len(payoffs.players)))
        table.add_row(*payoffs.told(profile), *cells)
    return Text(title, style="bold"), table


def cell(analysis: Analysis, profile: Profile, player: int) -> str:
    """Say a player's payoff in a combination: ``45.2 ± 1.3 k *``."""
    payoffs = analysis.payoffs
    place = (*profile, player)
    level, error = payoffs.sign * float(payoffs.means[place]), float(payoffs.errors[place])
    (first, second), suffix = side_by_side((level, error), BY_NAME[payoffs.metric].unit, signed=False)
    mark = ""
    if bool(is_best(payoffs.means)[place]) and len(payoffs.strategies[player]) > 1:
        sure = any(r.player == player and r.others == profile and r.sure for r in analysis.responses)
        mark = " **" if sure else " *"
    return f"{first} ± {second}{suffix}{mark}"
