# %% [markdown]
# # A sensitivity study
#
# **Three numbers of a market are uncertain. Which of them should you measure first, because the answer depends on it?**
#
# The strategy is `social-and-preparation` of the small market `workshop`: reps listen for signals, call less and prepare
# more. The uncertain numbers are how full the market is, how much admin the assistant saves, and how strongly preparation
# raises the odds of a win.
#
# ## Design the experiment
#
# A Latin hypercube of 32 points fills the three ranges evenly. At each point, both strategies run on the same random events,
# eight times. All points have random numbers of their own, so that noise can't pass for an effect.

# %%
import tempfile

import zerosum

EXPERIMENT = {
    "question": "What decides whether listening and preparation pay?",
    "scenario": "workshop",
    "set": {"clock.warmup_weeks": 104, "clock.weeks": 104},
    "strategies": ["usual", "social-and-preparation"],
    "metrics": ["arr", "contribution"],
    "replications": 8,
    "design": {"kind": "latin-hypercube", "points": 32, "seed": 7},
    "factors": [
        {"key": "market.saturation", "low": 0.3, "high": 0.95, "label": "share of buyers with an incumbent"},
        {"key": "tools.assistant.saving", "low": 0.0, "high": 0.6, "label": "admin that the assistant saves"},
        {"key": "effort.preparation_weight", "low": 0.5, "high": 2.5, "label": "effect of preparation"},
    ],
}

folder = tempfile.TemporaryDirectory()
swept = zerosum.sweep(EXPERIMENT, workers=0, keep_in=folder.name)
swept

# %% [markdown]
# ## Look at the answer

# %%
responses = swept.responses.query("strategy == 'social-and-preparation'")
answers = responses.query("metric == 'arr'")
net = responses.query("metric == 'contribution'")["difference"]
for label, values in (("ARR after two years", answers["difference"]), ("Net gain a year", net)):
    print(
        f"{label}: mean {values.mean() / 1e3:+,.0f} k, from {values.min() / 1e3:+,.0f} k to {values.max() / 1e3:+,.0f} k"
    )
    print(f"  above zero at {(values > 0).sum()} of {len(values)} points")

# %% [markdown]
# ARR counts what customers pay; the net gain also takes off what the strategy costs. The rest of this study asks what moves
# ARR. Keep the second line in mind when you decide.

# %%
import matplotlib.pyplot as plt

factors = ["saturation", "saving", "preparation_weight"]
figure, panels = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True, layout="constrained")
for axes, name, factor in zip(panels, factors, EXPERIMENT["factors"], strict=True):
    axes.scatter(answers[name], answers["difference"] / 1e3, s=14)
    axes.axhline(0, color="gray", linewidth=0.8)
    axes.set_xlabel(factor["label"], fontsize=8)
panels[0].set_ylabel("ARR difference, thousands")
plt.show()

# %% [markdown]
# ## How much of the spread does each number explain?
#
# A straight line in all three numbers, each scaled to run from 0 to 1, gives an effect in money: what the whole range of that
# number changes. The interval comes from drawing the 32 points again, 2,000 times. What the lines leave over is noise, curvature and
# interactions.

# %%
import numpy as np
import pandas as pd

scaled = np.column_stack(
    [
        (answers[n] - f["low"]) / (f["high"] - f["low"])
        for n, f in zip(factors, EXPERIMENT["factors"], strict=True)
    ]
)
design = np.column_stack([np.ones(len(scaled)), scaled])
y = answers["difference"].to_numpy()


def slopes(rows: np.ndarray) -> np.ndarray:
    """Return each factor's effect over its range, by least squares."""
    return np.linalg.lstsq(design[rows], y[rows], rcond=None)[0][1:]


rng = np.random.default_rng(1)
everything = np.arange(len(y))
resampled = np.array([slopes(rng.integers(0, len(y), len(y))) for _ in range(2000)])
low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
explained = 1 - ((y - fitted) ** 2).sum() / ((y - y.mean()) ** 2).sum()

effects = pd.DataFrame(
    {"effect over its range": slopes(everything), "from": low, "to": high},
    index=[factor["label"] for factor in EXPERIMENT["factors"]],
)
effects.sort_values("effect over its range", key=abs, ascending=False).round(0)

# %% [markdown]
# ## Decide what to measure

# %%
clear = effects[(effects["from"] > 0) | (effects["to"] < 0)]
if clear.empty:
    print(
        "Decision: add runs before you measure anything. No number's effect can be told from noise at this size."
    )
else:
    first = clear["effect over its range"].abs().idxmax()
    print(
        f"Decision: measure the {first} first. Its range changes the difference by {clear.loc[first].iloc[0]:+,.0f} of ARR."
    )
for name in effects.index.difference(clear.index):
    print(f"Can't be told from zero here: {name}.")
print(f"The three lines together explain {explained:.0%} of the spread between points.")

# %% [markdown]
# ## Before you rely on it
#
# - **Ranges decide the ranking.** A number ranks high because you let it vary a lot. Choose ranges from evidence.
# - **Straight lines hide interactions and turning points.** `zerosum analyse` fits better surfaces, and says how much of the variance
#   is noise ([Run a sweep](../experiments.md)). A `saltelli` design gives Sobol indices, at the price of more runs.
# - **256 paired runs of four reps are few.** "Can't be told from zero" is not "has no effect".
# - **One small market and two years.** Contracts run for about two years, so two years show how a change begins.
# - **ARR is not profit.** A number can decide how much ARR a strategy brings while its cost decides whether it pays.
