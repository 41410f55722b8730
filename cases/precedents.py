"""Past sanctions, to compare with: read from ``precedents.yaml``, and found by what was sanctioned.

The file names nobody. What it says was read in the press; the law has changed since some of it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from cases.attached import Precedent
from cases.untrusted import line
from cases.wording import money
from models.errors import InputError
from models.vocabulary import Code, Domain

_FILE = Path(__file__).with_name("precedents.yaml")
_KNOWN = frozenset({"day", "dated", "codes", "domains", "fine_vnd", "number", "advertising", "doubtful", "source"})


@lru_cache(maxsize=1)
def load_precedents() -> tuple[Precedent, ...]:
    """Return the precedents of the bundled file. Raises ``InputError`` that names the entry where it is wrong."""
    return read_precedents(_FILE)


def read_precedents(path: Path) -> tuple[Precedent, ...]:
    """Return the precedents of a file. Raises ``InputError`` that names the entry where it is wrong."""
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read: {str(error).splitlines()[0]}.", "Mend the file.") from error
    entries = content.get("precedents") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise InputError(f"{path} holds no list 'precedents'.", "Mend the file.")
    return tuple(_precedent(path, number, entry) for number, entry in enumerate(entries, start=1))


def _precedent(path: Path, number: int, entry: Any) -> Precedent:
    try:
        return _read(entry)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"entry {number} of {path} is wrong: {error}.", "Mend the entry.") from error


def _read(entry: Mapping[str, Any]) -> Precedent:
    if unknown := sorted(set(entry) - _KNOWN):
        raise ValueError(f"unknown key {unknown[0]!r}")
    fine = entry.get("fine_vnd", 0)
    if isinstance(fine, bool) or not isinstance(fine, int) or fine < 0:
        raise ValueError(f"{fine!r} is no fine in VND")
    if entry["dated"] not in {"decision", "report"}:
        raise ValueError(f"'dated' is decision or report, not {entry['dated']!r}")
    return Precedent(
        on=str(entry["day"]),
        codes=frozenset(map(Code, entry["codes"])),
        domains=frozenset(map(Domain, entry["domains"])),
        fine_vnd=fine,
        number=line(str(entry.get("number", ""))),
        source=line(str(entry["source"])),
        decided=entry["dated"] == "decision",
        advertising=bool(entry.get("advertising", True)),
        doubtful=bool(entry.get("doubtful", False)),
    )


def nearest(precedents: Iterable[Precedent], codes: Collection[Code], domains: Collection[Domain]) -> Precedent | None:
    """The past sanction most like an advertisement with these signs in these classes, the latest of equals.

    It shares at least one sign. First counts how much of both sets of signs is shared, then the class, then that an
    advertisement was sanctioned and that the report is clear, then the day.
    """
    wanted, classes = frozenset(codes), frozenset(domains)
    alike = [each for each in precedents if each.codes & wanted]
    return max(
        alike,
        key=lambda each: (
            bool(each.domains & classes) or not each.domains,
            len(each.codes & wanted) / len(each.codes | wanted),
            each.advertising,
            not each.doubtful,
            each.on,
            each.case_id,
        ),
        default=None,
    )


def for_codes(
    precedents: Sequence[Precedent], codes: Sequence[Code], domains: Collection[Domain], most: int = 5
) -> tuple[Precedent, ...]:
    """The nearest sanction for all signs together, then for each by itself (in the given order), each once."""
    found = [nearest(precedents, codes, domains), *(nearest(precedents, [code], domains) for code in codes)]
    return tuple(dict.fromkeys(each for each in found if each is not None))[:most]


def day_said(on: str) -> str:
    """'27/11/2025', 'tháng 6/2021' or 'năm 2023'."""
    year, _, rest = on.partition("-")
    month, _, day = rest.partition("-")
    if day:
        return f"{day}/{month}/{year}"
    return f"tháng {int(month)}/{year}" if month else f"năm {year}"


def precedent_said(each: Precedent, names: Mapping[Code, str]) -> str:
    """One precedent as one Vietnamese phrase."""
    acts = ", ".join(line(names.get(code, "")) or str(code) for code in Code if code in each.codes)
    fine = f"phạt {money(each.fine_vnd)}" if each.fine_vnd else "chưa rõ mức phạt"
    number = f", quyết định số {each.number}" if each.number else ""
    when = day_said(each.on) if each.decided else f"báo đăng {day_said(each.on)}"
    return f"{when}: {acts}; {fine}{number} ({source_said(each)})"


def source_said(each: Precedent) -> str:
    """Where a precedent was read, and what is not clear about it."""
    said = f"vụ việc số {each.case_id} trong hệ thống" if each.case_id else f"theo {each.source}"
    doubts = [said]
    if not each.advertising:
        doubts.append("hành vi không phải quảng cáo")
    if each.doubtful:
        doubts.append("nguồn chưa nêu rõ từng hành vi")
    return "; ".join(doubts)
