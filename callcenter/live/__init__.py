"""Fan-out of pop-ups and board changes: in process, or Redis Streams. Never the truth."""
