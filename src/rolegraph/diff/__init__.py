"""Compares two snapshots: sorted dumps and reports in, changes out, in little memory at any size."""
