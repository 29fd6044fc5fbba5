"""The market's rules, one a file. ``docs/model.md`` says the same in words and formulas."""
