"""Records or a snapshot in, files of other standards out."""
