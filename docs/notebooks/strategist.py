# %% [markdown]
# # strategist

# %%
1 + 1
