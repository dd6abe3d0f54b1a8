"""The `rolegraph` command."""

from rolegraph.cli import main

if __name__ == "__main__":
    main()
