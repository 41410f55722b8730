"""Cases as a workbook: the list of a sweep, the signs one by one, and what to mind. Needs the ``xlsxwriter`` package.

Every cell is written as text: nothing in it is a formula or a link, and what would become one if the sheet were saved
as CSV carries an apostrophe.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from cases.lists import FINDINGS_HEAD, finding_rows
from cases.sentences import DISCLAIMER, NOTICE
from cases.sweep import HEAD, sweep_row
from cases.types import Dossier
from cases.untrusted import cell
from cases.wording import stamp
from models.errors import MedadError

#: A cell holds no more (Excel's limit), and a sheet no more rows.
MOST_CHARACTERS = 32_000
MOST_ROWS = 1_000_000

#: Widths of the columns, in characters.
_SWEEP_WIDTHS = (5, 7, 28, 11, 32, 15, 17, 24, 34, 26, 8, 14, 14, 9, 15, 13, 18, 10, 36, 26, 20)
_FINDING_WIDTHS = (7, 28, 14, 8, 24, 17, 7, 34, 12, 15, 24, 10, 48, 40, 22, 22, 14, 24)
_FONT = "Times New Roman"


def render_xlsx(files: Sequence[Dossier], *, made_at: datetime | None = None) -> bytes:
    """The workbook of these cases, as bytes. Raises ``MedadError`` where the package is missing."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise MedadError("a workbook needs the package xlsxwriter.", "Install it, or write .csv instead.") from error
    moment = made_at or max((file.generated_at for file in files), default=datetime.now(UTC))
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": "Danh sách vụ việc", "author": "MedAdWatch", "created": moment.astimezone(UTC)})
    looks = _looks(book)
    listed = [sweep_row(number, file) for number, file in enumerate(files, start=1)]
    title = f"DANH SÁCH VỤ VIỆC CÓ DẤU HIỆU VI PHẠM QUẢNG CÁO, CẦN XÁC MINH (lập lúc {stamp(moment)}, giờ Việt Nam)"
    _sheet(book, looks, "Danh sách vụ việc", title, (HEAD, _SWEEP_WIDTHS), listed)
    signs = "CÁC DẤU HIỆU CẦN XÁC MINH CỦA TỪNG TIN QUẢNG CÁO"
    _sheet(book, looks, "Dấu hiệu", signs, (FINDINGS_HEAD, _FINDING_WIDTHS), finding_rows(files))
    _notes(book, looks)
    book.close()
    return out.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    base = {"font_name": _FONT, "font_size": 11, "valign": "top", "text_wrap": True}
    return {
        "title": book.add_format({**base, "bold": True, "font_size": 14, "text_wrap": False}),
        "said": book.add_format({**base, "italic": True, "text_wrap": False}),
        "head": book.add_format(
            {**base, "bold": True, "border": 1, "bg_color": "#E8E8E4", "align": "center", "valign": "vcenter"}
        ),
        "cell": book.add_format({**base, "border": 1, "border_color": "#777777", "num_format": "@"}),
        "note": book.add_format(base),
    }


def _sheet(
    book: Any,
    looks: dict[str, Any],
    name: str,
    title: str,
    columns: tuple[Sequence[str], Sequence[int]],
    rows: Iterable[Sequence[str]],
) -> None:
    sheet = book.add_worksheet(name)
    head, widths = columns
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    sheet.write_string(0, 0, title, looks["title"])
    sheet.write_string(1, 0, NOTICE, looks["said"])
    for number, text in enumerate(head):
        sheet.write_string(3, number, text, looks["head"])
    last = 3
    for last, row in enumerate(rows, start=4):
        if last > MOST_ROWS:
            break
        for number, value in enumerate(row):
            sheet.write_string(last, number, cell(value)[:MOST_CHARACTERS], looks["cell"])
    sheet.freeze_panes(4, 3)
    sheet.autofilter(3, 0, max(last, 3), len(head) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3: twenty columns are not readable on less
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&C&9Trang &P/&N")


def _notes(book: Any, looks: dict[str, Any]) -> None:
    sheet = book.add_worksheet("Lưu ý")
    sheet.set_column(0, 0, 120)
    for number, text in enumerate((NOTICE, *DISCLAIMER)):
        sheet.write_string(number, 0, text, looks["note"])
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
