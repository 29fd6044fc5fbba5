"""Findings of a game: equilibria, whether they are a trap, and how certain they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from zerosum.market.metrics import BY_NAME
from zerosum.report.intervals import find_side, format_gain, format_list
from zerosum.report.wording import count

if TYPE_CHECKING:
    from zerosum.statistics import Interval
    from zerosum.studies.game import Analysis
    from zerosum.studies.game.analysis import AgainstNobody
    from zerosum.studies.game.dynamics import Course
    from zerosum.studies.game.equilibria import Equilibrium

SURE_OF_IT = 0.95
"""Smallest share of resamples to call an equilibrium robust."""
MOST_TOLD = 6


def gain(found: Interval, analysis: Analysis) -> str:
    """Format a payoff difference in the metric's unit."""
    metric = analysis.payoffs.metric
    return format_gain(found, BY_NAME[metric].unit if metric else "", analysis.payoffs.sign)


def does(analysis: Analysis, equilibrium: Equilibrium) -> str:
    """Format an equilibrium: ``Alder 'assistant', Elm 'usual' or (30 %) 'assistant'``."""
    said = []
    for player, names, shares in zip(
        analysis.payoffs.players, analysis.payoffs.strategies, equilibrium.mix, strict=True
    ):
        played = [(share, name) for share, name in zip(shares, names, strict=True) if share > 1e-6]
        if len(played) == 1:
            said.append(f"{player} '{played[0][1]}'")
        else:
            mixed = [f"'{name}' ({share:.0%})" for share, name in played]
            said.append(f"{player} {format_list(mixed, 'or')}")
    return ", ".join(said)


def format_findings(analysis: Analysis) -> list[str]:
    """Return a game's findings, the most important first."""
    return [*format_outcome(analysis), *format_rest(analysis)]


def format_outcome(analysis: Analysis) -> list[str]:
    """Return where the players end, and whether that is a trap."""
    return [
        *_equilibria(analysis),
        *(line for held in analysis.held for line in _format_held(analysis, held)),
        *_without_nobody(analysis),
    ]


def format_rest(analysis: Analysis) -> list[str]:
    """Return what is dominated, where copying leads, and the limits of it all."""
    return [
        *_format_dominated(analysis),
        *_dynamics(analysis),
        *_limits(analysis),
    ]


def _equilibria(analysis: Analysis) -> Iterator[str]:
    found = analysis.equilibria
    if not found.found:
        yield (
            "No equilibrium: whatever all do, somebody gains by moving"
            + ("." if found.complete else "; equilibria in which somebody mixes were not looked for.")
        )
    for equilibrium in found.found:
        mixed = "" if equilibrium.profile is not None else ", each at random"
        yield (
            f"{'Equilibrium' if len(found.found) == 1 else 'An equilibrium'}: {does(analysis, equilibrium)}{mixed}: "
            f"nobody gains by moving alone. In {equilibrium.seen:.0%} of {found.resamples:,} resamples of the "
            "replications it is one."
        )
    if found.same < SURE_OF_IT:
        others = [item for item in found.patterns.items() if item[0] != {e.support for e in found.found}]
        said = f"Chance could still change that: the same equilibria come out in {found.same:.0%} of the resamples"
        if others:
            pattern, share = others[0]
            said += f"; next, in {share:.0%}: {_pattern(analysis, pattern)}"
        yield said + "."
    if found.degenerate:
        yield (
            "This game is degenerate: somebody has several answers that are equally good, so there may be more "
            "equilibria than these, whole ranges of them."
        )
    if not found.complete:
        yield (
            "Only equilibria without mixing were looked for"
            + (" (three players or more)." if len(analysis.payoffs.players) > 2 else " (so many strategies).")
        )


def _pattern(analysis: Analysis, pattern: frozenset[tuple[tuple[int, ...], ...]]) -> str:
    if not pattern:
        return "none"
    said = []
    for support in sorted(pattern):
        names = [
            "/".join(strategies[i] for i in own)
            for strategies, own in zip(analysis.payoffs.strategies, support, strict=True)
        ]
        said.append(f"({', '.join(names)})")
    return format_list(said[:MOST_TOLD])


def _format_held(analysis: Analysis, held: AgainstNobody) -> Iterator[str]:
    players = analysis.payoffs.players
    where = "" if len(analysis.held) == 1 else f"At {does(analysis, held.equilibrium)}: "
    each = "; ".join(f"{p} {gain(g, analysis)}" for p, g in zip(players, held.gains, strict=True))
    if held.outcome == "nobody moves":
        yield f"{where}Nobody moves: when all carry on, nobody gains by being the first to do anything else."
        return
    than = "than if nobody had moved"
    if held.outcome == "trap":
        if held.sure:
            yield f"{where}A trap: every player is worse off {than}, by more than chance: {each}."
        else:
            looks = (
                f"It looks like a trap, every player being worse off {than}, but chance alone could do that"
            )
            yield f"{where}{looks}: {each}."
        it_is = "It is a prisoner's dilemma" if held.sure else "If so, it is a prisoner's dilemma"
        dilemma = {
            "surely": f"{it_is}: to each player it surely pays to move, whatever the others do.",
            "on average": f"{it_is}: on average, moving pays each, whatever the others do; chance could do that, too.",
            "no": "",
        }[held.dilemma]
        if dilemma:
            yield dilemma
    elif held.outcome == "gain":
        sure = "by more than chance" if held.sure else "but chance alone could do that"
        yield f"{where}No trap: every player is better off {than}, {sure}: {each}."
    else:
        sure = "" if held.sure else ", though not by more than chance"
        yield f"{where}Some are better off {than} and some are worse off{sure}: {each}."
    sure = "" if find_side(held.together.low, held.together.high) else ", which chance could do"
    yield f"All together, the mean of the players: {gain(held.together, analysis)}{sure}."
    first = [f"{p} {gain(i, analysis)}" for p, i in zip(players, held.first, strict=True) if i]
    behind = [f"{p} {gain(i, analysis)}" for p, i in zip(players, held.behind, strict=True) if i]
    if first:
        yield f"What being the first brings, while the others carry on: {'; '.join(first)}."
        yield f"What carrying on alone brings, when the others have moved: {'; '.join(behind)}."


def _without_nobody(analysis: Analysis) -> Iterator[str]:
    if analysis.nobody is None:
        yield (
            "Whether there is a trap can't be told: some player can't carry on as before (it isn't among its "
            "strategies)."
        )


def _format_dominated(analysis: Analysis) -> Iterator[str]:
    payoffs = analysis.payoffs
    for verdict, words in (
        ("surely", "Dominated for sure, whatever the others do"),
        ("on average", "Dominated on average, which chance could do"),
    ):
        said = [
            f"{payoffs.players[d.player]}'s '{payoffs.strategies[d.player][d.strategy]}' by "
            f"'{payoffs.strategies[d.player][d.by]}'"
            for d in analysis.dominations
            if d.verdict == verdict
        ]
        if said:
            more = [f"{len(said) - MOST_TOLD} more"] if len(said) > MOST_TOLD else []
            yield f"{words}: {format_list([*said[:MOST_TOLD], *more])}."
    if not any(d.verdict in ("surely", "on average") for d in analysis.dominations):
        yield "No strategy is dominated by another, for sure or on average."
    verdicts = {(d.player, d.strategy, d.by): d.verdict for d in analysis.dominations}
    undecided = [
        pair
        for pair, verdict in verdicts.items()
        if verdict == "undecided"
        and verdicts[pair[0], pair[2], pair[1]] in ("undecided", "no")
        and pair[1] < pair[2]
    ]
    if undecided:
        yield (
            f"Of {count(len(undecided), 'pair')} of strategies it can't be told whether one dominates the other; more "
            "replications would tell."
        )


def _dynamics(analysis: Analysis) -> Iterator[str]:
    payoffs, found = analysis.payoffs, analysis.dynamics

    def at(end: Sequence[int] | None) -> str:
        return f"({', '.join(payoffs.names_of(tuple(end)))})" if end is not None else "no combination"

    start = "from a market in which hardly anybody has moved" if analysis.nobody else "from an even start"
    course = found.first.leads
    yield f"Where what pays is copied (replicator dynamics), {start} it {ends_at(found.first, at(course))}."
    basins = [f"{at(end)} from {share:.0%}" for end, share in found.basins[:MOST_TOLD]]
    if len(basins) > 1:
        yield f"Where it comes to hangs on the start: {format_list(basins)} of all starts."


def ends_at(course: Course, told: str) -> str:
    """Format the end of a course; ``told`` names the combination, if any."""
    if course.leads is not None:
        return f"comes to {told}"
    return "comes to rest at a mixture" if course.settled else "doesn't come to rest"


def _limits(analysis: Analysis) -> Iterator[str]:
    dropped = analysis.payoffs.dropped
    if dropped:
        yield f"{count(dropped, 'replication')} left out: a payoff is undefined there (a ratio without a denominator)."
    yield (
        "Intervals are of chance, on the model's assumptions as they stand; what is assumed could change more than "
        "chance does."
    )
