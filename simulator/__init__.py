"""zerosum: an agent-based simulator of selling in a saturated market."""
