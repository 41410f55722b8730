"""``medad model compare``: a model in use beside one that might replace it, before anybody adopts it.

The same texts and the same resamples for both. What matters to a reviewer is said in Vietnamese: which signs would be
found that were missed, which lost, which false alarms would go and which come.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifier.backends import load
from classifier.transformer import TransformerClassifier
from evaluation import shown
from evaluation.answers import Source
from evaluation.bootstrap import TIMES
from evaluation.classifier import judged_by, named, weights_note
from evaluation.compare import compare, differences, not_better
from evaluation.figures import ENOUGH, figures
from evaluation.figures import Path as At
from evaluation.gold import file_hash, read_samples
from evaluation.intervals import Drawings, bounds, rounded
from evaluation.judged import Judged, Table
from evaluation.report import make_folder, write_report
from models.vocabulary import TEXT_CODES, Code

#: Texts shown of each kind of change.
_MOST = 20

_FIGURES = ("precision", "recall", "f1")

#: The rows of the table: name, and where its figures stand.
ROWS: tuple[tuple[str, At], ...] = (
    ("health_ad", ("health_ad",)),
    ("any_code", ("any_code",)),
    *((code.value, ("codes", code.value)) for code in TEXT_CODES),
)


@dataclass(frozen=True, slots=True)
class Flip:
    """A sign that one model flags on a text and the other does not."""

    old: Judged
    new: Judged
    code: Code

    @property
    def what(self) -> str:
        """``found``, ``lost``, ``alarm`` (a false one comes) or ``calmed`` (a false one goes)."""
        now, true = self.code in self.new.answer.flagged, self.code in self.new.sample.codes
        if true:
            return "found" if now else "lost"
        return "alarm" if now else "calmed"


WHATS_VI: Mapping[str, str] = {
    "found": "Phát hiện thêm",
    "lost": "Bỏ sót thêm",
    "alarm": "Báo nhầm thêm",
    "calmed": "Hết báo nhầm",
}


def compare_models(
    samples: Path,
    old: str,
    new: str,
    out: Path,
    *,
    times: int = TIMES,
    on_progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Compare two models (a name, a folder of ``medad train`` or a file of ``medad score`` each) on labelled samples.

    Writes ``report.html`` (Vietnamese) and ``metrics.json`` into ``out`` and returns the metrics. ``difference`` is new
    minus old, with the 95 % interval of the paired bootstrap by group; ``not_better`` the share of resamples in which
    the new one is not the better. Raises ``InputError`` for samples or models that cannot be used.
    """
    read = read_samples(samples)
    make_folder(out)
    before, first = judged_by(read, old, out / "scored-old.jsonl", on_progress)
    after, second = judged_by(read, new, out / "scored-new.jsonl", on_progress)
    drawings = Drawings.of([row.sample.group for row in after], times)
    flips = changes(before, after)
    found: dict[str, Any] = {
        "data": {"file": samples.name, "sha256": file_hash(samples), "texts": len(after)},
        "intervals": drawings.note(),
        "old": named(first),
        "new": named(second),
        "rows": _rows(before, after, drawings, _thresholds(old, first), _thresholds(new, second)),
        "comparison": compare(after, before, drawings),
        "flips": _counted(flips),
    }
    table = Table(after)
    if table.weighted:
        found["weights"] = weights_note(table)
    write_report(out, "model.html.j2", found, [], flips=_shown(flips), whats=WHATS_VI, enough=ENOUGH)
    return found


def changes(before: Sequence[Judged], after: Sequence[Judged]) -> list[Flip]:
    """Return every (text, code) that exactly one of the two flags, in the order of the texts."""
    return [
        Flip(old, new, code)
        for old, new in zip(before, after, strict=True)
        for code in sorted(old.answer.flagged ^ new.answer.flagged)
    ]


def _thresholds(spec: str, source: Source) -> Mapping[Code, float]:
    """Return a network's operating thresholds; nothing where there is none (rules) or only answers are at hand."""
    if source.file:
        return {}
    classifier = load(spec)
    return classifier.calibration.thresholds if isinstance(classifier, TransformerClassifier) else {}


def _rows(
    before: Sequence[Judged],
    after: Sequence[Judged],
    drawings: Drawings,
    old_at: Mapping[Code, float],
    new_at: Mapping[Code, float],
) -> dict[str, Any]:
    sides = {"old": figures(Table(before)), "new": figures(Table(after))}
    once = np.ones((1, len(after)))
    wanted = [(*at, figure) for _, at in ROWS for figure in _FIGURES]
    apart = differences(sides["new"], sides["old"], wanted, drawings.by_text or drawings.by_group)
    found: dict[str, Any] = {}
    for name, at in ROWS:
        row: dict[str, Any] = {"positives": _positives(after, name)}
        for side, every in sides.items():
            row[side] = {figure: rounded(float(every[*at, figure](once)[0])) for figure in _FIGURES}
        for side, thresholds in (("old", old_at), ("new", new_at)):
            stated = thresholds.get(Code(name)) if at[0] == "codes" else None
            row[side]["threshold"] = None if stated is None else rounded(float(stated))
        row["difference"] = {
            figure: {
                "value": rounded(float((sides["new"][*at, figure](once) - sides["old"][*at, figure](once))[0])),
                "interval": bounds(apart[*at, figure]),
                "not_better": not_better(apart[*at, figure], more_is_better=True),
            }
            for figure in _FIGURES
        }
        found[name] = row
    return found


def _positives(rows: Sequence[Judged], name: str) -> int:
    if name == "any_code":
        return sum(row.violates for row in rows)
    if name == "health_ad":
        return sum(row.sample.kind.value == name for row in rows)
    return sum(Code(name) in row.sample.codes for row in rows)


def _counted(flips: Sequence[Flip]) -> dict[str, Any]:
    by_code: dict[str, Counter[str]] = {}
    for flip in flips:
        by_code.setdefault(flip.code.value, Counter())[flip.what] += 1
    every = Counter(flip.what for flip in flips)
    return {
        "texts": len({flip.new.sample.id for flip in flips}),
        **{what: every[what] for what in WHATS_VI},
        "codes": {code: {what: counted[what] for what in WHATS_VI} for code, counted in sorted(by_code.items())},
    }


def _shown(flips: Sequence[Flip]) -> dict[str, list[dict[str, Any]]]:
    return {
        what: [
            {
                "id": flip.new.sample.id,
                "code": shown.name_of(flip.code),
                "old": rounded(flip.old.answer.codes[flip.code]),
                "new": rounded(flip.new.answer.codes[flip.code]),
                "pieces": shown.question(flip.new, flip.old),
            }
            for flip in [each for each in flips if each.what == what][:_MOST]
        ]
        for what in WHATS_VI
    }


def described(found: Mapping[str, Any]) -> str:
    """Return the comparison as a Vietnamese table for a terminal."""
    flips = found["flips"]
    lines = [
        f"Mô hình đang dùng : {_model(found['old'])}",
        f"Mô hình mới       : {_model(found['new'])}",
        f"{found['data']['texts']} văn bản có nhãn, {found['intervals']['groups']} nhóm (trang web, đơn vị quảng cáo).",
        "",
        f"{'':32}{'số mẫu':>7}  {'chính xác':>14}  {'phát hiện':>14}  {'F1':>14}  {'ngưỡng':>12}  chênh lệch F1 (95 %)",
    ]
    for name, row in found["rows"].items():
        sides = "  ".join(f"{_pair(row, figure):>14}" for figure in _FIGURES)
        apart = _apart(row["difference"]["f1"])
        lines.append(f"{_name(name)[:31]:32}{row['positives']:>7}  {sides}  {_limits(row):>12}  {apart}")
    lines += [
        "",
        f"Đổi kết quả ở {flips['texts']} văn bản: "
        + "; ".join(f"{words.lower()} {flips[what]}" for what, words in WHATS_VI.items())
        + ".",
    ]
    if found["intervals"]["too_few_groups"]:
        lines.append("Ít hơn 8 nhóm: khoảng tin cậy tính theo văn bản, hẹp hơn thực tế.")
    return "\n".join(lines)


def _model(source: Mapping[str, str]) -> str:
    return f"{source['name']} {source['version']}"


def _name(row: str) -> str:
    special = {"health_ad": "Quảng cáo về sức khỏe", "any_code": "Bất kỳ dấu hiệu nào"}
    return special.get(row) or shown.name_of(row)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}".replace(".", ",")


def _pair(row: Mapping[str, Any], figure: str) -> str:
    return f"{_percent(row['old'][figure])} → {_percent(row['new'][figure])}"


def _limits(row: Mapping[str, Any]) -> str:
    sides = [row[side]["threshold"] for side in ("old", "new")]
    return (
        "" if sides == [None, None] else " → ".join("–" if s is None else f"{s:.2f}".replace(".", ",") for s in sides)
    )


def _apart(difference: Mapping[str, Any]) -> str:
    low, high = difference["interval"]
    if difference["value"] is None or low is None:
        return "–"
    said = f"{100 * difference['value']:+.1f} ({100 * low:+.1f} … {100 * high:+.1f})".replace(".", ",")
    return said + (" *" if low > 0 or high < 0 else "")
