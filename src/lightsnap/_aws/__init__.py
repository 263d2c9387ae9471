"""The interface to botocore: API calls, exceptions, and building clients."""
