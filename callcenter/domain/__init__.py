"""The rules of the hotline, pure: no I/O, no clock, no database."""
