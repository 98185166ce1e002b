"""Our memory: knows SQL; knows nothing of HTTP, Huey or the console."""
