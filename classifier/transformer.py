"""The fine-tuned encoder as a backend: ONNX Runtime, int8, no torch.

The network says of each text what kind it is, what it sells, which codes hold, and in which words; the rules are read
beside it, and ``classifier.calibration`` weighs both. What is absent from a page is said by the rules alone.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from classifier.calibration import Calibration
from classifier.language import is_vietnamese
from classifier.memory import Memory, same
from classifier.policy import Policy
from classifier.rules.absence import absences
from classifier.rules.backend import FOREIGN, RulesClassifier, Signs, claim_hits
from classifier.sieve import FILE, Sieve
from classifier.sieve import load as load_sieve
from classifier.signals import CODES, Answer, Mark, Signals, gather
from classifier.text import Reading, read
from classifier.types import Document, Hit, Prediction, Span
from classifier.windows import PADDING, Window, batches, windows
from models.errors import InputError
from models.vocabulary import Code, Method, TextKind

#: Raised with every change of the code that can change an answer.
CODE_VERSION = "3"
#: A text that is less likely a health ad than this is told no sign: only health ads carry codes. Of 0 to .5 the best
#: any-code F1 on the real texts of split dev (.789; .786 without), and no waterproofer opens a case (2026-11-24).
LEAST_AD = 0.4
#: Windows of like length are judged together, up to so many tokens at once: more gains no speed and costs memory.
_BATCH_TOKENS = 2048
#: Readings of so many texts are remembered: the same advertisement is posted again and again.
_REMEMBERED = 4096
#: Files of a released model.
ONNX, TOKENIZER, CARD = "model.onnx", "tokenizer.json", "model.json"

#: Gives the logits of a padded batch: ids and mask ``[windows, tokens]`` in; kind, domains, codes and tokens out.
Run = Callable[[Any, Any], tuple[Any, Any, Any, Any]]


@dataclass(frozen=True)
class Weights:
    """A released model, loaded: the network to run, its tokenizer, its calibration, and what it is.

    ``sieve`` answers for texts that the network need not see; without one it sees everything.
    """

    name: str
    version: str
    run: Run
    tokenizer: Any
    calibration: Calibration
    sieve: Sieve | None = None


def shipped() -> Path:
    """Return the folder of the model that ships with the package."""
    return Path(str(files("classifier").joinpath("weights")))


def load_weights(folder: Path | None = None) -> Weights:
    """Load a released model (the shipped one without ``folder``). ``InputError`` when a file is missing or altered."""
    import onnxruntime
    from tokenizers import Tokenizer

    folder = folder or shipped()
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        content = (folder / ONNX).read_bytes()
        _same(content, card["onnx_sha256"], folder / ONNX)
        tokens = (folder / TOKENIZER).read_bytes()
        _same(tokens, card["tokenizer_sha256"], folder / TOKENIZER)
        calibration = Calibration.from_json(card["calibration"])
        sieve = _sieve(folder, card)
        options = onnxruntime.SessionOptions()
        # one process per core judges more than one process with several threads, above all on a shared machine
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except (OSError, KeyError, ValueError, TypeError) as fault:
        raise InputError(
            f"no model can be loaded from {folder}: {fault}.", "Name a released model's folder."
        ) from fault
    tokenizer = Tokenizer.from_buffer(tokens)
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def run(ids: Any, mask: Any) -> tuple[Any, Any, Any, Any]:
        found = session.run(None, {"input_ids": ids, "attention_mask": mask})
        return found[0], found[1], found[2], found[3]

    return Weights(str(card["name"]), str(card["version"]), run, tokenizer, calibration, sieve)


def _sieve(folder: Path, card: Mapping[str, Any]) -> Sieve | None:
    if "sieve" not in card:
        return None
    _same((folder / FILE).read_bytes(), card["sieve"]["sha256"], folder / FILE)
    return load_sieve(folder, float(card["sieve"]["offset"]), float(card["sieve"]["below"]))


def _same(content: bytes, expected: str, path: Path) -> None:
    if hashlib.sha256(content).hexdigest() != expected:
        raise ValueError(f"{path.name} is not the file that was released (another SHA-256)")


@dataclass(frozen=True, slots=True)
class Judged:
    """A main text with everything that was seen in it."""

    reading: Reading
    signals: Signals
    signs: Signs


class TransformerClassifier:
    """A ``classifier.types.Classifier`` of the network and the rules together."""

    def __init__(self, policy: Policy, weights: Weights) -> None:
        self._policy = policy
        self._weights = weights
        self._rules = RulesClassifier(policy)
        self._memory = Memory(_REMEMBERED)

    def recalibrated(self, calibration: Calibration) -> "TransformerClassifier":
        """Return the same network with another calibration, and without a sieve; what it has seen it remembers."""
        made = TransformerClassifier(self._policy, replace(self._weights, calibration=calibration, sieve=None))
        made._memory = self._memory
        return made

    @property
    def calibration(self) -> Calibration:
        """What turns signals into probabilities."""
        return self._weights.calibration

    @property
    def name(self) -> str:
        """The model's name."""
        return self._weights.name

    @cached_property
    def version(self) -> str:
        """Of the weights, the code and the rules: each can change an answer."""
        return f"{self._weights.version}+{CODE_VERSION}+rules-{self._rules.version}"

    def predict(self, documents: Sequence[Document]) -> list[Prediction]:
        """One prediction per document, in order. Never raises for a text's content."""
        mains = {index: read(d.main) for index, d in enumerate(documents) if is_vietnamese(d.main)}
        sieve = self._weights.sieve
        clear = {index for index, main in mains.items() if sieve is not None and sieve.spares(main)}
        shown = [index for index in mains if index not in clear]
        signals = dict(zip(shown, self.signals([mains[index] for index in shown]), strict=True))
        found = []
        for index, document in enumerate(documents):
            if index in signals:
                found.append(self._prediction(document, mains[index], signals[index]))
            else:
                found.append(self._cleared(mains[index]) if index in clear else FOREIGN)
        return found

    def _cleared(self, main: Reading) -> Prediction:
        """What is said of a text that the network was not shown: the rules tell what else it is."""
        assert self._weights.sieve is not None
        health_ad = self._weights.sieve.health_ad(main)
        kinds = self._rules.kinds(main)
        rest = 1 - kinds[TextKind.HEALTH_AD] or 1.0
        scaled = {kind: value * (1 - health_ad) / rest for kind, value in kinds.items()}
        return replace(FOREIGN, kind=scaled | {TextKind.HEALTH_AD: health_ad})

    def signals(self, readings: Sequence[Reading]) -> list[Signals]:
        """Return what the network says of each text; a text like one seen lately is not judged again."""
        known = [self._memory.find(reading.text) for reading in readings]
        missing = {same(r.text): r for r, found in zip(readings, known, strict=True) if found is None}
        for reading, signals in zip(missing.values(), self._judge(list(missing.values())), strict=True):
            self._memory.keep(reading.text, signals)
        return [found or self._recalled(reading) for reading, found in zip(readings, known, strict=True)]

    def _recalled(self, reading: Reading) -> Signals:
        found = self._memory.find(reading.text)
        assert found is not None  # kept a moment ago, and a batch is smaller than the memory
        return found

    def _judge(self, readings: Sequence[Reading]) -> Iterator[Signals]:
        cut = [windows(r.text, r.sentences, self._weights.tokenizer) for r in readings]
        flat = [window for pieces in cut for window in pieces]
        answers = iter(self._answers(flat))
        for reading, pieces in zip(readings, cut, strict=True):
            yield gather(reading.text, reading.sentences, [(window, next(answers)) for window in pieces])

    def _answers(self, pieces: Sequence[Window]) -> list[Answer]:
        found: dict[int, Answer] = {}
        for chosen in batches([len(window.ids) for window in pieces], _BATCH_TOKENS):
            ids, mask = padded([pieces[index] for index in chosen])
            kind, domains, codes, tokens = self._weights.run(ids, mask)
            for row, index in enumerate(chosen):
                size = len(pieces[index].ids)
                found[index] = Answer(kind[row], domains[row], codes[row], tokens[row, :size])
        return [found[index] for index in range(len(pieces))]

    def _prediction(self, document: Document, main: Reading, signals: Signals) -> Prediction:
        calibration = self._weights.calibration
        kinds = calibration.kinds(signals, self._rules.kinds(main)[TextKind.HEALTH_AD])
        products = calibration.products(signals)
        signs = self._rules.signs(main)
        codes = calibration.code_values(signals, signs.codes, kinds)
        whole = main if document.main_end is None else read(document.text)
        return Prediction(
            kind=kinds,
            domains={domain: value * kinds[TextKind.HEALTH_AD] for domain, value in products.items()},
            codes=codes,
            hits=(
                *(self._hits(main, signals, signs, codes) if kinds[TextKind.HEALTH_AD] >= LEAST_AD else ()),
                *absences(document, whole, self._policy, kinds, products),
            ),
        )

    def _hits(self, main: Reading, signals: Signals, signs: Signs, codes: Mapping[Code, float]) -> Iterator[Hit]:
        """Quote each code that holds: the network's words, and those of the rules that lie elsewhere."""
        thresholds = self._weights.calibration.thresholds
        for row, code in enumerate(CODES):
            if codes[code] >= thresholds[code]:
                yield from sorted(_quotes(main, code, codes[code], signals.marks[row], signs), key=_start)


def _start(hit: Hit) -> int:
    return hit.proof.start if isinstance(hit.proof, Span) else 0


def _quotes(main: Reading, code: Code, probability: float, marks: Sequence[Mark], signs: Signs) -> list[Hit]:
    """The quotes of one code; the same words at several places are quoted once."""
    claims = [hit for hit in claim_hits(signs.claims, main, 1.0) if hit.code is code]
    reasons = {(_start(hit), hit.proof.end): hit.reason for hit in claims if isinstance(hit.proof, Span)}
    found: dict[str, Hit] = {}
    taken: list[tuple[int, int]] = []
    for mark, share in _readable(main, marks, probability):
        span = main.span(mark.start, mark.end)
        reason = next((text for (a, b), text in reasons.items() if a < span.end and span.start < b), "")
        found.setdefault(span.quote.casefold(), Hit(code, share, span, Method.MODEL, reason))
        taken.append((span.start, span.end))
    for hit in claims:
        if isinstance(hit.proof, Span) and not any(a < hit.proof.end and hit.proof.start < b for a, b in taken):
            value = round(min(probability, hit.probability), 4)
            found.setdefault(hit.proof.quote.casefold(), Hit(code, value, hit.proof, Method.RULE, hit.reason))
    return list(found.values())


#: A quote of fewer words says nothing by itself ('để', 'Máy'): it is widened to its clause, or by so many words.
_LEAST_WORDS, _MOST_WORDS, _AROUND = 3, 14, 4
#: Further quotes of a code that are less sure than this are left out: on the demo (2026-11-24) they were noise.
_FURTHER_QUOTE = 0.35
_WORD = re.compile(r"[^\W_]+")
_CLAUSE_END = re.compile(r"[.,;:!?…](?=\s|$)|[\n()\[\]“”\"|•]|\s[–—-]\s")


def _readable(main: Reading, marks: Sequence[Mark], probability: float) -> list[tuple[Mark, float]]:
    """The marks (the surest first) as a person can read them, none too short, none twice, each with its probability.

    The surest words carry the probability of the code; others less, by how far they lie under them.
    """
    kept: list[tuple[Mark, float]] = []
    best = max((mark.logit for mark in marks), default=0.0)
    for mark in marks:
        share = probability * min(1.0, _odds_share(mark.logit, best))
        if kept and share < _FURTHER_QUOTE:
            continue
        wide = _widened(main, mark)
        if not any(wide.start < other.end and other.start < wide.end for other, _ in kept):
            kept.append((wide, round(share, 4)))
    return kept


def _widened(main: Reading, mark: Mark) -> Mark:
    """A mark of too few words with its clause, or where that is long with some words on each side, in its sentence."""
    if len(_WORD.findall(main.text, mark.start, mark.end)) >= _LEAST_WORDS:
        return mark
    start, end = next(((a, b) for a, b in main.sentences if a <= mark.start < b), (mark.start, mark.end))
    end = max(end, mark.end)
    for edge in _CLAUSE_END.finditer(main.text, start, end):
        if edge.end() <= mark.start:
            start = edge.end()
        elif edge.start() >= mark.end:
            end = edge.start()
            break
    words = list(_WORD.finditer(main.text, start, end))
    if len(words) > _MOST_WORDS:
        inside = [at for at, word in enumerate(words) if word.start() < mark.end and mark.start < word.end()] or [0]
        words = words[max(0, inside[0] - _AROUND) : inside[-1] + _AROUND + 1]
    if not words:
        return mark
    return Mark(min(mark.start, words[0].start()), max(mark.end, words[-1].end()), mark.logit)


def _odds_share(logit: float, best: float) -> float:
    return float((1 + np.exp(-best)) / (1 + np.exp(-logit)))


def padded(chosen: Sequence[Window]) -> tuple[Any, Any]:
    """Return ids and mask ``[windows, tokens]`` (int64), padded to the longest window."""
    length = max(len(window.ids) for window in chosen)
    ids = np.full((len(chosen), length), PADDING, np.int64)
    mask = np.zeros((len(chosen), length), np.int64)
    for row, window in enumerate(chosen):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
    return ids, mask
