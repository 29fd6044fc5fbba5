"""How a table of a scenario is declared: beside the rule that reads it, with unit, limits and evidence."""
