"""Requests as values: their constraints, and reading and writing them as text."""
