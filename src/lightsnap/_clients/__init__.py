"""The clients: one that blocks, and its async twin."""
