"""What a market is stocked with: rows of the scenario that several rules read."""
