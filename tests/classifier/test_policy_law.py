"""The law of each day: every edge of the law clock, what is unsettled, and no decree of another product class."""

from datetime import date, timedelta

import pytest

from classifier.policy import Law, load_policy
from classifier.policy_schema import State
from models.vocabulary import Answer, Code, Domain, Party

POLICY = load_policy()
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)

EDGES = [date(2026, 1, 1), date(2026, 2, 15), date(2026, 5, 15), date(2026, 7, 5)]


def law(code: Code, on: date, *domains: Domain) -> Law:
    return POLICY.law_on(code, on, domains)


def ids(code: Code, on: date, *domains: Domain) -> set[str]:
    return {item.id for item in law(code, on, *domains).provisions}


def fines(code: Code, on: date, *domains: Domain) -> list[tuple[str, int | None, int | None]]:
    return [
        (f"{item.instrument.split(' (')[0]} {item.article}", item.min_vnd, item.max_vnd)
        for item in law(code, on, *domains).penalties
    ]


def test_the_law_clock_has_the_four_days_of_the_issue() -> None:
    assert [change.on for change in POLICY.law_clock] == EDGES
    assert all(change.changes_vi and change.changes_en for change in POLICY.law_clock)


def test_all_sixteen_codes_are_there_in_both_languages() -> None:
    assert set(POLICY.codes) == set(Code)
    for entry in POLICY.codes.values():
        assert "ÁP DỤNG" in entry.definition_vi
        assert "KHÔNG ÁP DỤNG KHI" in entry.definition_vi
        assert entry.definition_en.startswith("APPLIES")
        assert "NOT when" in entry.definition_en
        assert entry.examples
        assert entry.hard_negatives


# --- 2026-01-01: Law 75/2025 --------------------------------------------------------------------------------------


def test_law_75_is_quoted_from_the_first_of_january() -> None:
    edge = EDGES[0]
    assert "l75-19-1" not in ids(Code.CURE_GUARANTEE, edge - DAY, Domain.SERVICE)
    assert "l75-19-1" in ids(Code.CURE_GUARANTEE, edge, Domain.SERVICE)


def test_the_advertising_law_is_cited_with_its_amendment_only_since_that_stands() -> None:
    (provision,) = (item for item in law(Code.DIRECT_COMPARISON, EDGES[0], Domain.SERVICE).provisions)
    assert provision.cite(EDGES[0] - DAY) == "khoản 10 Điều 8 Luật Quảng cáo 16/2012/QH13"
    amended = "khoản 10 Điều 8 Luật Quảng cáo 16/2012/QH13 (sửa đổi bởi Luật 75/2025/QH15)"
    assert provision.cite(EDGES[0]) == provision.cite() == amended


# --- 2026-02-15: Decree 342/2025 and Circular 03/2026 --------------------------------------------------------------


@pytest.mark.parametrize("domain", [Domain.SERVICE, Domain.COSMETIC_SURGERY])
def test_service_elements_start_with_decree_342(domain: Domain) -> None:
    edge = EDGES[1]
    assert POLICY.elements_on(domain, edge - DAY) == ()
    assert [item.id for item in POLICY.elements_on(domain, edge)] == [
        "service_name",
        "service_address",
        "service_licence_no",
        "service_hours",
        "service_scope",
    ]
    before = law(Code.MISSING_MANDATORY_NOTICE, edge - DAY, domain)
    assert before.provisions == ()
    assert before.unsettled is not None
    assert "15/02/2026" in before.unsettled
    assert ids(Code.MISSING_MANDATORY_NOTICE, edge, domain) == {"nd342-9"}
    assert law(Code.MISSING_MANDATORY_NOTICE, edge, domain).unsettled is None


def test_product_elements_change_with_their_decrees() -> None:
    edge = EDGES[1]
    before = POLICY.elements_on(Domain.SUPPLEMENT, edge - DAY)
    assert [(item.id, item.sentence) for item in before] == [("supplement_not_medicine", None)]
    sentences = {item.id: item.sentence for item in POLICY.elements_on(Domain.SUPPLEMENT, edge)}
    assert sentences == {
        "supplement_class_phrase": "Thực phẩm bảo vệ sức khỏe",
        "supplement_not_medicine": "Thực phẩm này không phải là thuốc và không có tác dụng thay thế thuốc chữa bệnh",
        "supplement_name": None,
        "supplement_responsible": None,
    }
    assert POLICY.elements_on(Domain.SUPPLEMENT, date(2021, 5, 31)) == ()
    assert POLICY.elements_on(Domain.DRUG, date(2025, 6, 30)) == ()
    (leaflet, *_) = POLICY.elements_on(Domain.DRUG, date(2025, 7, 1))
    assert leaflet.sentence == "Đọc kỹ hướng dẫn sử dụng trước khi dùng"
    for domain in (Domain.COSMETIC, Domain.DEVICE):
        assert POLICY.elements_on(domain, edge - DAY) == ()
        assert len(POLICY.elements_on(domain, edge)) == 3


def test_conditional_elements_are_only_given_when_asked_for() -> None:
    plain = {item.id for item in POLICY.elements_on(Domain.COSMETIC, TODAY)}
    with_conditional = {item.id for item in POLICY.elements_on(Domain.COSMETIC, TODAY, conditional=True)}
    assert with_conditional - plain == {"cosmetic_warning"}


def test_every_element_on_a_day_rests_on_a_provision_of_that_day_and_class() -> None:
    for on in [TODAY, *EDGES, *(edge - DAY for edge in EDGES), date(2025, 7, 1), date(2021, 6, 1)]:
        for domain in Domain:
            standing = ids(Code.MISSING_MANDATORY_NOTICE, on, domain)
            assert {item.provision for item in POLICY.elements_on(domain, on)} <= standing


@pytest.mark.parametrize(
    ("domain", "on", "answer"),
    [
        (Domain.SERVICE, date(2015, 7, 15), Answer.UNKNOWN),
        (Domain.SERVICE, date(2025, 6, 30), Answer.YES),
        (Domain.SERVICE, date(2025, 7, 1), Answer.UNKNOWN),
        (Domain.SERVICE, date(2026, 2, 14), Answer.UNKNOWN),
        (Domain.SERVICE, date(2026, 2, 15), Answer.NO),
        (Domain.COSMETIC_SURGERY, date(2025, 7, 1), Answer.UNKNOWN),
        (Domain.COSMETIC_SURGERY, TODAY, Answer.NO),
        (Domain.COSMETIC, date(2026, 2, 14), Answer.YES),
        (Domain.COSMETIC, date(2026, 2, 15), Answer.NO),
        (Domain.DEVICE, date(2026, 2, 14), Answer.YES),
        (Domain.DEVICE, date(2026, 2, 15), Answer.NO),
        (Domain.SUPPLEMENT, date(2026, 2, 14), Answer.YES),
        (Domain.SUPPLEMENT, date(2026, 2, 15), Answer.YES),
        (Domain.SUPPLEMENT, TODAY, Answer.YES),
        (Domain.DRUG, date(2025, 6, 30), Answer.YES),
        (Domain.DRUG, TODAY, Answer.YES),
    ],
)
def test_confirmation_by_product_and_day(domain: Domain, on: date, answer: Answer) -> None:
    assert POLICY.confirmation_required(domain, on) is answer
    found = law(Code.MISSING_CONFIRMATION_NUMBER, on, domain)
    assert bool(found.provisions) is (answer is Answer.YES)
    assert (found.not_required is not None) is (answer is Answer.NO)
    if answer is not Answer.YES:
        assert found.penalties == ()


def test_the_unsettled_window_says_why_and_bars_only_its_domains() -> None:
    on = date(2025, 12, 1)
    service = law(Code.MISSING_CONFIRMATION_NUMBER, on, Domain.SERVICE)
    assert service.unsettled is not None
    assert "Thông tư 25/2025/TT-BYT" in service.unsettled
    both = law(Code.MISSING_CONFIRMATION_NUMBER, on, Domain.SERVICE, Domain.DRUG)
    assert both.unsettled is None
    assert {item.id for item in both.provisions} == ids(Code.MISSING_CONFIRMATION_NUMBER, on, Domain.DRUG)
    unknown_class = law(Code.MISSING_CONFIRMATION_NUMBER, on)
    assert unknown_class.provisions == ()
    assert unknown_class.unsettled is not None


# --- 2026-05-15: Decrees 87/2026 and 90/2026 ------------------------------------------------------------------------

M = 1_000_000


@pytest.mark.parametrize(
    ("code", "domain", "before", "since"),
    [
        (Code.CURE_GUARANTEE, Domain.SERVICE, (60, 80), (80, 100)),
        (Code.ABSOLUTE_CLAIM, Domain.DRUG, (10, 20), (10, 20)),
        (Code.EXAGGERATED_EFFICACY_SAFETY, Domain.COSMETIC, (60, 80), (20, 40)),
        (Code.SUPPLEMENT_AS_MEDICINE, Domain.SUPPLEMENT, (20, 30), (10, 15)),
        (Code.COSMETIC_AS_MEDICINE, Domain.COSMETIC, (None, None), (30, 40)),
        (Code.PROFESSIONAL_ENDORSEMENT, Domain.SUPPLEMENT, (20, 30), None),
        (Code.PROFESSIONAL_ENDORSEMENT, Domain.COSMETIC, None, (15, 20)),
        (Code.PROFESSIONAL_ENDORSEMENT, Domain.DEVICE, None, (20, 30)),
        (Code.PROFESSIONAL_ENDORSEMENT, Domain.DRUG, None, (None, None)),
        (Code.PATIENT_TESTIMONIAL, Domain.SUPPLEMENT, (20, 40), (20, 30)),
        (Code.PATIENT_TESTIMONIAL, Domain.DRUG, (20, 40), (30, 40)),
        (Code.PATIENT_TESTIMONIAL, Domain.SERVICE, (20, 40), (20, 40)),
        (Code.PROHIBITED_SUBJECT, Domain.DRUG, (50, 70), (50, 70)),
        (Code.DIRECT_COMPARISON, Domain.SERVICE, (40, 60), (40, 60)),
        (Code.UNAPPROVED_TECHNIQUE, Domain.SERVICE, (40, 50), (40, 50)),
        (Code.FALSE_AUTHORITY, Domain.SUPPLEMENT, (60, 80), (20, 40)),
        (Code.MISSING_MANDATORY_NOTICE, Domain.SERVICE, (None, None), (15, 20)),
        (Code.MISSING_MANDATORY_NOTICE, Domain.SUPPLEMENT, (5, 10), (5, 10)),
        (Code.MISSING_MANDATORY_NOTICE, Domain.COSMETIC, None, (15, 20)),
        (Code.MISSING_CONFIRMATION_NUMBER, Domain.SUPPLEMENT, (15, 30), (30, 40)),
        (Code.MISSING_CONFIRMATION_NUMBER, Domain.DRUG, (15, 30), (30, 40)),
        (Code.UNLICENSED_FACILITY, Domain.SERVICE, (30, 40), (30, 40)),
        (Code.UNLICENSED_PRACTITIONER, Domain.SERVICE, (30, 40), (30, 40)),
        (Code.BEYOND_SCOPE, Domain.SERVICE, (None, None), (40, 60)),
    ],
)
def test_the_fine_changes_on_the_day_of_decree_87(
    code: Code,
    domain: Domain,
    before: tuple[int | None, int | None] | None,
    since: tuple[int | None, int | None] | None,
) -> None:
    edge = EDGES[2]
    for on, expected, years in ((edge - DAY, before, ("2020", "2021")), (edge, since, ("2026",))):
        found = fines(code, on, domain)
        amounts = [tuple(value and value * M for value in expected)] if expected else []
        assert [(low, high) for _, low, high in found] == amounts, on
        assert all(any(f"/{year}/" in name for year in years) for name, _, _ in found)


def test_the_fine_of_endorsing_food_is_not_stated_while_the_ban_stands() -> None:
    edge = EDGES[2]
    before, since = (law(Code.PROFESSIONAL_ENDORSEMENT, on, Domain.SUPPLEMENT) for on in (edge - DAY, edge))
    assert [item.id for item in since.provisions] == [item.id for item in before.provisions] == ["nd15-27-2"]
    assert before.penalty_unsettled is None
    assert since.penalty_unsettled is not None
    assert "pháp chế" in since.penalty_unsettled
    assert since.unsettled is None
    assert law(Code.PROFESSIONAL_ENDORSEMENT, edge, Domain.COSMETIC).penalty_unsettled is None


# --- 2026-07-05: Circular 12/2026 -----------------------------------------------------------------------------------


def test_the_circular_on_superlatives_is_quoted_from_its_day() -> None:
    edge = EDGES[3]
    assert ids(Code.ABSOLUTE_CLAIM, edge - DAY, Domain.SERVICE) == {"lqc-8-11"}
    assert ids(Code.ABSOLUTE_CLAIM, edge, Domain.SERVICE) == {"lqc-8-11", "tt12-2026"}


# --- all days -------------------------------------------------------------------------------------------------------


def test_drug_decrees_pass_the_baton_on_the_first_of_july_2025() -> None:
    assert "nd54-126-6" in ids(Code.CURE_GUARANTEE, date(2025, 6, 30), Domain.DRUG)
    assert "nd163-104-6" not in ids(Code.CURE_GUARANTEE, date(2025, 6, 30), Domain.DRUG)
    assert "nd54-126-6" not in ids(Code.CURE_GUARANTEE, date(2025, 7, 1), Domain.DRUG)
    assert "nd163-104-6" in ids(Code.CURE_GUARANTEE, date(2025, 7, 1), Domain.DRUG)


FOREIGN = {
    "163/2025": {Domain.DRUG},
    "54/2017": {Domain.DRUG},
    "Luật Dược": {Domain.DRUG},
    "15/2018": {Domain.SUPPLEMENT},
    "06/2011": {Domain.COSMETIC},
    "98/2021": {Domain.DEVICE},
    "96/2023": {Domain.COSMETIC_SURGERY},
}


@pytest.mark.parametrize("domain", list(Domain))
@pytest.mark.parametrize("on", [TODAY, *EDGES, *(edge - DAY for edge in EDGES), date(2025, 6, 30)])
def test_no_finding_quotes_the_decree_of_another_product_class(domain: Domain, on: date) -> None:
    for code in Code:
        found = law(code, on, domain)
        for item in found.provisions:
            allowed = next((domains for name, domains in FOREIGN.items() if name in item.instrument), set(Domain))
            assert domain in allowed, item.cite()
            assert domain in item.domains
            assert item.in_force(on)
            if "342/2025" in item.instrument:
                expected = {"4": Domain.COSMETIC, "5": Domain.SUPPLEMENT}.get(item.article)
                assert domain is expected or (
                    item.article == "9" and domain in {Domain.SERVICE, Domain.COSMETIC_SURGERY}
                )
        assert all(domain in item.domains and item.in_force(on) for item in found.penalties)
        assert len(found.penalties) <= 1


def test_every_code_stands_today_for_every_class_it_applies_to_or_says_why_not() -> None:
    reasons = []
    for code, entry in POLICY.codes.items():
        for domain in entry.applies_to:
            found = law(code, TODAY, domain)
            if not found.provisions:
                assert found.unsettled or found.not_required, (code, domain)
                reasons.append((code, domain))
    silent = {Domain.SERVICE, Domain.COSMETIC_SURGERY, Domain.COSMETIC, Domain.DEVICE}
    assert set(reasons) == {(Code.MISSING_CONFIRMATION_NUMBER, domain) for domain in silent}


def test_every_code_and_class_states_a_fine_today_or_says_why_not() -> None:
    for code, entry in POLICY.codes.items():
        for domain in entry.applies_to:
            found = law(code, TODAY, domain)
            assert found.penalties or found.penalty_unsettled or found.not_required, (code, domain)


def test_a_code_says_nothing_for_a_class_it_does_not_apply_to() -> None:
    found = law(Code.SUPPLEMENT_AS_MEDICINE, TODAY, Domain.DRUG)
    assert (found.provisions, found.penalties, found.unsettled) == ((), (), None)


def test_without_a_class_only_general_law_is_quoted() -> None:
    assert ids(Code.CURE_GUARANTEE, TODAY) == {"lqc-8-9", "l75-19-1"}
    assert fines(Code.PATIENT_TESTIMONIAL, TODAY) == []


def test_before_any_law_there_is_none() -> None:
    assert law(Code.CURE_GUARANTEE, date(2012, 12, 31), *Domain).provisions == ()


def test_organisations_pay_twice_and_the_usual_fine_is_the_midpoint() -> None:
    (fine,) = law(Code.ABSOLUTE_CLAIM, TODAY, Domain.SERVICE).penalties
    assert fine.band(Party.INDIVIDUAL) == (10 * M, 20 * M)
    assert fine.band(Party.ORGANISATION) == (20 * M, 40 * M)
    assert fine.usual(Party.INDIVIDUAL) == 15 * M
    assert fine.usual(Party.ORGANISATION) == 30 * M


def test_no_usual_fine_where_the_amount_is_unknown_or_joins_clauses() -> None:
    (unknown,) = law(Code.PROFESSIONAL_ENDORSEMENT, TODAY, Domain.DRUG).penalties
    assert unknown.band(Party.ORGANISATION) is None
    assert unknown.usual(Party.INDIVIDUAL) is None
    (joined,) = law(Code.MISSING_MANDATORY_NOTICE, TODAY, Domain.DRUG).penalties
    assert joined.band(Party.INDIVIDUAL) == (5 * M, 40 * M)
    assert joined.usual(Party.INDIVIDUAL) is None


@pytest.mark.parametrize(
    ("ended", "last"),
    [
        (date(2026, 2, 15), date(2027, 2, 15)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(9999, 12, 31), date(9999, 12, 31)),
    ],
)
def test_the_limitation_period_is_one_year(ended: date, last: date) -> None:
    assert POLICY.limitation_ends(ended) == last


def test_caveats_are_never_undone_by_a_provision_of_the_same_day() -> None:
    for code, entry in POLICY.codes.items():
        for caveat in entry.caveats:
            if caveat.state is State.PENALTY_UNSETTLED:
                continue
            for on in {caveat.effective_from, caveat.effective_to or TODAY}:
                for domain in caveat.domains:
                    assert law(code, on, domain).provisions == ()
