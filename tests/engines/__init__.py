"""Backups on real engines; they run in an environment of their own."""
