"""Plain records of everything that the sources hold."""
