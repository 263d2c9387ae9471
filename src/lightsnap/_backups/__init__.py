"""What a backup is: plans, retention, marks and reports, as values without I/O."""
