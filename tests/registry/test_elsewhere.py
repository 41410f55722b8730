"""'Registered elsewhere' and 'not in the registry' are said only where they are known."""

from models.vocabulary import Answer, LicenceStatus, MentionKind, Verdict
from registry.matcher import Matcher
from registry.types import Facility, Practitioner, Query, Workplace

_CLINIC = Facility(
    "C1", "Phòng khám chuyên khoa Răng Hàm Mặt Gió Ngàn", "Nha khoa Gió Ngàn", "07001/HCM-GPHĐ", phones=("02873009991",)
)
_OTHER = Facility("C2", "Phòng khám đa khoa Gió Đồng Lúa", "", "07002/HCM-GPHĐ", phones=("02873009992",))
_PERSON = Practitioner(
    "P1",
    "Trịnh Công Thuận Phát",
    "0012001/HCM-CCHN",
    qualification="Bác sĩ",
    status=LicenceStatus.VALID,
    workplaces=(Workplace(_CLINIC.legal_name, "07001/HCM-GPHĐ"),),
)
_MATCHER = Matcher([_PERSON], [_CLINIC, _OTHER])


def _ask(text: str) -> tuple[Verdict, Answer, Answer]:
    match = _MATCHER.match(Query("q", MentionKind.PRACTITIONER, text))
    return match.decision, match.facts.exists, match.facts.at_place


def test_registered_clinic_by_its_trade_name_is_the_place() -> None:
    text = "BS. Trịnh Công Thuận Phát\ntại Nha khoa Gió Ngàn\nCCHN số 0012001/HCM-CCHN"
    assert _ask(text) == (Verdict.MATCHED, Answer.YES, Answer.YES)


def test_registered_clinics_phone_is_the_place_whatever_the_page_calls_it() -> None:
    text = "BS. Trịnh Công Thuận Phát\ntại Nha khoa Mây Trắng\n02873009991\nCCHN số 0012001/HCM-CCHN"
    assert _ask(text) == (Verdict.MATCHED, Answer.YES, Answer.YES)


def test_another_clinic_of_the_registry_is_another_place_though_a_word_is_shared() -> None:
    text = "BS. Trịnh Công Thuận Phát\ntại Phòng khám đa khoa Gió Đồng Lúa\nCCHN số 0012001/HCM-CCHN"
    assert _ask(text) == (Verdict.MATCHED, Answer.YES, Answer.NO)


def test_a_shared_telling_word_leaves_the_place_open() -> None:
    text = "BS. Trịnh Công Thuận Phát\ntại Nha khoa Gió Xuân Miền\nCCHN số 0012001/HCM-CCHN"
    assert _ask(text) == (Verdict.MATCHED, Answer.YES, Answer.UNKNOWN)


def test_a_pharmacist_is_not_looked_for_among_practitioners() -> None:
    match = _MATCHER.match(Query("q", MentionKind.PRACTITIONER, "DS. Kiều Lan Hạ\ntại Nhà thuốc Mây Trắng"))
    assert (match.decision, match.facts.exists) == (Verdict.NOT_FOUND, Answer.UNKNOWN)
    assert any("dược sĩ" in reason for reason in match.reasons)
