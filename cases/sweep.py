"""The list that a team takes along: one line per case, with where to go, whom to ask for, and room to write."""

import csv
import io
from collections.abc import Iterable, Sequence

from cases.attached import Seen
from cases.precedents import precedent_said
from cases.triage import STATUS_VI
from cases.types import Dossier, KeyKind
from cases.untrusted import cell, line
from cases.wording import SUBJECT_VI, day, decimal, stamp
from models.vocabulary import Code

HEAD = (
    "STT",
    "Vụ việc số",
    "Chủ thể cần xác minh",
    "Loại chủ thể",
    "Địa chỉ",
    "Điện thoại",
    "Số giấy phép",
    "Trang, địa chỉ mạng",
    "Dấu hiệu",
    "Đối chiếu cấp phép",
    "Mức ưu tiên",
    "Trạng thái",
    "Người được giao",
    "Số tin quảng cáo",
    "Ghi nhận lần cuối (giờ Việt Nam)",
    "Thời hiệu xử phạt, tạm tính đến",
    "Yêu cầu gỡ",
    "Phản ánh của người dân",
    "Quyết định xử phạt để tham khảo",
    "Kết quả kiểm tra",
    "Ghi chú",
)

#: Values of one kind (phones, addresses …) in one cell.
_MOST = 4


def sweep_row(number: int, file: Dossier) -> list[str]:
    """One line of the list, under ``HEAD``; the last two cells are for the pen. The values are not yet safe to show."""
    seen = max((lead.last_seen_at for lead in file.leads), default=None)
    codes = [code for code in Code if any(f.code is code for lead in file.leads for f in lead.findings)]
    licences = [answer.licence_no for lead in file.leads for answer in lead.registry if answer.is_licence]
    return [
        str(number),
        str(file.case_id),
        file.subject,
        SUBJECT_VI.get(file.subject_kind, ""),
        _keys(file, KeyKind.ADDRESS),
        _keys(file, KeyKind.PHONE),
        _some([*licences, *_shown(file, KeyKind.LICENCE)]),
        _keys(file, KeyKind.SITE),
        "; ".join(file.code_names.get(code, str(code)) for code in codes),
        file.registry_summary,
        decimal(file.priority.value),
        STATUS_VI[file.status],
        file.assignee,
        str(len(file.leads)),
        stamp(seen) if seen else "",
        day(file.limitation_ends) if file.limitation_ends else "",
        _requests(file),
        str(file.reports.count or ""),
        precedent_said(file.precedents[0], file.code_names) if file.precedents else "",
        "",
        "",
    ]


def _shown(file: Dossier, kind: KeyKind) -> list[str]:
    return [key.display or key.value for lead in file.leads for key in lead.keys if key.kind is kind]


def _keys(file: Dossier, kind: KeyKind) -> str:
    return _some(_shown(file, kind))


def _some(values: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(filter(None, map(line, values))))
    more = f" (và {len(distinct) - _MOST} giá trị khác)" if len(distinct) > _MOST else ""
    return "; ".join(distinct[:_MOST]) + more


def _requests(file: Dossier) -> str:
    asked = file.requests
    if not asked:
        return ""
    obeyed, late = sum(each.seen is Seen.OBEYED for each in asked), sum(each.overdue for each in asked)
    return f"{len(asked)} yêu cầu: {obeyed} đã gỡ, {late} quá hạn"


def render_sweep_csv(files: Sequence[Dossier]) -> str:
    """The list as CSV with a BOM. No cell can act as a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows([cell(value) for value in sweep_row(n, file)] for n, file in enumerate(files, start=1))
    return "\ufeff" + out.getvalue()
