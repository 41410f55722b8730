"""From trained weights to what ships: ONNX, eight bits per weight and channel, and the gate that lets it pass."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from classifier.network import Network
from classifier.types import Classifier, Document
from models.vocabulary import TextKind

#: Share of decisions (health ad or not; each code over its threshold or not) that the small model must share with the
#: full one before it may ship.
AGREEMENT = 0.99


#: Layers whose second inner product stays in full floats: in eight bits their outliers alone make up half of the noise
#: (measured on the shipped network, 2026-11-24: spread of the log-odds of a health ad .36 with none, .22 without 4).
KEPT_IN_FLOATS = (0, 1, 2, 4)


class _Exported(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """Name the inputs as the file does."""
        found: tuple[Tensor, ...] = self.network(input_ids, attention_mask)
        return found


def export(network: Network, out: Path, *, quantised: bool = True) -> str:
    """Write ``out`` and return its SHA-256. Afterwards the encoder computes its attention step by step."""
    encoder: Any = network.encoder
    encoder.set_attn_implementation("eager")
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.onnx"
        _write(network.eval(), raw if quantised else out)
        if quantised:
            _quantise(raw, out)
    return hashlib.sha256(out.read_bytes()).hexdigest()


def _write(network: Network, path: Path) -> None:
    names = ["kind", "domains", "codes", "tokens"]
    axes = {name: {0: "windows"} for name in names[:3]}
    axes |= {name: {0: "windows", 1: "length"} for name in ("input_ids", "attention_mask", "tokens")}
    ids = torch.arange(34).reshape(2, 17) % 5
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    torch.onnx.export(
        _Exported(network),
        (ids, mask),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=names,
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


def _quantise(raw: Path, out: Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(raw)
    _small_embeddings(model)
    onnx.save(model, raw)
    names = [node.name for node in model.graph.node if node.op_type == "MatMul"]
    quantize_dynamic(
        raw,
        out,
        op_types_to_quantize=["MatMul", "Gemm"],
        nodes_to_exclude=[n for n in names for i in KEPT_IN_FLOATS if n.endswith(f"layer.{i}/output/dense/MatMul")],
        per_channel=True,  # one scale per tensor loses a tenth of the accuracy of this encoder
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def _small_embeddings(model: Any) -> None:
    """Store the word embeddings in eight bits with a scale for each word: one scale for all would cost accuracy."""
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    tables = {table.name: table for table in graph.initializer if len(table.dims) == 2}
    node = max(
        (node for node in graph.node if node.op_type == "Gather" and node.input[0] in tables),
        key=lambda node: tables[node.input[0]].dims[0],
    )
    rows = numpy_helper.to_array(tables[node.input[0]])
    scale = np.maximum(np.abs(rows).max(1, keepdims=True) / 127, 1e-8).astype(np.float32)
    small = np.round(rows / scale).astype(np.int8)
    graph.initializer.remove(tables[node.input[0]])
    graph.initializer.extend([numpy_helper.from_array(small, "words"), numpy_helper.from_array(scale, "word_scales")])
    ids, out = node.input[1], node.output[0]
    made = [
        helper.make_node("Gather", ["words", ids], ["words_taken"], name="take_words"),
        helper.make_node("Gather", ["word_scales", ids], ["scales_taken"], name="take_scales"),
        helper.make_node("Cast", ["words_taken"], ["words_in_floats"], to=TensorProto.FLOAT, name="words_to_floats"),
        helper.make_node("Mul", ["words_in_floats", "scales_taken"], [out], name="scale_words"),
    ]
    place = list(graph.node).index(node)
    graph.node.remove(node)
    for offset, new in enumerate(made):
        graph.node.insert(place + offset, new)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two models agree on the same texts: shares of decisions, and mean absolute change of probability."""

    texts: int
    kind: float
    codes: float
    any_code: float
    kind_change: float
    code_change: float

    @property
    def passes(self) -> bool:
        """Whether the second may take the place of the first."""
        return min(self.kind, self.codes) >= AGREEMENT

    def to_json(self) -> dict[str, Any]:
        """Return the figures, rounded to five places."""
        return {name: round(value, 5) for name, value in asdict(self).items()} | {"passes": self.passes}


def agreement(full: Classifier, small: Classifier, documents: Sequence[Document]) -> Agreement:
    """Compare two backends at their own operating thresholds on the same texts (at least one)."""
    kind: list[float] = []
    codes: list[float] = []
    any_code: list[float] = []
    kind_change: list[float] = []
    code_change: list[float] = []
    for one, other in zip(full.predict(documents), small.predict(documents), strict=True):
        kind.append((one.label is TextKind.HEALTH_AD) == (other.label is TextKind.HEALTH_AD))
        first, second = ({hit.code for hit in found.hits if hit.code in found.codes} for found in (one, other))
        codes.extend((code in first) == (code in second) for code in one.codes)
        any_code.append(bool(first) == bool(second))
        kind_change.append(abs(one.kind[TextKind.HEALTH_AD] - other.kind[TextKind.HEALTH_AD]))
        code_change.extend(abs(one.codes[code] - other.codes[code]) for code in one.codes)
    means = (float(np.mean(values)) for values in (kind, codes, any_code, kind_change, code_change))
    return Agreement(len(kind), *means)
