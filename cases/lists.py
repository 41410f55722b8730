"""Lists of cases: a spreadsheet for a sweep, and a table for the terminal."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cases.triage import STATUS_VI
from cases.types import CaseRow, Dossier, Lead, LeadFinding
from cases.untrusted import cell, fit, line, width
from cases.wording import checked, cited, day, decimal, money_range, percent, stamp
from models.vocabulary import Code

FINDINGS_HEAD = (
    "Vụ việc số",
    "Chủ thể cần xác minh",
    "Trạng thái",
    "Mức ưu tiên",
    "Đối chiếu cấp phép",
    "Số giấy phép trong dữ liệu cấp phép",
    "Tin số",
    "Địa chỉ (URL)",
    "Ngày xét hiệu lực pháp luật",
    "Ghi nhận lần cuối (giờ Việt Nam)",
    "Dấu hiệu",
    "Mức chắc chắn ước tính",
    "Trích dẫn hoặc nội dung chưa tìm thấy",
    "Quy định có thể liên quan",
    "Khung phạt cá nhân",
    "Khung phạt tổ chức",
    "Tình trạng kiểm chứng mức phạt",
    "SHA-256 của nội dung đã lưu",
)


def _shown(finding: LeadFinding) -> str:
    return finding.quote or "; ".join(finding.sought) or finding.reason


def _law(finding: LeadFinding) -> str:
    return "; ".join(f"{cited(each)} ({checked(each.verified)})" for each in finding.provisions)


def _row(dossier: Dossier, lead: Lead, finding: LeadFinding) -> list[str]:
    band = finding.penalty
    return [
        str(dossier.case_id),
        dossier.subject,
        STATUS_VI[dossier.status],
        decimal(dossier.priority.value),
        dossier.registry_summary,
        "; ".join(
            dict.fromkeys(answer.licence_no for answer in lead.registry if answer.is_licence and answer.licence_no)
        ),
        str(lead.ad_id),
        lead.url,
        day(lead.shown_on),
        stamp(lead.last_seen_at),
        dossier.code_names.get(finding.code, str(finding.code)),
        percent(finding.probability),
        _shown(finding),
        _law(finding),
        money_range(band.individual if band else None),
        money_range(band.organisation if band else None),
        checked(band.verified) if band else "chưa có dữ liệu",
        " ".join(reference.payload_sha256 for reference in lead.evidence),
    ]


def finding_rows(dossiers: Iterable[Dossier]) -> Iterator[list[str]]:
    """One row per finding of the given cases, under ``FINDINGS_HEAD``. The values are as they are: not yet safe."""
    for dossier in dossiers:
        for lead in dossier.leads:
            for finding in lead.findings:
                yield _row(dossier, lead, finding)


def render_csv(*dossiers: Dossier) -> str:
    """One line per finding, with a head in Vietnamese and a BOM so that spreadsheets read UTF-8.

    No cell can act as a formula: where a value begins like one, an apostrophe stands before it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(FINDINGS_HEAD)
    writer.writerows([cell(value) for value in row] for row in finding_rows(dossiers))
    return "\ufeff" + out.getvalue()


_COLUMNS = ("Số", "Ưu tiên", "Trạng thái", "Chủ thể cần xác minh", "Tin", "Dấu hiệu", "Đối chiếu cấp phép")

#: Indices of the columns that give way when the table is too wide, and what they keep at least.
_ELASTIC = {3: 18, 5: 18, 6: 18}


def _cells(row: CaseRow, names: Mapping[Code, str]) -> tuple[str, ...]:
    codes = "; ".join(line(names.get(code, "")) or str(code) for code in row.codes)
    values = (str(row.case_id), decimal(row.priority), STATUS_VI[row.status], row.subject, str(row.advertisements))
    return tuple(map(line, (*values, codes, row.registry)))


def _widths(table: Sequence[tuple[str, ...]], columns: int) -> list[int]:
    widths = [max(width(row[i]) for row in table) for i in range(len(_COLUMNS))]
    spare = sum(widths) + 2 * (len(widths) - 1) - columns
    while spare > 0:
        i = max(_ELASTIC, key=lambda each: widths[each] - _ELASTIC[each])
        if widths[i] <= _ELASTIC[i]:
            break
        widths[i] -= 1
        spare -= 1
    return widths


def render_table(rows: Sequence[CaseRow], code_names: Mapping[Code, str] | None = None, *, columns: int = 140) -> str:
    """The list of cases for a terminal of so many columns, in the given order; long cells are cut with '…'."""
    if not rows:
        return "Chưa có vụ việc nào.\n"
    table = [_COLUMNS, *(_cells(row, code_names or {}) for row in rows)]
    widths = _widths(table, columns)
    lines = ["  ".join(map(fit, row, widths)).rstrip() for row in table]
    rule = "  ".join("─" * each for each in widths)
    return "\n".join([lines[0], rule, *lines[1:], ""])
