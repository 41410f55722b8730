"""Training on a tiny random encoder: the whole way from labelled lines to a model that judges without torch."""

import json
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tiny import tiny_tokenizer

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

from classifier.backends import load  # noqa: E402 - torch may be missing
from classifier.network import Network, freeze, load_encoder  # noqa: E402
from classifier.samples import read_samples  # noqa: E402
from classifier.train import Stops, TrainConfig  # noqa: E402
from classifier.training import split, train  # noqa: E402
from classifier.types import Document  # noqa: E402
from models.errors import InputError  # noqa: E402
from models.vocabulary import Code, TextKind  # noqa: E402

CONFIG = TrainConfig(
    layers=1,
    frozen_layers=0,
    epochs=6.0,
    tokens_per_batch=96,
    bfloat16=False,
    learning_rate=1e-2,
    head_learning_rate=1e-2,
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Hugging Face folder with two random layers."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(1)
    tokenizer = tiny_tokenizer()
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=512,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return str(folder)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty ads that promise a cure and forty notices that do not; one group in four is kept apart."""
    path = tmp_path_factory.mktemp("data") / "labelled.jsonl"
    lines: list[dict[str, Any]] = []
    for number in range(40):
        apart = {"group": f"g{number % 8}", "split": "dev" if number % 8 < 2 else "train"}
        ad = {"kind": "health_ad", "domains": ["service"], "codes": {"cure_guarantee": ["chữa khỏi"]}}
        lines.append({"id": f"a{number}", "text": f"cam kết chữa khỏi bệnh trĩ {number}", **ad, **apart})
        lines.append({"id": f"b{number}", "text": f"lịch khám bệnh trĩ ngày {number}", "kind": "health_info", **apart})
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(base: str, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that training wrote."""
    out = tmp_path_factory.mktemp("out")
    made = train([data], out, base=base, config=CONFIG)
    assert (made.texts, made.kept_apart) == (60, 20)
    return out


def test_what_was_learnt_is_said_without_torch_and_quoted(trained: Path) -> None:
    classifier = load(f"model:{trained}")
    ad, notice = classifier.predict(
        [Document(text, date(2026, 11, 24)) for text in ("cam kết chữa khỏi bệnh trĩ 77", "lịch khám bệnh trĩ ngày 99")]
    )
    assert ad.label is TextKind.HEALTH_AD
    assert notice.label is TextKind.HEALTH_INFO
    assert ad.codes[Code.CURE_GUARANTEE] > 0.5 > notice.codes[Code.CURE_GUARANTEE]
    assert any(hit.code is Code.CURE_GUARANTEE for hit in ad.hits)


def test_full_and_small_weights_agree_and_the_card_says_on_what_it_rests(trained: Path) -> None:
    card = json.loads((trained / "model.json").read_text(encoding="utf-8"))
    assert card["agreement"]["texts"] == 20
    assert card["agreement"]["passes"] is (min(card["agreement"]["kind"], card["agreement"]["codes"]) >= 0.99)
    assert card["data"]["texts"] == 60
    document = Document("cam kết chữa khỏi bệnh trĩ 3", date(2026, 11, 24))
    (full,) = load(f"torch:{trained}").predict([document])
    (small,) = load(f"model:{trained}").predict([document])
    assert full.label is small.label
    assert full.codes[Code.CURE_GUARANTEE] == pytest.approx(small.codes[Code.CURE_GUARANTEE], abs=0.1)


def test_a_run_that_was_stopped_ends_where_an_undisturbed_one_does(
    base: str, data: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file

    monkeypatch.setattr("classifier.training.Stops", partial(Stops, every=5))

    def stop(step: int, _steps: int, _loss: float) -> None:
        if step == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train([data], tmp_path, base=base, config=CONFIG, on_step=stop)
    steps: list[int] = []
    train([data], tmp_path, base=base, config=CONFIG, on_step=lambda step, _steps, _loss: steps.append(step))
    assert steps[0] == 11  # ten were stored
    one, other = (load_file(folder / "network.safetensors") for folder in (trained, tmp_path))
    assert all(torch.allclose(one[name], other[name], atol=1e-5) for name in one)


def test_a_checkpoint_of_another_configuration_is_refused(base: str, data: Path, trained: Path) -> None:
    other = TrainConfig(**{**{name: getattr(CONFIG, name) for name in CONFIG.__dataclass_fields__}, "epochs": 1.0})
    with pytest.raises(InputError, match="another configuration"):
        train([data], trained, base=base, config=other)


def test_frozen_layers_stay_and_others_move(base: str) -> None:
    encoder, width = load_encoder(base, 2)
    network = Network(encoder, width)
    freeze(network, 1)
    free = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    assert not any("embedding" in name or "layer.0." in name for name in free)
    assert any("layer.1." in name for name in free)
    assert {"look.weight", "mark.bias"} <= free


def test_a_base_that_is_none_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no encoder in"):
        train([data], tmp_path / "out", base=str(tmp_path / "nothing"), config=CONFIG)


def test_groups_are_never_on_both_sides(data: Path, tmp_path: Path) -> None:
    learnt, apart = split(read_samples([data]))
    assert not {sample.group for sample in learnt} & {sample.group for sample in apart}
    unmarked = tmp_path / "unmarked.jsonl"
    lines = [json.loads(line) | {"split": ""} for line in data.read_text(encoding="utf-8").splitlines()]
    lines = [line | {"group": f"{line['group']}-{line['id']}"} for line in lines]
    unmarked.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    learnt, apart = split(read_samples([unmarked]))
    assert learnt
    assert apart
    assert not {sample.group for sample in learnt} & {sample.group for sample in apart}
    with pytest.raises(InputError, match="both are needed"):
        split(learnt[:1])


def test_batches_hold_all_windows_and_few_tokens(data: Path) -> None:
    from classifier.samples import targets
    from classifier.windows import batches

    found = targets(read_samples([data]), tiny_tokenizer())
    made = batches([len(target.window.ids) for target in found], 200)
    assert sorted(index for chosen in made for index in chosen) == list(range(len(found)))
    assert all(len(chosen) * max(len(found[i].window.ids) for i in chosen) <= 200 for chosen in made)
