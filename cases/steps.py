"""How the steps of a case are said in its history."""

from collections.abc import Callable, Mapping
from typing import Any

from cases.triage import RULING_VI, STATUS_VI, Decision, Ruling, Step
from cases.untrusted import line
from cases.wording import money
from models.vocabulary import CaseStatus


def step_said(step: Decision) -> str:
    """One step in Vietnamese: where the case went, or what was done to it."""
    if step.step is not None:
        return _SAID[step.step](step.details)
    said = f"{STATUS_VI[step.before]} → {STATUS_VI[step.after]}"
    if step.after is CaseStatus.DECIDED:
        return f"{said}: {ruling_said(step.details)}"
    who = line(str(step.details.get("assignee", "")))
    return f"{said}: {who}" if who else said


def ruling_said(details: Mapping[str, Any]) -> str:
    """The outcome of a decision, its fine and number."""
    outcome = str(details.get("outcome", ""))
    said = RULING_VI[Ruling(outcome)] if outcome in set(Ruling) else "chưa ghi kết quả"
    fine, number = details.get("fine_vnd"), line(str(details.get("decision_number", "")))
    amount = f" {money(fine)}" if isinstance(fine, int) else ""
    return f"{said[:1].lower()}{said[1:]}{amount}" + (f", quyết định số {number}" if number else "")


def _ads(details: Mapping[str, Any]) -> str:
    ads = details.get("ads")
    numbers = [str(each) for each in ads] if isinstance(ads, list) else []
    more = f" và {len(numbers) - 10} tin khác" if len(numbers) > 10 else ""
    return f"tin số {', '.join(numbers[:10])}{more}" if numbers else "không có tin nào"


def _merged(details: Mapping[str, Any]) -> str:
    if "into" in details:
        return f"Nhập vào vụ việc số {line(str(details['into']))} ({_ads(details)})"
    return f"Nhận vụ việc số {line(str(details.get('from', '')))} nhập vào ({_ads(details)})"


def _split(details: Mapping[str, Any]) -> str:
    if "to" in details:
        return f"Tách thành vụ việc số {line(str(details['to']))} ({_ads(details)})"
    return f"Được tách từ vụ việc số {line(str(details.get('from', '')))} ({_ads(details)})"


def _asked(details: Mapping[str, Any]) -> str:
    whom = line(str(details.get("addressee", "")))
    return f"Yêu cầu gỡ quảng cáo ({_ads(details)})" + (f" gửi {whom}" if whom else "")


_SAID: Mapping[Step, Callable[[Mapping[str, Any]], str]] = {
    Step.NOTE: lambda details: "Ghi chú",
    Step.ASSIGN: lambda details: f"Giao cho {line(str(details.get('assignee', '')))}",
    Step.MERGE: _merged,
    Step.SPLIT: _split,
    Step.TAKEDOWN: _asked,
}
