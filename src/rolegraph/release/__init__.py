"""Freezes snapshots as releases: what is kept of them, what changed, and the history of concepts."""
