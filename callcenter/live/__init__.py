"""Fan-out of live messages to the streams of one or many web processes. A hint, never the truth."""
