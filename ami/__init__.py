"""Asterisk Manager Interface: typed events, a pure reducer to calls, a supervised link."""
