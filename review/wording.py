"""What the screen says: names of roles, outcomes and steps in Vietnamese, and the filters of the templates."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cases.triage import RULING_VI, STATUS_VI
from cases.wording import (
    ANSWER_VI,
    DOMAIN_VI,
    METHOD_VI,
    VERDICT_VI,
    address,
    day,
    decimal,
    has_address,
    money,
    percent,
    stamp,
)
from models.errors import MedadError
from models.vocabulary import ReadingOutcome, Role, TextKind
from pipeline.access import ACTION_VI, about_vi
from pipeline.readings import QUEUE_VI
from review.marking import one_line

ROLE_VI: Mapping[Role, str] = {
    Role.REVIEWER: "Chuyên viên sàng lọc",
    Role.INSPECTOR: "Thanh tra viên",
    Role.ADMIN: "Quản trị viên",
}

OUTCOME_VI: Mapping[ReadingOutcome, str] = {
    ReadingOutcome.CONFIRMED: "Xác nhận có dấu hiệu",
    ReadingOutcome.REJECTED: "Bác bỏ, không có dấu hiệu",
    ReadingOutcome.SECOND_READING: "Đề nghị đọc lần hai",
    ReadingOutcome.SKIPPED: "Bỏ qua",
    ReadingOutcome.UNDONE: "Đã hoàn tác",
}

KIND_VI: Mapping[TextKind, str] = {
    TextKind.HEALTH_AD: "Quảng cáo trong lĩnh vực y tế",
    TextKind.HEALTH_INFO: "Thông tin sức khỏe, không phải quảng cáo",
    TextKind.OTHER_AD: "Quảng cáo lĩnh vực khác",
    TextKind.OTHER: "Nội dung khác",
}

#: What each queue is for, told where a reader chooses one.
QUEUE_SAYS: Mapping[str, str] = {
    "priority": "Tin có dấu hiệu, xếp theo mức ưu tiên của vụ việc.",
    "uncertainty": "Tin mà máy khó phân định nhất; ý kiến của người đọc có ích nhất cho lần huấn luyện sau.",
    "audit": "Mẫu ngẫu nhiên trong số tin máy không nêu dấu hiệu, để đo phần bị bỏ sót.",
    "second": "Tin cần thêm một người đọc độc lập; ý kiến của người đọc trước không được hiển thị.",
    "disagreement": "Tin mà hai người đọc có ý kiến khác nhau, chờ người thứ ba phân xử.",
}

#: Messages of the steps in English, and what they mean on the screen. The first that fits is taken.
_SAID: tuple[tuple[str, str], ...] = (
    (r"cannot go from", "Vụ việc không thể chuyển sang trạng thái này; có thể người khác vừa chuyển trạng thái."),
    (r"needs a reason", "Bước này cần nêu lý do."),
    (r"no known outcome", "Cần chọn kết quả xử lý."),
    (r"has no decision number", "Cần nhập số quyết định xử phạt."),
    (r"do not go together", "Chỉ nhập số tiền phạt, và phải nhập, khi kết quả là phạt tiền."),
    (r"is no fine", "Số tiền phạt không hợp lệ: cần một số nguyên, đơn vị đồng."),
    (r"was merged into case", "Vụ việc này đã được nhập vào vụ việc khác."),
    (r"is dismissed|is closed|finished file", "Vụ việc đã kết thúc; cần mở lại trước khi thực hiện bước này."),
    (r"there is no case", "Không có vụ việc này."),
    (r"no advertisement would be left", "Phải để lại ít nhất một tin quảng cáo trong vụ việc."),
    (r"advertisements not of case", "Có tin không thuộc vụ việc này; hãy chọn lại."),
    (r"into itself", "Không thể nhập một vụ việc vào chính nó."),
    (r"assigned to nobody", "Cần nhập tên người được phân công."),
    (r"says nothing", "Ghi chú còn trống."),
    (r"longer than", "Nội dung quá dài."),
    (r"too short or too long", "Mật khẩu cần từ 12 đến 256 ký tự."),
    (r"easily guessed", "Mật khẩu dễ đoán: cần nhiều ký tự khác nhau và không chứa tên đăng nhập."),
    (r"is no account name", "Tên đăng nhập gồm 2 đến 32 ký tự: a-z, 0-9, dấu chấm, gạch nối, gạch dưới."),
    (r"an account '.*' already", "Tên đăng nhập này đã có."),
    (r"there is no account", "Không có tài khoản này."),
    (r"is locked by another program", "Cơ sở dữ liệu đang bận; hãy thử lại sau ít giây."),
)
_VIETNAMESE = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹàáãèéìíòóõùúý]", re.I)


def said(error: MedadError) -> str:
    """Return an error as the reader of the screen understands it; never English, never a technical detail."""
    for pattern, text in _SAID:
        if re.search(pattern, error.what):
            return text
    if _VIETNAMESE.search(error.what):
        return str(error)
    return "Không thực hiện được bước này. Hãy tải lại trang và kiểm tra nội dung đã nhập."


def _named(words: Mapping[Any, str]) -> Callable[[Any], str]:
    plain = {str(key): text for key, text in words.items()}
    return lambda value: plain.get(str(value), str(value))


FILTERS: dict[str, Callable[..., str]] = {
    "stamp": stamp,
    "day": day,
    "percent": percent,
    "decimal": decimal,
    "money": money,
    "one_line": one_line,
    "address": lambda url: url if has_address(url) else address(url),
    "role_vi": _named(ROLE_VI),
    "outcome_vi": _named(OUTCOME_VI),
    "kind_vi": _named(KIND_VI),
    "queue_vi": _named(QUEUE_VI),
    "queue_says": _named(QUEUE_SAYS),
    "status_vi": _named(STATUS_VI),
    "ruling_vi": _named(RULING_VI),
    "answer_vi": _named(ANSWER_VI),
    "verdict_vi": _named(VERDICT_VI),
    "method_vi": _named(METHOD_VI),
    "domain_vi": _named(DOMAIN_VI),
    "action_vi": _named(ACTION_VI),
    "about_vi": lambda number, kind: about_vi(kind, number),
}
