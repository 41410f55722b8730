"""Pages: bytes in, text out. They parse and never fetch."""

#: Stored with every text; raise it whenever the same bytes may be read differently.
EXTRACTOR_VERSION = "2"
