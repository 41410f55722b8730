"""``medad train``: labelled texts in, a released model out. Needs the ``train`` extra.

1. read the texts; those of split ``dev`` (or, where none is marked, one group in seven) teach nothing and calibrate;
2. fine-tune the encoder (``classifier.train``), with checkpoints;
3. export to eight bits, and fit the calibration on what the small network itself says of the texts kept apart;
4. compare the small model with the full one: it is released only when they agree.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from classifier import checkpoint
from classifier.calibration import Calibration
from classifier.export import Agreement, agreement, export
from classifier.fitting import Seen, fit_calibration
from classifier.network import Network, bare_encoder, load_encoder, save
from classifier.policy import load_policy
from classifier.rules.backend import RulesClassifier
from classifier.samples import Sample, data_hash, read_samples, targets
from classifier.sieve import FILE
from classifier.sieve import fit as fit_sieve
from classifier.sparing import choose, measure, noted
from classifier.text import read
from classifier.train import Stops, TrainConfig, fit
from classifier.transformer import CARD, ONNX, TOKENIZER, Run, TransformerClassifier, Weights, load_weights
from classifier.types import Document
from models.errors import InputError
from models.vocabulary import TextKind

#: Where no text is marked ``dev``: one group in so many is kept apart, by the hash of its name.
_ONE_IN = 7
NETWORK, CHECKPOINT = "network.safetensors", "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run made: where it lies, whether it may be released, and on what it rests."""

    folder: str
    version: str
    texts: int
    kept_apart: int
    agreement: Agreement


def split(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Return the texts to learn from and those kept apart; texts of one group are never in both.

    Texts of a group that occurs in split ``dev`` are learnt from only if none is; any other split name leaves a text
    out. ``InputError`` when one side would be empty.
    """
    marked = {sample.group for sample in samples if sample.split == "dev"}
    if marked:
        apart = [sample for sample in samples if sample.split == "dev"]
        learnt = [s for s in samples if s.split in ("", "train") and s.group not in marked]
    else:
        known = [sample for sample in samples if sample.split in ("", "train")]
        apart = [sample for sample in known if _drawn(sample.group)]
        learnt = [sample for sample in known if not _drawn(sample.group)]
    if not apart or not learnt:
        raise InputError(
            f"{len(learnt)} texts to learn from and {len(apart)} to calibrate on: both are needed.",
            'Give texts of more groups, or mark some with "split": "dev".',
        )
    return learnt, apart


def added(more: Sequence[Sample], learnt: Sequence[Sample], apart: Sequence[Sample]) -> list[Sample]:
    """Return what joins the texts to learn from: not what is in them, and nothing of a group that is kept apart.

    Labels of the field are exported anew each time, so the same id is no fault here: the newer line is left out only
    where the very text is already learnt from. ``InputError`` when nothing at all was given to add.
    """
    known = {sample.text for sample in learnt}
    groups = {sample.group for sample in apart}
    return [sample for sample in more if sample.text not in known and sample.group not in groups]


def _drawn(group: str) -> bool:
    return hashlib.sha256(group.encode()).digest()[0] % _ONE_IN == 0


def train(  # noqa: PLR0913 - a run is told all of it
    data: Sequence[Path],
    out: Path,
    *,
    base: str,
    config: TrainConfig,
    join: Sequence[Path] = (),
    add: Sequence[Path] = (),
    start: Path | None = None,
    on_step: Callable[[int, int, float], None] | None = None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train, calibrate, export and judge a model into the folder ``out``; an interrupted run goes on.

    What ``add`` holds joins the texts to learn from, whatever its split says, but for groups that are kept apart.
    ``base`` is a Hugging Face folder or name; ``start`` the folder of an earlier run of the same shape whose weights
    this one begins with (its kept-apart texts must be kept apart again). ``InputError`` names what cannot be used.
    """
    learnt, apart = split(read_samples(data, join))
    learnt += added(read_samples(add), learnt, apart)
    _known(base)
    config = replace(config, base=Path(base).name)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(base, out)
    on_stage(f"learning from {len(learnt)} texts; {len(apart)} kept apart")
    network = _network(base, config)
    if start is not None:
        _begin_with(network, start)
    about = checkpoint.about({**asdict(config), "start": start.name if start else ""}, data_hash(learnt))
    plain, toneless = targets(learnt, tokenizer), targets(learnt, tokenizer, toneless=True)
    fit(network, plain, toneless, config, on_step, Stops(out / CHECKPOINT, about))
    save(network, out / NETWORK, {"about": about})
    network.encoder.config.save_pretrained(out)  # type: ignore[union-attr, operator]
    on_stage("learning the first look")
    sieve = fit_sieve([read(sample.text) for sample in learnt], [s.kind is TextKind.HEALTH_AD for s in learnt])
    np.save(out / FILE, sieve.weights.astype(np.float16), allow_pickle=False)
    on_stage("exporting to eight bits")
    sha256 = export(network, out / ONNX)
    card = {
        "name": f"{config.base}-{config.layers}",
        "version": sha256[:12],
        "made_on": date.today().isoformat(),  # noqa: DTZ011 - a day for readers
        "config": asdict(config),
        "data": {"texts": len(learnt), "sha256": data_hash(learnt)},
        "kept_apart": {"texts": len(apart), "sha256": data_hash(apart)},
        "onnx_sha256": sha256,
        "sieve": {"sha256": hashlib.sha256((out / FILE).read_bytes()).hexdigest(), **noted(sieve, None, 0)},
        "tokenizer_sha256": hashlib.sha256((out / TOKENIZER).read_bytes()).hexdigest(),
    }
    return release(out, card, network, apart, on_stage)


def release(
    out: Path, card: dict[str, Any], network: Network, apart: Sequence[Sample], on_stage: Callable[[str], None]
) -> Trained:
    """Calibrate both networks on the texts kept apart, compare them, and write the card of the small one."""
    on_stage("calibrating on the texts kept apart")
    _write_card(out, card | {"calibration": Calibration.blank().to_json()})
    weights = load_weights(out)
    policy = load_policy()
    full, small = (
        _calibrated(TransformerClassifier(policy, replace(weights, run=run, sieve=None)), apart)
        for run in (torch_run(network), weights.run)
    )
    on_stage("comparing the small model with the full one")
    documents = [Document(text=sample.text, shown_on=date.today()) for sample in apart]  # noqa: DTZ011
    found = agreement(full, small, documents)
    card |= {"calibration": small.calibration.to_json(), "full_calibration": full.calibration.to_json()}
    if weights.sieve is not None:
        chosen = choose(measure(small, weights.sieve, [sample.text for sample in apart]))
        card["sieve"] |= noted(weights.sieve, chosen, len(apart))
    _write_card(out, card | {"agreement": found.to_json()})
    texts = int(card["data"]["texts"])
    return Trained(str(out), str(card["version"]), texts, len(apart), found)


def _calibrated(classifier: TransformerClassifier, apart: Sequence[Sample]) -> TransformerClassifier:
    return classifier.recalibrated(fit_calibration(observe(classifier, apart)))


def observe(classifier: TransformerClassifier, samples: Sequence[Sample]) -> list[Seen]:
    """Return what network and rules say of each text."""
    rules = RulesClassifier(load_policy())
    readings = [read(sample.text) for sample in samples]
    signals = classifier.signals(readings)
    return [
        Seen(sample, signal, rules.signs(reading).codes, rules.kinds(reading))
        for sample, signal, reading in zip(samples, signals, readings, strict=True)
    ]


def torch_run(network: Network, *, bfloat16: bool = False) -> Run:
    """Return the function that runs a network in torch, for ``Weights.run``."""
    network.eval()

    def run(ids: Any, mask: Any) -> tuple[Any, Any, Any, Any]:
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            found = network(torch.from_numpy(ids), torch.from_numpy(mask))
        kind, domains, codes, tokens = (tensor.float().numpy() for tensor in found)
        return kind, domains, codes, tokens

    return run


def load_network(folder: Path) -> Network:
    """Load the full weights of a trained folder. ``InputError`` when they are not there."""
    from safetensors.torch import load_file

    try:
        config = json.loads((folder / CARD).read_text(encoding="utf-8"))["config"]
        state = load_file(folder / NETWORK)
        encoder, width = bare_encoder(str(folder))
        network = Network(encoder, width, float(config["dropout"]))
        network.load_state_dict(state)
    except (OSError, KeyError, TypeError, RuntimeError) as fault:
        raise InputError(
            f"no trained network can be loaded from {folder}: {fault}.", "Train it with medad train."
        ) from fault
    return network.eval()


def full_weights(folder: Path, *, bfloat16: bool = False) -> Weights:
    """Load the full weights of a trained folder, with the calibration that was fitted on them."""
    network = load_network(folder)
    small = load_weights(folder)
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    calibration = Calibration.from_json(card["full_calibration"])
    kind = "bf16" if bfloat16 else "fp32"
    run = torch_run(network, bfloat16=bfloat16)
    return replace(small, name=f"{small.name}-{kind}", run=run, calibration=calibration)


def _network(base: str, config: TrainConfig) -> Network:
    torch.manual_seed(config.seed)
    try:
        encoder, width = load_encoder(base, config.layers)
    except (OSError, ValueError) as fault:
        line = str(fault).strip().splitlines()[0]
        raise InputError(
            f"no encoder can be loaded from {base!r}: {line}", "Build one: python -m classifier.base"
        ) from fault
    return Network(encoder, width, config.dropout)


def _begin_with(network: Network, start: Path) -> None:
    from safetensors.torch import load_file

    try:
        network.load_state_dict(load_file(start / NETWORK))
    except (OSError, RuntimeError) as fault:
        line = str(fault).strip().splitlines()[0]
        raise InputError(f"training cannot begin with {start}: {line}", "Name a folder of the same shape.") from fault


def _known(base: str) -> None:
    """Refuse a path that is no folder before transformers takes it for a name on a hub."""
    if base.startswith((".", "/", "~")) and not Path(base).is_dir():
        raise InputError(f"there is no encoder in {base}.", "Build one: python -m classifier.base FOLDER")


def _tokenizer(base: str, out: Path) -> Any:
    """Return the base's fast tokenizer, and keep it beside the weights."""
    path = Path(base) / TOKENIZER
    if path.is_file():
        shutil.copyfile(path, out / TOKENIZER)
    else:
        from transformers import AutoTokenizer

        try:
            AutoTokenizer.from_pretrained(base).backend_tokenizer.save(str(out / TOKENIZER))
        except (OSError, ValueError, AttributeError) as fault:
            line = str(fault).strip().splitlines()[0]
            raise InputError(f"{base!r} has no fast tokenizer: {line}", "Offsets need one.") from fault
    tokenizer = Tokenizer.from_file(str(out / TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _write_card(out: Path, card: dict[str, Any]) -> None:
    (out / CARD).write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
