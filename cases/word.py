"""The dossier as a Word file, laid out as Vietnamese administrative documents are (A4, Times New Roman, margins)."""

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell

from cases.attached import Picture
from cases.pictures import shown_part
from cases.sections import Absence, Advertisement, Quote, Registered, Sheet, Sign, Table
from cases.sentences import MOTTO, NATION, PRECEDENTS
from cases.sheet import sheet
from cases.types import Dossier

FONT = "Times New Roman"
MONO = "Courier New"

#: A4 less the margins: left 3 cm, right 1.5 cm.
TEXT_WIDTH = 21.0 - 3.0 - 1.5

_PAIRS = (0.34, 0.66)

#: Of the text's width, what a picture of a page takes.
_PICTURE_SHARE = 0.76


def render_docx(dossier: Dossier) -> bytes:
    """The dossier as the bytes of a ``.docx`` file."""
    said = sheet(dossier)
    document = Document()
    _lay_out(document, said, dossier)
    _head(document, said)
    for write in (
        _summary,
        _registry,
        _signs,
        _links,
        _priority,
        _precedents,
        _history,
        _evidence,
        _versions,
        _cautions,
        _signatures,
    ):
        write(document, said)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _lay_out(document: Any, said: Sheet, dossier: Dossier) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(2)
    for name, size in (("Normal", 13), ("Heading 1", 13.5), ("Heading 2", 13), ("Heading 3", 13), ("List Bullet", 13)):
        _font(document.styles[name], size)
    for name, before in (("Heading 1", 14), ("Heading 2", 10), ("Heading 3", 8)):
        _heading(document.styles[name], before)
    document.styles["Heading 3"].font.italic = True
    normal = document.styles["Normal"].paragraph_format
    normal.space_after, normal.line_spacing = Pt(4), 1.1
    _footer(section, f"Vụ việc số {dossier.case_id} – trang ")
    properties = document.core_properties
    properties.title, properties.author, properties.language = f"{said.title} {said.subtitle}", "MedAdWatch", "vi-VN"
    properties.comments = ""
    properties.created = properties.modified = dossier.generated_at.astimezone(UTC).replace(tzinfo=None)


def _font(style: Any, size: float) -> None:
    style.font.name, style.font.size = FONT, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)


def _heading(style: Any, before: float) -> None:
    style.font.bold, style.font.color.rgb = True, RGBColor(0, 0, 0)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(4)
    style.paragraph_format.keep_with_next = True


def _field(run: Any, code: str) -> None:
    """Wrap a run, whose text a reader sees until the field is computed, in a field."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run._r.addprevious(field)
    field.append(run._r)


def _footer(section: Any, text: str) -> None:
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for part, code in ((text, "PAGE"), ("/", "NUMPAGES")):
        paragraph.add_run(part).font.size = Pt(10)
        run = paragraph.add_run("1")
        run.font.size = Pt(10)
        _field(run, code)


def _paragraph(place: Any, text: str = "", *, style: str | None = None, **look: bool) -> Any:
    paragraph = place.add_paragraph(style=style)
    if text:
        _run(paragraph, text, **look)
    return paragraph


def _run(paragraph: Any, text: str, *, bold: bool = False, italic: bool = False, mark: bool = False) -> Any:
    run = paragraph.add_run(text)
    run.bold, run.italic = bold or None, italic or None
    if mark:
        run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    return run


def _bullets(document: Any, texts: Iterable[str]) -> None:
    for text in texts:
        _paragraph(document, text, style="List Bullet")


def _shade(cell: Any, colour: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _fill(cell: Any, text: str, *, size: float, bold: bool = False) -> Any:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(1)
    run = _run(paragraph, text, bold=bold)
    run.font.size = Pt(size)
    return paragraph


def _table(document: Any, rows: Sequence[Sequence[str]], widths: Sequence[float], *, size: float, head: bool) -> Any:
    table = document.add_table(rows=len(rows), cols=len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, share in zip(table.columns, widths, strict=True):
        column.width = Cm(TEXT_WIDTH * share)
    for number, (row, element) in enumerate(zip(rows, table._tbl.tr_lst, strict=True)):
        _row_flag(element, "w:cantSplit")
        first = head and number == 0
        if first:
            _row_flag(element, "w:tblHeader")
        # cells straight from the row's XML: table.cell() walks the whole table every time
        for text, share, tc in zip(row, widths, element.tc_lst, strict=True):
            cell = _Cell(tc, table)
            cell.width = Cm(TEXT_WIDTH * share)
            paragraph = _fill(cell, text, size=size, bold=first)
            if first:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                _shade(cell, "E8E8E4")
    gap = _paragraph(document, " ")  # Word joins two tables that nothing parts
    gap.runs[0].font.size, gap.paragraph_format.space_after, gap.paragraph_format.line_spacing = Pt(4), Pt(0), 1.0
    return table


def _row_flag(row: Any, flag: str) -> None:
    row.get_or_add_trPr().append(OxmlElement(flag))


def _pairs(document: Any, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        table = _table(document, rows, _PAIRS, size=12, head=False)
        for element in table._tbl.tr_lst:
            _shade(_Cell(element.tc_lst[0], table), "F3F3F1")
        for element in table._tbl.tr_lst[:-1]:  # a short table is not torn at the foot of a page
            _Cell(element.tc_lst[0], table).paragraphs[0].paragraph_format.keep_with_next = True


def _grid(document: Any, table: Table) -> None:
    _table(document, [table.head, *table.rows], table.widths, size=11, head=True)


def _head(document: Any, said: Sheet) -> None:
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    left, right = table.rows[0].cells
    for column, share in zip(table.columns, (0.38, 0.62), strict=True):
        column.width = Cm(TEXT_WIDTH * share)
    _centred(left, ((said.parent_agency, {}), (said.agency, {"bold": True}), ("———", {}), (said.number, {})))
    bold = {"bold": True}
    _centred(right, ((NATION, bold), (MOTTO, bold), ("———————————", {}), (said.place_and_day, {"italic": True})))
    title = _paragraph(document)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_before = Pt(18)
    _run(title, said.title, bold=True).font.size = Pt(15)
    subtitle = _paragraph(document, said.subtitle, bold=True)
    subtitle.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _table(document, [(said.notice,)], (1.0,), size=12, head=False)


def _centred(cell: Any, lines: Iterable[tuple[str, dict[str, bool]]]) -> None:
    for number, (text, look) in enumerate(lines):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_after = Pt(0)
        _run(paragraph, text, **look).font.size = Pt(12)


def _section(document: Any, text: str) -> None:
    _paragraph(document, text, style="Heading 1")


def _summary(document: Any, said: Sheet) -> None:
    _section(document, "I. Tóm tắt vụ việc")
    _pairs(document, said.summary)
    if said.notes:
        _paragraph(document, "Lưu ý khi xử lý:")
        _bullets(document, said.notes)


def _registry(document: Any, said: Sheet) -> None:
    _section(document, "II. Chủ thể và dữ liệu cấp phép")
    if not said.registered:
        _paragraph(document, "Chưa đối chiếu được với dữ liệu cấp phép; cần xác minh.")
    for number, each in enumerate(said.registered, start=1):
        _registered(document, number, each)


def _registered(document: Any, number: int, each: Registered) -> None:
    _paragraph(document, f"{number}. {each.named}", style="Heading 2")
    paragraph = _paragraph(document, "Kết quả đối chiếu: ")
    paragraph.paragraph_format.keep_with_next = True
    _run(paragraph, each.answer, bold=True)
    _run(paragraph, ".")
    _pairs(document, each.details + each.facts)
    _bullets(document, each.reasons)


def _signs(document: Any, said: Sheet) -> None:
    _section(document, "III. Các dấu hiệu cần xác minh")
    if said.left_out:
        _paragraph(document, said.left_out)
    for advertisement in said.advertisements:
        _advertisement(document, advertisement)


def _advertisement(document: Any, advertisement: Advertisement) -> None:
    _paragraph(document, f"{advertisement.number}. {advertisement.title}", style="Heading 2")
    _pairs(document, advertisement.facts)
    if advertisement.picture is not None:
        _picture(document, advertisement.picture, advertisement.caption)
    for sign in advertisement.signs:
        _sign(document, sign)


def _picture(document: Any, shot: Picture, caption: str) -> None:
    """Put in the upper part of a picture, as it was captured: the rest is cut from view, not from the bytes."""
    paragraph = _paragraph(document)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    wide, part = TEXT_WIDTH * _PICTURE_SHARE, shown_part(shot)
    try:
        shape = paragraph.add_run().add_picture(
            io.BytesIO(shot.content), Cm(wide), Cm(wide * part * shot.height / shot.width)
        )
    except (UnrecognizedImageError, InvalidImageStreamError, UnexpectedEndOfFileError, KeyError, ValueError):
        paragraph.add_run("(Ảnh chụp không mở được; xem bản lưu)")
    else:
        _crop(shape, part)
    under = _paragraph(document, f"{caption}.")
    under.alignment = WD_ALIGN_PARAGRAPH.CENTER
    under.runs[0].font.size = Pt(10)


def _crop(shape: Any, part: float) -> None:
    if part < 1:
        fill = shape._inline.graphic.graphicData.pic.blipFill
        cut = OxmlElement("a:srcRect")
        cut.set("b", str(round((1 - part) * 100_000)))
        fill.insert(1, cut)  # after the picture, before how it is stretched
    line = OxmlElement("a:ln")
    line.set("w", "6350")
    colour = OxmlElement("a:solidFill")
    grey = OxmlElement("a:srgbClr")
    grey.set("val", "777777")
    colour.append(grey)
    line.append(colour)
    shape._inline.graphic.graphicData.pic.spPr.append(line)


def _sign(document: Any, sign: Sign) -> None:
    _paragraph(document, f"{sign.number}. Dấu hiệu: {sign.name}", style="Heading 3")
    for quote in sign.quotes:
        _quote(document, quote)
    for absence in sign.absences:
        _absence(document, absence)
    for reason, certainty in sign.others:
        _paragraph(document, reason)
        _small(document, f"({certainty})")
    _provisions(document, sign)
    _pairs(document, sign.penalty)


def _provisions(document: Any, sign: Sign) -> None:
    if not sign.provisions:
        _paragraph(document, "Chưa có điều khoản tương ứng trong bộ chính sách vào ngày quảng cáo; cần tra cứu.")
        return
    _paragraph(
        document, "Quy định có thể liên quan, có hiệu lực vào ngày quảng cáo:"
    ).paragraph_format.keep_with_next = True
    for provision in sign.provisions:
        paragraph = _paragraph(document, f"{provision.cited} (", style="List Bullet")
        _run(paragraph, provision.state, bold=not provision.verified)
        _run(paragraph, ")")


def _quote(document: Any, quote: Quote) -> None:
    paragraph = _paragraph(document, quote.before)
    paragraph.paragraph_format.left_indent = Cm(0.8)
    _run(paragraph, quote.words, bold=True, mark=True)
    _run(paragraph, quote.after)
    _small(document, f"{quote.reason} ({quote.certainty})".strip())


def _absence(document: Any, absence: Absence) -> None:
    _paragraph(document, "Chưa tìm thấy nội dung có thể bắt buộc phải có:")
    _bullets(document, absence.sought)
    _paragraph(document, f"Đã tìm tại: {'; '.join(absence.where)}.")
    _small(document, f"{absence.reason} ({absence.certainty})".strip())


def _small(document: Any, text: str) -> None:
    _paragraph(document, text).runs[0].font.size = Pt(11.5)


def _links(document: Any, said: Sheet) -> None:
    _section(document, "IV. Các tin quảng cáo liên kết")
    _grid(document, said.links)


def _priority(document: Any, said: Sheet) -> None:
    _section(document, "V. Mức ưu tiên xem xét")
    _grid(document, said.priority)
    if said.priority_said:
        _paragraph(document, f"{said.priority_said}.")


def _or_else(table: Table, otherwise: str) -> Callable[[Any], None]:
    if table.rows:
        return lambda document: _grid(document, table)
    return lambda document: _paragraph(document, otherwise) and None


def _precedents(document: Any, said: Sheet) -> None:
    _section(document, "VI. Quyết định xử phạt để tham khảo")
    if said.precedents.rows:
        _paragraph(document, PRECEDENTS).paragraph_format.keep_with_next = True
    _or_else(said.precedents, "Chưa có quyết định xử phạt tương tự trong dữ liệu.")(document)


def _history(document: Any, said: Sheet) -> None:
    _section(document, "VII. Quá trình xử lý")
    _or_else(said.history, "Chưa có quyết định nào của người xử lý.")(document)
    if said.requests.rows:
        _paragraph(document, "Yêu cầu gỡ quảng cáo", style="Heading 2")
        _grid(document, said.requests)


def _evidence(document: Any, said: Sheet) -> None:
    _section(document, "VIII. Dữ liệu điện tử đã lưu và cách kiểm tra")
    _or_else(said.evidence, "Chưa có bản lưu nào; cần thu thập lại.")(document)
    for number, text in enumerate(said.how_to_verify, start=1):
        _paragraph(document, f"{number}. {text}")
    for command in said.commands:
        run = _run(_paragraph(document), command)
        run.font.name, run.font.size = MONO, Pt(9.5)


def _versions(document: Any, said: Sheet) -> None:
    _section(document, "IX. Phiên bản phần mềm và dữ liệu")
    _pairs(document, said.versions)
    if said.sources:
        _paragraph(document, "Nguồn dẫn của các điều khoản (theo bộ chính sách):")
        _table(document, said.sources, (0.45, 0.55), size=11, head=False)


def _cautions(document: Any, said: Sheet) -> None:
    _section(document, "X. Lưu ý khi sử dụng hồ sơ")
    _bullets(document, said.disclaimer)


def _signatures(document: Any, said: Sheet) -> None:
    del said  # the same on every dossier
    _paragraph(document).paragraph_format.space_before = Pt(6)
    table = document.add_table(rows=1, cols=2)
    for cell, who in zip(table.rows[0].cells, ("NGƯỜI LẬP HỒ SƠ", "NGƯỜI KIỂM TRA"), strict=True):
        _centred(cell, ((who, {"bold": True}), ("(Ký, ghi rõ họ tên)", {"italic": True})))
