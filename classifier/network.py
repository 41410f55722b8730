"""The network: one encoder, and three heads that look at its last layer.

- ``kind`` and ``domains``: from the mean over the window's tokens;
- ``codes``: each code has a pair of eyes of its own, an attention over the tokens, and judges what they see
  (Lin et al., A structured self-attentive sentence embedding, 2017);
- ``tokens``: whether a token stands in words that prove a code. This gives the quotes, and makes the encoder learn a
  violation where it stands: it is a few words in a page of lawful ones.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from classifier.signals import CODES, DOMAINS, KINDS


class Network(nn.Module):
    """``forward(ids, mask)``: both ``[windows, tokens]``; gives logits.

    ``kind [windows, 4]``, ``domains [windows, 6]``, ``codes [windows, 11]``, ``tokens [windows, tokens, 11]``.
    """

    def __init__(self, encoder: nn.Module, width: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.whole = nn.Linear(width, len(KINDS) + len(DOMAINS))
        self.look = nn.Linear(width, len(CODES))
        self.judge = nn.Linear(width, len(CODES))
        self.mark = nn.Linear(width, len(CODES))
        # a code is rare, and a token that proves one rarer: the first steps need not learn that
        nn.init.constant_(self.judge.bias, -3.0)
        nn.init.constant_(self.mark.bias, -5.0)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the four logits; see the class."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        hidden = self.dropout(hidden)
        seen = mask[..., None].to(hidden.dtype)
        mean = (hidden * seen).sum(1) / seen.sum(1)
        whole = self.whole(mean)
        attention = (self.look(hidden) - 1e4 * (1 - seen)).softmax(1)
        codes = (attention * self.judge(hidden)).sum(1)
        return whole[:, : len(KINDS)], whole[:, len(KINDS) :], codes, self.mark(hidden)


def load_encoder(base: str, layers: int | None = None) -> tuple[nn.Module, int]:
    """Load a Hugging Face encoder by folder or name, keep its first ``layers``; return it with its hidden size.

    ``OSError`` and ``ValueError`` of transformers pass through: the caller words them.
    """
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(base)
    if hasattr(config, "attention_probs_dropout_prob"):
        config.attention_probs_dropout_prob = 0.0  # attention without it is fused: twice the speed of training
    encoder = AutoModel.from_pretrained(base, config=config, **_without_pooler(config.model_type))
    if layers is not None:
        stack = blocks(encoder)
        del stack[layers:]
        encoder.config.num_hidden_layers = len(stack)
    return encoder, int(config.hidden_size)


def bare_encoder(folder: str) -> tuple[nn.Module, int]:
    """Build an encoder from the ``config.json`` of a trained folder, without weights; return it with its size."""
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(folder)
    made: Any = AutoModel
    return made.from_config(config, **_without_pooler(config.model_type)), int(config.hidden_size)


def _without_pooler(model_type: str) -> dict[str, Any]:
    """Leave out the layer over the first token, where the encoder has one: no head looks at it."""
    return {"add_pooling_layer": False} if model_type in {"bert", "roberta", "xlm-roberta", "camembert"} else {}


def blocks(encoder: nn.Module) -> Any:
    """Return the encoder's stack of layers (the longest ``ModuleList`` in it)."""
    stacks = [module for module in encoder.modules() if isinstance(module, nn.ModuleList)]
    if not stacks:
        raise ValueError("this encoder has no stack of layers")
    return max(stacks, key=len)


def freeze(network: Network, lower: int) -> None:
    """Keep the embeddings and the ``lower`` first layers as they are."""
    for name, parameter in network.encoder.named_parameters():
        if "embedding" in name:
            parameter.requires_grad = False
    for layer in blocks(network.encoder)[:lower]:
        for parameter in layer.parameters():
            parameter.requires_grad = False


def train_mode(network: Network, lower: int) -> None:
    """Let dropout act where weights move, and nowhere else."""
    network.train()
    for layer in blocks(network.encoder)[:lower]:
        layer.eval()


def save(network: Network, path: Path, metadata: Mapping[str, str]) -> None:
    """Write the weights as safetensors, with what made them."""
    from safetensors.torch import save_file

    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, path, dict(metadata))
