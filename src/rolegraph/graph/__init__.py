"""Records in, N-Quads lines out."""
