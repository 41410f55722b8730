import dataclasses
from random import Random

from case_values import TODAY, absent, doctor, finding, lead, licence, name, phone, site, text
from hypothesis import given
from hypothesis import strategies as st

from cases.linking import build_cases
from cases.types import CaseDraft, ExistingCase, KeyKind, Lead, LinkKey
from models.vocabulary import CaseStatus, Code


def groups(leads: list[Lead], *existing: ExistingCase) -> list[tuple[int, ...]]:
    return [draft.ad_ids for draft in build_cases(leads, existing, today=TODAY)]


def reasons(draft: CaseDraft, ad_id: int) -> list[str]:
    return [link.reason for link in draft.links if link.ad_id == ad_id]


def on_file(
    number: int, *keys: LinkKey, ads: tuple[int, ...] = (), status: CaseStatus = CaseStatus.NEW
) -> ExistingCase:
    return ExistingCase(number, frozenset(key.identity for key in keys), frozenset(ads), status)


def test_the_same_phone_joins_across_sites_and_says_so() -> None:
    drafts = build_cases(
        [lead(1, phone("02800001111"), site("a.example")), lead(2, phone("02800001111"), site("b.example"))]
    )
    assert [draft.ad_ids for draft in drafts] == [(1, 2)]
    assert reasons(drafts[0], 1) == ["tin quảng cáo đầu tiên của vụ việc"]
    assert reasons(drafts[0], 2) == ["cùng số điện thoại 02800001111 với tin quảng cáo số 1"]


def test_a_licence_joins_and_nothing_shared_stays_apart() -> None:
    leads = [lead(1, licence("00001/XX-GPHĐ")), lead(2, licence("00001/XX-GPHĐ")), lead(3, licence("00002/XX-GPHĐ"))]
    assert groups(leads) == [(1, 2), (3,)]


def test_a_name_alone_never_joins_but_with_a_second_key_it_does() -> None:
    same = name("Phòng khám Mẫu Đơn")
    assert groups([lead(1, same), lead(2, same)]) == [(1,), (2,)]
    assert groups([lead(1, same, doctor("Trần Mẫu")), lead(2, same, doctor("Trần Mẫu"))]) == [(1, 2)]
    assert groups([lead(1, same, text("t1")), lead(2, same, text("t1"))]) == [(1, 2)]


def test_a_doctor_or_a_copied_text_alone_never_joins() -> None:
    assert groups([lead(1, doctor("Trần Mẫu")), lead(2, doctor("Trần Mẫu"))]) == [(1,), (2,)]
    assert groups([lead(1, text("t1")), lead(2, text("t1"))]) == [(1,), (2,)]


def test_two_weak_keys_do_not_join_what_carries_different_licences() -> None:
    weak = (name("Nha khoa Mẫu"), doctor("Trần Mẫu"))
    assert groups([lead(1, licence("00001"), *weak), lead(2, licence("00002"), *weak)]) == [(1,), (2,)]


def test_one_site_joins_the_pages_of_its_only_advertiser() -> None:
    leads = [lead(1, site("a.example"), phone("02800001111")), lead(2, site("a.example")), lead(3, site("a.example"))]
    drafts = build_cases(leads)
    assert [draft.ad_ids for draft in drafts] == [(1, 2, 3)]
    assert reasons(drafts[0], 3) == ["cùng trang web a.example với tin quảng cáo số 1"]


def test_advertisers_injected_into_a_strangers_site_are_not_merged_by_it() -> None:
    host = site("truong-hoc.example")
    leads = [
        lead(1, host, phone("02800001111"), name("Phòng khám Mẫu Một")),
        lead(2, host, phone("02800002222"), name("Phòng khám Mẫu Hai")),
        lead(3, host, phone("02800001111")),
        lead(4, host, licence("00009/XX-GPHĐ")),
    ]
    assert groups(leads) == [(1, 3), (2,), (4,)]


def test_pages_without_any_owner_on_a_contested_site_are_given_to_nobody() -> None:
    host = site("truong-hoc.example")
    leads = [lead(1, host, phone("02800001111")), lead(2, host, phone("02800002222")), lead(3, host), lead(4, host)]
    assert groups(leads) == [(1,), (2,), (3, 4)]


def test_two_phones_under_one_name_on_one_site_are_one_subject() -> None:
    shared = (site("a.example"), name("Nha khoa Mẫu"))
    drafts = build_cases([lead(1, phone("02800001111"), *shared), lead(2, phone("02800002222"), *shared)])
    assert [draft.ad_ids for draft in drafts] == [(1, 2)]
    assert (
        reasons(drafts[0], 2)[0] == "cùng tên cơ sở “Nha khoa Mẫu” và cùng trang web a.example với tin quảng cáo số 1"
    )


def test_a_page_that_names_somebody_else_does_not_follow_the_site() -> None:
    host = site("a.example")
    leads = [lead(1, host, phone("02800001111"), name("Nha khoa Mẫu")), lead(2, host, name("Spa Hoa Giấy"))]
    assert groups(leads) == [(1,), (2,)]


def test_a_shared_host_never_joins() -> None:
    assert groups([lead(1, site("facebook.com")), lead(2, site("facebook.com"))]) == [(1,), (2,)]


def test_a_rented_line_joins_only_what_does_not_contradict_itself() -> None:
    line = phone("19000000")
    assert groups([lead(1, line, phone("02800001111")), lead(2, line)]) == [(1, 2)]
    assert groups([lead(1, line, licence("00001")), lead(2, line, licence("00002"))]) == [(1,), (2,)]


def test_a_phone_on_too_many_subjects_is_set_aside_and_said() -> None:
    hub = phone("02899999999")
    drafts = build_cases([lead(number, hub, licence(f"{number:05d}")) for number in range(1, 13)])
    assert [draft.ad_ids for draft in drafts] == [(number,) for number in range(1, 13)]
    assert "số điện thoại 02899999999" in drafts[0].notes[0]
    assert "12 chủ thể" in drafts[0].notes[0]


def test_a_chain_of_a_few_licences_behind_one_phone_is_one_subject() -> None:
    assert groups([lead(number, phone("02811112222"), licence(f"{number:05d}")) for number in (1, 2, 3)]) == [(1, 2, 3)]


def test_a_list_of_several_clinics_joins_nobody_and_says_so() -> None:
    clinics = [lead(number, phone(f"0280000000{number}"), site(f"s{number}.example")) for number in (1, 2, 3)]
    ranking = lead(9, *(key for each in clinics for key in each.keys if key.kind is KeyKind.PHONE), site("top.example"))
    drafts = build_cases([*clinics, ranking])
    assert [draft.ad_ids for draft in drafts] == [(1,), (2,), (3,), (9,)]
    assert "Tin quảng cáo số 9 nêu nhiều cơ sở khác nhau" in drafts[3].notes[0]
    filed = [
        ExistingCase(n, frozenset(key.identity for key in draft.keys), frozenset(draft.ad_ids))
        for n, draft in enumerate(drafts, start=1)
    ]
    again = build_cases([*clinics, ranking, lead(10, phone("02800000002"))], filed)
    assert [(draft.case_id, draft.ad_ids) for draft in again] == [(1, (1,)), (2, (2, 10)), (3, (3,)), (4, (9,))]


def test_a_page_of_all_branches_of_one_clinic_joins_them() -> None:
    branches = [lead(number, phone(f"0280000000{number}"), site("chuoi.example")) for number in (1, 2, 3)]
    contact = lead(9, *(key for each in branches for key in each.keys))
    assert groups([*branches, contact]) == [(1, 2, 3, 9)]


def test_two_clinics_on_one_advertisement_are_one_subject() -> None:
    both = lead(3, phone("02800000001"), phone("02800000002"))
    assert groups([lead(1, phone("02800000001")), lead(2, phone("02800000002")), both]) == [(1, 2, 3)]


def test_a_new_advertisement_joins_the_case_on_file() -> None:
    filed = on_file(7, phone("02800001111"), ads=(1,), status=CaseStatus.CONFIRMED)
    drafts = build_cases([lead(2, phone("02800001111"))], [filed])
    assert [(draft.case_id, draft.ad_ids) for draft in drafts] == [(7, (1, 2))]
    assert reasons(drafts[0], 2) == ["cùng số điện thoại 02800001111 với vụ việc số 7"]


def test_advertisements_never_leave_their_case() -> None:
    one = on_file(1, phone("02800001111"), ads=(1, 2), status=CaseStatus.CONFIRMED)
    two = on_file(2, phone("02800002222"), ads=(3,))
    leads = [
        lead(1, phone("02800001111")),
        lead(2, phone("02800002222")),  # a person put it into case 1: it stays there
        lead(3, phone("02800002222")),
    ]
    drafts = build_cases(leads, [two, one])
    assert [(draft.case_id, draft.ad_ids) for draft in drafts] == [(1, (1, 2)), (2, (3,))]


def test_connected_cases_are_noted_and_not_merged() -> None:
    one = on_file(1, phone("02800001111"), ads=(1,))
    two = on_file(2, phone("02800002222"), ads=(2,))
    bridge = lead(3, phone("02800001111"), phone("02800002222"))
    drafts = build_cases([lead(1, phone("02800001111")), lead(2, phone("02800002222")), bridge], [one, two])
    assert [(draft.case_id, draft.ad_ids, draft.related) for draft in drafts] == [(1, (1, 3), (2,)), (2, (2,), (1,))]
    assert "cùng chủ thể với vụ việc số 2" in drafts[0].notes[0]


def test_a_finished_case_takes_nothing_in_and_is_named() -> None:
    closed = on_file(4, phone("02800001111"), ads=(1,), status=CaseStatus.DISMISSED)
    drafts = build_cases([lead(1, phone("02800001111")), lead(2, phone("02800001111"))], [closed])
    assert [(draft.case_id, draft.ad_ids, draft.related) for draft in drafts] == [(None, (2,), (4,))]
    assert drafts[0].notes == (
        "Có thể cùng chủ thể với vụ việc số 4 (không đủ dấu hiệu): cùng số điện thoại 02800001111.",
    )


def test_a_weak_lead_joins_but_never_opens() -> None:
    weak = (finding(Code.ABSOLUTE_CLAIM, 0.45),)
    assert groups([lead(1, findings=weak)]) == []
    assert groups([lead(1, phone("02800001111"), findings=weak), lead(2, phone("02800001111"))]) == [(1, 2)]


def test_a_lead_without_findings_is_not_an_alert() -> None:
    assert groups([lead(1, phone("02800001111"), findings=()), lead(2, phone("02800001111"))]) == [(2,)]


def test_the_case_is_filed_under_its_commonest_name_and_codes_are_in_order() -> None:
    keys = phone("02800001111")
    leads = [
        lead(1, keys, name("Nha khoa Mẫu"), findings=(absent(), finding())),
        lead(2, keys, name("Nha khoa Mẫu")),
        lead(3, keys, name("Nha Khoa Mẫu Quận 1")),
    ]
    (draft,) = build_cases(leads)
    assert (draft.subject, draft.subject_kind) == ("Nha khoa Mẫu", "facility")
    assert draft.codes == (Code.CURE_GUARANTEE, Code.MISSING_CONFIRMATION_NUMBER)


def test_nothing_in_nothing_out() -> None:
    assert build_cases([], [on_file(1, phone("02800001111"))]) == []


_KEYS = st.builds(
    LinkKey,
    st.sampled_from(list(KeyKind)),
    st.sampled_from(["1", "2", "3", "19001", "19002"]),
)


@given(st.lists(st.lists(_KEYS, max_size=4), max_size=9), st.randoms())
def test_every_lead_is_in_exactly_one_draft_whatever_the_order(keyed: list[list[LinkKey]], random: Random) -> None:
    leads = [lead(number, *keys) for number, keys in enumerate(keyed, start=1)]
    drafts = build_cases(leads, today=TODAY)
    assert sorted(ad_id for draft in drafts for ad_id in draft.ad_ids) == [x.ad_id for x in leads]
    assert {link.ad_id for draft in drafts for link in draft.links} == {x.ad_id for x in leads}
    shuffled = leads[:]
    random.shuffle(shuffled)
    assert build_cases(shuffled, today=TODAY) == drafts


@given(st.lists(st.lists(_KEYS, max_size=4), min_size=1, max_size=8))
def test_running_again_over_its_own_cases_changes_nothing(keyed: list[list[LinkKey]]) -> None:
    leads = [lead(number, *keys) for number, keys in enumerate(keyed, start=1)]
    first = build_cases(leads, today=TODAY)
    filed = [
        ExistingCase(number, frozenset(key.identity for key in draft.keys), frozenset(draft.ad_ids))
        for number, draft in enumerate(first, start=1)
    ]
    again = build_cases(leads, filed, today=TODAY)
    assert [draft.ad_ids for draft in again] == [draft.ad_ids for draft in first]
    assert [draft.case_id for draft in again] == list(range(1, len(first) + 1))


def test_a_subject_is_never_the_name_of_an_import() -> None:
    alone = dataclasses.replace(lead(4, title=""), url="urn:medad:import:images:mau.png")
    (draft,) = build_cases([alone], today=TODAY)
    assert (draft.subject, draft.subject_kind) == ("tin quảng cáo số 4", "advertisement")
