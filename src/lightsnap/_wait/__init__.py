"""Waiting: a state machine that decides, and the loops that carry out its decisions."""
