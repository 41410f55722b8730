"""Citizens' reports (CSV): what was reported, and apart from it who reported. A report is no advertisement."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from crawler.imports.cells import Row, csv_table, day_of, text_of
from crawler.imports.columns import REPORT_FIELDS, Columns, Header, as_text, value_at
from crawler.imports.items import Reject

#: Longer reports are cut off here, and said to be (characters).
MAX_REPORT = 20_000
_OLDEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report. ``reporter`` holds name, phone, email, address where the file has them: never to be mixed in."""

    row: int
    received_on: date
    content: str
    url: str = ""
    subject: str = ""
    phone: str = ""
    reporter: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportTable:
    """The rows of a file, and the columns that were not taken."""

    rows: Iterator[ReportRow | Reject]
    unused: tuple[str, ...]


def read_reports(data: bytes, given: Columns, today: date) -> ReportTable:
    """Read the reports in a CSV file. Raises ``InputError`` naming the columns seen where the needed ones are not.

    A column that may hold the phone of the citizen ('Số điện thoại') is taken for that: personal data is not to
    appear among the facts by mistake. Rejects never repeat what a row says.
    """
    header = Header(REPORT_FIELDS, given, ("received_on", "content"))
    names, rows = csv_table(text_of(data), header)
    columns = dict(header.columns)
    used = {name for taken in columns.values() for name in taken}
    return ReportTable(_rows(rows, columns, today), tuple(name for name in names if name and name not in used))


def _rows(rows: Iterator[Row | Reject], columns: Columns, today: date) -> Iterator[ReportRow | Reject]:
    for row in rows:
        yield _report(row, columns, today) if isinstance(row, Row) else Reject(row.row, row.reason)


def _report(row: Row, columns: Columns, today: date) -> ReportRow | Reject:
    values = {name: as_text(value_at(row.cells, columns, name)) for name in REPORT_FIELDS}
    received = day_of(values["received_on"])
    if not values["content"]:
        return Reject(row.number, "Không có nội dung phản ánh")
    if received is None:
        return Reject(row.number, "Không đọc được ngày tiếp nhận")
    if not _OLDEST <= received <= today + timedelta(days=1):
        return Reject(row.number, "Ngày tiếp nhận không hợp lý")
    reporter = {
        name.removeprefix("reporter_"): value[:1_000]
        for name, value in values.items()
        if name.startswith("reporter_") and value
    }
    content = values["content"]
    if len(content) > MAX_REPORT:
        content = content[:MAX_REPORT] + " […]"
    return ReportRow(
        row.number, received, content, values["url"][:2_000], values["subject"][:500], values["phone"][:60], reporter
    )
