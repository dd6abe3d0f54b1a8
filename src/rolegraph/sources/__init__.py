"""Files in, records out; every fault is reported with file and line."""
