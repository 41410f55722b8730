"""Lines in, lines out: JSON Lines and CSV of untrusted origin. A bad line is kept in an error file, never lost."""

import csv
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from models.errors import DiskFullError, InputError

#: A longer line is refused: no advertisement has 20 million bytes, and a hostile file must not fill the memory.
MAX_LINE = 20_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of input: its number (from 1) and its object, or what is wrong with it."""

    number: int
    content: Mapping[str, Any] | None
    error: str = ""


def read_lines(path: str) -> Iterator[Line]:
    """Yield every line of a ``.jsonl`` or ``.csv`` file, or of standard input (``-``, JSON Lines).

    Raises ``InputError`` when the file cannot be opened. Blank lines are passed over.
    """
    if path == "-":
        yield from _json_lines(sys.stdin.buffer)
        return
    try:
        with Path(path).open("rb") as file:
            yield from _csv_lines(file) if path.lower().endswith(".csv") else _json_lines(file)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.", "Check the name and the permissions.") from error


def _json_lines(file: IO[bytes]) -> Iterator[Line]:
    number = 0
    while raw := file.readline(MAX_LINE + 1):
        number += 1
        if len(raw) > MAX_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(MAX_LINE)
            yield Line(number, None, f"longer than {MAX_LINE:,} bytes")
        elif raw.strip():
            yield _json_line(number, raw)


def _json_line(number: int, raw: bytes) -> Line:
    try:
        content = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        return Line(number, None, f"not UTF-8 (byte {error.start + 1})")
    except json.JSONDecodeError as error:
        return Line(number, None, f"not JSON: {error.msg} at column {error.colno}")
    except (RecursionError, ValueError):
        return Line(number, None, "not JSON that can be read: nested too deeply, or a number with too many digits")
    if not isinstance(content, dict):
        return Line(number, None, "not a JSON object")
    return Line(number, content)


def _csv_lines(file: IO[bytes]) -> Iterator[Line]:
    csv.field_size_limit(MAX_LINE)
    # surrogateescape marks bytes that are not UTF-8, so that only their own row is refused
    reader = csv.DictReader(_decoded(file))
    try:
        for row in reader:
            content = {name: value for name, value in row.items() if name and value not in (None, "")}
            broken = any("\udc80" <= letter <= "\udcff" for value in content.values() for letter in str(value))
            yield Line(reader.line_num, None, "not UTF-8") if broken else Line(reader.line_num, content)
    except csv.Error as error:
        yield Line(reader.line_num + 1, None, f"not CSV: {error}; the rest of the file was not read")


def _decoded(file: IO[bytes]) -> Iterator[str]:
    for number, raw in enumerate(file):
        yield raw.decode("utf-8-sig" if number == 0 else "utf-8", "surrogateescape").replace("\0", "")


def dump_line(content: Mapping[str, Any]) -> str:
    """Write one object as a line of JSON; text that is no valid Unicode (a lone surrogate) is escaped, not dropped."""
    line = json.dumps(content, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        line = json.dumps(content)
    return line + "\n"


@contextmanager
def write_whole(path: str) -> Iterator[IO[str]]:
    """Open ``path`` (or standard output, ``-``) for writing; a file appears under its name only when it is whole."""
    try:
        if path == "-":
            yield sys.stdout
            sys.stdout.flush()
            return
        with _whole_file(Path(path), "w", "utf-8") as file:
            yield file
    except BrokenPipeError:
        raise  # whoever read the output has had enough
    except OSError as error:
        raise cannot_write("standard output" if path == "-" else path, error) from error


@contextmanager
def write_on(path: str, about: str) -> Iterator[tuple[IO[str], int]]:
    """Open ``path`` for lines, as ``write_whole`` does, but go on where a run that was stopped left off.

    Gives the file and the number of lines that are in it already. What a stopped run wrote is kept beside ``path``
    (``.part``), with ``about``; it is taken up only by a run with the same ``about``. Without ``about``, and on
    standard output, pipes and devices, every run begins anew and leaves nothing behind.
    """
    target = Path(path)
    if not about or path == "-" or (target.exists() and not target.is_file()):
        with write_whole(path) as out:
            yield out, 0
        return
    part = target.resolve().with_name(target.name + ".part")
    note = part.with_name(part.name + ".about")
    try:
        done = _whole_lines(part) if note.is_file() and note.read_text(encoding="utf-8") == about else 0
        if not done:
            note.write_text(about, encoding="utf-8")
        with part.open("a" if done else "w", encoding="utf-8") as file:
            yield file, done
            file.flush()
            os.fsync(file.fileno())
        part.replace(target.resolve())
        note.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def _whole_lines(part: Path) -> int:
    """Cut off a line that was not written to its end; return how many are left."""
    if not part.is_file():
        return 0
    lines = end = 0
    with part.open("r+b") as file:
        for line in file:
            if line.endswith(b"\n"):
                lines, end = lines + 1, end + len(line)
        file.truncate(end)
    return lines


def write_bytes_whole(path: Path, content: bytes) -> None:
    """Write ``content`` so that it appears whole or not at all. Raises ``InputError`` or ``DiskFullError``."""
    try:
        with _whole_file(path, "wb") as file:
            file.write(content)
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def _whole_file(path: Path, mode: str, encoding: str | None = None) -> Iterator[IO[Any]]:
    if path.exists() and not path.is_file():
        # A device or a pipe: renaming a file onto it would destroy it (/dev/null, when root runs this).
        with path.open(mode, encoding=encoding) as file:
            yield file
        return
    target = path.resolve()  # a link stays a link
    part = target.with_name(target.name + ".part")
    try:
        with part.open(mode, encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def cannot_write(path: str | Path, error: OSError) -> InputError | DiskFullError:
    """Say why ``path`` could not be written."""
    if error.errno == 28:  # ENOSPC
        return DiskFullError(f"the disk is full: {path} was not written.", "Free some space and run again.")
    return InputError(f"cannot write {path}: {error.strerror}.", "Check that the folder exists and is yours to write.")


def error_file(output: str, errors: str | None) -> Path | None:
    """Return where bad lines go: the given file, else beside the output; ``None``: to standard error.

    The last is for an output beside which no file belongs: a pipe or a device.
    """
    if errors:
        return Path(errors)
    path = Path(output)
    return None if output == "-" or (path.exists() and not path.is_file()) else path.with_suffix(".errors.jsonl")


def refuse_overwriting(source: str, output: str, errors: Path | None) -> None:
    """Raise ``InputError`` where the bad lines would replace the input or the results."""
    if errors is None or errors.is_char_device():
        return
    for name, path in (("input", source), ("output", output)):
        if path != "-" and Path(path).resolve() == errors.resolve():
            raise InputError(
                f"bad lines would go to {errors}, which is the {name}.", "Name another file with --errors."
            )
