"""Tables of the scenario that several rules read: buyers, vendors, strategies."""
