# %% [markdown]
# # sensitivity

# %%
1 + 1
