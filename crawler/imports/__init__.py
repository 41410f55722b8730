"""What may not or cannot be crawled, read from files: ad libraries, tables, citizens' reports, archives, screenshots.

Readers are pure: bytes in, items and rejects with row numbers out. ``keeping`` writes items into the evidence; from
there ``reading`` makes pages of them, so an imported advertisement is proved and versioned as a crawled one is.
"""
