"""The rules backend: minimal pairs, look-alikes and disguises of the project's own writing, and hostile input."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.backends import load
from classifier.policy import load_policy
from classifier.rules import RulesClassifier, domains_of
from classifier.rules.kind import load_kind_model
from classifier.rules.lexicon import default_lexicon, load_lexicon
from classifier.types import Absence, Document, Prediction, Span
from models.errors import InputError
from models.vocabulary import TEXT_CODES, Code, Domain, Method, TextKind

SHOWN = date(2026, 11, 1)
PAIRS = Path(__file__).parents[2] / "data" / "labelled" / "rules-pairs.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
#: The product class of these is told by nothing but the product's invented name.
CLASS_UNTOLD = {"rp088", "rp104", "rp109", "rp112", "rp119"}


def judged(text: str) -> Prediction:
    [found] = load("rules").predict([Document(text, SHOWN)])
    return found


def quotes(prediction: Prediction) -> dict[Code, list[str]]:
    found: dict[Code, list[str]] = {}
    for hit in prediction.hits:
        if hit.code in TEXT_CODES and isinstance(hit.proof, Span):
            found.setdefault(hit.code, []).append(hit.proof.quote)
    return found


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_a_minimal_pair_gets_its_kind_and_exactly_its_codes(row: dict[str, Any]) -> None:
    found = judged(row["text"])
    assert found.label == row["kind"]
    assert set(quotes(found)) == set(row["codes"])


@pytest.mark.parametrize("row", [r for r in ROWS if r["codes"]], ids=[r["id"] for r in ROWS if r["codes"]])
def test_a_quote_overlaps_the_words_that_prove_it(row: dict[str, Any]) -> None:
    found = judged(row["text"])
    for code, words in row["codes"].items():
        spans = [h.proof for h in found.hits if h.code == code and isinstance(h.proof, Span)]
        places = [(row["text"].index(word), row["text"].index(word) + len(word)) for word in words]
        assert any(span.start < end and start < span.end for span in spans for start, end in places)


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r["domains"] and r["id"] not in CLASS_UNTOLD], ids=lambda r: r["id"]
)
def test_one_of_the_product_classes_is_named(row: dict[str, Any]) -> None:
    assert set(row["domains"]) & set(domains_of(judged(row["text"])))


def test_the_pairs_are_well_formed_and_name_every_code() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS) >= 150
    for row in ROWS:
        assert all(word in row["text"] for words in row["codes"].values() for word in words)
        assert not row["codes"] or row["kind"] == "health_ad"
    assert {code for row in ROWS for code in row["codes"]} == set(TEXT_CODES)


def test_hits_explain_themselves_in_vietnamese_and_say_how_they_were_made() -> None:
    found = judged("Phòng khám Hoa Mai cam kết chữa khỏi 100% bệnh trĩ. Đặt lịch 0909 123 456.")
    [hit] = [h for h in found.hits if h.code is Code.CURE_GUARANTEE]
    assert hit.method is Method.RULE
    assert "khỏi" in hit.reason
    assert isinstance(hit.proof, Span)
    assert hit.proof.quote == "cam kết chữa khỏi 100% bệnh"
    assert 0 < hit.probability < 1
    assert found.codes[Code.CURE_GUARANTEE] >= hit.probability


@pytest.mark.parametrize(
    "text", ["", "   \n", "\u200b", "!!!", "a clinic in London sells nothing here", "今日は", "0" * 500]
)
def test_empty_or_foreign_text_is_other_without_codes(text: str) -> None:
    found = judged(text)
    assert found.label is TextKind.OTHER
    assert found.hits == ()
    assert set(found.codes) == set(TEXT_CODES)
    assert set(found.domains) == set(Domain)
    assert found.risk == 0.0


def test_claims_are_sought_in_the_main_content_only() -> None:
    main = "Phòng khám Hoa Mai khám nội tổng quát, đặt lịch 0909 123 456."
    footer = " Bài khác: chữa dứt điểm bệnh trĩ."
    [found] = load("rules").predict([Document(main + footer, SHOWN, main_end=len(main))])
    assert quotes(found) == {}


def test_order_and_length_of_the_input_are_kept() -> None:
    texts = [row["text"] for row in ROWS[:5]]
    together = load("rules").predict([Document(text, SHOWN) for text in texts])
    assert together == [judged(text) for text in texts]


def test_an_unknown_backend_is_refused_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r"no classifier backend is called 'magic'\. Use: rules"):
        load("magic")


def test_the_version_names_the_lexicon_and_the_policy() -> None:
    policy = load_policy()
    version = RulesClassifier(policy).version
    assert policy.sha256[:8] in version
    assert default_lexicon().version in version


HOSTILE = {
    "one word": "chữa dứt điểm " * 80_000,
    "one letter": "a" * 1_000_000,
    "digits": "1" * 1_000_000,
    "spaced letters": "c h ữ a " * 130_000,
    "separators": "tr.ị-" * 200_000,
    "no end": "giảm 10 kg trong " * 60_000,
    "questions": "không?" * 170_000,
    "quotes": '"chị lan: tôi uống ' * 55_000,
    "bare": "cam ket chua dut diem benh " * 38_000,
    "hash": "#chuadutdiem" * 80_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_anything_is_judged_in_time(name: str) -> None:
    started = time.perf_counter()
    found = judged(HOSTILE[name])
    assert time.perf_counter() - started < 30  # seconds; some five on an idle machine
    assert set(found.codes) == set(TEXT_CODES)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(" ".join(row["text"] for row in ROWS).split()), max_size=40).map(" ".join) | st.text())
def test_any_text_gets_probabilities_and_exact_quotes(text: str) -> None:
    found = judged(text)
    assert abs(sum(found.kind.values()) - 1) < 1e-6
    assert all(0 <= p <= 1 for p in [*found.codes.values(), *found.domains.values(), *found.kind.values()])
    for hit in found.hits:
        if isinstance(hit.proof, Span):
            assert text[hit.proof.start : hit.proof.end] == hit.proof.quote
        else:
            assert isinstance(hit.proof, Absence)


def test_every_rule_compiles_in_both_forms_and_gives_a_vietnamese_reason() -> None:
    lexicon = default_lexicon()
    for rule in lexicon.rules:
        assert rule.find.spelt.pattern
        assert rule.find.bare.pattern.isascii() or "–" in rule.find.bare.pattern
        assert rule.reason.endswith(".")
        assert rule.needs
    assert {rule.code for rule in lexicon.rules} == set(TEXT_CODES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("version: '1'\nwords: {}\nreasons: {}\ncontexts: {}\nrules: [{id: a}]\n", "rules.0.code"),
        ("a: [", "cannot be read"),
        ("version: '1'\nwords: {}\nreasons: {absolute_claim: R.}\ncontexts: {}\nrules:\n"
         "- {id: a, code: absolute_claim, find: <none>, needs: [x], p: 0.5}\n", "rule a: no word list 'none'"),
        ("version: '1'\nwords: {}\nreasons: {}\ncontexts: {}\nrules:\n"
         "- {id: a, code: absolute_claim, find: x, needs: [x], p: 0.5}\n", "rule a gives no reason"),
        ("version: '1'\nwords: {}\nreasons: {absolute_claim: R.}\ncontexts: {}\nrules:\n"
         + "- {id: a, code: absolute_claim, find: x, needs: [x], p: 0.5}\n" * 2, "rule a occurs twice"),
        ("version: '1'\nwords: {}\nreasons: {absolute_claim: R.}\ncontexts: {}\nrules:\n"
         "- {id: a, code: absolute_claim, find: '(x', needs: [x], p: 0.5}\n", "rule a"),
    ],
)  # fmt: skip
def test_a_broken_lexicon_is_refused_by_name(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "lexicon.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_lexicon(path)


def test_a_missing_or_broken_weights_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_kind_model(tmp_path / "kind.yaml")
    (tmp_path / "kind.yaml").write_text("version: '1'\n", encoding="utf-8")
    with pytest.raises(InputError, match="Field required"):
        load_kind_model(tmp_path / "kind.yaml")
