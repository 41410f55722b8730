"""What the registry's facts accuse of, and above all what they do not."""

from dataclasses import replace
from datetime import date

import pytest

from classifier.types import Document, Span
from models.vocabulary import Answer, Code, Domain, MentionKind, Verdict
from pipeline.accusations import accusations, law_domains, offered, put
from registry.passages import Passage
from registry.types import Facts, Match, Mention, Query

_TEXT = "Nha khoa Hoa Gạo nhận cắt bao quy đầu. Cắt bao quy đầu tại Nha khoa Hoa Gạo chỉ 15 phút."


def _mention(kind: MentionKind, words: str, value: str = "", text: str = _TEXT) -> Mention:
    start = text.lower().index(words.lower())
    return Mention(kind, text[start : start + len(words)], start, start + len(words), value or words.lower())


def _passage(
    kind: MentionKind = MentionKind.FACILITY, name: str = "Nha khoa Hoa Gạo", *, primary: bool = True
) -> Passage:
    techniques = (_mention(MentionKind.TECHNIQUE, "cắt bao quy đầu", "Cắt bao quy đầu"),)
    return Passage(Query("f0", kind, name), Mention(kind, name, 0, len(name), name.lower()), primary, techniques)


def _document(text: str = _TEXT, title: str = "") -> Document:
    return Document(text, date(2026, 11, 24), title=title)


def _match(decision: Verdict = Verdict.MATCHED, probability: float = 0.9, **facts: Answer) -> Match:
    return Match("f0", decision, probability, Facts(**facts), reasons=("lý do",))


def _codes(match: Match, passage: Passage | None = None, domain: Domain = Domain.SERVICE) -> list[Code]:
    passage = passage or _passage()
    mentions = [replace(passage.techniques[0], start=at, end=at + 15) for at in (22, 39)]
    document = _document()
    asked = put(document, passage, mentions)
    return [hit.code for hit in accusations(document, asked, match, {domain}, lambda _: match)]


@pytest.mark.parametrize("fact", ["exists", "in_force", "at_place"])
def test_a_clear_no_accuses_the_advertisers_own_facility(fact: str) -> None:
    refused = replace(_match(), facts=replace(Facts(), **{fact: Answer.NO}))
    assert _codes(refused) == [Code.UNLICENSED_FACILITY]


def test_unknown_accuses_nobody() -> None:
    assert _codes(_match()) == []
    assert _codes(_match(Verdict.AMBIGUOUS, 0.4)) == []
    assert _codes(_match(Verdict.NOT_FOUND, 0.1)) == []


def test_a_doubtful_absence_accuses_nobody() -> None:
    assert _codes(_match(Verdict.NOT_FOUND, 0.3, exists=Answer.NO)) == []
    assert _codes(_match(Verdict.NOT_FOUND, 0.9, exists=Answer.NO)) == [Code.UNLICENSED_FACILITY]


def test_a_place_named_in_passing_or_on_a_products_page_is_not_accused() -> None:
    gone = _match(exists=Answer.NO)
    assert _codes(gone, _passage(primary=False)) == []
    assert _codes(gone, domain=Domain.SUPPLEMENT) == []


@pytest.mark.parametrize("name", ["Nhà thuốc Hoa Gạo", "QUẦY THUỐC SỐ 4", "Hoa Gạo Pharmacy"])
def test_a_drugstore_is_not_sought_among_clinics(name: str) -> None:
    assert _codes(_match(Verdict.NOT_FOUND, 0.9, exists=Answer.NO), _passage(name=name)) == []


def test_a_doctor_is_accused_on_a_products_page() -> None:
    gone = _match(Verdict.NOT_FOUND, 0.95, exists=Answer.NO)
    doctor = _passage(MentionKind.PRACTITIONER, "BS. Trần Hạ Vũ")
    assert _codes(gone, doctor, Domain.SUPPLEMENT) == [Code.UNLICENSED_PRACTITIONER]


def test_scope_quotes_the_technique_that_lies_outside() -> None:
    passage, document = _passage(), _document()
    outside = _match(within_scope=Answer.NO)
    hits = accusations(
        document, put(document, passage, [passage.techniques[0]] * 2), outside, {Domain.SERVICE}, lambda _: outside
    )
    assert [hit.code for hit in hits] == [Code.BEYOND_SCOPE]
    assert isinstance(hits[0].proof, Span)
    assert hits[0].proof.quote == "cắt bao quy đầu"


def test_a_technique_named_once_in_passing_is_not_asked_about() -> None:
    passage = _passage()
    asked = ("Cắt bao quy đầu",)
    assert put(_document(), passage, passage.techniques).query.techniques == ()
    assert put(_document(title="Cắt bao quy đầu"), passage, passage.techniques).query.techniques == asked
    listed = _TEXT.replace("nhận cắt", "nhận:\n- cắt")
    item = _mention(MentionKind.TECHNIQUE, "cắt bao quy đầu", "Cắt bao quy đầu", listed)
    assert put(_document(listed), passage, [item]).query.techniques == asked


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Chúng tôi nhận hút mỡ bụng.", True),
        ("Phòng khám không thực hiện hút mỡ bụng.", False),
        ("Khách muốn làm đẹp được chuyển đến bệnh viện để hút mỡ bụng.", False),
        ("Không đau. Giảm giá hút mỡ bụng.", True),
        ("So với hút mỡ bụng, cách này nhẹ hơn.", False),
    ],
)
def test_a_technique_that_is_refused_or_referred_is_not_offered(sentence: str, expected: bool) -> None:
    assert offered(sentence, _mention(MentionKind.TECHNIQUE, "hút mỡ bụng", text=sentence)) is expected


def test_a_clinics_page_is_judged_as_a_service_whatever_it_sells() -> None:
    assert law_domains({Domain.COSMETIC}, [_passage()]) == {Domain.COSMETIC, Domain.SERVICE}
    assert law_domains({Domain.COSMETIC}, [_passage(name="Shop Hoa Gạo")]) == {Domain.COSMETIC}
    assert law_domains({Domain.COSMETIC}, [_passage(primary=False)]) == {Domain.COSMETIC}
