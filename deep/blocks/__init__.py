"""What two families share, one idea a file."""
