"""How fast the shipped model judges: beside a transformers pipeline of PhoBERT's shape, and over a day-like stream."""

import json
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from classifier.policy import load_policy
from classifier.text import read
from classifier.transformer import TOKENIZER, TransformerClassifier, load_weights, shipped
from pipeline.scoring import score_file

_LABELLED = Path(__file__).resolve().parent.parent / "data" / "labelled"
#: A day's stream: this share advertises health, and this share was posted before with another telephone number.
ADS, REPOSTED = 0.3, 0.2
_PHONE = re.compile(r"\d{4,}")


def labelled(path: Path | None) -> list[tuple[str, bool]]:
    """Return texts with whether they advertise health: of ``path``, or of the project's own labelled files."""
    paths = [path] if path else sorted(_LABELLED.glob("written-*.jsonl"))
    lines = (json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines())
    return [(line["text"], line["kind"] == "health_ad") for line in lines]


def stream(texts: Sequence[tuple[str, bool]], count: int, seed: int = 7) -> list[str]:
    """Return ``count`` texts mixed like a day's: ads and others in their shares, some posted again."""
    order = random.Random(seed)  # noqa: S311 - repeatable, not secret
    ads = [text for text, ad in texts if ad]
    others = [text for text, ad in texts if not ad]
    found: list[str] = []
    for _ in range(count):
        if found and order.random() < REPOSTED:
            number = str(order.randrange(10**8, 10**9))
            found.append(_PHONE.sub(number, order.choice(found)))
        else:
            found.append(order.choice(ads if order.random() < ADS else others))
    return found


def bench_model(texts: Path | None, count: int) -> dict[str, float]:
    """Measure the shipped model; the pipeline of PhoBERT's shape only where torch and transformers are installed."""
    known = labelled(texts)
    day = stream(known, count)
    found = {f"stream_{name}": value for name, value in _end_to_end(day).items()}
    found |= _start()
    sample = [text for text, _ in random.Random(3).sample(known, 64)]  # noqa: S311
    seconds, tokens = _network_only(sample)
    found |= {"network_texts_per_second_one_thread": len(sample) / seconds, "tokens_per_text": tokens / len(sample)}
    if find_spec("torch") and find_spec("transformers"):
        rival = _phobert_shape(sample)
        found |= {"phobert_shape_texts_per_second": len(sample) / rival, "times_faster": rival / seconds}
    return found


def _end_to_end(day: Sequence[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        source, output = Path(name) / "day.jsonl", Path(name) / "scored.jsonl"
        lines = (json.dumps({"id": str(n), "text": text}, ensure_ascii=False) + "\n" for n, text in enumerate(day))
        source.write_text("".join(lines), encoding="utf-8")
        started = time.perf_counter()
        done = score_file(str(source), str(output), spec="model", workers=2)
        seconds = time.perf_counter() - started
    if done.scored != len(day):
        raise RuntimeError(f"{done.scored} of {len(day)} texts were scored")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"texts_per_second_two_processes": len(day) / seconds, "peak_mib_of_a_process": peak}


def _start() -> dict[str, float]:
    """Seconds from nothing to the first answer, in a process of its own."""
    line = json.dumps({"id": "1", "text": "Phòng khám cam kết chữa khỏi bệnh trĩ, gọi 0901 234 567."})
    command = [sys.executable, "-m", "cli", "score", "--input", "-", "--output", "-", "--model", "model"]
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run([*command, "--workers", "1"], input=line, capture_output=True, text=True, check=True)  # noqa: S603
        seconds.append(time.perf_counter() - started)
    return {"seconds_to_first_answer": statistics.median(seconds)}


def _network_only(texts: Sequence[str]) -> tuple[float, int]:
    """CPU seconds of the network on texts already read, and their tokens."""
    weights = replace(load_weights(), sieve=None)
    readings = [read(text) for text in texts]
    counted = 0

    def run(ids: Any, mask: Any) -> tuple[Any, Any, Any, Any]:
        nonlocal counted
        counted += int(mask.sum())
        return weights.run(ids, mask)

    TransformerClassifier(load_policy(), weights).signals(readings[:8])  # warm
    fresh = TransformerClassifier(load_policy(), replace(weights, run=run))
    started = time.process_time()
    fresh.signals(readings)
    return time.process_time() - started, counted


def _phobert_shape(texts: Sequence[str]) -> float:
    """CPU seconds of a transformers pipeline, batch 16, over a random encoder of PhoBERT-base's shape, one thread."""
    import torch

    transformers: Any = import_module("transformers")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    marks = {"pad_token": "<pad>", "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>"}
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(shipped() / TOKENIZER), **marks)
    config = transformers.RobertaConfig(vocab_size=64001, max_position_embeddings=258, num_labels=11, type_vocab_size=1)
    model = transformers.RobertaForSequenceClassification(config).eval()
    judge = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    arguments = {"batch_size": 16, "truncation": True, "max_length": 256, "padding": True}
    judge(list(texts[:4]), **arguments)
    started = time.process_time()
    judge(list(texts), **arguments)
    seconds = time.process_time() - started
    torch.set_num_threads(threads)
    return seconds
