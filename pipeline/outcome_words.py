"""What became of an address, and why, as an inspector is told. The evidence log keeps the crawler's own words."""

import re

from models.vocabulary import Outcome

#: Outcomes as one counts them.
OUTCOME_VI = {
    Outcome.CAPTURED: "đã lưu",
    Outcome.UNCHANGED: "không đổi",
    Outcome.FAILED: "lỗi",
    Outcome.BLOCKED: "bị chặn",
    Outcome.WITHDRAWN: "đã gỡ",
    Outcome.EXCLUDED_BY_ROBOTS: "robots.txt không cho phép",
}

#: Words of the crawler's notes, and what they mean to an inspector. The first that fits is taken.
_WHY_VI = (
    (("challenge page",), "trang kiểm tra chống truy cập tự động, không phải nội dung"),
    (("consent wall",), "trang yêu cầu đồng ý cookie hoặc điều khoản, không phải nội dung"),
    (("the page says that it is gone",), "trang tự thông báo nội dung không còn"),
    (("dns", "lookup", "cannotresolvehost"), "không tìm thấy tên miền"),
    (("timeout", "timed out", "timedout"), "quá thời gian chờ máy chủ trả lời"),
    (("refused by other side", "connectionrefused"), "không kết nối được tới máy chủ"),
    (("refused: ", "network address"), "địa chỉ không được phép truy cập"),
    (("certificate", "ssl", "tls"), "không lập được kết nối bảo mật"),
    (("connection", "robots.txt cannot be had"), "mất kết nối với máy chủ"),
    (("in a circle", "redirects more than"), "trang chuyển hướng lòng vòng"),
    (("redirects out", "redirects to"), "trang chuyển hướng ra ngoài phạm vi nguồn"),
)


def why_said(note: str) -> str:
    """Say in Vietnamese what a note of the crawler means; ``''`` where it holds nothing that is known."""
    if status := re.match(r"HTTP (\d{3})", note):
        return f"máy chủ trả lời mã {status[1]}"
    plain = note.casefold()
    return next((text for words, text in _WHY_VI if any(word in plain for word in words)), "")
