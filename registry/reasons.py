"""Says in plain Vietnamese why a record was taken for the one an ad names: names side by side, then the rest."""

from collections.abc import Sequence

from registry.names import Fit

#: What each level of a context feature says; levels that say nothing are left out. Keys as in ``weights.json``.
_SAID: dict[str, str] = {
    "speciality.agree": "Chuyên khoa trong quảng cáo phù hợp phạm vi hành nghề đã đăng ký.",
    "speciality.related": "Chuyên khoa trong quảng cáo gần với phạm vi hành nghề đã đăng ký.",
    "speciality.wider": "Chuyên khoa trong quảng cáo hẹp hơn phạm vi hành nghề đã đăng ký.",
    "speciality.contradict": "Chuyên khoa trong quảng cáo khác phạm vi hành nghề đã đăng ký.",
    "profession.contradict": "Chức danh trong quảng cáo khác chức danh trong sổ đăng ký.",
    "degree.higher": "Quảng cáo ghi học vị cao hơn văn bằng trong sổ đăng ký.",
    "area_district.agree": "Trùng quận, huyện.",
    "area_district.contradict": "Khác quận, huyện với sổ đăng ký.",
    "area_ward.agree": "Trùng phường, xã.",
    "area_ward.contradict": "Khác phường, xã với sổ đăng ký.",
    "phone.own": "Số điện thoại trong quảng cáo là số đã đăng ký của cơ sở.",
    "phone.others": "Số điện thoại trong quảng cáo đã đăng ký cho cơ sở khác.",
    "phone.unknown": "Số điện thoại trong quảng cáo chưa có trong sổ đăng ký.",
    "site.own": "Trang web trong quảng cáo là trang đã đăng ký của cơ sở.",
    "site.others": "Trang web trong quảng cáo đã đăng ký cho cơ sở khác.",
    "site.named": "Trang web trong quảng cáo mang tên cơ sở nhưng chưa có trong sổ đăng ký.",
    "brand_of.owner": "Tên trong quảng cáo chỉ trùng tên công ty hoặc hộ kinh doanh đứng tên cơ sở.",
    "licence_name.unlike": "Số giấy phép trùng nhưng tên khác với hồ sơ.",
    "licence.same": "Số giấy phép trong quảng cáo trùng số của hồ sơ.",
    "licence.digits": "Số giấy phép trong quảng cáo (không ghi nơi cấp) trùng số của hồ sơ.",
    "licence.region": "Số giấy phép trùng phần số nhưng khác nơi cấp.",
    "licence.prefix": "Phần số giấy phép không bị che trùng với số của hồ sơ.",
    "licence.unknown": "Số giấy phép trong quảng cáo không có trong sổ đăng ký.",
    "licence.others": "Số giấy phép trong quảng cáo thuộc hồ sơ khác.",
    "address.agree": "Số nhà và tên đường trùng địa chỉ đăng ký.",
    "address.contradict": "Địa chỉ trong quảng cáo khác địa chỉ đăng ký.",
    "place_kind.agree": "Cùng loại hình cơ sở.",
    "owner.same": "Trùng công ty hoặc hộ kinh doanh đứng tên.",
    "owner.other": "Khác công ty hoặc hộ kinh doanh đứng tên.",
}


def side_by_side(words: Sequence[str], registered: Sequence[str], fit: Fit, extra_note: str = "") -> str:
    """Return the two names with the words that differ in brackets: 'Nguyễn Văn [An]' against 'Nguyễn Văn [Ân]'."""
    same = {(i, j) for i, j, _ in fit.pairs if words[i].lower() == registered[j].lower()}
    left_same, right_same = {i for i, _ in same}, {j for _, j in same}
    left = " ".join(_shown(word) if i in left_same else f"[{_shown(word)}]" for i, word in enumerate(words))
    right = " ".join(_shown(word) if j in right_same else f"[{_shown(word)}]" for j, word in enumerate(registered))
    order = " (đảo thứ tự họ tên)" if fit.swapped else ""
    return f"Quảng cáo ghi «{left}»; sổ đăng ký ghi «{right}»{order}.{extra_note}"


def _shown(word: str) -> str:
    return word[:1].upper() + word[1:]


def context_reasons(keys: Sequence[str]) -> list[str]:
    """Return a sentence for each context feature that says something."""
    return [_SAID[key] for key in keys if key in _SAID]


def masked(name: str) -> str:
    """Return a person's name with all but the first letters hidden: 'N*** V*** A***'."""
    return " ".join(f"{word[:1]}***" for word in name.split())


def borrowed(number: str, holder: str, stated: str) -> str:
    """Return the sentence for a licence number that belongs to somebody with another name."""
    whose = f"thuộc về người khác ({masked(holder)}), không phải «{stated}»"
    return f"Số giấy phép {number} trong quảng cáo {whose}: không được coi là căn cứ."


def borrowed_place(number: str, holder: str, stated: str) -> str:
    """Return the sentence for a licence number that belongs to a facility with another name."""
    whose = f"thuộc về cơ sở khác («{holder}»), không phải «{stated}»"
    return f"Số giấy phép {number} trong quảng cáo {whose}: không được coi là căn cứ."
