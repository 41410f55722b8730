"""The list of a sweep: nothing in a cell acts, whoever wrote it."""

import csv
import dataclasses
import io
import sys
from datetime import date, timedelta

import openpyxl
import pytest
from case_values import NOW, finding, lead, licence, name, phone
from test_dossier import HOSTILE, dossier

from cases.attached import Precedent, Reports, Request, Seen
from cases.dossier import render_sweep_csv, render_xlsx
from cases.sweep import HEAD
from cases.types import KeyKind, LinkKey
from models.errors import MedadError
from models.vocabulary import Code

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", '=HYPERLINK("https://x.example")')


def test_every_cell_is_text_and_none_a_formula() -> None:
    files = [dataclasses.replace(dossier(), subject=text, registry_summary=text) for text in (*FORMULAS, HOSTILE)]
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(files)))
    assert book.sheetnames == ["Danh sách vụ việc", "Dấu hiệu", "Lưu ý"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell.value for cell in cells if str(cell.value).startswith(("=", "+", "-", "@", "＝"))]
    assert not [cell for cell in cells if cell.hyperlink]
    rows = list(csv.reader(io.StringIO(render_sweep_csv(files).removeprefix("\ufeff"))))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "＝", "\t"))]


def test_a_line_says_where_to_go_whom_to_ask_for_and_leaves_room() -> None:
    keys = (phone("1"), phone("2"), LinkKey(KeyKind.ADDRESS, "9 hoa gao", "9 Hoa Gạo"), licence("7/GPHĐ"), name("X"))
    late = Request(1, 7, 1, "u", "", "Lan", NOW, NOW + timedelta(hours=24), Seen.LIVE, NOW, True)
    file = dossier(
        lead(1, *keys, findings=(finding(),)),
        requests=(late, dataclasses.replace(late, seen=Seen.OBEYED, overdue=False)),
        assignee="Hùng",
        limitation_ends=date(2027, 11, 21),
        reports=Reports(2, NOW.date(), NOW.date()),
        precedents=(Precedent("2025-01-02", frozenset({Code.CURE_GUARANTEE}), fine_vnd=5, source="bao.example"),),
    )
    rows = list(csv.reader(io.StringIO(render_sweep_csv([file]).removeprefix("\ufeff"))))
    line = dict(zip(rows[0], rows[1], strict=True))
    assert tuple(rows[0]) == HEAD
    assert (line["Điện thoại"], line["Địa chỉ"], line["Số giấy phép"]) == ("1; 2", "9 Hoa Gạo", "7/GPHĐ")
    assert (line["Người được giao"], line["Yêu cầu gỡ"]) == ("Hùng", "2 yêu cầu: 1 đã gỡ, 1 quá hạn")
    assert line["Thời hiệu xử phạt, tạm tính đến"] == "21/11/2027"
    assert line["Phản ánh của người dân"] == "2"
    assert line["Quyết định xử phạt để tham khảo"].startswith("02/01/2025: Cam kết khỏi bệnh; phạt 5 đồng")
    assert (line["Kết quả kiểm tra"], line["Ghi chú"]) == ("", "")


def test_an_empty_list_is_a_file_too() -> None:
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx([])))
    assert [cell.value for cell in book["Danh sách vụ việc"][4]] == list(HEAD)
    assert len(render_sweep_csv([]).splitlines()) == 1


def test_a_long_cell_is_cut_to_what_a_cell_holds() -> None:
    file = dataclasses.replace(dossier(), subject="x" * 50_000)
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx([file])))
    assert len(str(book["Danh sách vụ việc"]["C5"].value)) == 32_000


def test_without_the_package_one_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MedadError, match="needs the package xlsxwriter"):
        render_xlsx([dossier()])
