"""The draft of a specification: what the log proposes, and why."""
