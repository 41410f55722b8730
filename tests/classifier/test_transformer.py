"""The encoder's backend: quotes, codes, memory of texts seen, and refusal of altered files."""

import json
from datetime import date
from pathlib import Path

import pytest
from tiny import answering, released

from classifier.backends import load
from classifier.policy import load_policy
from classifier.signals import CODES, DOMAINS, KINDS
from classifier.transformer import TransformerClassifier, load_weights
from classifier.types import Document, Prediction, Span
from models.errors import InputError
from models.vocabulary import Code, Domain, Method, TextKind

CURE = CODES.index(Code.CURE_GUARANTEE)
DAY = date(2026, 11, 24)


def _classifier(**arguments: object) -> TransformerClassifier:
    return TransformerClassifier(load_policy(), released(answering("▁khỏi", CURE, **arguments)))  # type: ignore[arg-type]


def _predict(*texts: str, **arguments: object) -> list[Prediction]:
    return _classifier(**arguments).predict([Document(text, DAY) for text in texts])


def test_a_code_is_quoted_from_the_given_text_however_it_is_written() -> None:
    for text in ("Phòng khám cam kết CHỮA KHỎI bệnh trĩ", "Phòng khám cam kết chữa kh.ỏ.i bệnh trĩ"):
        (found,) = _predict(text)
        assert found.label is TextKind.HEALTH_AD
        assert found.codes[Code.CURE_GUARANTEE] > 0.8
        hits = [hit for hit in found.hits if hit.code is Code.CURE_GUARANTEE]
        assert hits
        for hit in hits:
            assert isinstance(hit.proof, Span)
            assert text[hit.proof.start : hit.proof.end] == hit.proof.quote
        assert hits[0].method is Method.MODEL


def test_every_mapping_is_complete_and_nothing_is_said_of_another_language() -> None:
    vietnamese, english = _predict(
        "Bệnh viện thông báo lịch nghỉ lễ của các khoa trong tháng này",
        "The annual report lists every clinic that was inspected during the last year in this city",
        kind=KINDS.index(TextKind.HEALTH_INFO),
    )
    assert set(vietnamese.codes) == set(CODES)
    assert set(vietnamese.domains) == set(DOMAINS)
    assert sum(vietnamese.kind.values()) == pytest.approx(1)
    assert vietnamese.label is TextKind.HEALTH_INFO
    assert english.label is TextKind.OTHER
    assert english.hits == ()


def test_what_is_no_health_ad_is_told_no_sign() -> None:
    (found,) = _predict("Chống thấm cam kết chữa khỏi tường ẩm", kind=KINDS.index(TextKind.OTHER_AD))
    assert found.label is TextKind.OTHER_AD
    assert found.hits == ()


def test_the_footer_proves_no_text_code() -> None:
    main = "Phòng khám uy tín hàng đầu. "
    document = Document(main + "chữa khỏi", DAY, main_end=len(main))
    (found,) = _classifier().predict([document])
    assert all(hit.code is not Code.CURE_GUARANTEE for hit in found.hits)


def test_order_and_number_are_kept_for_any_content() -> None:
    texts = ["", "   ", "🎉🎉", "chữa khỏi bệnh", "\x00", "a" * 5000, "chữa khỏi bệnh trĩ " * 3000]
    found = _predict(*texts)
    assert len(found) == len(texts)
    assert found[3].codes[Code.CURE_GUARANTEE] > 0.8
    assert found[6].codes[Code.CURE_GUARANTEE] > 0.8
    assert found[1].codes[Code.CURE_GUARANTEE] < 0.1


def test_a_text_seen_before_is_not_judged_again() -> None:
    count: list[int] = []
    classifier = _classifier(count=count)
    text = "Phòng khám cam kết chữa khỏi bệnh trĩ"
    first = classifier.predict([Document(text, DAY), Document(text.upper(), DAY)])
    assert sum(count) == 1
    again = classifier.predict([Document(text, DAY)])
    assert sum(count) == 1
    assert again[0].codes == first[0].codes
    assert [hit.proof for hit in again[0].hits] == [hit.proof for hit in first[0].hits]


def test_the_product_class_is_what_the_network_says() -> None:
    (found,) = _predict("Viên uống chữa khỏi bệnh trĩ", domain=DOMAINS.index(Domain.SUPPLEMENT))
    assert max(found.domains, key=lambda domain: found.domains[domain]) is Domain.SUPPLEMENT


def test_an_unknown_name_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no classifier backend"):
        load("bert")
    with pytest.raises(InputError, match="no model can be loaded"):
        load(f"model:{tmp_path}")


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not what was released")
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    card = {"name": "x", "version": "1", "onnx_sha256": "0" * 64, "tokenizer_sha256": "0" * 64}
    (tmp_path / "model.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(InputError, match="another SHA-256"):
        load_weights(tmp_path)
