"""Waiting: a state machine without I/O, and the loops that poll and sleep for it."""
