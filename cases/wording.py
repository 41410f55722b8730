"""How values are said in administrative Vietnamese: times, money, facts, provisions, fines."""

from collections.abc import Mapping
from datetime import date, datetime
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from cases.types import Citation
from cases.untrusted import line
from models.vocabulary import Answer, Domain, Method, Verdict

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

ANSWER_VI: Mapping[Answer, str] = {Answer.YES: "Có", Answer.NO: "Không", Answer.UNKNOWN: "Chưa thể kết luận"}

VERDICT_VI: Mapping[Verdict, str] = {
    Verdict.MATCHED: "Tìm thấy hồ sơ cấp phép tương ứng",
    Verdict.AMBIGUOUS: "Có nhiều hồ sơ cấp phép cùng phù hợp, chưa thể kết luận",
    Verdict.NOT_FOUND: "Chưa tìm thấy hồ sơ cấp phép tương ứng",
}

METHOD_VI: Mapping[Method, str] = {
    Method.MODEL: "mô hình ngôn ngữ",
    Method.RULE: "quy tắc rà soát",
    Method.REGISTRY: "đối chiếu dữ liệu cấp phép",
}

DOMAIN_VI: Mapping[Domain, str] = {
    Domain.SERVICE: "dịch vụ khám bệnh, chữa bệnh",
    Domain.COSMETIC_SURGERY: "phẫu thuật thẩm mỹ",
    Domain.DRUG: "thuốc",
    Domain.SUPPLEMENT: "thực phẩm bảo vệ sức khỏe",
    Domain.COSMETIC: "mỹ phẩm",
    Domain.DEVICE: "thiết bị y tế",
}

SUBJECT_VI: Mapping[str, str] = {
    "facility": "cơ sở",
    "practitioner": "người hành nghề",
    "site": "trang web",
    "phone": "số điện thoại",
    "licence": "giấy phép",
    "advertisement": "tin quảng cáo",
}

CHECKED = "đã đối chiếu nguồn"
UNCHECKED = "CHƯA KIỂM CHỨNG"


def checked(verified: bool) -> str:
    """Whether a provision or an amount was compared with its source, as the reader is told."""
    return CHECKED if verified else UNCHECKED


def money(amount: int) -> str:
    """VND as in administrative texts: '80.000.000 đồng'."""
    return f"{amount:,}".replace(",", ".") + " đồng"


def money_range(amounts: tuple[int, int] | None) -> str:
    """'từ 80.000.000 đồng đến 100.000.000 đồng'; says so where the amounts are not known."""
    if amounts is None:
        return "chưa có dữ liệu"
    least, most = amounts
    return money(most) if least == most else f"từ {money(least)} đến {money(most)}"


def percent(value: float) -> str:
    """A probability as a whole percentage; certainty is never claimed, so the ends read 'dưới 1%' and 'trên 99%'."""
    if value > 0.99:
        return "trên 99%"
    return "dưới 1%" if value < 0.01 else f"{value:.0%}"


def decimal(value: float) -> str:
    """Two decimals with a comma."""
    return f"{value:.2f}".replace(".", ",")


def day(value: date) -> str:
    """'24/11/2026'."""
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def local(moment: datetime) -> datetime:
    """The moment in Vietnam's time."""
    return moment.astimezone(VIETNAM)


def stamp(moment: datetime) -> str:
    """'24/11/2026 08:05' in Vietnam's time."""
    here = local(moment)
    return f"{day(here.date())} {here:%H:%M}"


def long_day(moment: datetime) -> str:
    """'ngày 24 tháng 11 năm 2026', as at the head of a document (days under ten and months under three take a zero)."""
    here = local(moment).date()
    month = f"{here.month:02d}" if here.month < 3 else str(here.month)
    return f"ngày {here.day:02d} tháng {month} năm {here.year}"


#: How addresses begin that are none: the name of an imported item that came without an address.
_IMPORTED = "urn:medad:import:"


def has_address(url: str) -> bool:
    """Whether an advertisement has a real address, not a name that it was given when it was imported."""
    return bool(url) and not url.startswith(_IMPORTED)


def address(url: str) -> str:
    """The address as one line; for an import without one says so, and by which code it is stored."""
    if has_address(url):
        return line(url)
    code = line(unquote(url.removeprefix(_IMPORTED)))
    return f"Không có địa chỉ trên mạng (mã lưu khi nhập: {code})" if code else "Không có"


def article(text: str) -> str:
    """'Điều 50 k5' where the policy only says '50 k5'."""
    return f"Điều {text}" if text[:1].isdigit() else text


def cited(citation: Citation) -> str:
    """A provision as an inspector cites it, the instrument named once."""
    said = article(line(citation.text) or line(citation.article))
    instrument = line(citation.instrument)
    return said if instrument in said else f"{said}, {instrument}"
