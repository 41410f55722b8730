"""Import of what cannot be crawled: a file → evidence → advertisements (or reports), and what to tell of it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from crawler.imports.archives import warc_items
from crawler.imports.cells import checked_size
from crawler.imports.columns import AD_FIELDS, REPORT_FIELDS, Columns, parse_map
from crawler.imports.items import MAX_FILE, ImportFormat, Item, Reject, clean
from crawler.imports.keeping import Kept, Lot, keep, kept_names
from crawler.imports.meta import meta_items
from crawler.imports.ocr import need_ocr
from crawler.imports.pictures import picture_items
from crawler.imports.records import csv_items, jsonl_items
from crawler.manifest import Signed, sign_after
from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import RunStatus
from pipeline.ingest import Ingested, ingest, record_run
from pipeline.lines import dump_line, write_whole
from pipeline.runner import executor

#: Rejected rows that are named one by one; the error file has them all.
_NAMED = 10

_FIELDS: Mapping[ImportFormat, Mapping[str, tuple[str, ...]]] = {
    ImportFormat.CSV: AD_FIELDS,
    ImportFormat.JSONL: AD_FIELDS,
    ImportFormat.CITIZEN_REPORTS: REPORT_FIELDS,
    ImportFormat.IMAGES: {"file": (), "url": (), "taken_on": (), "advertiser": (), "note": ()},
    ImportFormat.META_AD_LIBRARY: {},
    ImportFormat.WARC: {},
}

#: What an inspector calls the formats.
FORMAT_VI = {
    ImportFormat.META_AD_LIBRARY: "Thư viện quảng cáo Meta",
    ImportFormat.JSONL: "JSON Lines",
    ImportFormat.CSV: "bảng CSV",
    ImportFormat.CITIZEN_REPORTS: "phản ánh của người dân",
    ImportFormat.WARC: "kho lưu trữ WARC",
    ImportFormat.IMAGES: "thư mục ảnh chụp màn hình",
}

#: Words of the crawler's notes on a kept item that gives no text, and what they mean to an inspector.
_UNREADABLE_VI = (
    ("no words were read", "không đọc được chữ nào trong ảnh"),
    ("words in the picture cannot", "không nhận dạng được chữ trong ảnh"),
    ("picture", "ảnh không mở được"),
    ("", "không đọc được nội dung"),
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A kept item that gives no text: its name (a file, an address), and why in Vietnamese."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did. ``errors`` is the file of rejected rows; empty where there are none."""

    form: ImportFormat
    file: str
    sha256: str
    kept: Kept
    ingested: Ingested = field(default_factory=Ingested)
    unreadable: tuple[Unreadable, ...] = ()
    errors: str = ""
    signed: Signed = field(default_factory=Signed)

    def to_json(self) -> dict[str, Any]:
        """Return the summary for machines."""
        kept = self.kept
        return {
            "run": kept.run,
            "format": self.form.value,
            "file": self.file,
            "sha256": self.sha256,
            "new": kept.new,
            "changed": kept.changed,
            "known": kept.known,
            "rejected": len(kept.rejects),
            "passed_over": sum(kept.passed.values()),
            "unreadable": [asdict(each) for each in self.unreadable],
            "errors": self.errors,
            "again": kept.again,
            "manifest": self.signed.manifest,
            "ingested": asdict(self.ingested),
        }

    def describe(self) -> str:
        """Return the summary in Vietnamese, as an inspector reads it."""
        kept = self.kept
        lines = [f"Đã nhập {self.file} ({FORMAT_VI[self.form]}), lượt {kept.run}:"]
        if kept.again:
            lines.append("  Tệp này đã được nhập trước đây: không có gì được thêm.")
        elif kept.continued:
            lines.append("  Tiếp tục lượt nhập bị ngắt giữa chừng.")
        lines.append(f"  {kept.new} mục mới, {kept.changed} thay đổi, {kept.known} đã có từ trước.")
        if kept.passed:
            lines.append(f"  Bỏ qua {sum(kept.passed.values())} mục không chứa nội dung quảng cáo:")
            lines += [f"    {number} × {reason}" for reason, number in sorted(kept.passed.items())[:_NAMED]]
        lines += _named("không đọc được chữ", [f"{each.name}: {each.reason}" for each in self.unreadable])
        lines += describe_rejects(kept.rejects, self.errors)
        if self.signed.problem:
            lines.append(f"  Chưa ký được bản kê chứng cứ: {self.signed.problem}")
        if self.ingested.new or self.ingested.changed:
            lines.append("Bước tiếp theo: medad update (chấm, đối chiếu danh bạ và lập vụ việc).")
        return "\n".join(lines)


def describe_rejects(rejects: Sequence[Reject], errors: str) -> list[str]:
    """Return the lines that name the first rejected rows, and where the others are."""
    lines = _named("bị loại", [f"{_place(each)}: {each.reason}" for each in rejects])
    return [*lines, f"    (danh sách đầy đủ: {errors})"] if rejects and errors else lines


def _place(reject: Reject) -> str:
    return reject.name or f"dòng {reject.row}"


def _named(what: str, entries: Sequence[str]) -> list[str]:
    if not entries:
        return []
    more = [f"    … và {len(entries) - _NAMED} mục khác"] if len(entries) > _NAMED else []
    return [f"  {len(entries)} mục {what}:", *(f"    {entry}" for entry in entries[:_NAMED]), *more]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported. ``columns`` are ``field=column`` entries; ``source`` is the name it gets (default: that
    of the format); ``errors`` is where rejected rows go (default: beside the file); ``urls`` where the reported
    addresses go that were never captured (reports only); ``workers`` are processes (default: one per core)."""

    path: Path
    form: ImportFormat
    columns: tuple[str, ...] = ()
    source: str = ""
    errors: Path | None = None
    urls: Path | None = None
    workers: int | None = None


def import_file(
    engine: Engine, data: Path, order: Order, on_progress: Callable[[int], None] | None = None
) -> ImportSummary:
    """Keep a file's advertisements as evidence and bring the database up to it. The caller holds the data folder.

    Importing a file again adds nothing; an import that was killed goes on.
    Raises ``InputError`` where the file is not of the format, ``MissingPackageError`` for pictures without ``ocr``.
    """
    form, path = order.form, order.path
    given, rejected = parse_map(order.columns, _FIELDS[form]), error_path(order)
    if form is ImportFormat.IMAGES:
        need_ocr()
    digest, items = read_items(path, form, given)
    lot = Lot(form, clean(path.resolve().name), digest, order.source or form.value, given)
    kept = keep(data / "evidence", lot, items, on_progress)
    signed = sign_after(data / "evidence")
    with executor(order.workers) as pool:
        ingested = ingest(engine, data / "evidence", pool, on_progress)
    written = write_rejects(kept.rejects, rejected)
    unreadable = _unreadable(engine, data / "evidence", kept.run)
    summary = ImportSummary(form, lot.file, digest, kept, ingested, unreadable, written, signed)
    if not kept.again:
        anchor = {"head": [kept.head.seq, kept.head.hash]}
        record_run(engine, kept.run, summary.to_json() | anchor, RunStatus.DONE, "import")
    return summary


def read_items(path: Path, form: ImportFormat, given: Columns) -> tuple[str, Iterator[Item | Reject]]:
    """Return the SHA-256 (hex) of a file or folder, and its items. Raises ``InputError`` where it cannot be read."""
    try:
        if form is ImportFormat.IMAGES:
            return _folder_digest(path), picture_items(path, given)
        if form is ImportFormat.WARC:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest(), warc_items(path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.", "Check the name and the permissions.") from error
    data = read_bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    match form:
        case ImportFormat.CSV:
            return digest, csv_items(data, given)
        case ImportFormat.JSONL:
            return digest, jsonl_items(data, given)
        case _:
            return digest, meta_items(data)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file that is not empty and not too large. Raises ``InputError``."""
    try:
        with path.open("rb") as file:
            return checked_size(file.read(MAX_FILE + 1), path.name)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.", "Check the name and the permissions.") from error


def _folder_digest(folder: Path) -> str:
    """Return the SHA-256 over the names and hashes of every file under a folder."""
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            inner = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()}\0{inner}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def error_path(order: Order) -> Path:
    """Return where rejected rows go: the given file, else beside what is imported. Raises ``InputError``."""
    path, errors = order.path, order.errors
    for target in (errors, order.urls):
        if target is not None and target.resolve() == path.resolve():
            raise InputError(f"{path} would be replaced.", "Name another file with --errors or --urls.")
    return errors or path.resolve().with_name(path.resolve().name + ".errors.jsonl")


def write_rejects(rejects: Sequence[Reject], target: Path) -> str:
    """Write the rejected rows; return where, or nothing where there are none (an older list is then removed)."""
    if not rejects:
        if target.is_file() and target.name.endswith(".errors.jsonl"):
            target.unlink()
        return ""
    with write_whole(str(target)) as file:
        for each in rejects:
            file.write(dump_line({"line": each.row, "error": each.reason, "content": each.content}))
    return str(target)


def _unreadable(engine: Engine, evidence: Path, run: str) -> tuple[Unreadable, ...]:
    with session(engine) as opened:
        query = select(tables.Capture.seq, tables.Capture.url, tables.Capture.error).where(
            tables.Capture.run_id == run, tables.Capture.error != ""
        )
        rows = opened.execute(query.order_by(col(tables.Capture.seq))).all()
    names = dict(kept_names(evidence, [seq for seq, _, _ in rows]))
    return tuple(
        Unreadable(names.get(seq) or url, next(said for words, said in _UNREADABLE_VI if words in error))
        for seq, url, error in rows
    )
