# %% [markdown]
# # class_data

# %%
1 + 1
