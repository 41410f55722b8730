"""Sizes of files as a reader in Vietnam writes them."""


def size_of(count: int) -> str:
    """Return so many bytes in words: '47,2 kB', '12,5 MB' (a thousand of one is the next); never '0,0 MB'."""
    if count < 1_000:
        return f"{count} byte"
    if count < 999_950:
        return f"{count / 1e3:.1f} kB".replace(".", ",")
    return f"{count / 1e6:.1f} MB".replace(".", ",")
