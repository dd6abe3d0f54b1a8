"""The official test suites of the W3C, run from their manifests."""
