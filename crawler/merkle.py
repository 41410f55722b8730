"""A tree of hashes over the lines of the log: it shows that a line is in the log without showing the others.

The tree of RFC 6962 with SHA-256: a leaf is SHA-256(0x00 ‖ the line's ``hash`` as 32 bytes), an inner node is
SHA-256(0x01 ‖ left ‖ right), and a node without a neighbour moves up as it is.
"""

import hashlib
from collections.abc import Sequence

#: The root of a tree without leaves.
EMPTY = hashlib.sha256(b"").hexdigest()


def leaf(line_hash: str) -> bytes:
    """Return the leaf of one line of the log (``line_hash`` in hex)."""
    return hashlib.sha256(b"\x00" + bytes.fromhex(line_hash)).digest()


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = range(0, len(level) - 1, 2)
    nodes = [_joined(level[at], level[at + 1]) for at in pairs]
    return [*nodes, level[-1]] if len(level) % 2 else nodes


class Tree:
    """A tree that grows line by line and keeps only the roots of its whole halves."""

    def __init__(self) -> None:
        self._whole: list[tuple[int, bytes]] = []
        self.size = 0

    def add(self, line_hash: str) -> None:
        """Take in the next line (its ``hash`` in hex)."""
        size, node = 1, leaf(line_hash)
        while self._whole and self._whole[-1][0] == size:
            node = _joined(self._whole.pop()[1], node)
            size *= 2
        self._whole.append((size, node))
        self.size += 1

    def root(self) -> str:
        """Return the root over all lines so far (hex)."""
        if not self._whole:
            return EMPTY
        node = self._whole[-1][1]
        for _, left in reversed(self._whole[:-1]):
            node = _joined(left, node)
        return node.hex()


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> str:
    """Return the root over leaves (hex)."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0].hex() if level else EMPTY


def proofs(leaves: Sequence[bytes], wanted: Sequence[int]) -> dict[int, list[str]]:
    """Return for each wanted leaf (numbered from 0) the neighbours on its way to the root (hex), lowest first."""
    found: dict[int, list[str]] = {index: [] for index in wanted}
    level, depth = list(leaves), 0
    while len(level) > 1:
        for index, path in found.items():
            neighbour = (index >> depth) ^ 1
            if neighbour < len(level):
                path.append(level[neighbour].hex())
        level, depth = _above(level), depth + 1
    return found


def climb(line_hash: str, index: int, size: int, path: Sequence[str]) -> str:
    """Return the root (hex) that a line with this way up belongs to, or ``""`` where the way does not fit the tree."""
    node, rest = leaf(line_hash), list(path)
    while size > 1:
        if (index ^ 1) < size:
            if not rest:
                return ""
            neighbour = bytes.fromhex(rest.pop(0))
            node = _joined(neighbour, node) if index % 2 else _joined(node, neighbour)
        index, size = index // 2, (size + 1) // 2
    return "" if rest else node.hex()
