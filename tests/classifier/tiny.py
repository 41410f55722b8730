"""A tokenizer and a network small enough for tests, and a released model made of nothing but given answers."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from classifier.base import tokenizer
from classifier.calibration import Calibration
from classifier.signals import CODES, DOMAINS, KINDS
from classifier.transformer import Weights

_LETTERS = "abcdefghijklmnopqrstuvwxyzăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ0123456789"
_WORDS = ["▁" + word for word in ("chữa", "khỏi", "bệnh", "trĩ", "dứt", "điểm", "phòng", "khám", "cam", "kết", "không")]
_WORDS += ["▁" + word for word in ("tái", "phát", "uy", "tín", "hàng", "đầu")]


def tiny_tokenizer() -> Any:
    """Words of the trade are one piece each; anything else falls into letters."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *_WORDS, *_LETTERS, *".,!?%:-()"]
    return tokenizer(pieces, [0.0] * 4 + [-3.0] + [-2.0] * len(_WORDS) + [-5.0] * (len(pieces) - 5 - len(_WORDS)))


def answering(
    word: str, code: int, *, kind: int = 0, domain: int = 0, count: list[int] | None = None
) -> Callable[[Any, Any], tuple[Any, Any, Any, Any]]:
    """Return a network that sees ``code`` in every token of the piece ``word``; ``count`` collects batch sizes."""
    sought = tiny_tokenizer().token_to_id(word)

    def run(ids: Any, mask: Any) -> tuple[Any, Any, Any, Any]:
        if count is not None:
            count.append(len(ids))
        seen = (ids == sought) & (mask == 1)
        tokens = np.full((*ids.shape, len(CODES)), -6.0, np.float32)
        tokens[..., code] = np.where(seen, 4.0, -6.0)
        codes = np.full((len(ids), len(CODES)), -6.0, np.float32)
        codes[:, code] = np.where(seen.any(1), 4.0, -6.0)
        kinds = np.full((len(ids), len(KINDS)), -3.0, np.float32)
        kinds[:, kind] = 3.0
        domains = np.full((len(ids), len(DOMAINS)), -4.0, np.float32)
        domains[:, domain] = 4.0
        return kinds, domains, codes, tokens

    return run


def released(run: Callable[[Any, Any], tuple[Any, Any, Any, Any]]) -> Weights:
    """A released model around ``run``."""
    return Weights("tiny", "1", run, tiny_tokenizer(), Calibration.blank())


def places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Bounds of the first place of each of ``words``."""
    return [(text.index(word), text.index(word) + len(word)) for word in words]
