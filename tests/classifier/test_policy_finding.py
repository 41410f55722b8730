"""A finding cannot exist without proof and a provision of the day."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.policy import Finding, Provision, load_policy
from classifier.types import Absence, Hit, Span
from models.vocabulary import Code, Domain, Method

POLICY = load_policy()
TODAY = date(2026, 11, 24)
TEXT = "Cam kết khỏi 100% bệnh trĩ sau một liệu trình"
SPAN = Span.of(TEXT, 0, 17)
ABSENCE = Absence(sought=("số giấy phép hoạt động",), where=("toàn trang",))
PROVISIONS = [item for entry in POLICY.codes.values() for item in entry.provisions]
DAYS = st.dates(min_value=date(2010, 1, 1), max_value=date(2030, 1, 1))


def hit(code: Code, proof: Span | Absence = SPAN, probability: float = 0.97) -> Hit:
    return Hit(code, probability, proof, Method.RULE, "hứa khỏi bệnh")


def finding(**changes: Any) -> Finding:
    made = POLICY.finding(hit(Code.CURE_GUARANTEE), TODAY, [Domain.SERVICE])
    assert made is not None
    values: dict[str, Any] = {name: getattr(made, name) for name in Finding.__slots__}
    return Finding(**{**values, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"proof": None},
        {"proof": "Cam kết"},
        {"provisions": ()},
        {"provisions": []},
        {"provisions": ("Điều 8",)},
        {"on": date(2012, 1, 1)},
        {"on": date(2026, 5, 14), "provisions": tuple(POLICY.codes[Code.DIRECT_COMPARISON].provisions[:1])},
        {"probability": 1.01},
        {"probability": -0.01},
        {"probability": float("nan")},
    ],
)
def test_a_finding_without_proof_or_law_cannot_be_built(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"a finding (needs|quotes|states)|a probability"):
        finding(**changes)


@settings(deadline=None)  # a busy machine is no fault of the code
@given(
    proof=st.one_of(st.none(), st.just(SPAN), st.just(ABSENCE)),
    provisions=st.lists(st.sampled_from(PROVISIONS), max_size=4).map(tuple),
    on=DAYS,
    probability=st.floats(),
)
def test_whatever_is_built_has_proof_and_law_of_the_day(
    proof: Any, provisions: tuple[Provision, ...], on: date, probability: float
) -> None:
    lawful = proof is not None and bool(provisions) and all(item.in_force(on) for item in provisions)
    if lawful and 0 <= probability <= 1:
        made = finding(proof=proof, provisions=provisions, on=on, probability=probability, penalty=None)
        assert made.provisions
    else:
        with pytest.raises(ValueError, match=r"a finding|a probability"):
            finding(proof=proof, provisions=provisions, on=on, probability=probability, penalty=None)


@settings(deadline=None)  # a busy machine is no fault of the code
@given(
    code=st.sampled_from(Code),
    on=DAYS,
    domains=st.frozensets(st.sampled_from(Domain)),
    proof=st.sampled_from([SPAN, ABSENCE]),
    probability=st.floats(0, 1),
)
def test_the_policy_finds_only_what_the_day_carries(
    code: Code, on: date, domains: frozenset[Domain], proof: Span | Absence, probability: float
) -> None:
    made = POLICY.finding(hit(code, proof, probability), on, domains)
    law = POLICY.law_on(code, on, domains)
    assert (made is None) is (not law.provisions)
    if law.unsettled or law.not_required:
        assert made is None
    if made is not None:
        assert made.provisions == law.provisions
        assert all(item.in_force(on) for item in made.provisions)
        assert made.penalty is None or made.penalty in law.penalties
        json.dumps(made.to_json(), allow_nan=False)


def test_a_span_reads_as_in_the_contract() -> None:
    made = POLICY.finding(hit(Code.CURE_GUARANTEE), TODAY, [Domain.SERVICE])
    assert made is not None
    said: Any = made.to_json()
    assert (said["code"], said["probability"], said["method"]) == ("cure_guarantee", 0.97, "rule")
    assert TEXT[said["start"] : said["end"]] == said["quote"] == "Cam kết khỏi 100%"
    assert "sought" not in said
    first = said["provisions"][0]
    assert first["instrument"] == "Luật Quảng cáo 16/2012/QH13 (sửa đổi bởi Luật 75/2025/QH15)"
    assert (first["article"], first["clause"], first["verified"]) == ("8", "9", True)
    assert first["cite"].startswith("khoản 9 Điều 8 Luật Quảng cáo")
    assert first["source"].startswith("https://")
    penalty = said["penalty"]
    assert (penalty["min_vnd"], penalty["max_vnd"], penalty["applies_to"]) == (80_000_000, 100_000_000, "individual")
    assert penalty["usual_vnd"] == 90_000_000
    assert penalty["organisation"] == {"min_vnd": 160_000_000, "max_vnd": 200_000_000, "usual_vnd": 180_000_000}
    assert penalty["cite"] == "điểm c khoản 5 Điều 50 Nghị định 87/2026/NĐ-CP"


def test_an_absence_says_what_was_sought_and_where() -> None:
    made = POLICY.finding(hit(Code.MISSING_MANDATORY_NOTICE, ABSENCE), TODAY, [Domain.SERVICE])
    assert made is not None
    said = made.to_json()
    assert (said["start"], said["end"], said["quote"]) == (0, 0, "")
    assert said["sought"] == ["số giấy phép hoạt động"]
    assert said["where"] == ["toàn trang"]


def test_a_fine_that_is_not_certain_carries_the_reason_instead() -> None:
    made = POLICY.finding(hit(Code.PROFESSIONAL_ENDORSEMENT), TODAY, [Domain.SUPPLEMENT])
    assert made is not None
    assert made.penalty is None
    assert "Mức phạt phải có ý kiến pháp chế" in str(made.to_json()["penalty_note"])


def test_an_unverified_rule_is_marked_wherever_it_is_cited() -> None:
    made = POLICY.finding(hit(Code.SUPPLEMENT_AS_MEDICINE), TODAY, [Domain.SUPPLEMENT])
    assert made is not None
    cites = {item.id: item.cite(TODAY) for item in made.provisions}
    assert cites["nd15-27-1"] == "khoản 1 Điều 27 Nghị định 15/2018/NĐ-CP (chưa kiểm chứng)"
    for entry in POLICY.codes.values():
        for item in [*entry.provisions, *entry.penalties, *entry.related_penalties]:
            assert item.cite().endswith("(chưa kiểm chứng)") is (not item.verified)


def test_of_two_bands_the_mildest_verified_one_is_stated() -> None:
    made = POLICY.finding(hit(Code.PATIENT_TESTIMONIAL), TODAY, [Domain.DRUG, Domain.SUPPLEMENT])
    assert made is not None
    assert made.penalty is not None
    assert made.penalty.max_vnd == 30_000_000
    made = POLICY.finding(hit(Code.PROFESSIONAL_ENDORSEMENT), TODAY, [Domain.DRUG, Domain.DEVICE])
    assert made is not None
    assert made.penalty is not None
    assert made.penalty.article == "73"


def test_a_penalty_of_another_day_cannot_be_stated() -> None:
    (old,) = POLICY.law_on(Code.CURE_GUARANTEE, date(2026, 5, 14), [Domain.SERVICE]).penalties
    with pytest.raises(ValueError, match="only a fine in force"):
        finding(penalty=old)


@pytest.mark.parametrize("domain", [Domain.SERVICE, Domain.COSMETIC_SURGERY])
def test_nothing_is_flagged_in_the_unsettled_window(domain: Domain) -> None:
    on = date(2025, 7, 1)
    while on <= date(2026, 2, 14):
        assert POLICY.finding(hit(Code.MISSING_CONFIRMATION_NUMBER, ABSENCE), on, [domain]) is None
        on += timedelta(days=1)


def test_law_survives_being_stored_as_json() -> None:
    for entry in POLICY.codes.values():
        for item in [*entry.provisions, *entry.penalties, *entry.related_penalties]:
            assert type(item).model_validate(json.loads(item.model_dump_json())) == item
