"""What a screen shows, gathered from a unit of work."""
