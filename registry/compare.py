"""The features that the matcher weighs, one pure function each: what the ad says against what the registry says.

Each returns a level; ``feature.level`` has a weight (log-odds) in ``weights.json``. The docstrings are Vietnamese: the
explanation of a match shows them to inspectors.
"""

from collections.abc import Callable, Sequence

from registry.channel import EDIT, SOUND, Vocabulary
from registry.names import Fit, is_nickname, pair_level
from registry.passage import Licence

SILENT = "silent"


def given(level: str) -> str:
    """Tên (chữ cuối của họ tên): giống hệt, thiếu dấu, sai dấu, sai chính tả, hay khác hẳn."""
    return level


def surname(level: str) -> str:
    """Họ: giống hệt, thiếu dấu, sai dấu, sai chính tả, hay khác hẳn."""
    return level


def middle(level: str) -> str:
    """Chữ đệm: giống hệt, thiếu dấu, sai dấu, sai chính tả, viết tắt, hay khác hẳn."""
    return level


def missing(part: str) -> str:
    """Phần họ tên có trong sổ đăng ký mà quảng cáo không ghi (họ, chữ đệm, 'Thị', tên)."""
    return part


def extra(word: str) -> str:
    """Chữ trong tên ở quảng cáo mà hồ sơ không có; nặng hơn chữ thiếu, vì quảng cáo hiếm khi tự thêm tên."""
    return word


def order(swapped: bool, surname_last: bool, whole: bool) -> str:
    """Thứ tự họ tên: đúng thứ tự, hay bị đảo (tên trước, họ sau); dễ tin hơn khi chữ cuối rõ là họ."""
    if not swapped:
        return "straight"
    if not whole:
        return "swapped_part"
    return "swapped_surname" if surname_last else "swapped"


def clash(named: bool, garbled: bool) -> str:
    """Họ tên khác nhau: quảng cáo có chữ (là tên thật hoặc không đọc được) ở chỗ sổ có chữ khác; số không bù được."""
    return "unlike" if named else "garbled" if garbled else "none"


def extent(matched: int, complete: bool) -> str:
    """Số chữ trùng nhau, và quảng cáo có ghi đủ họ tên hay không."""
    return f"{min(matched, 4)}{'full' if complete else 'part'}"


def speciality(named: int, touched: int, wider: int, scope: int) -> str:
    """Chuyên khoa quảng cáo nêu so với phạm vi hành nghề trong sổ đăng ký."""
    if not named and not touched and not wider:
        return SILENT
    if not scope:
        return "unstated"
    if named & scope:
        return "agree"
    if touched & scope:
        return "related"
    return "wider" if wider & scope else "contradict"


def profession(stated: int, registered: int) -> str:
    """Chức danh (bác sĩ, y sĩ, điều dưỡng, lương y…) quảng cáo nêu so với chức danh trong sổ đăng ký."""
    if not stated or not registered:
        return SILENT
    return "agree" if stated == registered else "contradict"


def degree(stated: int, registered: int) -> str:
    """Học vị, chuyên khoa I/II quảng cáo nêu so với văn bằng trong sổ; quảng cáo hay ghi cao hơn."""
    if not stated:
        return SILENT
    if stated == registered:
        return "agree"
    return "higher" if stated > registered else "lower"


def workplace(fit: str) -> str:
    """Cơ sở quảng cáo nêu so với nơi đăng ký hành nghề: trùng, gần giống, trùng một phần, hay nơi khác."""
    return fit


def area(stated: int, registered: int) -> str:
    """Quận, huyện hoặc phường, xã quảng cáo nêu so với địa bàn trong sổ đăng ký."""
    if not stated:
        return SILENT
    if not registered:
        return "unstated"
    return "agree" if stated == registered else "contradict"


def phone(own: bool, others: bool, stated: bool) -> str:
    """Số điện thoại quảng cáo nêu: đã đăng ký cho cơ sở này, cho cơ sở khác, hay chưa từng đăng ký."""
    if not stated:
        return SILENT
    return "own" if own else "others" if others else "unknown"


def site(own: bool, others: bool, stated: bool, named: bool) -> str:
    """Trang web quảng cáo nêu: đã đăng ký cho cơ sở này, cho cơ sở khác, mang tên cơ sở này, hay chưa từng đăng ký."""
    if not stated:
        return SILENT
    return "own" if own else "others" if others else "named" if named else "unknown"


def licence(stated: Licence | None, registered: Licence | None, held: bool) -> str:
    """Số chứng chỉ, giấy phép quảng cáo nêu so với số trong sổ; số trùng không bao giờ lấn át tên khác hẳn."""
    if stated is None:
        return SILENT
    if registered is None:
        return "unstated"
    if stated.hidden:
        number = registered.raw.rsplit("-", 1)[-1]
        fits = number.startswith(stated.digits) and len(number) == len(stated.digits) + stated.hidden
        return "prefix" if fits else "other_prefix"
    if stated.digits != registered.digits:
        return "others" if held else "unknown"
    if not stated.region or not registered.region:
        return "digits"
    return "same" if stated.region == registered.region else "region"


def licence_name(fit: Fit, words: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> str:
    """Số giấy phép trùng thì tên có trùng không: trùng cả, trùng một phần, sai chính tả, hay là tên khác."""
    if not fit.pairs:
        return "unlike"
    known = [words[i][1] in vocabulary.ids for i in range(len(words))]
    if any(known[i] for i in fit.extra) or any(level >= SOUND and known[i] for i, _, level in fit.pairs):
        return "unlike"
    if fit.extra:
        return "extra"
    if any(level >= SOUND for _, _, level in fit.pairs):
        return "damaged"
    return "part" if fit.missing else "whole"


def licence_name_key(licence_key: str, fit: Fit, words: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> list[str]:
    """Return the weight key of ``licence_name`` where the licence's key says that the number is the record's."""
    if licence_key not in _HELD:
        return []
    return [f"licence_name.{licence_name(fit, words, vocabulary)}"]


def outvoted(keys: Sequence[str]) -> bool:
    """Return whether a licence number speaks for a record whose name is clearly another than the ad's.

    A name of its own in the ad beside another one in the record is no damage, whatever the number says: of the 316
    people of dev.jsonl who are named with their number, 2 are so damaged (2026-11).
    """
    other = any(
        key.endswith(("_clear", "_word")) and key.startswith(("given.", "surname.", "middle.", "brand."))
        for key in keys
    )
    return other and not _HELD.isdisjoint(keys)


_HELD = frozenset({"licence.same", "licence.digits", "licence.region"})


def address(stated: tuple[str, str], registered: tuple[str, str]) -> str:
    """Số nhà và tên đường quảng cáo nêu so với địa chỉ đăng ký."""
    if not stated[1]:
        return SILENT
    if not registered[1]:
        return "unstated"
    if stated[1] == registered[1]:
        return "agree" if stated[0] == registered[0] else "street"
    return "house" if stated[0] == registered[0] else "contradict"


def place_kind(stated: int, registered: int) -> str:
    """Loại hình (nha khoa, thẩm mỹ, y học cổ truyền, đa khoa, bệnh viện…) quảng cáo nêu so với sổ đăng ký."""
    if not stated or not registered:
        return SILENT
    return "agree" if stated == registered else f"{stated}-{registered}"


def other_kind(stated: int, registered: int) -> str:
    """Loại hình quảng cáo nêu khác loại hình trong sổ đăng ký, bất kể là loại nào."""
    return "contradict" if stated and registered and stated != registered else "none"


def brand(level: str) -> str:
    """Tên riêng của cơ sở: từng chữ giống hệt, thiếu dấu, sai dấu, hay sai chính tả."""
    return level


def brand_of(role: str) -> str:
    """Tên quảng cáo ghi là tên riêng của chính cơ sở, hay chỉ là tên công ty, hộ kinh doanh đứng tên."""
    return role


def brand_missing(word: str) -> str:
    """Chữ trong tên riêng của cơ sở mà quảng cáo không ghi (chữ phụ như 'Quốc tế' nhẹ hơn)."""
    return word


def brand_extra(word: str) -> str:
    """Chữ quảng cáo ghi trong tên mà tên riêng của cơ sở không có (chữ phụ như 'Quốc tế' nhẹ hơn)."""
    return word


def owner(fit: str) -> str:
    """Công ty hoặc hộ kinh doanh đứng tên mà quảng cáo nêu so với sổ đăng ký."""
    return fit


FEATURES: tuple[Callable[..., str], ...] = (
    given, surname, middle, missing, extra, order, clash, extent,
    speciality, profession, degree, workplace, area, phone, site,
    licence, licence_name, address, place_kind, other_kind, brand, brand_of, brand_missing, brand_extra, owner,
)  # fmt: skip


def meaning(key: str) -> str:
    """Return the Vietnamese docstring of the feature behind a weight's key ('area_ward.agree' speaks of ``area``)."""
    name = key.partition(".")[0]
    named = {feature.__name__: feature for feature in FEATURES}
    feature = named.get(name) or named.get(name.partition("_")[0])
    return (feature.__doc__ or "") if feature else ""


def name_keys(
    fit: Fit,
    words: Sequence[tuple[str, str]],
    name: Sequence[int],
    spelling: Sequence[str],
    vocabulary: Vocabulary,
    *,
    surname_last: bool = False,
) -> list[str]:
    """Return the weight keys of a person's name: one a pair, one a word left over, the order and the extent."""
    last = len(name) - 1
    keys = []
    marked = any(not word.isascii() for word, _ in words)
    for i, j, level in fit.pairs:
        said = pair_level(level, words[i], spelling[j], name[j], vocabulary, marked=marked)
        keys.append(
            f"given.{given(said)}" if j == last else f"surname.{surname(said)}" if j == 0 else f"middle.{middle(said)}"
        )
    for j in fit.missing:
        part = (
            "given"
            if j == last
            else "surname"
            if j == 0
            else "thi"
            if vocabulary.tokens[name[j]] == "thi"
            else "middle"
        )
        keys.append(f"missing.{missing(part)}")
    for i in fit.extra:
        keys.append(extra_key(words[i][1], i, len(words), vocabulary))
    keys.append(f"order.{order(fit.swapped, surname_last, 0 not in fit.missing)}")
    named = any(words[i][1] in vocabulary.ids for i in fit.extra)
    if fit.missing and any(named or i > 0 for i in fit.extra):
        keys.append(f"clash.{clash(named, garbled=True)}")
    keys.append(f"extent.{extent(len(fit.pairs), not fit.missing)}")
    return keys


def extra_key(token: str, at: int, words: int, vocabulary: Vocabulary) -> str:
    """Return the weight key of a word of the ad that the record lacks.

    The first of ``words`` may be a nickname; the last one is where the given name stands.
    """
    where = "_first" if at == 0 else "_last" if at == words - 1 else ""
    return f"extra.{extra(_stranger(token, vocabulary) + where)}"


def _stranger(token: str, vocabulary: Vocabulary) -> str:
    """What a word of the ad is that the record lacks: a name, a Western nickname, a garbled name, or nothing known."""
    if token in vocabulary.ids:
        return "known"
    if is_nickname(token):
        return "nick"
    return "garbled" if any(level <= EDIT for level in vocabulary.alternatives(token).values()) else "foreign"


#: Words that places add to their brand without changing it.
TAIL_WORDS = frozenset(
    {
        "quoc", "te", "viet", "han", "nhat", "ban", "sai", "gon", "toan", "cau", "a", "chau", "phuong", "nam", "dong",
        "my",
        "ky", "nguyen", "24", "7", "luxury", "medic", "vn", "center", "clinic", "spa", "beauty", "dental", "group",
        "official",
    }
)  # fmt: skip


def brand_keys(
    fit: Fit, words: Sequence[tuple[str, str]], name: Sequence[int], spelling: Sequence[str], vocabulary: Vocabulary
) -> list[str]:
    """Return the weight keys of a place's brand."""
    marked = any(not word.isascii() for word, _ in words)
    keys = [
        f"brand.{brand(pair_level(level, words[i], spelling[j], name[j], vocabulary, marked=marked))}"
        for i, j, level in fit.pairs
    ]
    for j in fit.missing:
        tail = j > 0 and vocabulary.tokens[name[j]] in TAIL_WORDS
        keys.append(f"brand_missing.{brand_missing('tail' if tail else 'head' if j == 0 else 'word')}")
    for i in fit.extra:
        tail = i > 0 and words[i][1] in TAIL_WORDS
        kind = "tail" if tail else "known" if words[i][1] in vocabulary.ids else "foreign"
        keys.append(f"brand_extra.{brand_extra(kind)}")
    left = [key for key in keys if key.startswith(("brand_missing", "brand_extra"))]
    whole = "full" if not left else "near" if all(key.endswith(".tail") for key in left) else "part"
    keys.append(f"extent.{min(len(fit.pairs), 4)}{whole}")
    return keys
