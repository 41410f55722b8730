"""The dashboard: figures of the work, as plots that a person can read."""

from collections.abc import Iterable, Sequence
from datetime import date

from markupsafe import Markup
from starlette.responses import Response

from cases.wording import day, decimal, local
from pipeline.agreement_of_readers import ReaderAgreement
from pipeline.audit_sample import AuditEstimate
from pipeline.case_lists import code_names
from pipeline.dashboard import CodePrecision, Dashboard
from pipeline.lead_figures import Tally
from pipeline.readings import QUEUE_VI
from review.charts import Bar, Series, bars, columns, figure, text
from review.marking import one_line
from review.seen import Seen

#: The spans of time that can be chosen, in days.
_SPANS = (7, 30, 90, 365)

#: Lines of one bar plot.
_MOST = 12


def dashboard(seen: Seen) -> Response:
    """Show the figures of the last so many days."""
    asked = seen.asked("days", 4)
    days = int(asked) if asked in {str(each) for each in _SPANS} else 30
    found = seen.desk.figures(days)
    seen.saw("view_dashboard")
    return seen.page("dashboard.html", numbers=_numbers(found), plots=_plots(found), days=days, spans=_SPANS, d=found)


def _count(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _percent(value: float) -> str:
    return f"{100 * value:.1f}".replace(".", ",") + "%"


def _numbers(found: Dashboard) -> list[tuple[str, str, str]]:
    seconds, hours = found.median_reading_seconds, found.median_hours_to_decision
    return [
        ("Quảng cáo hiện hành", _count(found.advertisements), ""),
        ("Tin có dấu hiệu", _count(found.leads), f"{_count(found.withdrawn)} tin đã gỡ"),
        ("Vụ việc", _count(sum(each.cases for each in found.cases)), ""),
        ("Chờ phân xử", _count(found.unsettled), "ý kiến khác nhau"),
        ("Thời gian đọc một tin", "–" if seconds is None else _lasting(seconds), "trung vị"),
        ("Từ mở vụ việc đến xác nhận, bác bỏ", _waited(hours), "trung vị"),
    ]


def _waited(hours: float | None) -> str:
    if hours is None:
        return "–"
    return _lasting(hours * 3600) if hours else "dưới 5 phút"  # hours are rounded to a tenth


def _lasting(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} giây"
    if seconds < 5400:
        return f"{seconds / 60:.0f} phút"
    return f"{seconds / 3600:.0f} giờ" if seconds < 172_800 else f"{seconds / 86_400:.0f} ngày"


def _plots(found: Dashboard) -> list[Markup]:
    names = {code.value: name for code, name in code_names().items()}
    return [
        figure("Câu trả lời theo ngày", _readings(found)),
        figure("Bước xử lý vụ việc theo ngày", _decisions(found)),
        figure("Việc đang chờ theo hàng đợi", _backlog(found)),
        figure("Vụ việc theo trạng thái", _amounts((each.name_vi, each.cases) for each in found.cases)),
        figure("Tin theo loại dấu hiệu", _tallies(found.by_code), _TALLY_SAYS),
        figure("Độ đúng của máy theo loại dấu hiệu", _precision(found.precision), _PRECISION_SAYS),
        figure("Tin theo nhóm hàng hóa, dịch vụ", _tallies(found.by_domain), _TALLY_SAYS),
        figure("Tin theo quận, huyện", _tallies(found.by_district), _TALLY_SAYS),
        figure("Tin theo nguồn", _tallies(found.by_source), _TALLY_SAYS),
        figure(
            "Mức thống nhất giữa hai người đọc", _kappas(found.agreement, found.agreement_blind, names), _KAPPA_SAYS
        ),
        figure("Phần bị bỏ sót (mẫu ngẫu nhiên)", _audit(found.audit), _AUDIT_SAYS if found.audit else ""),
    ]


_TALLY_SAYS = "Phần đầu của thanh và số trong ngoặc: số tin đã được người đọc xác nhận."
_PRECISION_SAYS = (
    "Vạch là tỷ lệ dấu hiệu máy nêu được người đọc giữ lại; dải nhạt là khoảng tin cậy 95% (Wilson). Chỉ tính các tin "
    "đã đọc, phần lớn ở đầu hàng đợi; trong ngoặc là số dấu hiệu đã xem xét."
)
_KAPPA_SAYS = "Hệ số kappa của Cohen: 1 là hoàn toàn thống nhất, 0 là ngang với ngẫu nhiên."
_AUDIT_SAYS = "Cận trên chính xác (Clopper–Pearson) một phía, độ tin cậy 95%."


def _dates(days: Iterable[date]) -> list[str]:
    return [f"{each.day:02d}/{each.month:02d}" for each in days]


def _readings(found: Dashboard) -> Markup:
    rows = found.readings
    series = [
        Series("xác nhận", "b", [row.confirmed for row in rows]),
        Series("bác bỏ", "a", [row.rejected for row in rows]),
        Series("đọc lần hai", "c", [row.second_reading for row in rows]),
    ]
    return columns(_dates(row.day for row in rows), series, "Câu trả lời theo ngày")


def _decisions(found: Dashboard) -> Markup:
    rows = found.decisions
    return columns(
        _dates(row.day for row in rows), [Series("bước xử lý", "a", [row.decisions for row in rows])], "Bước xử lý"
    )


def _amounts(rows: Iterable[tuple[str, int]]) -> Markup:
    kept = list(rows)
    most = max((value for _, value in kept), default=0) or 1
    return bars(Bar(name, value / most, _count(value)) for name, value in kept)


def _backlog(found: Dashboard) -> Markup:
    return _amounts((QUEUE_VI[queue], size) for queue, size in found.backlog.items())


def _tallies(rows: Sequence[Tally]) -> Markup:
    shown = sorted(rows, key=lambda row: -row.leads)[:_MOST]
    most = max((row.leads for row in shown), default=0) or 1
    return bars(
        Bar(
            one_line(row.name_vi, 60) or "(chưa rõ)",
            row.leads / most,
            f"{_count(row.leads)} ({_count(row.confirmed)})",
            inner=row.confirmed / most,
        )
        for row in shown
    )


def _precision(rows: Sequence[CodePrecision]) -> Markup:
    return bars(
        (
            Bar(row.name_vi, row.share, f"{_percent(row.share)} ({row.proposed})", low=row.low, high=row.high)
            for row in rows
            if row.share is not None
        ),
        empty="Chưa có dấu hiệu nào được người đọc xem xét.",
    )


def _kappas(found: ReaderAgreement, blind: ReaderAgreement, names: dict[str, str]) -> Markup:
    if not found.pairs:
        return text("Chưa có tin nào được hai người đọc độc lập.")
    said = text(
        f"{found.pairs} cặp ý kiến ({found.blind_pairs} cặp không xem gợi ý); {found.same} cặp giống nhau hoàn toàn."
    )
    rows = [("Kết luận chung", found.outcome), ("Kết luận, khi không xem gợi ý", blind.outcome)]
    rows += [(names.get(each.code.value, each.code.value), each.kappa) for each in found.codes]
    known = [(name, value) for name, value in rows if value is not None]
    return said + bars(Bar(name, value, decimal(value)) for name, value in known)


def _audit(found: AuditEstimate | None) -> Markup:
    if found is None:
        return text("Chưa rút mẫu kiểm tra ngẫu nhiên.")
    drawn_on = day(local(found.drawn_at).date())
    drawn = f"Mẫu {_count(found.size)} trong {_count(found.population)} tin không có dấu hiệu, rút ngày {drawn_on}"
    if found.share is None:
        return text(f"{drawn}; chưa đọc tin nào.")
    said = f"{drawn}; đã đọc {found.read}, phát hiện {found.misses} tin bị bỏ sót."
    most = f"Trong toàn bộ, nhiều nhất khoảng {_count(found.misses_at_most)} tin bị bỏ sót (độ tin cậy 95%)."
    row = Bar("Tỷ lệ bỏ sót", found.share, f"≤ {_percent(found.upper)}", low=0.0, high=found.upper)
    return text(said) + bars([row]) + text(most)
