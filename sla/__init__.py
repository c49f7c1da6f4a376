"""Business time: calendar, clocks, targets, verdicts that explain themselves."""
