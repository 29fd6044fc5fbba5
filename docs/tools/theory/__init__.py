"""What the market reduces to: laws of marketing science that hold in a limit of it, beside the engine's numbers."""
