"""Finds the header of a registry file and says which column holds which field.

Headers are compared folded (no diacritics, no punctuation), by synonym first, then by phrase, then by what the cells of
an unnamed column look like. A header may stand under title rows, and may take two rows (merged parents above children).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.vietnamese import folded
from models.vocabulary import RegistryKind
from registry.cells import Cell, cell_text

#: Rows searched for a header, counted from the first non-empty one.
HEADER_WITHIN = 40

_COMMON = {
    "id": ("id", "ma", "ma so", "ma ho so", "record id", "ma dinh danh"),
    "status": (
        "status",
        "tinh trang",
        "trang thai",
        "tinh trang hoat dong",
        "trang thai hoat dong",
        "hien trang",
        "state",
    ),
    "issued_on": (
        "issued on",
        "ngay cap",
        "ngay cap phep",
        "ngay cap cchn",
        "ngay cap gphd",
        "ngay cap gphn",
        "ngay cap giay phep",
        "issue date",
        "date issued",
        "nam cap",
        "ngay cap chung chi",
        "ngay ky",
        "ngay hieu luc",
        "cap ngay",
    ),
    "expires_on": (
        "expires on",
        "ngay het han",
        "het han",
        "ngay het hieu luc",
        "co gia tri den",
        "hieu luc den",
        "expiry date",
        "expiry",
        "valid until",
        "thoi han",
        "gia tri den ngay",
        "ngay thu hoi",
        "han su dung",
        "den ngay",
    ),
}

#: Folded header words of each field, by kind of file. Where two fields claim one column the longer phrase wins.
SYNONYMS: dict[RegistryKind, dict[str, tuple[str, ...]]] = {
    RegistryKind.PRACTITIONERS: _COMMON
    | {
        "full_name": (
            "full name",
            "ho va ten",
            "ho ten",
            "ten nguoi hanh nghe",
            "nguoi hanh nghe",
            "name",
            "ho ten nguoi hanh nghe",
            "ho va ten nguoi hanh nghe",
            "ten bac si",
            "ho ten bac si",
            "practitioner",
            "practitioner name",
            "ten day du",
            "fullname",
        ),
        "surname": ("ho", "ho va ten dem", "ho va chu dem", "ho dem", "ho lot", "last name", "surname"),
        "given_name": ("ten", "given name", "first name"),
        "licence_no": (
            "licence no",
            "license no",
            "so cchn",
            "so gphn",
            "cchn",
            "gphn",
            "so chung chi",
            "so chung chi hanh nghe",
            "so giay phep",
            "so giay phep hanh nghe",
            "so cchn gphn",
            "licence number",
            "license number",
            "licence",
            "license",
            "so gp",
            "ma chung chi",
            "so chung chi hanh nghe kbcb",
            "so gphn cchn",
            "chung chi hanh nghe",
            "giay phep hanh nghe",
        ),
        "qualification": (
            "qualification",
            "trinh do",
            "trinh do chuyen mon",
            "van bang",
            "van bang chuyen mon",
            "chuc danh",
            "hoc vi",
            "chuc danh chuyen mon",
            "chuc danh nghe nghiep",
            "bang cap",
            "trinh do cm",
            "chuc danh hanh nghe",
        ),
        "scope": (
            "scope",
            "pham vi hoat dong chuyen mon",
            "pham vi hoat dong cm",
            "pham vi hanh nghe",
            "pham vi",
            "chuyen khoa",
            "pham vi hdcm",
            "pham vi chuyen mon",
            "pham vi hoat dong",
            "pvhdcm",
            "scope of practice",
            "speciality",
            "specialty",
        ),
        "issuer": ("issuer", "noi cap", "don vi cap", "co quan cap", "issued by", "co quan cap phep"),
        "province": ("province", "tinh", "tinh thanh", "tinh thanh pho", "thanh pho", "dia phuong"),
        "workplaces": (
            "workplaces",
            "workplace",
            "noi lam viec",
            "noi hanh nghe",
            "co so hanh nghe",
            "noi cong tac",
            "don vi cong tac",
            "co so dang ky hanh nghe",
            "dia diem hanh nghe",
            "noi dang ky hanh nghe",
            "co so lam viec",
            "place of work",
        ),
        "workplace_id": (
            "workplace id",
            "ma co so",
            "facility id",
            "ma noi lam viec",
            "so gphd co so",
            "so gphd",
            "gphd noi lam viec",
        ),
        "workplace_district": (
            "workplace district",
            "quan noi lam viec",
            "quan huyen",
            "quan",
            "quan huyen noi lam viec",
            "district",
        ),
        "workplace_ward": (
            "workplace ward",
            "phuong noi lam viec",
            "phuong xa",
            "phuong",
            "phuong xa noi lam viec",
            "ward",
        ),
        "gender": ("gender", "gioi tinh", "phai", "sex"),
    },
    RegistryKind.FACILITIES: _COMMON
    | {
        "legal_name": (
            "legal name",
            "ten co so",
            "ten co so kham benh chua benh",
            "ten co so kbcb",
            "ten phap ly",
            "ten don vi",
            "co so",
            "ten day du",
            "ten co so theo giay phep",
            "facility",
            "facility name",
            "name",
            "ten",
            "ten phong kham",
            "co so kbcb",
        ),
        "trade_name": (
            "trade name",
            "ten thuong mai",
            "ten bien hieu",
            "bien hieu",
            "ten giao dich",
            "thuong hieu",
            "brand",
        ),
        "organisation": (
            "organisation",
            "organization",
            "cong ty",
            "ten cong ty",
            "don vi chu quan",
            "chu quan",
            "to chuc",
        ),
        "licence_no": (
            "licence no",
            "license no",
            "so gphd",
            "gphd",
            "so giay phep",
            "so giay phep hoat dong",
            "giay phep hoat dong",
            "licence number",
            "license number",
            "licence",
            "license",
            "so gp",
            "so phep",
            "giay phep",
            "ma gphd",
        ),
        "kind": (
            "kind",
            "loai hinh",
            "hinh thuc to chuc",
            "loai co so",
            "loai hinh co so",
            "hinh thuc",
            "type",
            "hinh thuc hoat dong",
        ),
        "scope": (
            "scope",
            "pham vi hoat dong chuyen mon",
            "pham vi hoat dong cm",
            "pham vi hoat dong",
            "pham vi chuyen mon",
            "pham vi",
            "pham vi hdcm",
        ),
        "services": (
            "services",
            "dich vu",
            "danh muc ky thuat",
            "chuyen khoa",
            "dich vu ky thuat",
            "danh muc dich vu",
            "service",
            "dmkt",
            "khoa",
            "cac chuyen khoa",
        ),
        "address": (
            "address",
            "dia chi",
            "dia chi hoat dong",
            "dia diem",
            "dia chi co so",
            "dia diem hoat dong",
            "dia chi hanh nghe",
        ),
        "ward": ("ward", "phuong", "phuong xa", "phuong xa moi", "xa phuong", "phuong moi"),
        "district": ("district", "quan", "quan huyen", "huyen", "quan huyen cu"),
        "ward_old": ("ward old", "phuong cu", "phuong xa cu", "phuong truoc sap nhap", "old ward"),
        "phones": (
            "phones",
            "phone",
            "dien thoai",
            "so dien thoai",
            "sdt",
            "dt",
            "hotline",
            "tel",
            "telephone",
            "lien he",
        ),
        "website": ("website", "web", "trang web", "url", "trang thong tin dien tu", "site"),
        "responsible_name": (
            "responsible name",
            "nguoi chiu trach nhiem cmkt",
            "nguoi chiu trach nhiem chuyen mon",
            "nguoi ctncm",
            "nguoi chiu trach nhiem",
            "nguoi chiu trach nhiem chuyen mon ky thuat",
            "nguoi phu trach chuyen mon",
            "nguoi phu trach",
            "phu trach chuyen mon",
            "nctncm",
            "ho ten nguoi chiu trach nhiem",
        ),
        "responsible_licence": (
            "responsible licence",
            "cchn nguoi chiu trach nhiem",
            "so cchn nguoi chiu trach nhiem",
            "responsible license",
            "so cchn nguoi ctncm",
            "so cchn",
            "cchn",
            "responsible licence no",
            "so cchn cua nguoi chiu trach nhiem chuyen mon",
        ),
        "responsible_id": ("responsible id", "ma nguoi chiu trach nhiem"),
    },
    RegistryKind.CONFIRMATIONS: {
        "number": (
            "number",
            "so xac nhan",
            "so giay xac nhan",
            "so xnqc",
            "so giay xac nhan noi dung quang cao",
            "so",
            "so gxn",
            "so xac nhan quang cao",
            "confirmation no",
            "confirmation number",
            "so van ban",
        ),
        "product": ("product", "ten san pham", "san pham", "ten hang hoa", "ten san pham quang cao", "product name"),
        "company": (
            "company",
            "cong ty",
            "ten cong ty",
            "to chuc",
            "doanh nghiep",
            "to chuc ca nhan",
            "don vi dang ky",
            "ten doanh nghiep",
        ),
        "issued_on": _COMMON["issued_on"],
        "expires_on": _COMMON["expires_on"],
        "content_sha256": ("content sha256", "sha256", "ma bam noi dung"),
    },
    RegistryKind.PRICES: {
        "facility_licence": (
            "facility licence",
            "facility license",
            "so gphd",
            "so giay phep",
            "so giay phep hoat dong",
            "gphd",
            "licence no",
        ),
        "service": ("service", "dich vu", "ten dich vu", "ten dich vu ky thuat", "ten ky thuat"),
        "price_vnd": (
            "price vnd",
            "gia",
            "gia vnd",
            "don gia",
            "gia dich vu",
            "muc gia",
            "price",
            "gia ke khai",
            "gia niem yet",
            "don gia dong",
        ),
        "declared_on": ("declared on", "ngay ke khai", "ngay niem yet", "ngay ap dung", "ngay", "declared date"),
    },
}

#: Fields without which a file of that kind cannot be read: any one of each group is enough.
ESSENTIAL: dict[RegistryKind, tuple[tuple[str, ...], ...]] = {
    RegistryKind.PRACTITIONERS: (("full_name", "given_name"),),
    RegistryKind.FACILITIES: (("legal_name", "trade_name"),),
    RegistryKind.CONFIRMATIONS: (("number",),),
    RegistryKind.PRICES: (("facility_licence",), ("service",), ("price_vnd",)),
}

_LICENCE = re.compile(r"\d{2,7}\s*[/-]\s*(?:[a-z]{2,5}|\d{4})\s*-?\s*[a-z]{2,6}")
_PHONE = re.compile(r"^[+(]?\d[\d\s.()-]{7,14}(?:[;,/|]|$)")
_SURNAMES = frozenset(
    "nguyen tran le pham hoang huynh vu vo phan truong bui dang do ngo ho duong dinh ly trinh dao mai lam doan".split()  # noqa: SIM905  # a word list reads better as words
)
_FACILITY_WORDS = re.compile(
    r"^(?:phong kham|benh vien|nha khoa|tham my vien|vien |trung tam|co so|phong chan tri|nha thuoc|spa|pk |bv )"
)


@dataclass(slots=True)
class Header:
    """Which column holds which field. ``row`` is the index of the last header row; data begin below it."""

    kind: RegistryKind
    row: int
    fields: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def complete(self) -> bool:
        """Tell whether every essential field has a column."""
        return all(any(name in self.fields for name in group) for group in ESSENTIAL[self.kind])


def header_key(cell: Cell) -> str:
    """Return a header's folded words: 'Họ và tên (*)' and 'ho_va_ten' both become 'ho va ten'."""
    text = folded(cell_text(cell)[:120])
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"\([^)]*\)", " ", text) if "(" in text else text).split())


def _name_columns(kind: RegistryKind, keys: Sequence[str]) -> dict[str, int]:
    """Assign columns to fields: exact synonyms first, then the longest synonym contained in a header."""
    claims: list[tuple[int, int, int, str]] = []
    for column, key in enumerate(keys):
        if not key:
            continue
        for name, synonyms in SYNONYMS[kind].items():
            if key in synonyms:
                claims.append((2, -synonyms.index(key), -column, name))
                continue
            inside = [len(s) for s in synonyms if len(s) >= 6 and f" {s} " in f" {key} "]
            if inside and len(key) < 80:
                claims.append((1, max(inside), -column, name))
    fields: dict[str, int] = {}
    for _, _, column, name in sorted(claims, reverse=True):
        if name not in fields and -column not in fields.values():
            fields[name] = -column
    return fields


def _header_at(kind: RegistryKind, rows: Sequence[tuple[int, list[Cell]]], index: int) -> Header:
    """The header that begins at ``rows[index]``, over one row or over two if two name more columns."""
    top = [header_key(cell) for cell in rows[index][1]]
    best = Header(kind, index, _name_columns(kind, top))
    shown = [cell_text(cell) for cell in rows[index][1]]
    if index + 1 < len(rows):
        below = [header_key(cell) for cell in rows[index + 1][1]]
        if any(below) and not any(re.search(r"\d{3}", key) for key in below):
            joined = _joined(top, below)
            two = _name_columns(kind, joined)
            if len(two) > len(best.fields):
                best, shown = Header(kind, index + 1, two), joined
    best.names = {name: shown[column] for name, column in best.fields.items()}
    return best


def _joined(top: Sequence[str], below: Sequence[str]) -> list[str]:
    """One key a column for a two-row header: the child alone where it names itself, else 'parent child'."""
    keys: list[str] = []
    parent = ""
    known = {synonym for fields in SYNONYMS.values() for synonyms in fields.values() for synonym in synonyms}
    for column in range(max(len(top), len(below))):
        parent = (top[column] if column < len(top) else "") or parent
        child = below[column] if column < len(below) else ""
        if not child:
            keys.append(top[column] if column < len(top) else "")
        else:
            both = f"{parent} {child}"
            keys.append(both if both in known or child not in known else child)
    return keys


def find_header(rows: Sequence[tuple[int, list[Cell]]], kinds: Sequence[RegistryKind]) -> Header | None:
    """Return the header that names the most columns among the first rows, or None where nothing looks like one."""
    best: Header | None = None
    for index in range(min(len(rows), HEADER_WITHIN)):
        for kind in kinds:
            header = _header_at(kind, rows, index)
            _guess_columns(header, rows)
            if header.complete() and (best is None or len(header.fields) > len(best.fields)):
                best = header
        if best is not None and len(best.fields) >= 6 and index > best.row:
            break
    return best if best is not None and (len(best.fields) >= 2 or len(rows[best.row][1]) == 1) else None


def _guess_columns(header: Header, rows: Sequence[tuple[int, list[Cell]]]) -> None:
    """Fill missing fields from what the cells of columns without a known name look like."""
    if not header.fields:
        return
    sample = [row for _, row in rows[header.row + 1 : header.row + 60]]
    width = max((len(row) for row in sample), default=0)
    for column in sorted(set(range(width)) - set(header.fields.values())):
        cells = [text for row in sample if column < len(row) and (text := folded(cell_text(row[column])[:120]))]
        name = _looks_like(header.kind, cells)
        if name and name not in header.fields:
            header.fields[name] = column
            header.names[name] = cell_text(rows[header.row][1][column]) if column < len(rows[header.row][1]) else ""


def _looks_like(kind: RegistryKind, cells: Sequence[str]) -> str:
    if len(cells) < 3:
        return ""

    def most(test: "re.Pattern[str]") -> bool:
        return sum(bool(test.search(cell)) for cell in cells) >= 0.8 * len(cells)

    if kind in {RegistryKind.PRACTITIONERS, RegistryKind.FACILITIES} and most(_LICENCE):
        return "licence_no"
    people = sum(cell.split()[0] in _SURNAMES and 2 <= len(cell.split()) <= 5 for cell in cells)
    if kind is RegistryKind.PRACTITIONERS and people >= 0.6 * len(cells):
        return "full_name"
    if kind is RegistryKind.FACILITIES and most(_FACILITY_WORDS):
        return "legal_name"
    if kind is RegistryKind.FACILITIES and most(_PHONE):
        return "phones"
    return ""
