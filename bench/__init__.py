"""Measures Quayside beside raw limits and beside its peers: `scripts/bench`."""
