"""The market's rules, one per file. ``docs/model.md`` says the same in words and formulas."""
