"""One reader at a terminal: keys in, answers stored. Without a terminal each line of standard input is a key."""

import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import typer
from sqlalchemy import Engine

from commands.output import options
from commands.triage_screen import HELP_VI, KEYS_VI, machine, screen, selected
from models.errors import InputError
from models.vietnamese import fold
from models.vocabulary import Code, Queue, ReadingOutcome
from pipeline.casework import code_names
from pipeline.reading_values import ReadingItem, Spans
from pipeline.readings import Answer, NeedsReasonError, answer, next_item, open_item, queue_sizes, undo


class LeftError(Exception):
    """The reader has left: a key, the end of the input, or the terminal is gone."""


def _key() -> str:
    """Return one key: at once on a terminal, the first letter of a line elsewhere."""
    if not sys.stdin.isatty():
        return _line()[:1]
    import termios  # not on Windows, where keys are lines
    import tty

    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    try:
        tty.setcbreak(number, termios.TCSADRAIN)  # what was typed ahead is kept
        pressed = sys.stdin.read(1)
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)
    if pressed in ("", "\x04"):
        raise LeftError
    return pressed


def _line() -> str:
    found = sys.stdin.readline()
    if not found:
        raise LeftError
    return found.strip()


def _say(text: str) -> None:
    """Show the screen: on standard output, which with ``--json`` belongs to the result."""
    typer.echo(text, err=options.json)


@dataclass(slots=True)
class Desk:
    """One reader before one queue."""

    engine: Engine
    reader: str
    queue: Queue
    versions: tuple[str, str]
    blind: bool = False
    limit: int | None = None
    counted: Counter[str] = field(default_factory=Counter)
    item: ReadingItem | None = None
    chosen: dict[Code, Spans] = field(default_factory=dict)

    def work(self) -> None:
        """Show one advertisement after the other until the queue is empty or the reader leaves."""
        try:
            while self.limit is None or self._answers() < self.limit:
                if not self._next():
                    _say("Hàng đợi không còn quảng cáo nào.")
                    return
                self._decide()
        except LeftError:
            _say("Đã thoát.")

    def _answers(self) -> int:
        return self.counted.total() - self.counted["undone"]

    @property
    def shown(self) -> ReadingItem:
        """The advertisement that is being decided."""
        assert self.item is not None
        return self.item

    def _next(self) -> bool:
        if self.item is None:
            self.item = next_item(self.engine, self.reader, self.queue, self.versions, blind=self.blind)
        if self.item is None:
            return False
        self._begin()
        return True

    def _begin(self) -> None:
        """Choose what the machine found, or what the reader said before, and show it all."""
        own = [row for row in self.shown.earlier if row.reader == self.reader]
        self.chosen = dict(own[-1].codes) if own else {}
        for found in () if own else self.shown.findings:
            span = () if found.absence else ((found.start, found.end),)
            self.chosen[found.code] = tuple(sorted({*self.chosen.get(found.code, ()), *span}))
        self._show()

    def _show(self) -> None:
        waiting = queue_sizes(self.engine, self.versions, self.reader)[self.queue]
        _say(screen(self.shown, self.chosen, code_names(), waiting))
        _say(KEYS_VI)

    def _decide(self) -> None:
        """Take keys until this advertisement is answered."""
        answers: dict[str, Callable[[], bool]] = {
            "c": lambda: self._answer(ReadingOutcome.CONFIRMED),
            "r": lambda: self._answer(ReadingOutcome.REJECTED),
            "2": lambda: self._answer(ReadingOutcome.SECOND_READING),
            "s": lambda: self._answer(ReadingOutcome.SKIPPED),
            "e": self._edit,
            "m": self._mark,
            "u": self._undo,
            "?": self._help,
        }
        while True:
            key = _key().lower()
            if key == "q":
                raise LeftError
            if key in answers:
                try:
                    if answers[key]():
                        return
                except InputError as error:
                    _say(str(error))
            elif key.strip():
                _say("Phím không dùng. Nhấn ? để xem hướng dẫn.")

    def _answer(self, outcome: ReadingOutcome) -> bool:
        judged = outcome in (ReadingOutcome.CONFIRMED, ReadingOutcome.REJECTED)
        given = Answer(
            self.shown.ad_id,
            self.reader,
            self.queue,
            outcome,
            kind=None if outcome is ReadingOutcome.CONFIRMED or not judged else self.shown.kind,
            domains=self.shown.domains if judged else (),
            codes=self.chosen if outcome is ReadingOutcome.CONFIRMED else {},
            blind=self.shown.blind,
            opened_at=self.shown.opened_at,
            versions=self.versions,
        )
        try:
            answer(self.engine, given)
        except NeedsReasonError as error:
            _say(f"{error.what}\nLý do (để trống để quay lại):")
            reason = _line()
            if not reason:
                return False
            answer(self.engine, replace(given, reason=reason))
        self.counted[outcome.value] += 1
        if self.shown.blind and judged:
            seen = open_item(self.engine, self.reader, self.shown.ad_id, self.versions, self.queue)
            _say("\n".join(machine(seen)))
        self.item = None
        return True

    def _edit(self) -> bool:
        names = code_names()
        codes = list(names)
        _say(
            "\n".join(f"{'x' if code in self.chosen else ' '} {at:2} {names[code]}" for at, code in enumerate(codes, 1))
        )
        _say("Số thứ tự của dấu hiệu cần thêm hoặc bỏ (cách nhau bằng dấu cách):")
        for word in _line().replace(",", " ").split():
            if not word.isdecimal() or not 1 <= int(word) <= len(codes):
                raise InputError(f"Không có dấu hiệu số {word[:10]}.", "Hãy nhập số trong danh sách.")
            code = codes[int(word) - 1]
            if code in self.chosen:
                del self.chosen[code]
            else:
                own = ((f.start, f.end) for f in self.shown.findings if f.code is code and not f.absence)
                self.chosen[code] = tuple(sorted(set(own)))
        _say(selected(self.chosen, names))
        return False

    def _mark(self) -> bool:
        names = code_names()
        codes = list(names)
        _say("\n".join(f"{at:2} {names[code]}" for at, code in enumerate(codes, 1)))
        _say("Số thứ tự của dấu hiệu:")
        word = _line()
        if not word.isdecimal() or not 1 <= int(word) <= len(codes):
            raise InputError(f"Không có dấu hiệu số {word[:10]}.", "Hãy nhập số trong danh sách.")
        code = codes[int(word) - 1]
        _say("Chép đúng những từ trong quảng cáo:")
        span = find_quote(self.shown.text, _line())
        self.chosen[code] = tuple(sorted({*self.chosen.get(code, ()), span}))
        _say(f"Đã đánh dấu: «{' '.join(self.shown.text[slice(*span)].split())}»")
        _say(selected(self.chosen, names))
        return False

    def _undo(self) -> bool:
        ad_id = undo(self.engine, self.reader)
        if ad_id is None:
            _say("Không có câu trả lời nào để hoàn tác.")
            return False
        self.counted["undone"] += 1
        _say(f"Đã hoàn tác câu trả lời về quảng cáo số {ad_id}.")
        self.item = open_item(self.engine, self.reader, ad_id, self.versions, self.queue, blind=self.blind)
        return True

    def _help(self) -> bool:
        _say(HELP_VI)
        return False


def find_quote(text: str, words: str) -> tuple[int, int]:
    """Return where ``words`` stand in ``text``: exactly, else whatever case, marks and spaces they are typed with.

    Raises ``InputError`` when they are not there.
    """
    words = words.strip()
    if words and (at := text.find(words)) >= 0:
        return at, at + len(words)
    plain = fold(text)
    sought = r"\s+".join(map(re.escape, fold(words).text.split()))
    found = re.search(sought, plain.text) if sought else None
    if found is None:
        raise InputError("Không tìm thấy những từ này trong quảng cáo.", "Hãy chép lại đúng như trong quảng cáo.")
    return plain.source(*found.span())
