"""The world outside: the platforms' connectors. Knows HTTP; knows nothing of our database, queue or settings."""
