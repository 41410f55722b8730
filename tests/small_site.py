"""A small invented clinic on 127.0.0.1 and its registry: what the tests of the command line and the pipeline watch."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import sleep

FOOTER = (
    "<footer><p>Phòng khám chuyên khoa Da liễu Mộc Lan Trắng, 17 đường Hoa Gạo, phường Tân Mẫu, quận Bến Mẫu.</p>"
    "<p>Giấy phép hoạt động số 09911/HCM-GPHĐ. Điện thoại: 028 7300 0991.</p></footer>"
)
GUARANTEE = "Phòng khám cam kết chữa khỏi 100% nám da, dứt điểm hoàn toàn, không tái phát."
SOBER = "Phòng khám khám và tư vấn các bệnh da liễu. Kết quả điều trị tùy thuộc cơ địa mỗi người."


def html(title: str, *paragraphs: str, links: tuple[str, ...] = (), day: str = "2026-07-20") -> str:
    """Return one page of the clinic."""
    menu = "".join(f'<li><a href="{link}">{link.strip("/")}</a></li>' for link in links)
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<html lang="vi"><head><title>{title}</title><meta charset="utf-8">'
        f'<meta property="article:published_time" content="{day}T09:00:00+07:00"></head>'
        f"<body><nav><ul>{menu}</ul></nav><main><article><h1>{title}</h1>{text}</article></main>{FOOTER}</body></html>"
    )


OFFER = (
    "Gọi ngay 028 7300 0991 để đặt lịch điều trị tại Phòng khám Da liễu Mộc Lan Trắng và nhận ưu đãi giảm 30% trong "
    "tháng này. Bảng giá dịch vụ điều trị nám bằng laser: 1.500.000đ một lần. Đội ngũ bác sĩ giàu kinh nghiệm."
)
LINKS = ("/tri-nam", "/bac-si", "/kham-da", "/san-pham", "/tin-tuc", "/lien-he")


def first_pages() -> dict[str, str]:
    """Return the site as it stands at first: seven pages."""
    return {
        "/": html("Phòng khám Da liễu Mộc Lan Trắng", SOBER, OFFER, links=LINKS),
        "/tri-nam": html(
            "Dịch vụ trị nám tại Phòng khám Mộc Lan Trắng", GUARANTEE, OFFER, "Đặt lịch khám ngay hôm nay!"
        ),
        "/bac-si": html(
            "Đội ngũ bác sĩ",
            "BS.CKI Trần Thị Mẫu Đơn, chuyên khoa Da liễu, trực tiếp điều trị tại Phòng khám Da liễu Mộc Lan Trắng.",
            "Là phòng khám tốt nhất Việt Nam, số 1 về điều trị mụn.",
            OFFER,
        ),
        "/kham-da": html("Khám da liễu tổng quát", SOBER, OFFER),
        "/san-pham": html(
            "Viên uống Sáng Da Mộc Lan",
            "Thực phẩm bảo vệ sức khỏe Viên uống Sáng Da Mộc Lan chữa khỏi hoàn toàn nám, tàn nhang chỉ sau 7 ngày.",
            "Mua ngay hôm nay, giá 450.000đ một hộp, miễn phí giao hàng.",
        ),
        "/tin-tuc": html("Lịch nghỉ lễ", "Phòng khám thông báo lịch nghỉ lễ Quốc khánh từ ngày 1 đến ngày 3 tháng 9."),
        "/lien-he": html("Liên hệ", "Địa chỉ: 17 đường Hoa Gạo, phường Tân Mẫu. Điện thoại 028 7300 0991."),
    }


class SmallSite:
    """Serves ``pages``, which a test may change between two runs; ``pause`` slows each answer (seconds)."""

    def __init__(self, pages: dict[str, str], port: int = 0, pause: float = 0.0) -> None:
        self.pages = pages
        self.pause = pause
        site = self

        class _Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                return

            def do_GET(self) -> None:
                sleep(site.pause)
                page = site.pages.get(self.path)
                body = (page or "không có trang này").encode()
                self.send_response(200 if page is not None else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def small_site(pages: dict[str, str] | None = None, pause: float = 0.0) -> Iterator[SmallSite]:
    """Serve the clinic until the block ends."""
    site = SmallSite(first_pages() if pages is None else pages, pause=pause)
    try:
        yield site
    finally:
        site.close()


def sources_file(folder: Path, site: SmallSite) -> Path:
    """Write a sources file that watches ``site``."""
    path = folder / "sources.toml"
    path.write_text(
        f'[[source]]\nname = "moc-lan"\nkind = "site"\nstart = ["{site.url}/"]\ndelay = 0.0\n', encoding="utf-8"
    )
    return path


def registry_dir(folder: Path) -> Path:
    """Write a tiny registry: the clinic is suspended, its doctor works elsewhere, two doctors share one name."""
    folder.mkdir(exist_ok=True)
    (folder / "practitioners.csv").write_text(
        "Mã,Họ và tên,Số CCHN,Phạm vi hoạt động,Tình trạng,Ngày cấp,Nơi hành nghề\n"
        "P1,Trần Thị Mẫu Đơn,0099101/HCM-CCHN,Chuyên khoa Da liễu,Hoạt động,05/06/2018,Bệnh viện Da liễu Hoa Gạo\n"
        "P2,Lý Văn Mẫu,0099102/HCM-CCHN,Khám bệnh chữa bệnh nội khoa,Hoạt động,05/06/2019,Phòng khám Cây Đa\n"
        "P3,Lý Văn Mẫu,0099103/HCM-CCHN,Khám bệnh chữa bệnh nội khoa,Hoạt động,05/06/2020,Phòng khám Cây Đa\n",
        encoding="utf-8",
    )
    (folder / "facilities.csv").write_text(
        "Mã,Tên cơ sở,Số giấy phép,Địa chỉ,Phường,Quận,Điện thoại,Phạm vi hoạt động,Tình trạng,Ngày cấp\n"
        "F1,Phòng khám chuyên khoa Da liễu Mộc Lan Trắng,09911/HCM-GPHĐ,17 đường Hoa Gạo,Tân Mẫu,Bến Mẫu,"
        "02873000991,Da liễu,Đình chỉ từ 12/01/2026,01/02/2019\n"
        "F2,Phòng khám Cây Đa,09912/HCM-GPHĐ,3 đường Cây Đa,Tân Mẫu,Bến Mẫu,02873000992,Nội khoa,"
        "Hoạt động,01/02/2019\n",
        encoding="utf-8",
    )
    return folder
