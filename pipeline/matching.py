"""``medad match``: passages of advertisements in, the registry's answer out, one line each; no database, no network."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from models.vocabulary import MentionKind, Verdict
from pipeline.lines import Line, dump_line, error_file, read_lines, refuse_overwriting, write_whole
from pipeline.scoring import Summary, keep_bad
from registry.directory import Registry, read_registry_dir
from registry.explain import Explanation
from registry.matcher import Matcher
from registry.types import Match, Query

_KINDS = (MentionKind.PRACTITIONER.value, MentionKind.FACILITY.value)


def match_file(
    matcher: Matcher,
    source: str,
    output: str,
    *,
    errors: str | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Summary:
    """Answer every good line of ``source`` in order; bad lines go to the error file with their number and fault."""
    bad_file = error_file(output, errors)
    refuse_overwriting(source, output, bad_file)
    bad: list[Line] = []
    done = 0
    with write_whole(output) as out:
        for query in _queries(read_lines(source), bad):
            out.write(dump_line(answer(matcher.match(query))))
            done += 1
            if on_progress is not None and done % 100 == 0:
                on_progress(done)
    return Summary(done, len(bad), keep_bad(bad, bad_file))


def matcher_of(folder: Path) -> Matcher:
    """Build a matcher from a folder of registry files. Raises ``RosterError`` when it holds none."""
    return registry_matcher(read_registry_dir(folder))


def registry_matcher(registry: Registry) -> Matcher:
    """Build a matcher over what a folder of registry files holds."""
    return Matcher(registry.practitioners, registry.facilities)


def _queries(lines: Iterator[Line], bad: list[Line]) -> Iterator[Query]:
    for line in lines:
        fault = line.error if line.content is None else _fault(line.content)
        if fault:
            bad.append(Line(line.number, None, fault))
        else:
            assert line.content is not None
            yield query_of(line.content)


def _fault(content: Mapping[str, Any]) -> str:
    if not isinstance(content.get("id"), str | int) or content["id"] == "" or isinstance(content["id"], bool):
        return "no id"
    if content.get("kind") not in _KINDS:
        return f"kind is not one of {', '.join(_KINDS)}"
    if not isinstance(content.get("text"), str) or not content["text"].strip():
        return "no text"
    try:
        _as_of(content)
    except (ValueError, TypeError):
        return f"as_of is not a date (YYYY-MM-DD): {str(content['as_of'])[:40]}"
    return ""


def _as_of(content: Mapping[str, Any]) -> date | None:
    value = content.get("as_of")
    return None if value is None or value == "" else date.fromisoformat(value[:10])


def query_of(content: Mapping[str, Any]) -> Query:
    """Read one question: ``{"id", "kind", "text", "as_of"?}``."""
    return Query(id=str(content["id"]), kind=MentionKind(content["kind"]), text=content["text"], as_of=_as_of(content))


def answer(match: Match) -> dict[str, Any]:
    """Return the output object of one answer, as the contract of ``medad match`` states it."""
    return {
        "id": match.id,
        "decision": match.decision.value,
        "registry_id": match.registry_id or None,
        "licence_no": match.licence_no or None,
        "probability": round(match.probability, 4),
        "facts": {name: value.value for name, value in asdict(match.facts).items()},
        "reasons": list(match.reasons),
        "candidates": [
            {"registry_id": c.registry_id, "probability": round(c.probability, 4), "name": c.name}
            for c in match.candidates
        ],
    }


_VERDICTS = {
    Verdict.MATCHED: "trùng khớp",
    Verdict.AMBIGUOUS: "chưa phân biệt được",
    Verdict.NOT_FOUND: "chưa tìm thấy",
}


#: What a feature saw, where one word says it of every feature; the rarer ones stand as they are in the weights.
_SAW = {
    "silent": "không nêu",
    "unstated": "sổ không ghi",
    "agree": "khớp",
    "contradict": "khác",
    "exact": "giống hệt",
    "same": "trùng",
    "straight": "đúng thứ tự",
}


def _decimal(value: float, form: str) -> str:
    return format(value, form).replace(".", ",")


def describe_explanation(found: Explanation) -> str:
    """Return in Vietnamese what led to one answer: each feature with its weight, the running sum, and the reasons."""
    lines = [f"Kết quả: {_VERDICTS[found.match.decision]} (xác suất {_decimal(found.match.probability, '.3f')})"]
    if found.candidate:
        lines.append(
            f"Hồ sơ gần nhất: {found.candidate}. Điểm cộng, trừ (thang lô-ga-rít) của từng dấu hiệu và tổng cộng dồn:"
        )
        total = 0.0
        for step in sorted(found.steps, key=lambda step: -abs(step.log_odds)):
            total += step.log_odds
            saw = f" [{_SAW.get(step.saw, step.saw)}]" if step.saw else ""
            lines.append(f"  {_decimal(step.log_odds, '+7.2f')}  → {_decimal(total, '+7.2f')}   {step.meaning}{saw}")
        lines.append(f"  Tổng: {_decimal(found.total, '+.2f')}")
    return "\n".join([*lines, *(f"- {reason}" for reason in found.match.reasons)])
