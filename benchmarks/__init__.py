"""What lightsnap costs, beside what others do: ``python -m benchmarks``."""
