"""Benchmarks of lightsnap, boto3 and others: ``python -m benchmarks``."""
