"""Trains the classifier: one frozen configuration, one visible loop."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from classifier import checkpoint
from classifier.network import Network, freeze, train_mode
from classifier.samples import Target
from classifier.signals import CODES, DOMAINS, KINDS
from classifier.windows import PADDING, batches
from models.vocabulary import TextKind

IGNORED = -100.0


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Everything that decides what a training run makes, but for the data (hashed beside it)."""

    base: str = "me5s-vi"
    layers: int = 8
    frozen_layers: int = 4
    epochs: float = 4.0
    tokens_per_batch: int = 2048
    learning_rate: float = 2e-4
    head_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    clip: float = 1.0
    dropout: float = 0.1
    toneless: float = 0.12
    code_weight: float = 1.0
    token_weight: float = 5.0
    positive_weight: float = 3.0
    seed: int = 20261124
    bfloat16: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded tensors of some windows. ``tokens`` holds ``IGNORED`` where a token is a mark or padding."""

    ids: Tensor
    mask: Tensor
    kind: Tensor
    domains: Tensor
    codes: Tensor
    tokens: Tensor


def batch_of(chosen: Sequence[Target]) -> Batch:
    """Pad windows to the longest."""
    length = max(len(target.window.ids) for target in chosen)
    ids = torch.full((len(chosen), length), PADDING)
    mask = torch.zeros((len(chosen), length), dtype=torch.long)
    tokens = torch.full((len(chosen), length, len(CODES)), IGNORED)
    for row, target in enumerate(chosen):
        size = len(target.window.ids)
        ids[row, :size] = torch.tensor(target.window.ids)
        mask[row, :size] = 1
        tokens[row, 1 : size - 1] = 0.0
        for code, start, end in target.marks:
            tokens[row, start:end, code] = 1.0
    kind = torch.tensor([KINDS.index(target.kind) for target in chosen])
    domains = torch.tensor([[float(domain in target.domains) for domain in DOMAINS] for target in chosen])
    codes = torch.tensor([[float(code in target.codes) for code in CODES] for target in chosen])
    return Batch(ids, mask, kind, domains, codes, tokens)


def loss_of(network: Network, batch: Batch, config: TrainConfig) -> Tensor:
    """The sum of four losses: kind, product classes, codes of the window, codes of each token."""
    kind, domains, codes, tokens = network(batch.ids, batch.mask)
    kind, domains, codes, tokens = kind.float(), domains.float(), codes.float(), tokens.float()
    binary = nn.functional.binary_cross_entropy_with_logits
    known = batch.tokens != IGNORED
    weight = torch.where(batch.tokens > 0, config.positive_weight, 1.0)
    marked = binary(tokens[known], batch.tokens[known], weight[known], reduction="sum") / known.sum() * len(CODES)
    advertised = batch.kind == KINDS.index(TextKind.HEALTH_AD)
    classes = binary(domains[advertised], batch.domains[advertised]) if advertised.any() else domains.sum() * 0
    return (
        nn.functional.cross_entropy(kind, batch.kind)
        + classes
        + binary(codes, batch.codes, reduction="none").sum(1).mean() * config.code_weight
        + config.token_weight * marked
    )


@dataclass(frozen=True, slots=True)
class Stops:
    """Where a run is stored now and then, so that it can be stopped; ``about`` binds it to its data."""

    path: Path
    about: str
    every: int = 100


def fit(
    network: Network,
    plain: Sequence[Target],
    toneless: Sequence[Target],
    config: TrainConfig,
    on_step: Callable[[int, int, float], None] | None = None,
    stops: Stops | None = None,
) -> Network:
    """Train in place. ``toneless`` holds the same samples typed without marks: each is taken now and then.

    With ``stops`` an interrupted run goes on where it was stored last, and ends with the weights of a run that was not
    interrupted.
    """
    random_ = random.Random(config.seed)  # noqa: S311 - repeatable, not secret
    torch.manual_seed(config.seed)
    freeze(network, config.frozen_layers)
    plan = list(_plan(plain, toneless, config, random_))
    optimizer = torch.optim.AdamW(_groups(network, config), weight_decay=config.weight_decay)
    done = checkpoint.restore(stops.path, network, optimizer, stops.about) if stops else 0
    train_mode(network, config.frozen_layers)
    for step, chosen in enumerate(plan[done:], done + 1):
        rate = _rate(step - 1, len(plan), config.warmup)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * rate
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            loss = loss_of(network, batch_of(chosen), config)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_((p for p in network.parameters() if p.requires_grad), config.clip)
        optimizer.step()
        if stops and (step % stops.every == 0 or step == len(plan)):
            checkpoint.write(stops.path, step, network, optimizer, stops.about)
        if on_step is not None:
            on_step(step, len(plan), float(loss.detach()))
    return network.eval()


def _plan(
    plain: Sequence[Target], toneless: Sequence[Target], config: TrainConfig, order: random.Random
) -> Iterator[list[Target]]:
    """Every batch of the run, epoch after epoch."""
    samples = sorted({target.sample for target in plain})
    for epoch in range(math.ceil(config.epochs)):
        bare = {sample for sample in samples if order.random() < config.toneless}
        pool = [t for t in plain if t.sample not in bare] + [t for t in toneless if t.sample in bare]
        found = batches([len(target.window.ids) for target in pool], config.tokens_per_batch, order)
        part = min(1.0, config.epochs - epoch)
        for chosen in found[: math.ceil(len(found) * part)]:
            yield [pool[i] for i in chosen]


def _rate(step: int, steps: int, warmup: float) -> float:
    rising = max(1, int(steps * warmup))
    return (step + 1) / rising if step < rising else max(0.0, (steps - step) / max(1, steps - rising))


def _groups(network: Network, config: TrainConfig) -> list[dict[str, Any]]:
    heads = [p for name, p in network.named_parameters() if not name.startswith("encoder.")]
    body = [p for name, p in network.named_parameters() if name.startswith("encoder.") and p.requires_grad]
    return [
        {"params": body, "lr": 0.0, "peak": config.learning_rate},
        {"params": heads, "lr": 0.0, "peak": config.head_learning_rate},
    ]
