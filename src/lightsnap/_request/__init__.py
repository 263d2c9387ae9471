"""What is sent, as values: the request, the rules it has to keep, its forms as text."""
