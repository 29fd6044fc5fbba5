"""What is simulated: the market's state, chance, the rules of a week, and what is recorded of it."""
