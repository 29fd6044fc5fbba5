"""Laws of marketing science that hold in a limit of the market, beside the engine's numbers."""
