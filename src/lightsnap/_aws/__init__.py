"""The edge to botocore: the calls, its exceptions, and building clients."""
