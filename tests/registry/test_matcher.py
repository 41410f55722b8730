"""Who is meant, who is not, and when nobody can tell: the matcher against a small invented registry."""

import json
from datetime import date
from pathlib import Path

import pytest

from models.vocabulary import Answer, LicenceStatus, MentionKind, Verdict
from registry import compare
from registry.matcher import Matcher
from registry.types import Facility, Practitioner, Query, Workplace

FILLERS = [
    f"{surname} {middle} {given}"
    for surname in ("Nguyễn", "Trần", "Lê", "Phạm", "Võ", "Đặng", "Bùi", "Hồ")
    for middle in ("Văn", "Thị", "Minh", "Ngọc", "Thanh")
    for given in ("An", "Bình", "Cúc", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Mai", "Nga")
]


def person(number: int, name: str, **more: object) -> Practitioner:
    values: dict[str, object] = {
        "licence_no": f"{number:06d}/HCM-CCHN",
        "qualification": "Bác sĩ",
        "scope": "Khám bệnh, chữa bệnh chuyên khoa Nội khoa",
        "status": LicenceStatus.VALID,
        "issued_on": date(2015, 6, 5),
    } | more
    return Practitioner(f"P{number}", name, **values)  # type: ignore[arg-type]  # a test's shorthand


MAY = Workplace("Phòng khám chuyên khoa Da liễu Mây Hồng", "F1", "Quận 3", "Xuân Hòa")
PEOPLE = [
    *(person(i, name) for i, name in enumerate(FILLERS, 1000)),
    person(1, "Lương Trúc Quỳnh", scope="Chuyên khoa Da liễu", workplaces=(MAY,)),
    person(2, "Tạ Hoài Phong", status=LicenceStatus.SUSPENDED),
    person(3, "Tạ Hoài Nam", scope="Chuyên khoa Da liễu", workplaces=(MAY,)),
    person(4, "Tạ Hoài Nam", scope="Chuyên khoa Răng - Hàm - Mặt"),
    person(5, "Đỗ Thiên Kim", scope="Chuyên khoa Mắt"),
    person(6, "Đỗ Thiên Kim", scope="Chuyên khoa Mắt"),
    person(7, "Lã Thị Mặt Trời"),
]
PLACES = [
    Facility(
        "F1",
        "Phòng khám chuyên khoa Da liễu Mây Hồng thuộc Công ty TNHH Mây Hồng",
        "Phòng khám Mây Hồng",
        "00101/HCM-GPHĐ",
        services="Da liễu",
        address="12 Nguyễn Thị Minh Khai, Phường 5, Quận 3, TP.HCM",
        ward="Xuân Hòa",
        district="Quận 3",
        phones=("0901234567",),
        website="phongkhammayhong.vn",
        status=LicenceStatus.VALID,
        issued_on=date(2018, 1, 2),
        expires_on=date(2023, 1, 2),
    ),
    Facility(
        "F2",
        "Phòng khám chuyên khoa Răng - Hàm - Mặt Sao Khuê",
        "Nha khoa Sao Khuê",
        "00102/HCM-GPHĐ",
        services="Răng - Hàm - Mặt",
        district="Quận 10",
    ),
    Facility(
        "F3",
        "Phòng khám chuyên khoa Răng - Hàm - Mặt Sao Khuê",
        "Sao Khuê Dental",
        "00103/HCM-GPHĐ",
        services="Răng - Hàm - Mặt",
        district="Quận 12",
    ),
    *(
        Facility(f"F{n}", f"Phòng khám đa khoa {name}", f"PKĐK {name}", f"{n:05d}/HCM-GPHĐ", district="Gò Vấp")
        for n, name in enumerate(("Bình Minh", "Hoàng Hôn", "Trăng Non", "Gió Nam", "Biển Đông", "Đồng Xanh"), 200)
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(PEOPLE, PLACES)


@pytest.mark.parametrize(
    "text",
    [
        "BS.CKI Lương Trúc Quỳnh - chuyên khoa da liễu, tại Phòng khám Mây Hồng, Quận 3",
        "bac si luong truc quynh, chuyen khoa da lieu, PK May Hong",
        "BS. LƯƠNG TRÚC QUỲNH - chuyên khoa trị mụn, nám | Phòng khám Mây Hồng",
        "Bs Luowng Trucs Quynhf - chuyên khoa da liễu, tại Phòng khám Mây Hồng",
        "BS #LươngTrúcQuỳnh - chuyên khoa da liễu. Phòng khám Mây Hồng",
        "BS. Quỳnh Trúc Lương - chuyên khoa da liễu, tại Phòng khám Mây Hồng, Q.3",
        "Bs Lương Trúc Quỳnh - CCHN: 000001/HCM-CCHN",
        "BS L.ư.ơ.n.g. .T.r.ú.c. .Q.u.ỳ.n.h - chuyên khoa da liễu, Phòng khám Mây Hồng",
    ],
)
def test_one_person_written_many_ways(matcher: Matcher, text: str) -> None:
    match = matcher.match(Query("q", MentionKind.PRACTITIONER, text))
    assert (match.decision, match.registry_id) == (Verdict.MATCHED, "P1"), match.reasons
    assert match.licence_no == "000001/HCM-CCHN"
    assert match.facts.exists is Answer.YES
    assert 0.5 < match.probability <= 1


def test_two_who_share_everything_the_ad_says_are_ambiguous(matcher: Matcher) -> None:
    match = matcher.match(Query("q", MentionKind.PRACTITIONER, "BS Đỗ Thiên Kim - chuyên khoa mắt"))
    assert match.decision is Verdict.AMBIGUOUS
    assert {candidate.registry_id for candidate in match.candidates} == {"P5", "P6"}
    assert match.registry_id == match.licence_no == ""


@pytest.mark.parametrize(("speciality", "expected"), [("da liễu", "P3"), ("nha khoa", "P4")])
def test_the_speciality_tells_namesakes_apart(matcher: Matcher, speciality: str, expected: str) -> None:
    match = matcher.match(Query("q", MentionKind.PRACTITIONER, f"BS Tạ Hoài Nam - chuyên khoa {speciality}"))
    assert match.registry_id == expected


def test_a_borrowed_number_never_outvotes_the_name(matcher: Matcher) -> None:
    text = "BS Ngô Bảo Thạch - chuyên khoa da liễu, tại Phòng khám Mây Hồng, Quận 3, CCHN: 000001/HCM-CCHN"
    match = matcher.match(Query("q", MentionKind.PRACTITIONER, text))
    assert match.decision is Verdict.NOT_FOUND
    said = " ".join(match.reasons)
    assert "thuộc về người khác" in said
    assert "Trúc" not in said, "the holder's name is masked"


def test_a_near_name_is_not_the_person(matcher: Matcher) -> None:
    match = matcher.match(Query("q", MentionKind.PRACTITIONER, "BS Lương Ngọc Quỳnh - chuyên khoa da liễu"))
    assert match.decision is not Verdict.MATCHED


def test_a_number_of_another_province_leaves_it_open(matcher: Matcher) -> None:
    match = matcher.match(Query("q", MentionKind.PRACTITIONER, "BS Kiều Bá Thạch, CCHN: 004321/HNO-CCHN"))
    assert match.decision is Verdict.NOT_FOUND
    assert match.facts.exists is Answer.UNKNOWN
    assert "nơi khác cấp" in match.reasons[0]


def test_a_full_name_that_nobody_bears_is_a_no(matcher: Matcher) -> None:
    match = matcher.match(Query("q", MentionKind.PRACTITIONER, "BS Kiều Bá Thạch, CCHN: 004321/HCM-CCHN"))
    assert (match.decision, match.facts.exists) == (Verdict.NOT_FOUND, Answer.NO)


@pytest.mark.parametrize(
    "text", ["", "   ", "BS", "Dr.", "🙂", "x" * 50_000, "BS " + "Nguyễn " * 5000, "\x00\x00", "BS ....", "((((" * 500]
)
@pytest.mark.parametrize("kind", [MentionKind.PRACTITIONER, MentionKind.FACILITY])
def test_any_text_gets_an_answer(matcher: Matcher, text: str, kind: MentionKind) -> None:
    match = matcher.match(Query("q", kind, text))
    assert match.decision is not Verdict.MATCHED
    assert match.reasons


def test_the_place_is_compared_with_the_registered_one(matcher: Matcher) -> None:
    here = matcher.match(Query("q", MentionKind.PRACTITIONER, "BS Lương Trúc Quỳnh - da liễu, tại Phòng khám Mây Hồng"))
    there = matcher.match(
        Query(
            "q",
            MentionKind.PRACTITIONER,
            "BS Lương Trúc Quỳnh - chuyên khoa da liễu, CCHN: 000001/HCM-CCHN, tại PKĐK Trăng Non",
        )
    )
    nowhere = matcher.match(Query("q", MentionKind.PRACTITIONER, "BS Lương Trúc Quỳnh - chuyên khoa da liễu"))
    assert here.facts.at_place is Answer.YES
    assert there.facts.at_place is Answer.NO
    assert nowhere.facts.at_place is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [(date(2017, 1, 1), Answer.NO), (date(2020, 1, 1), Answer.YES), (date(2024, 1, 1), Answer.NO), (None, Answer.YES)],
)
def test_in_force_on_the_day_of_the_ad(matcher: Matcher, as_of: date | None, expected: Answer) -> None:
    text = "Phòng khám Mây Hồng, Đ/c: 12 Nguyễn Thị Minh Khai, Quận 3, 0901 234 567"
    match = matcher.match(Query("q", MentionKind.FACILITY, text, as_of=as_of))
    assert (match.registry_id, match.facts.in_force) == ("F1", expected)


def test_a_suspended_licence_is_not_in_force(matcher: Matcher) -> None:
    match = matcher.match(Query("q", MentionKind.PRACTITIONER, "BS Tạ Hoài Phong - chuyên khoa nội"))
    assert (match.registry_id, match.facts.in_force) == ("P2", Answer.NO)
    assert any("đình chỉ" in reason for reason in match.reasons)


@pytest.mark.parametrize(
    ("techniques", "expected"),
    [
        ((), Answer.UNKNOWN),
        (("lăn kim",), Answer.YES),
        (("niềng răng",), Answer.NO),
        (("kỹ thuật chưa ai biết",), Answer.UNKNOWN),
    ],
)
def test_within_scope(matcher: Matcher, techniques: tuple[str, ...], expected: Answer) -> None:
    query = Query("q", MentionKind.PRACTITIONER, "BS Lương Trúc Quỳnh - chuyên khoa da liễu", techniques=techniques)
    assert matcher.match(query).facts.within_scope is expected


def test_places_by_brand_and_by_phone(matcher: Matcher) -> None:
    match = matcher.match(Query("q", MentionKind.FACILITY, "PK May Hong chuyên da liễu, Q. 3, (+84) 901-234-567"))
    assert (match.decision, match.registry_id) == (Verdict.MATCHED, "F1")
    assert match.facts.at_place is Answer.YES


def test_a_copycat_elsewhere_is_not_the_place(matcher: Matcher) -> None:
    text = "Phòng khám Mây Hồng chuyên da liễu, Đ/c: 99 Lê Văn Việt, Quận 12, 0999 888 777"
    match = matcher.match(Query("q", MentionKind.FACILITY, text))
    assert match.decision is not Verdict.MATCHED


def test_the_same_street_in_another_district_is_left_open(matcher: Matcher) -> None:
    text = "Phòng khám Mây Hồng, Đ/c: 12 Nguyễn Thị Minh Khai, Quận 10, 0901 234 567"
    match = matcher.match(Query("q", MentionKind.FACILITY, text))
    assert match.registry_id == "F1"
    assert match.facts.at_place is Answer.UNKNOWN


def test_words_after_the_name_are_not_of_it(matcher: Matcher) -> None:
    match = matcher.match(
        Query("q", MentionKind.PRACTITIONER, "BS Lương Trúc Quỳnh lăn kim trị sẹo, CCHN 000001/HCM-CCHN")
    )
    assert match.registry_id == "P1"
    assert "«Lương Trúc Quỳnh»;" in match.reasons[0]


def test_two_places_of_one_brand_need_more(matcher: Matcher) -> None:
    assert matcher.match(Query("q", MentionKind.FACILITY, "Nha khoa Sao Khuê")).decision is Verdict.AMBIGUOUS
    assert matcher.match(Query("q", MentionKind.FACILITY, "Nha khoa Sao Khuê, Quận 12")).registry_id == "F3"


def test_the_names_stand_side_by_side(matcher: Matcher) -> None:
    match = matcher.match(
        Query("q", MentionKind.PRACTITIONER, "BS Lương Trúc Quình - chuyên khoa da liễu, tại Phòng khám Mây Hồng")
    )
    assert match.registry_id == "P1"
    assert "«Lương Trúc [Quình]»" in match.reasons[0]
    assert "«Lương Trúc [Quỳnh]»" in match.reasons[0]


def test_the_waterfall_adds_up_and_speaks_vietnamese(matcher: Matcher) -> None:
    query = Query("q", MentionKind.PRACTITIONER, "BS Lương Trúc Quỳnh - chuyên khoa da liễu, tại Phòng khám Mây Hồng")
    told = matcher.explain(query)
    assert told.candidate == "P1"
    assert told.total == pytest.approx(sum(step.log_odds for step in told.steps))
    assert all(step.meaning for step in told.steps), [step.feature for step in told.steps if not step.meaning]


def test_flat_scores_are_the_sums_of_the_keys(matcher: Matcher) -> None:
    """The loop that scores contexts is written apart for speed: it must say what the features say."""
    from registry.passage import read_passage

    people = matcher._people
    for text in (
        "BS Tạ Hoài Nam - chuyên khoa da liễu, tại Phòng khám Mây Hồng, Quận 3, 0901234567, CCHN: 000003/HCM-CCHN",
        "KTV Nguyễn Thị Lan, CCHN 0010xx",
        "Dr. Hà - chuyên khoa nội, P. Xuân Hòa",
    ):
        asked = people.ask(read_passage(text, MentionKind.PRACTITIONER, matcher._gazetteer))
        scores = people.candidates(asked).as_dict()
        assert scores
        for record, score in scores.items():
            assert score == pytest.approx(
                sum(people.weights.get(key, 0.0) for key in people.keys(asked, record)), abs=1e-4
            )


def test_a_places_score_is_the_sum_of_its_keys(matcher: Matcher) -> None:
    from registry.passage import read_passage

    places = matcher._places
    for text in (
        "Phòng khám Mây Hồng Luxury, thuộc Công ty TNHH Mây Hồng, Quận 3, 0901234567, GPHĐ 00101/HCM-GPHĐ",
        "Nha khoa Sao Khuê, Q.12, saokhuedental.com",
        "Nha khoa Khuê Sao, Đ/c: 12 Nguyễn Thị Minh Khai, phường Xuân Hòa",
    ):
        asked = places.ask(read_passage(text, MentionKind.FACILITY, matcher._gazetteer))
        scores = places.candidates(asked).as_dict()
        assert scores
        for place, score in scores.items():
            expected = sum(places.weights.get(key, 0.0) for key in places.keys_of(asked, place))
            assert score == pytest.approx(expected, abs=1e-4)


def test_a_number_stands_beside_a_damaged_name_and_never_beside_another(matcher: Matcher) -> None:
    number = "CCHN: 000003/HCM-CCHN"
    damaged = matcher.match(Query("q", MentionKind.PRACTITIONER, f"BS Tạ Hoài Nma - chuyên khoa mắt, {number}"))
    other = matcher.match(Query("q", MentionKind.PRACTITIONER, f"BS Tạ Hoài Phong Lan - chuyên khoa da liễu, {number}"))
    assert damaged.registry_id == "P3"
    assert other.decision is Verdict.NOT_FOUND


@pytest.mark.parametrize("name", ["Đỗ Thiên Lan", "Đỗ Thiên Cúc", "Hồ Thiên Kim", "Do Thien Lan"])
def test_a_number_never_stands_for_a_name_that_is_one_letter_away_and_another(matcher: Matcher, name: str) -> None:
    match = matcher.match(Query("q", MentionKind.PRACTITIONER, f"BS {name}, chuyên khoa mắt, CCHN: 000005/HCM-CCHN"))
    assert match.decision is not Verdict.MATCHED
    assert match.registry_id != "P5"


@pytest.mark.parametrize("feature", compare.FEATURES, ids=lambda feature: feature.__name__)
def test_every_feature_is_explained_in_vietnamese(feature: object) -> None:
    said = feature.__doc__ or ""
    assert len(said) > 20
    assert any(letter in said for letter in "ăâđêôơưạảấầậếềểệộợữị"), said


def test_every_weight_has_a_meaning() -> None:
    data = json.loads((Path(compare.__file__).with_name("weights.json")).read_text("utf-8"))
    keys = {key for group in ("people", "places") for key in data[group] if not key.startswith("nobody.")}
    assert [key for key in sorted(keys) if not compare.meaning(key)] == []


def test_the_version_changes_with_the_registry_named() -> None:
    assert Matcher(PEOPLE, PLACES, version="a").version != Matcher(PEOPLE, PLACES, version="b").version


def test_an_empty_registry_finds_nobody() -> None:
    empty = Matcher([], [])
    for kind in (MentionKind.PRACTITIONER, MentionKind.FACILITY):
        match = empty.match(Query("q", kind, "BS Lương Trúc Quỳnh tại Phòng khám Mây Hồng, Quận 3"))
        assert match.decision is Verdict.NOT_FOUND


def test_answers_keep_the_order_of_the_questions(matcher: Matcher) -> None:
    queries = [Query(str(n), MentionKind.PRACTITIONER, "BS Tạ Hoài Nam") for n in range(5)]
    assert [match.id for match in matcher.match_many(queries)] == ["0", "1", "2", "3", "4"]
