"""What client methods do, as generators that perform no I/O."""
