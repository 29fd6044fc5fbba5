"""Take the new rules out of the default market one at a time, and set the default that was before them beside it."""
