"""The four facts of the registry's answer, each with its reason in Vietnamese. What is not known is never rounded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from models.vocabulary import Answer, LicenceStatus
from registry.passage import Licence
from registry.specialities import SPECIALITIES, scope_bits, speciality_names
from registry.techniques import scopes_for
from registry.types import Facility, Practitioner

Fact = tuple[Answer, str]

_BIT = {name: 1 << i for i, name in enumerate(SPECIALITIES)}

#: Regions whose numbers a city's own register holds: former Bình Dương and Bà Rịa - Vũng Tàu belong to the city since
#: July 2025, 'SYT' is the department itself.
LOCAL_REGIONS = frozenset({"hcm", "syt", "bd", "brvt", ""})


@dataclass(frozen=True, slots=True)
class Coverage:
    """The issuers (folded, 'hcm', 'byt') whose licences this registry holds; what is outside cannot be judged here."""

    regions: frozenset[str]

    def covers(self, licence: Licence) -> bool:
        """Tell whether a number of this issuer would be in the registry if it existed."""
        return licence.region in LOCAL_REGIONS and (licence.region in self.regions or not licence.region)


#: An undated 'suspended' or 'revoked' says nothing of an advertisement that is older than this.
_UNDATED_DAYS = 90


NO_PLACE_STATED = "Quảng cáo không nêu cơ sở nơi người này hành nghề."


def day(on: date) -> str:
    """Return the date as Vietnamese forms write it."""
    return f"{on.day:02d}/{on.month:02d}/{on.year}"


def in_force(  # noqa: PLR0911  # one return a ground
    record: Practitioner | Facility, as_of: date | None, seen_on: date | None = None
) -> Fact:
    """Tell whether the record's licence was in force on ``as_of`` (by its present state where no date is given).

    ``seen_on`` is the last day on which the advertisement was seen: what is still shown while the licence is suspended
    is shown without one, however old it is.
    """
    when = f"vào ngày {day(as_of)}" if as_of else "theo trạng thái hiện tại"
    if as_of and record.issued_on and record.issued_on > as_of:
        if record.issued_on.month == record.issued_on.day == 1 and record.issued_on.year == as_of.year:
            return (
                Answer.UNKNOWN,
                f"Sổ chỉ ghi năm cấp {record.issued_on.year}; không rõ cấp trước ngày {day(as_of)} hay chưa.",
            )
        return Answer.NO, f"Giấy phép cấp ngày {day(record.issued_on)}, sau ngày đăng quảng cáo {day(as_of)}."
    if as_of and record.expires_on and record.issued_on and record.expires_on < record.issued_on:
        return Answer.UNKNOWN, "Sổ đăng ký ghi ngày hết hạn trước ngày cấp; không kết luận được về hiệu lực."
    if record.status in _LAPSED:
        return _lapsed(record, as_of, when, seen_on)
    if as_of and record.expires_on and record.expires_on < as_of:
        return Answer.NO, f"Giấy phép hết hạn ngày {day(record.expires_on)}, trước ngày {day(as_of)}."
    if record.status is LicenceStatus.VALID:
        return Answer.YES, f"Giấy phép còn hiệu lực {when}."
    return Answer.UNKNOWN, "Sổ đăng ký không ghi tình trạng hiệu lực của giấy phép."


_LAPSED = {
    LicenceStatus.SUSPENDED: "đang bị đình chỉ hoặc tạm dừng",
    LicenceStatus.REVOKED: "đã bị thu hồi",
    LicenceStatus.EXPIRED: "đã hết hiệu lực",
}


def _lapsed(record: Practitioner | Facility, as_of: date | None, when: str, seen_on: date | None) -> Fact:
    """Tell what a suspended, revoked or expired licence was on an earlier day: the state may be younger than the ad."""
    said = _LAPSED[record.status]
    since = record.status_on or (record.expires_on if record.status is LicenceStatus.EXPIRED else None)
    still = seen_on and as_of and seen_on > as_of and _still(said, since, seen_on)
    if still:
        return still
    if as_of and since and as_of < since:
        return Answer.YES, f"Giấy phép còn hiệu lực {when}; theo sổ đăng ký, {said} từ ngày {day(since)}."
    if as_of and not since and (datetime.now(UTC).date() - as_of).days > _UNDATED_DAYS:
        return Answer.UNKNOWN, f"Theo sổ đăng ký, giấy phép {said} nhưng không ghi từ ngày nào; {when} thì chưa rõ."
    return Answer.NO, f"Theo sổ đăng ký, giấy phép {said}" + (f" từ ngày {day(since)}." if since else ".")


def _still(said: str, since: date | None, seen_on: date) -> Fact | None:
    """Tell of an older advertisement that was still shown on ``seen_on``, when the licence had lapsed."""
    if (since and seen_on < since) or (not since and (datetime.now(UTC).date() - seen_on).days > _UNDATED_DAYS):
        return None
    from_day = f" từ ngày {day(since)}" if since else ""
    return (
        Answer.NO,
        f"Theo sổ đăng ký, giấy phép {said}{from_day}; quảng cáo vẫn còn hiển thị ngày {day(seen_on)}.",
    )


def at_workplace(level: str, stated: str, registered: Sequence[str], *, by: str = "", akin: bool = False) -> Fact:
    """Tell whether the practitioner is registered at the ad's clinic; ``level`` as ``compare.workplace``.

    ``by`` names what else of a registered workplace the ad states (its phone), which settles it. ``akin``: the names
    share a telling word, so that they are not clearly two places.
    """
    held = "; ".join(name for name in registered if name)
    if by and held:
        return Answer.YES, f"{by} trong quảng cáo là của nơi đăng ký hành nghề «{held}»."
    if not stated:
        return Answer.UNKNOWN, NO_PLACE_STATED
    if not held:
        return Answer.UNKNOWN, f"Quảng cáo nêu nơi hành nghề «{stated}»; sổ đăng ký không ghi nơi hành nghề."
    if level in {"same", "tail", "near"}:
        return Answer.YES, f"Nơi hành nghề trong quảng cáo «{stated}» khớp nơi đăng ký «{held}»."
    if level in {"part", "far"} or akin:
        return Answer.UNKNOWN, f"Nơi hành nghề trong quảng cáo «{stated}» chỉ giống một phần nơi đăng ký «{held}»."
    return Answer.NO, f"Quảng cáo nêu nơi hành nghề «{stated}», còn nơi đăng ký là «{held}»."


def by_number(places: Sequence[str], record: Practitioner) -> str:
    """Name the facility's number as the ground, where it is that of a registered workplace; '' where it is not."""
    held = {place.facility_id for place in record.workplaces if place.facility_id}
    return "Số giấy phép hoạt động của cơ sở nêu" if held & set(places) else ""


def at_address(address: str, district: str, ward: str, stated: str, registered: str) -> Fact:
    """Tell whether the facility advertises at its registered place; the levels are those of ``compare``."""
    levels = {level for level in (address, district, ward) if level not in {"silent", "unstated"}}
    if not levels:
        return Answer.UNKNOWN, "Quảng cáo không nêu địa chỉ, hoặc sổ đăng ký không ghi địa chỉ để so sánh."
    if address == "agree" and "contradict" in {district, ward}:
        return Answer.UNKNOWN, f"Trùng số nhà, tên đường nhưng khác địa bàn: «{stated}» và «{registered}»."
    if address == "agree" or levels == {"agree"}:
        return Answer.YES, f"Địa chỉ trong quảng cáo khớp địa chỉ đăng ký «{registered}»."
    if address in {"contradict", "house", "street"} or "contradict" in levels:
        return Answer.NO, f"Quảng cáo nêu địa chỉ «{stated}», còn địa chỉ đăng ký là «{registered}»."
    return Answer.UNKNOWN, f"Không đủ thông tin để so địa chỉ trong quảng cáo với «{registered}»."


def within_scope(techniques: Sequence[str], scope: str) -> Fact:
    """Tell whether every advertised technique lies within the scope; unknown where the working table is silent."""
    if not techniques:
        return Answer.UNKNOWN, "Quảng cáo không nêu kỹ thuật cụ thể để đối chiếu phạm vi hành nghề."
    held = scope_bits(scope)
    if not held:
        return Answer.UNKNOWN, "Sổ đăng ký không ghi phạm vi hoạt động chuyên môn đọc được."
    outside, silent = [], []
    for technique in techniques:
        scopes = scopes_for(technique)
        bits = sum(_BIT.get(name, 0) for name in scopes or ())
        if not bits:
            silent.append(technique)
        elif not bits & held:
            outside.append(technique)
    if outside:
        names = ", ".join(f"«{name}»" for name in outside)
        return (
            Answer.NO,
            f"Kỹ thuật {names} thường không thuộc phạm vi đăng ký ({speciality_names(held)}); cần đối chiếu danh "
            f"mục được phê duyệt.",
        )
    if silent:
        return (
            Answer.UNKNOWN,
            f"Chưa có căn cứ để xếp kỹ thuật {', '.join(f'«{name}»' for name in silent)} vào một phạm vi hành nghề.",
        )
    return Answer.YES, f"Các kỹ thuật quảng cáo nêu thuộc phạm vi đăng ký ({speciality_names(held)})."


def absent(
    licence: Licence | None, full_name: bool, coverage: Coverage, subject: str, *, pharmacist: bool = False
) -> Fact:
    """Tell what 'not found' means: no, or cannot tell.

    It cannot be told of another province's number, of a name too short to look for, and of a pharmacist, whom a
    registry of medical practitioners does not hold.
    """
    if pharmacist:
        return Answer.UNKNOWN, "Sổ đăng ký này không ghi dược sĩ; không kết luận được là có hay không có chứng chỉ."
    if licence and not licence.hidden and not coverage.covers(licence):
        issuer = licence.region.upper()
        return Answer.UNKNOWN, f"Số giấy phép do nơi khác cấp ({issuer}); sổ đăng ký này không đủ để kết luận."
    if not full_name:
        return (
            Answer.UNKNOWN,
            f"Quảng cáo không nêu đủ tên {subject}; không kết luận được là có hay không trong sổ đăng ký.",
        )
    return Answer.NO, f"Không có hồ sơ {subject} nào trong sổ đăng ký khớp với thông tin quảng cáo nêu."
