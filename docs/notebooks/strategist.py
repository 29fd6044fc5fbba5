# %% [markdown]
# # A strategist's question
#
# **You lead a sales team of ten. You can buy a dialler, an assistant that cuts admin, or an assistant together with social
# listening. Which one, if any?**
#
# This notebook answers with the market `kickoff`, which ships with zerosum. It runs in seconds, so it uses few simulated runs. Use
# your own numbers for a decision: [Write a scenario](../scenarios.md) says how.
#
# ## Write the decision rule first
#
# A rule that you write after you see the results is no rule. Here is ours:
#
# 1. Compare the **net gain**: how much more contribution (margin on recurring revenue, less all costs) a strategy brings in a year.
# 2. A strategy passes if the whole 95 % interval of its net gain lies above zero while competitors don't react.
# 3. Of those that pass, take the one with the highest net gain. If none passes, change nothing.
# 4. Then look at the case in which all vendors adopt it. If no gain is measured there, it is a head start at most.

# %%
import pandas as pd

from zerosum import compare, load_scenario

MARKET = load_scenario("kickoff")
STRATEGIES = ["usual", "shots", "admin-to-preparation", "social-and-preparation"]

found = compare(MARKET, strategies=STRATEGIES, adopters=["focal", "all"], replications=12)

# %% [markdown]
# Each of the 12 simulated runs is a different three years. Within a run, all strategies meet the same random events, so that
# luck that they share cancels out of the difference.
#
# ## What does each strategy gain?

# %%
gains = found.differences.query("metric == 'contribution'").copy()
gains["adopters"] = gains["adopters"].map({"focal": "competitors don't react", "all": "all adopt"})
table = gains.query("strategy != 'usual'").set_index(["adopters", "strategy"])
(table[["difference", "low", "high"]] / 1000).round().astype(int).rename(
    columns={"difference": "net gain, thousands a year", "low": "from", "high": "to"}
)

# %%
import matplotlib.pyplot as plt
import numpy as np

figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
names = STRATEGIES[1:]
for offset, (case, color) in enumerate(
    [("competitors don't react", "tab:blue"), ("all adopt", "tab:orange")]
):
    rows = table.loc[case].loc[names]
    middle = rows["difference"].to_numpy() / 1e3
    reach = np.abs(rows[["low", "high"]].to_numpy().T / 1e3 - middle)
    axes.errorbar(middle, np.arange(len(names)) + 0.2 * offset, xerr=reach, fmt="o", color=color, label=case)
axes.axvline(0, color="gray", linewidth=0.8)
axes.set_yticks(np.arange(len(names)) + 0.1, names)
axes.invert_yaxis()
axes.set_xlabel("net gain, thousands a year, with 95 % interval")
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## Apply the rule

# %%
alone, copied = table.loc["competitors don't react"], table.loc["all adopt"]
passing = alone[alone["low"] > 0]


def describe(row: pd.Series) -> str:
    """Return a gain with its interval, in thousands."""
    return f"{row['difference'] / 1e3:+,.0f} k a year ({row['low'] / 1e3:+,.0f} to {row['high'] / 1e3:+,.0f})"


if passing.empty:
    print("Decision: change nothing. No strategy's interval lies above zero.")
else:
    best = passing["difference"].idxmax()
    print(f"Decision: {best}, net gain {describe(alone.loc[best])} while competitors don't react.")
    later = copied.loc[best]
    if later["low"] > 0:
        print(f"It lasts: if all adopt, {describe(later)}.")
    elif later["high"] < 0:
        print(f"It turns into a loss if all adopt: {describe(later)}.")
    else:
        print(f"A head start at most: if all adopt, no gain is measured, {describe(later)}.")
for name in alone.index.difference(passing.index):
    print(f"Not shown to pay: {name}, {describe(alone.loc[name])}.")

# %% [markdown]
# ## Before you sign it
#
# - **The tools' effects are vendors' claims**: 50 % more calls an hour, 40 % less admin. Replace them by what your pilot shows.
# - **The interval holds chance only.** Other assumptions can move the answer more than chance does. `zerosum compare kickoff
#   --across-fits` repeats the comparison under six calibrated parameter sets.
# - **Twelve runs are few.** Intervals of means from few runs of skewed money are rough. The command line uses 60.
# - **Several strategies were tested at once**, and each interval is for itself. [How sure a difference is](../statistics.md)
#   explains the adjusted p-values.
# - **It is not your market.** Ten reps, four equal vendors, a published average of everything. Differences between strategies
#   carry over better than levels do, and even they need your own numbers.
