"""From the registry's facts to findings: 'unknown' never accuses anybody, and every finding quotes words and law."""

from datetime import date
from itertools import product
from typing import cast

import pytest

from classifier.policy import load_policy
from classifier.types import Document, Span
from models.vocabulary import Answer, Code, Domain, MentionKind, Method, Verdict
from pipeline.leads import Checked, Checker, Judged
from registry.matcher import Matcher
from registry.types import Candidate, Confirmation, DeclaredPrice, Facts, Match, Query

TEXT = (
    "Phòng khám Da liễu Mộc Lan Trắng\n"
    "BS.CKI Trần Thị Mẫu Đơn trực tiếp điều trị nám bằng laser tại Phòng khám Da liễu Mộc Lan Trắng.\n"
    "Laser trị nám: giá 1.500.000đ một lần.\n"
    "Người bệnh nặng được chuyển đến Bệnh viện Cây Đa Lớn.\n"
)
FOOTER = "Phòng khám Da liễu Mộc Lan Trắng, 17 đường Hoa Gạo, phường Tân Mẫu. GPHĐ số 09911/HCM-GPHĐ."
DAY = date(2026, 7, 20)


class _Registry:
    """A matcher that gives one answer to every question of a kind, and remembers what was asked."""

    version = "mẫu"

    def __init__(self, facts: Facts, decision: Verdict = Verdict.MATCHED, probability: float = 0.93) -> None:
        self.facts, self.decision, self.probability = facts, decision, probability
        self.asked: list[Query] = []

    def match(self, query: Query) -> Match:
        self.asked.append(query)
        found = self.decision is Verdict.MATCHED
        return Match(
            id=query.id,
            decision=self.decision,
            probability=self.probability,
            facts=self.facts,
            registry_id="X1" if found else "",
            licence_no="1/X" if found else "",
            reasons=("Lý do mẫu.",),
            candidates=(Candidate("X1", "Bản ghi mẫu", self.probability),),
        )


def _check(registry: _Registry, *, is_ad: bool = True, domains: tuple[Domain, ...] = (Domain.SERVICE,)) -> Checked:
    document = Document(f"{TEXT}\n{FOOTER}", DAY, main_end=len(TEXT), title="Trị nám bằng laser")
    return Checker(cast(Matcher, registry), load_policy(), "1").check(Judged(document, is_ad, domains))


_NEVER_NO = list(product((Answer.YES, Answer.UNKNOWN), repeat=4))


@pytest.mark.parametrize("answers", _NEVER_NO, ids=["-".join(a[0] for a in answers) for answers in _NEVER_NO])
@pytest.mark.parametrize("decision", list(Verdict))
def test_what_is_not_a_no_accuses_nobody(answers: tuple[Answer, ...], decision: Verdict) -> None:
    found = _check(_Registry(Facts(*answers), decision))
    assert found.answers
    assert found.findings == ()


@pytest.mark.parametrize("fact", ["exists", "in_force", "at_place"])
def test_a_no_is_a_finding_on_the_own_facility_and_on_people_only(fact: str) -> None:
    registry = _Registry(Facts(**{fact: Answer.NO}))
    found = _check(registry)
    quotes = {(finding.code, finding.proof.quote) for finding in found.findings if isinstance(finding.proof, Span)}
    assert {code for code, _ in quotes} == {Code.UNLICENSED_FACILITY, Code.UNLICENSED_PRACTITIONER}
    assert any("Mẫu Đơn" in quote for code, quote in quotes if code is Code.UNLICENSED_PRACTITIONER)
    accused = [quote for code, quote in quotes if code is Code.UNLICENSED_FACILITY]
    assert all("Mộc Lan Trắng" in quote for quote in accused)
    named = {answer.named for answer in found.answers if answer.query.kind is MentionKind.FACILITY}
    assert not [answer for answer in found.answers if "Cây Đa" in answer.named and answer.primary], named


def test_findings_quote_the_text_and_the_law_of_the_day() -> None:
    findings = _check(_Registry(Facts(exists=Answer.NO))).findings
    assert findings
    whole = f"{TEXT}\n{FOOTER}"
    for finding in findings:
        assert isinstance(finding.proof, Span)
        assert whole[finding.proof.start : finding.proof.end] == finding.proof.quote
        assert (finding.on, finding.method, finding.reason) == (DAY, Method.REGISTRY, "Lý do mẫu.")
        assert finding.provisions
        assert all(provision.in_force(DAY) for provision in finding.provisions)
        assert finding.penalty is None or finding.penalty.in_force(DAY)
        assert finding.probability == 0.93


def test_the_registry_is_asked_as_of_the_day_of_the_advertisement() -> None:
    registry = _Registry(Facts())
    _check(registry)
    assert registry.asked
    assert {query.as_of for query in registry.asked} == {DAY}


def test_a_text_that_is_no_health_advertisement_asks_nobody() -> None:
    registry = _Registry(Facts(exists=Answer.NO))
    found = _check(registry, is_ad=False)
    assert (registry.asked, found.answers, found.findings) == ([], (), ())
    assert found.mentions


def test_a_doubtful_no_is_told_and_accuses_nobody() -> None:
    found = _check(_Registry(Facts(exists=Answer.NO), Verdict.NOT_FOUND, 0.3))
    assert found.answers
    assert found.findings == ()


def test_scope_needs_a_record_and_a_technique_that_is_offered() -> None:
    matched = _check(_Registry(Facts(within_scope=Answer.NO)))
    assert {finding.code for finding in matched.findings} == {Code.BEYOND_SCOPE}
    assert all("laser" in f.proof.quote.casefold() for f in matched.findings if isinstance(f.proof, Span))
    assert _check(_Registry(Facts(within_scope=Answer.NO), Verdict.AMBIGUOUS)).findings == ()


def test_without_a_registry_only_mentions_are_found() -> None:
    document = Document(TEXT, DAY)
    checker = Checker(None, load_policy(), "none")
    found = checker.check(Judged(document, True, (Domain.SERVICE,)))
    assert found.mentions
    assert (found.answers, found.findings) == ((), ())
    assert "matcher-none+registry-none" in checker.version


_NUMBER = "1043/2025/XNQC-ATTP"
_OTHER = Confirmation(_NUMBER, "Thực phẩm bảo vệ sức khỏe Khớp Sao Mai", "Công ty TNHH Sao Mai", date(2025, 4, 21))


def _confirmed(text: str, *, title: str = "") -> Checked:
    checker = Checker(None, load_policy(), "1", confirmations=[_OTHER])
    return checker.check(Judged(Document(text, DAY, title=title), True, (Domain.SUPPLEMENT,)))


def test_a_borrowed_confirmation_number_is_a_sign_that_quotes_the_number() -> None:
    found = _confirmed(f"Thực phẩm bảo vệ sức khỏe Trà Ngủ Êm, XNQC: {_NUMBER}.", title="Trà Ngủ Êm")
    (answer,) = found.answers
    assert (answer.query.kind, answer.named, answer.record_name) == (
        MentionKind.CONFIRMATION_NO,
        _NUMBER,
        _OTHER.product,
    )
    (finding,) = found.findings
    assert (finding.code, finding.method) == (Code.MISSING_CONFIRMATION_NUMBER, Method.REGISTRY)
    assert isinstance(finding.proof, Span)
    assert finding.proof.quote == _NUMBER
    assert finding.reason == " ".join(answer.match.reasons)


def test_the_right_number_is_told_and_accuses_nobody() -> None:
    found = _confirmed(f"Thực phẩm bảo vệ sức khỏe Khớp Sao Mai, XNQC: {_NUMBER}, nhắc lại {_NUMBER}.")
    assert len(found.answers) == 1
    assert found.answers[0].match.facts.within_scope is Answer.YES
    assert found.findings == ()


def test_a_number_that_is_not_found_is_a_lead_and_never_certain() -> None:
    found = _confirmed("Thực phẩm bảo vệ sức khỏe Trà Ngủ Êm, XNQC: 9/2025/XNQC-ATTP.")
    (finding,) = found.findings
    assert finding.reason.startswith("Chưa tìm thấy số")
    assert finding.probability < 0.7


def test_a_product_registration_that_the_register_cannot_hold_is_not_spoken_of() -> None:
    found = _confirmed("Trà Ngủ Êm, số công bố 12/2025/ĐKSP.")
    assert [m.kind for m in found.mentions if m.kind is MentionKind.PRODUCT_REGISTRATION]
    assert (found.answers, found.findings) == ((), ())


def test_a_price_far_from_the_declared_one_is_remarked_on_the_own_facility_only() -> None:
    registry = _Registry(Facts(exists=Answer.YES))
    declared = [DeclaredPrice("1/X", "Laser trị nám", 9_000_000)]
    document = Document(f"{TEXT}\n{FOOTER}", DAY, main_end=len(TEXT), title="Trị nám bằng laser")
    checker = Checker(cast(Matcher, registry), load_policy(), "1", prices=declared)
    found = checker.check(Judged(document, True, (Domain.SERVICE,)))
    told = [a for a in found.answers if any("Ghi chú về giá" in reason for reason in a.match.reasons)]
    assert [(a.query.kind, a.primary) for a in told] == [(MentionKind.FACILITY, True)]
    assert found.findings == ()


def test_people_are_asked_with_the_number_of_the_facility_they_are_named_at() -> None:
    registry = _Registry(Facts(exists=Answer.YES))
    _check(registry)
    people = [query for query in registry.asked if query.kind is MentionKind.PRACTITIONER]
    assert people
    assert all(set(query.places) == {"X1", "1/X"} for query in people)


class _Spa(_Registry):
    """No facility is registered; a person is found by the name alone, not with a workplace beside it."""

    def match(self, query: Query) -> Match:
        if query.kind is MentionKind.FACILITY or "tại" in query.text:
            self.asked.append(query)
            return Match(query.id, Verdict.NOT_FOUND, 0.9, Facts(exists=Answer.NO), reasons=("Không có hồ sơ.",))
        return super().match(query)


def test_a_licensed_person_at_an_unregistered_place_is_found_and_the_place_is_doubted() -> None:
    found = _check(_Spa(Facts(Answer.YES, Answer.YES, Answer.UNKNOWN, Answer.UNKNOWN)))
    (person,) = [a for a in found.answers if a.query.kind is MentionKind.PRACTITIONER]
    assert person.match.decision is Verdict.MATCHED
    assert person.match.facts == Facts(Answer.YES, Answer.YES, Answer.NO, Answer.UNKNOWN)
    assert "cần xác minh có phải cùng một người" in person.match.reasons[-1]
    assert Code.UNLICENSED_PRACTITIONER in {finding.code for finding in found.findings}
