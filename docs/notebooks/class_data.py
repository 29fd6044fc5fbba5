# %% [markdown]
# # A data set for a class
#
# **Should you promote last year's best rep?** Students get a year of sales data, and a truth that no company has: each rep's
# real skill.
#
# The market is `kickoff` with ten reps in Alder's team. Thirty simulated runs give three hundred rep-years. Skill differs between
# reps; so do territories and luck.
#
# ## Make the data

# %%
import pandas as pd

from zerosum import compare, load_scenario

market = load_scenario("kickoff", {"clock.weeks": 52, "comparison.replications": 30})
found = compare(market, strategies=["usual"], adopters=["focal"])
by_chance = found.reps["null"]
columns = ["replication", "rep", "skill", "quota", "credit", "attainment", "closed", "won", "attempts"]
reps = found.reps.loc[~by_chance, columns].reset_index(drop=True)
reps.to_csv("reps.csv", index=False)
reps.head().round(2)

# %% [markdown]
# | column | meaning |
# |---|---|
# | `replication`, `rep` | the simulated run and the rep's number in the team |
# | `skill` | true skill, in standard deviations; hide this column from the class at first |
# | `quota`, `credit`, `attainment` | quota, revenue credited against it, and their ratio |
# | `closed`, `won`, `attempts` | opportunities that closed, those won, and outreach attempts |
#
# [Result files](../results.md) explains every column. The next line draws the question.

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(5.5, 3.4), layout="constrained")
axes.scatter(reps["skill"], reps["attainment"], s=10, alpha=0.5)
axes.axhline(1, color="gray", linewidth=0.8)
axes.set_xlabel("true skill, standard deviations")
axes.set_ylabel("quota attainment")
plt.show()

# %% [markdown]
# ## How much does attainment tell about skill?
#
# Ask the class to guess before you run this. The interval resamples whole runs, because reps of one run share a market.

# %%
import numpy as np

runs = [group for _, group in reps.groupby("replication")]


def agreement(groups: list[pd.DataFrame]) -> float:
    """Return the rank correlation of skill and attainment within runs, on average."""
    return float(np.mean([g["skill"].corr(g["attainment"], method="spearman") for g in groups]))


rng = np.random.default_rng(1)
drawn = [agreement([runs[i] for i in rng.integers(0, len(runs), len(runs))]) for _ in range(500)]
low, high = np.quantile(drawn, [0.025, 0.975])
print(f"Rank correlation of skill and attainment: {agreement(runs):.2f} ({low:.2f} to {high:.2f})")

best = reps.loc[reps.groupby("replication")["attainment"].idxmax()]
true_rank = reps.groupby("replication")["skill"].rank(ascending=False).loc[best.index]
hits, n = int((true_rank == 1).sum()), len(best)
print(
    f"The year's best rep is the most skilled of ten in {hits} of {n} runs; by chance alone it would be {n / 10:.0f}."
)
print(
    f"The year's best rep is of the more skilled half in {(true_rank <= 5).sum()} of {n} runs; by chance {n / 2:.0f}."
)

# %% [markdown]
# ## What would identical reps reach?
#
# The **chance baseline** runs the same market with equal reps. Whatever spread remains can't come from skill.

# %%
equal = found.reps.loc[by_chance]
summary = pd.DataFrame(
    {
        "spread of attainment (sd)": [reps["attainment"].std(), equal["attainment"].std()],
        "reps at or above quota": [(reps["attainment"] >= 1).mean(), (equal["attainment"] >= 1).mean()],
    },
    index=["reps as they are", "chance baseline"],
)
summary.round(2)

# %% [markdown]
# ## Decide

# %%
share_top_half = (true_rank <= 5).mean()
error = 1.96 * np.sqrt(share_top_half * (1 - share_top_half) / n)
if share_top_half - error > 0.75:
    print("Decision: last year's best rep is a fair choice; it is in the more skilled half in most runs.")
elif share_top_half - error > 0.5:
    print(
        "Decision: attainment is a hint, not a ground for promotion. Ask for a second year or other evidence."
    )
else:
    print("Decision: don't promote on one year's attainment. It can't be told from a draw by lot.")
print(f"In the more skilled half: {share_top_half:.0%}, plus or minus {error:.0%}.")

# %% [markdown]
# ## Objections to discuss
#
# - **The spread of skill is an assumption.** Change `reps.skill_sd` and see how the answer moves.
# - **A simulated year is cleaner than a real one**: no one games the quota, changes territory or lies in the CRM.
# - **The chance baseline keeps territories as they are.** Its spread holds luck and territories both; [Measures](../measures.md) says more.
# - **Quotas matter.** If quotas follow last year's results, good reps get higher ones, and attainment hides their skill.
