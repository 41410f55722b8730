"""Owners who come back, and cases that resemble one another: told to a person, never joined by themselves."""

import dataclasses
from datetime import UTC, datetime

import pytest
from case_values import TODAY, doctor, lead, licence, name, phone, site, text

from cases.linking import build_cases
from cases.remarks import neighbours
from cases.types import CaseDraft, ExistingCase, KeyKind, LinkKey, Prior, PriorityPart
from models.vocabulary import CaseStatus

FINED = Prior("Phạt tiền", True, 40_000_000, "12/QĐ-XPHC", datetime(2026, 3, 1, 20, 0, tzinfo=UTC))
CLEARED = dataclasses.replace(FINED, said="Không có hành vi vi phạm", sanctioned=False, fine_vnd=0, number="")


def account(number: str) -> LinkKey:
    return LinkKey(KeyKind.ACCOUNT, number, f"{number} (ACB)")


def address(shown: str) -> LinkKey:
    return LinkKey(KeyKind.ADDRESS, shown.lower(), shown)


def finished(*keys: LinkKey, prior: Prior | None = FINED, subject: str = "Spa Hoa Giấy") -> ExistingCase:
    return ExistingCase(
        3, frozenset(k.identity for k in keys), frozenset({90}), CaseStatus.CLOSED, prior=prior, subject=subject
    )


def only(*keys: LinkKey, case: ExistingCase) -> CaseDraft:
    (draft,) = build_cases([lead(1, *keys)], [case], today=TODAY)
    return draft


def prior_part(draft: CaseDraft) -> PriorityPart:
    return next(part for part in draft.priority.parts if part.name_vi == "Quyết định trước đây")


@pytest.mark.parametrize(
    ("key", "said", "value"),
    [
        (phone("02800001111"), "cùng số điện thoại 02800001111", 1.0),
        (account("123456789"), "cùng số tài khoản ngân hàng 123456789 (ACB)", 1.0),
        (address("9 Hoa Gạo"), "cùng địa chỉ “9 Hoa Gạo”", 0.7),
        (LinkKey(KeyKind.PRACTITIONER, "P35239", "BS Mẫu"), "cùng người hành nghề “BS Mẫu”", 0.7),
        (doctor("Trần Mẫu"), "cùng người hành nghề “Trần Mẫu”", 0.4),
    ],
)
def test_an_owner_who_was_fined_under_another_name_is_told_of_and_weighs(key: LinkKey, said: str, value: float) -> None:
    draft = only(key, name("Viện Mộc Lan"), case=finished(key))
    assert draft.case_id is None
    assert draft.notes == (
        "Có thể cùng chủ thể với vụ việc số 3 (phạt tiền 40.000.000 đồng, quyết định số 12/QĐ-XPHC, ngày 02/03/2026): "
        f"{said}. Vụ việc đó đứng tên “Spa Hoa Giấy”: cần xác minh có phải cơ sở đổi tên hoặc lập mới hay không.",
    )
    part = prior_part(draft)
    assert part.value == value
    assert said in part.explanation_vi


def test_the_same_name_is_no_new_name() -> None:
    draft = only(phone("1"), name("Spa Hoa Giấy"), case=finished(phone("1"), subject="SPA HOA GIẤY Quận 1"))
    assert "đứng tên" not in draft.notes[0]


@pytest.mark.parametrize("prior", [None, CLEARED])
def test_a_case_that_ended_without_sanction_is_told_of_and_weighs_nothing(prior: Prior | None) -> None:
    draft = only(phone("1"), case=finished(phone("1"), prior=prior))
    assert len(draft.notes) == 1
    assert prior_part(draft).value == 0.0


@pytest.mark.parametrize("key", [site("a.example"), text("7"), name("Nha khoa Mẫu")])
def test_a_site_a_text_or_a_name_alone_tells_of_nobody(key: LinkKey) -> None:
    assert only(key, case=finished(key)).notes == ()


def test_a_sanctioned_owner_ranks_over_an_unknown_one() -> None:
    known, unknown = only(phone("1"), case=finished(phone("1"))), only(phone("2"), case=finished(phone("1")))
    assert known.priority.value > unknown.priority.value
    assert sum(part.weight for part in known.priority.parts) == pytest.approx(1.0)


def test_a_bank_account_joins_and_two_of_them_do_not_contradict() -> None:
    same = build_cases([lead(1, account("1"), phone("1")), lead(2, account("1"), phone("2"))], today=TODAY)
    assert [draft.ad_ids for draft in same] == [(1, 2)]
    host = site("a.example")
    two = build_cases([lead(1, account("1"), host), lead(2, account("2"), host)], today=TODAY)
    assert [draft.ad_ids for draft in two] == [(1, 2)]


def test_an_address_joins_what_does_not_contradict_and_a_name_with_it() -> None:
    here = address("9 Hoa Gạo")
    assert [d.ad_ids for d in build_cases([lead(1, here, phone("1")), lead(2, here)], today=TODAY)] == [(1, 2)]
    told = build_cases([lead(1, here, licence("1")), lead(2, here, licence("2"))], today=TODAY)
    assert [draft.ad_ids for draft in told] == [(1,), (2,)]
    same = (here, name("Nha khoa Mẫu"))
    assert [d.ad_ids for d in build_cases([lead(1, *same, phone("1")), lead(2, *same, phone("2"))], today=TODAY)] == [
        (1, 2)
    ]


def test_a_copied_text_at_one_address_is_one_subject() -> None:
    keys = (text("7"), address("9 Hoa Gạo"))
    drafts = build_cases([lead(1, *keys, phone("1")), lead(2, *keys, phone("2"))], today=TODAY)
    assert [draft.ad_ids for draft in drafts] == [(1, 2)]


def test_neighbours_are_told_of_each_other_unless_a_person_parted_them() -> None:
    keys = {1: [address("9 Hoa Gạo"), text("7")], 2: [address("9 Hoa Gạo"), text("7")], 3: [text("7")], 4: [text("8")]}
    told = neighbours(keys, {1: "Một", 2: "Hai", 3: "Ba", 4: "Bốn"}, {3: {1}})
    assert told[1] == (
        "Có điểm chung với vụ việc số 2 (“Hai”): cùng địa chỉ “9 Hoa Gạo” và nội dung gần như trùng nhau; "
        "cần xác minh có cùng chủ thể hay không.",
        "Có điểm chung với vụ việc số 3 (“Ba”): nội dung gần như trùng nhau; cần xác minh có cùng chủ thể hay không.",
    )
    assert [line.split(" (")[0] for line in told[3]] == ["Có điểm chung với vụ việc số 2"]
    assert 4 not in told


def test_what_very_many_cases_show_tells_nothing() -> None:
    assert neighbours({number: [text("7")] for number in range(20)}, {}, {}) == {}
