"""What pages share, one widget a file."""
