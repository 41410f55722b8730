"""The specialities of medical practice as bits, and the words by which advertisements and registries name them.

A phrase names some specialities outright and may touch others ('nội khoa' covers cardiology; 'tim mạch' is covered by
internal medicine). The phrase list was written by hand from the wording of licences and ads.
"""

import re
from functools import lru_cache

from models.vietnamese import folded

SPECIALITIES: tuple[str, ...] = (
    "Răng Hàm Mặt", "Da liễu", "Phẫu thuật tạo hình thẩm mỹ", "Y học cổ truyền", "Phụ sản", "Nhi khoa", "Nội khoa",
    "Ngoại khoa", "Y khoa", "Mắt", "Tai Mũi Họng", "Chẩn đoán hình ảnh", "Xét nghiệm y học", "Phục hồi chức năng",
    "Chấn thương chỉnh hình", "Thần kinh", "Tâm thần", "Tim mạch", "Nội tiết", "Thận Tiết niệu", "Ung bướu",
    "Gây mê hồi sức", "Điều dưỡng", "Hộ sinh", "Tiêu hóa", "Hô hấp", "Dinh dưỡng", "Truyền nhiễm", "Huyết học", "Dược",
)  # fmt: skip

_BIT = {name: 1 << i for i, name in enumerate(SPECIALITIES)}

#: folded phrase: (what it names, what it touches). Longer phrases are tried first and consume their words.
_PHRASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "rang ham mat|rhm|nha khoa|dentist|dental|implant|nieng rang|chinh nha|boc rang su|boc su|trong rang|nha chu|"
    "rang su|rang": (
        ("Răng Hàm Mặt",), ()),
    "da lieu|dermatology|dermatologist|tri mun|mun|tri nam|mun nam|dieu tri mun|tri seo|tri ro|tham my da|cham soc "
    "da": (("Da liễu",), ("Phẫu thuật tạo hình thẩm mỹ",)),
    "tham my noi khoa|laser tham my|tham my": (("Da liễu", "Phẫu thuật tạo hình thẩm mỹ"), ()),
    "phau thuat tao hinh tham my|tao hinh tham my|phau thuat tham my|pttm|plastic surgery|nang mui|cat mi|nang "
    "nguc|hut mo|phau thuat tao hinh|tham my tao hinh|cang da mat": (
        ("Phẫu thuật tạo hình thẩm mỹ",), ("Da liễu",)),
    "y hoc co truyen|yhct|dong y|bac si dong y|bac thuoc|dieu tri dong y": (("Y học cổ truyền",), ()),
    "cham cuu bam huyet|cham cuu|bam huyet|duong sinh": (("Y học cổ truyền", "Phục hồi chức năng"), ()),
    "san phu khoa|phu san|phu khoa|san khoa|ob gyn|obgyn|hiem muon|ivf|san": (("Phụ sản",), ()),
    "nhi khoa|nhi|pediatric|pediatrics|tre em": (("Nhi khoa",), ()),
    "noi tong quat|noi tong hop": (("Nội khoa",), ("Y khoa",)),
    "noi khoa|noi": (
        ("Nội khoa",),
        ("Tim mạch", "Nội tiết", "Thần kinh", "Y khoa", "Tiêu hóa", "Hô hấp", "Thận Tiết niệu")),
    "ngoai tong quat|ngoai tong hop": (("Ngoại khoa",), ()),
    "ngoai khoa|ngoai": (("Ngoại khoa",), ("Thận Tiết niệu", "Chấn thương chỉnh hình")),
    "da khoa|bac si gia dinh|y hoc gia dinh|kham tong quat": (("Y khoa", "Nội khoa"), ()),
    "y khoa": (("Y khoa",), ("Nội khoa",)),
    "nhan khoa|mat|ophthalmology|khuc xa": (("Mắt",), ()),
    "tai mui hong|tmh|ent": (("Tai Mũi Họng",), ()),
    "chan doan hinh anh|sieu am|x quang|xquang|ct|mri|cdha": (("Chẩn đoán hình ảnh",), ()),
    "xet nghiem y hoc|xet nghiem": (("Xét nghiệm y học",), ()),
    "phuc hoi chuc nang|vat ly tri lieu|phcn|vltl": (("Phục hồi chức năng",), ()),
    "co xuong khop": (("Nội khoa", "Chấn thương chỉnh hình", "Phục hồi chức năng"), ()),
    "chan thuong chinh hinh|ctch|chan thuong": (("Chấn thương chỉnh hình",), ("Ngoại khoa",)),
    "than kinh": (("Thần kinh",), ("Nội khoa",)),
    "tam than|tam ly": (("Tâm thần",), ()),
    "tim mach": (("Tim mạch",), ("Nội khoa",)),
    "noi tiet|tieu duong|dai thao duong": (("Nội tiết",), ("Nội khoa",)),
    "than tiet nieu|tiet nieu|nam khoa|nam hoc": (("Thận Tiết niệu",), ("Ngoại khoa",)),
    "ung buou|ung thu": (("Ung bướu",), ()),
    "gay me hoi suc|gay me": (("Gây mê hồi sức",), ()),
    "dieu duong": (("Điều dưỡng",), ()),
    "ho sinh": (("Hộ sinh",), ()),
    "tieu hoa|da day|dai trang|gan mat|noi soi": (("Tiêu hóa",), ("Nội khoa", "Ngoại khoa")),
    "ho hap|lao|phoi": (("Hô hấp",), ("Nội khoa",)),
    "dinh duong": (("Dinh dưỡng",), ("Nội khoa", "Y khoa")),
    "truyen nhiem": (("Truyền nhiễm",), ("Nội khoa",)),
    "huyet hoc": (("Huyết học",), ("Nội khoa",)),
    "duoc si|duoc": (("Dược",), ()),
}  # fmt: skip


def _mask(names: tuple[str, ...]) -> int:
    return sum(_BIT[name] for name in names)


_MASKS: dict[str, tuple[int, int]] = {
    phrase: (_mask(named), _mask(touched))
    for phrases, (named, touched) in _PHRASES.items()
    for phrase in phrases.split("|")
}
_PATTERN = re.compile(
    r"(?<![a-z0-9])(?:" + "|".join(sorted(map(re.escape, _MASKS), key=len, reverse=True)) + r")(?![a-z0-9])"
)
_BLANK = re.compile(r"[^a-z0-9]+")


#: Phrases that speak broadly: what they touch is narrower than they are. Other phrases touch what is wider.
_BROAD = frozenset({"noi khoa", "noi", "ngoai khoa", "ngoai", "noi tong quat", "noi tong hop", "co xuong khop"})


@lru_cache(maxsize=65_536)
def specialities_in(words: str) -> tuple[int, int, int]:
    """Return the bits that a folded phrase names, the narrower ones that it covers, the wider ones that cover it."""
    named = covered = wider = 0
    for found in _PATTERN.finditer(_BLANK.sub(" ", words)):
        first, second = _MASKS[found.group()]
        named |= first
        if found.group() in _BROAD:
            covered |= second
        else:
            wider |= second
    return named, covered & ~named, wider & ~named & ~covered


@lru_cache(maxsize=65_536)
def scope_bits(scope: str) -> int:
    """Return the bits of the specialities that a registry's scope of practice names."""
    return specialities_in(folded(scope))[0]


def speciality_names(bits: int) -> str:
    """Return the Vietnamese names of the bits, for an inspector to read."""
    return ", ".join(name for name, bit in _BIT.items() if bits & bit)
