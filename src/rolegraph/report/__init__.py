"""A validation report in, text for people and machines out."""
