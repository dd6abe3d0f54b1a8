"""Runs queries in killable worker processes over one snapshot."""
