"""The bodies of client methods, as generators that perform no I/O."""
