"""What the service returns, as values: operations, resources, enums."""
