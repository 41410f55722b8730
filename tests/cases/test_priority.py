"""Ranking tests assert order, not numbers: the weights may be retuned, what comes first may not."""

import dataclasses
from datetime import date

import pytest
from case_values import TODAY, absent, answer, band, finding, lead
from hypothesis import given
from hypothesis import strategies as st

from cases.priority import EXPIRED_CAP, limitation_ends, prioritise, registry_phrase
from cases.types import Lead, Priority, PriorityPart
from models.vocabulary import Answer, Code, Domain, Verdict


def value(*leads: Lead, today: date = TODAY) -> float:
    return prioritise(leads, today).value


def part(name: str, *leads: Lead) -> PriorityPart:
    return next(each for each in prioritise(leads, TODAY).parts if each.name_vi == name)


LICENSED = answer(exists=Answer.YES, in_force=Answer.YES, at_place=Answer.YES, within_scope=Answer.YES)
SUSPENDED = answer(exists=Answer.YES, in_force=Answer.NO, at_place=Answer.YES, within_scope=Answer.YES)


def test_a_grave_sign_ranks_over_a_mild_one() -> None:
    mild = lead(1, findings=(finding(Code.ABSOLUTE_CLAIM, penalty=band(20_000_000)),))
    assert value(lead(1)) > value(mild)


def test_a_higher_fine_ranks_over_a_lower_one_for_the_same_code() -> None:
    assert value(lead(1, findings=(finding(penalty=band(100_000_000)),))) > value(
        lead(1, findings=(finding(penalty=band(30_000_000)),))
    )


def test_a_surer_sign_ranks_over_a_doubtful_one() -> None:
    assert value(lead(1, findings=(finding(probability=0.95),))) > value(lead(1, findings=(finding(probability=0.55),)))


def test_the_registry_orders_suspended_then_missing_then_unchecked_then_licensed() -> None:
    ranked = [
        value(lead(1, registry=(SUSPENDED,))),
        value(lead(1, registry=(answer(Verdict.NOT_FOUND),))),
        value(lead(1, registry=(answer(Verdict.AMBIGUOUS),))),
        value(lead(1)),
        value(lead(1, registry=(LICENSED,))),
    ]
    assert ranked == sorted(ranked, reverse=True)
    assert len(set(ranked)) == len(ranked)


def test_surgery_ranks_over_cosmetics() -> None:
    assert value(lead(1, domains=(Domain.COSMETIC_SURGERY,))) > value(lead(1, domains=(Domain.COSMETIC,)))


def test_an_offer_to_pregnant_women_ranks_higher_and_a_warning_to_them_does_not() -> None:
    plain = lead(1, title="Viên uống", domains=(Domain.SUPPLEMENT,))
    offered = dataclasses.replace(plain, title="Viên uống cho bà bầu")
    warned = dataclasses.replace(plain, title="Viên uống, không dùng cho phụ nữ mang thai")
    assert value(offered) > value(plain) == value(warned)
    assert "nhóm dễ tổn thương (bà bầu)" in part("Nhóm nguy cơ", offered).explanation_vi


def test_a_warning_in_capitals_or_decomposed_letters_is_read_too() -> None:
    plain = lead(1, title="Viên uống", domains=(Domain.SUPPLEMENT,))
    decomposed = dataclasses.replace(plain, title="TRẺ EM ho lâu ngày".replace("Ẻ", "E\u0309"))
    assert value(decomposed) > value(plain)


def test_repetition_freshness_and_a_closing_limitation_raise_it() -> None:
    assert value(lead(1), lead(2), lead(3)) > value(lead(1))
    assert value(lead(1, days_ago=1)) > value(lead(1, days_ago=90))
    urgent, calm = part("Thời hiệu xử phạt", lead(1, days_ago=340)), part("Thời hiệu xử phạt", lead(1, days_ago=10))
    assert urgent.value > calm.value


def test_what_can_no_longer_be_fined_ranks_below_everything_that_can() -> None:
    expired = prioritise([lead(1, days_ago=400, registry=(SUSPENDED,))], TODAY)
    weakest = lead(2, findings=(finding(Code.ABSOLUTE_CLAIM, 0.6, penalty=band(20_000_000)),), registry=(LICENSED,))
    assert expired.value == EXPIRED_CAP < value(weakest)
    assert "hết thời hiệu" in expired.cap_vi


def test_the_limitation_period_ends_on_the_day_and_survives_a_leap_day() -> None:
    assert limitation_ends([lead(1), lead(2, days_ago=30)]) == date(2027, 11, 21)
    leap = dataclasses.replace(lead(1), last_seen_at=lead(1).last_seen_at.replace(2028, 2, 29, 1))
    assert limitation_ends([leap]) == date(2029, 2, 28)
    assert not prioritise([lead(1)], date(2027, 11, 21)).cap_vi
    assert prioritise([lead(1)], date(2027, 11, 22)).cap_vi
    assert not prioritise([lead(1)], date(2027, 11, 22), limitation_years=2).cap_vi


def test_unverified_amounts_are_said_to_be() -> None:
    name = "Mức nghiêm trọng và mức phạt"
    assert "200.000.000 đồng" in part(name, lead(1)).explanation_vi
    assert "KIỂM CHỨNG" not in part(name, lead(1)).explanation_vi
    unverified = lead(1, findings=(finding(penalty=band(verified=False)),))
    assert "mức tiền CHƯA KIỂM CHỨNG" in part(name, unverified).explanation_vi
    unknown = lead(1, findings=(dataclasses.replace(finding(), penalty=None),))
    assert "chưa có mức phạt" in part(name, unknown).explanation_vi


def test_the_fine_of_an_individual_is_named_where_that_of_an_organisation_is_not_known() -> None:
    half = dataclasses.replace(band(), organisation=None)
    said = part("Mức nghiêm trọng và mức phạt", lead(1, findings=(finding(penalty=half),))).explanation_vi
    assert "(cá nhân): 100.000.000 đồng" in said


@pytest.mark.parametrize(
    ("given_answer", "phrase"),
    [
        (answer(Verdict.NOT_FOUND), "chưa tìm thấy cơ sở trong dữ liệu cấp phép"),
        (answer(Verdict.AMBIGUOUS), "chưa thể kết luận cơ sở là hồ sơ cấp phép nào"),
        (SUSPENDED, "giấy phép của cơ sở có thể không còn hiệu lực"),
        (answer(exists=Answer.YES), "đã tìm thấy giấy phép của cơ sở; còn nội dung chưa thể kết luận"),
        (answer(at_place=Answer.NO), "cơ sở có thể không đăng ký tại địa điểm quảng cáo"),
        (answer(within_scope=Answer.NO), "nội dung quảng cáo có thể vượt phạm vi được phép của cơ sở"),
        (answer(exists=Answer.NO), "cơ sở có thể không có giấy phép"),
        (LICENSED, "giấy phép của cơ sở phù hợp"),
    ],
)
def test_the_registry_in_one_phrase(given_answer: object, phrase: str) -> None:
    assert registry_phrase([dataclasses.replace(lead(1), registry=(given_answer,))]) == phrase  # type: ignore[arg-type]


def test_the_most_telling_answer_wins_and_none_is_said() -> None:
    assert "không còn hiệu lực" in registry_phrase([lead(1, registry=(LICENSED,)), lead(2, registry=(SUSPENDED,))])
    assert registry_phrase([lead(1)]) == "chưa đối chiếu dữ liệu cấp phép"


def test_the_parts_sum_to_the_value() -> None:
    priority = prioritise([lead(1, findings=(finding(), absent()))], TODAY)
    assert priority.value == pytest.approx(sum(each.value * each.weight for each in priority.parts), abs=1e-4)
    assert sum(each.weight for each in priority.parts) == pytest.approx(1.0)
    assert all(each.explanation_vi and each.name_vi for each in priority.parts)


@given(
    st.floats(0, 1),
    st.sampled_from(list(Code)),
    st.integers(0, 500),
    st.lists(st.sampled_from(list(Domain)), max_size=3),
    st.text(max_size=60),
)
def test_it_is_always_a_share_of_one(
    probability: float, code: Code, days: int, domains: list[Domain], title: str
) -> None:
    found = (finding(code, probability),)
    priority = prioritise([lead(1, findings=found, days_ago=days, domains=tuple(domains), title=title)], TODAY)
    assert 0.0 <= priority.value <= 1.0
    assert all(0.0 <= each.value <= 1.0 for each in priority.parts)


def test_a_lead_seen_after_today_is_fresh_not_an_error() -> None:
    assert value(lead(1), today=date(2026, 1, 1)) > 0


def test_a_priority_outside_its_range_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="priority"):
        Priority(1.2)
