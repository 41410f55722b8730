"""Pages: bytes in, text out. They parse and never fetch."""
