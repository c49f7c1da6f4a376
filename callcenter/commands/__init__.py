"""What the command line does, a room at a time; each returns the sentence to fail with, or None."""
