"""One file per intention: open, read, decide, save, commit."""
