"""Write the demo registry (``registry/``): every person, place and number in it is invented.

Run ``python data/demo/make_registry.py`` from the repository root (needs openpyxl, a development dependency). The result
is committed; it is the same on every run except for the time stamps inside the XLSX container, which are pinned below.

The named people and places are the ones that the pages of ``web/`` speak of; the rest are bystanders, drawn with a
fixed seed, so that names collide as they do in a real department's export. The mess is deliberate and listed in
``README.md``; what an importer should say of it is ``expected_registry.json``.
"""

import csv
import io
import json
import random
import re
import unicodedata
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

HERE = Path(__file__).parent / "registry"
SEED = 20261124
EXPORTED = datetime(2026, 11, 20, 8, 0, 0)


@dataclass
class Person:
    """One row of the practitioners' workbook."""

    id: str
    name: str
    title: str
    licence: str
    scope: str
    workplaces: list[str]
    issued: str
    expires: str = ""
    status: str = "Đang hoạt động"
    issuer: str = "Sở Y tế TP.HCM"
    note: str = ""


@dataclass
class Place:
    """One row of the facilities' CSV."""

    id: str
    legal: str
    trade: str
    licence: str
    kind: str
    scope: str
    address: str
    ward: str
    ward_old: str
    district_old: str
    phone: str
    issued: str
    responsible: str = ""
    responsible_licence: str = ""
    services: str = ""
    website: str = ""
    status: str = "Hoạt động"
    expires: str = ""
    extra: dict[str, str] = field(default_factory=dict)


AN_PHUC = "Phòng khám chuyên khoa Răng Hàm Mặt An Phúc"
DANG_NGA = "Phòng khám chuyên khoa Phẫu thuật thẩm mỹ Dáng Ngà"
MINH_TAM = "Phòng khám đa khoa Minh Tâm Đường"
CO_NOI = "Phòng chẩn trị Y học cổ truyền Cỏ Nội"
HA_VY = "Phòng khám chuyên khoa Phụ sản Hạ Vy"
LAM_QUANG = "Phòng khám chuyên khoa Mắt Lam Quang"
BUOC_XANH = "Phòng khám chuyên khoa Phục hồi chức năng Bước Xanh"
TRA_GIANG = "Bệnh viện Đa khoa Tâm Trà Giang"
BACH_LO = "Phòng khám chuyên khoa Da liễu Bạch Lộ"
HAI_VAN = "Phòng khám đa khoa Nam Hải Vân"
SAO_KHUE = "Phòng khám chuyên khoa Răng Hàm Mặt Sao Khuê"

PLACES = [
    Place("C101", AN_PHUC, "Nha khoa An Phúc", "07315/HCM-GPHĐ", "Phòng khám chuyên khoa", "Răng - Hàm - Mặt",
          "214 Phan Xích Long", "Cầu Kiệu", "Phường 2", "Phú Nhuận", "02873000115", "14/05/2018",
          "Nguyễn Hữu Khang", "0018452/HCM-CCHN",
          "Nhổ răng; chữa tủy; phục hình; cấy ghép implant; chỉnh nha; tẩy trắng răng; tiểu phẫu răng khôn",
          "nhakhoaanphuc.example"),
    Place("C102", DANG_NGA, "Thẩm mỹ Dáng Ngà", "08155/HCM-GPHĐ", "Phòng khám chuyên khoa", "Phẫu thuật tạo hình thẩm mỹ",
          "57 Trần Quang Diệu", "Nhiêu Lộc", "Phường 14", "Quận 3", "02873000342", "22/11/2019",
          "Đoàn Trung Kiệt", "0036620/HCM-CCHN",
          "Nâng mũi; cắt mí; lấy mỡ mí; căng da bằng chỉ; tiêm chất làm đầy; hút mỡ vùng nhỏ", "dangnga.example"),
    Place("C103", MINH_TAM, "", "05128/HCM-GPHĐ", "Phòng khám đa khoa", "Nội khoa; Ngoại khoa; Phụ sản; Da liễu; Xét nghiệm",
          "361-363 Lý Thường Kiệt", "Phú Thọ", "Phường 15", "Quận 11", "02873000561; 0900000561", "09/03/2015",
          status="Đình chỉ (QĐ nội bộ minh họa, từ 12/05/2026)", website="phongkhamminhtamduong.example"),
    Place("C104", CO_NOI, "Cỏ Nội", "03361/BD-GPHĐ", "Phòng chẩn trị YHCT", "Khám bệnh, chữa bệnh bằng y học cổ truyền",
          "19 Đoàn Trần Nghiệp", "Thủ Dầu Một", "Phường Phú Cường", "TP. Thủ Dầu Một", "02747300118", "30/08/2016",
          "Võ Thị Hoài Thương", "0007741/BD-CCHN", "Châm cứu; cứu ngải; xoa bóp bấm huyệt; thuốc thang", "conoi.example"),
    Place("C105", HA_VY, "Sản phụ khoa Hạ Vy", "06977/HCM-GPHĐ", "Phòng khám chuyên khoa", "Phụ sản",
          "128 Nguyễn Văn Nghi", "Hạnh Thông", "Phường 7", "Gò Vấp", "02873000604", "2017",
          "Trịnh Thị Kim Loan", "0011274/HCM-CCHN", "Khám thai; siêu âm sản phụ khoa; lấy mẫu NIPT; soi cổ tử cung; đặt vòng",
          "sanphuhavy.example"),
    Place("C106", LAM_QUANG, "Mắt Lam Quang", "09034/HCM-GPHĐ", "Phòng khám chuyên khoa", "Mắt",
          "40 Hồ Văn Huê", "Đức Nhuận", "Phường 9", "Phú Nhuận", "02873000720", "2021-04-19",
          "Phan Thị Hồng Ngọc", "0029815/HCM-CCHN", "Khám khúc xạ; đo nhãn áp; laser excimer điều trị khúc xạ; tiểu phẫu mi mắt",
          "matlamquang.example"),
    Place("C107", BUOC_XANH, "PHCN Bước Xanh", "10218/HCM-GPHĐ", "Phòng khám chuyên khoa", "Phục hồi chức năng",
          "9 Thống Nhất", "Dĩ An", "Phường Dĩ An", "TP. Dĩ An", "0274.7300.335", "05/12/2022",
          "Tạ Quang Huy", "0044190/HCM-CCHN", "Vận động trị liệu; điện trị liệu; kéo giãn cột sống; hoạt động trị liệu",
          "buocxanh.example"),
    Place("C108", TRA_GIANG, "BVĐK Tâm Trà Giang", "00219/BYT-GPHĐ", "Bệnh viện đa khoa",
          "Bệnh viện đa khoa: Nội, Ngoại, Phụ sản, Nhi, Tai Mũi Họng, Răng Hàm Mặt, Phẫu thuật thẩm mỹ, Chẩn đoán hình ảnh",
          "1200 Quốc lộ 1A", "An Lạc", "Phường An Lạc", "Bình Tân", "02873001900", "18/06/2014",
          "Huỳnh Tấn Lực", "0005530/BYT-CCHN", "Theo danh mục kỹ thuật đã phê duyệt", "benhvientamtragiang.example"),
    Place("C109", BACH_LO, "Da liễu Bạch Lộ", "08842/HCM-GPHĐ", "Phòng khám chuyên khoa", "Da liễu",
          "77 Ba Vân", "Tân Bình", "Phường 14", "Tân Bình", "(028) 7300 0437", "11/01/2021",
          "Trần Thị Mỹ Duyên", "0033508/HCM-CCHN",
          "Laser sắc tố; điều trị mụn; áp lạnh nitơ lỏng; tiêm nội thương tổn; lăn kim (QĐ 2871/QĐ-SYT ngày 04/09/2025)",
          "phongkhambachlo.example"),
    Place("C110", HAI_VAN, "", "04410/HCM-GPHĐ", "Phòng khám đa khoa", "Nội khoa; Nhi; Ngoại khoa", "28 Phan Huy Ích",
          "An Hội Tây", "Phường 12", "Gò Vấp", "02873000288", "2013", status="Hết hiệu lực", expires="31/12/2024"),
    Place("C111", SAO_KHUE, "Nha khoa Sao Khuê", "06002/HCM-GPHĐ", "Phòng khám chuyên khoa", "Răng - Hàm - Mặt",
          "16 Nguyễn Ảnh Thủ", "Trung Mỹ Tây", "Phường Trung Mỹ Tây", "Quận 12", "02873000299", "20/02/2017",
          status="Thu hồi"),
]

PEOPLE = [
    Person("N101", "Nguyễn Hữu Khang", "Bác sĩ chuyên khoa II", "0018452/HCM-CCHN; 0018452", "Răng - Hàm - Mặt",
           [f"{AN_PHUC} (07315/HCM-GPHĐ)"], "19/09/2013"),
    Person("N102", "Nguyễn Hữu Khang", "Bác sĩ", "0040917", "Nội khoa", ["Phòng khám đa khoa Bình Lam An"], "2018"),
    Person("N103", "Trương Gia Bảo Hân", "Bác sĩ", "0051233/HCM-CCHN", "Răng - Hàm - Mặt", [f"{AN_PHUC} (07315/HCM-GPHĐ)"],
           "2020-07-02"),
    Person("N104", "Phạm Ngọc Ánh Dương", "Thạc sĩ, Bác sĩ", "0027066/HCM-CCHN", "Phẫu thuật tạo hình thẩm mỹ", [TRA_GIANG],
           "11/11/2014"),
    Person("N105", "Đoàn Trung Kiệt", "Bác sĩ chuyên khoa I", "0036620/HCM-CCHN", "Phẫu thuật tạo hình thẩm mỹ",
           [f"{DANG_NGA} (08155/HCM-GPHĐ)"], "x:2016-03-28"),
    Person("N106", "LÊ QUỐC THẠCH", "Bác sĩ chuyên khoa I", "0012987/HCM-CCHN", "Ngoại khoa", [MINH_TAM], "2013",
           status="Thu hồi", note="Thu hồi giấy phép 03/02/2026"),
    Person("N107", "Đặng Thị Thu Hà", "Điều dưỡng", "0031876/HCM-CCHN", "Thực hiện kỹ thuật điều dưỡng theo quy định",
           ["Phòng khám đa khoa Vạn Tường Khê"], "x:2015-06-15"),
    Person("N108", "Trần Thị Mỹ Duyên", "Bác sĩ chuyên khoa I", "0033508/HCM-CCHN", "Da liễu", [f"{BACH_LO} (08842/HCM-GPHĐ)"],
           "06/05/2016"),
    Person("N109", "Trịnh Thị Kim Loan", "Bác sĩ chuyên khoa II", "0011274/HCM-CCHN", "Phụ sản",
           [f"{HA_VY} (06977/HCM-GPHĐ)", f"{TRA_GIANG} (00219/BYT-GPHĐ)"], "2012-12-30"),
    Person("N110", "Phan Thị Hồng Ngọc", "Bác sĩ", "0029815/HCM-CCHN", "Mắt", [LAM_QUANG], "21/08/2015"),
    Person("N111", "Ngô Thanh Tùng", "Kỹ thuật y", "000731/HCM-GPHN", "Phục hồi chức năng", [BUOC_XANH], "15/01/2021",
           "31/12/2025", "Hết hiệu lực"),
    Person("N112", "Võ Thị Hoài Thương", "Bác sĩ y học cổ truyền", "0007741/BD-CCHN", "Khám bệnh, chữa bệnh bằng y học cổ truyền",
           [f"{CO_NOI} (03361/BD-GPHĐ)"], "2014", issuer="Sở Y tế tỉnh Bình Dương (cũ)"),
    Person("N113", "Huỳnh Tấn Lực", "Tiến sĩ, Bác sĩ", "0005530/BYT-CCHN", "Nội khoa; Nội soi tiêu hóa", [TRA_GIANG],
           "17/04/2012", issuer="Bộ Y tế"),
    Person("N114", "Nguyễn Thị Bích Vân", "Bác sĩ", "0046671/HCM-CCHN", "Phụ sản", [f"{HA_VY} (06977/HCM-GPHĐ)"], "x:2019-10-01"),
    Person("N115", "Nguyễn Thị Bích Vân", "Điều dưỡng", "0046702/HCM-CCHN", "Thực hiện kỹ thuật điều dưỡng theo quy định",
           [TRA_GIANG], "08/10/2019"),
    Person("N116", "NGUYỄN THỊ BÍCH VÂN", "Bác sĩ", "002188/HCM-GPHN", "Nhi khoa", ["Phòng khám đa khoa Bình Lam An"],
           "2024-08-05", "05/08/2029"),
    Person("N117", "Lâm Chí Cường", "Bác sĩ", "0022450/HCM-CCHN", "Ngoại khoa", [HAI_VAN], "30/03/2014",
           status="Tạm dừng", note="Đình chỉ hành nghề 06 tháng từ 01/09/2026"),
    Person("N118", "Tạ Quang Huy", "Bác sĩ", "0044190/HCM-CCHN", "Phục hồi chức năng", [f"{BUOC_XANH} (10218/HCM-GPHĐ)"], "2019"),
    Person("N119", "Mai Phương Thảo", "Thạc sĩ, Bác sĩ", "0038841/HCM-CCHN", "Nội khoa; Nội tiết", [TRA_GIANG], "12/12/2017"),
    Person("N120", "Mai Phương Thảo", "Kỹ thuật y", "0041120/HCM-CCHN", "Xét nghiệm", ["Phòng khám đa khoa Vạn Tường Khê"], "2018-01-09"),
    Person("N121", "Từ Gia Huy", "Bác sĩ", "0050094/HCM-CCHN", "Da liễu", [BACH_LO], "x:2020-02-17"),
]

SURNAMES = "Nguyễn Trần Lê Phạm Huỳnh Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Phan Vũ Trịnh Tô Lâm Mai Châu".split()
MIDDLES_F = ["Thị", "Thị Ngọc", "Thị Kim", "Ngọc", "Thị Thanh", "Bảo", "Thị Mỹ", "Hoàng"]
MIDDLES_M = ["Văn", "Minh", "Quốc", "Hữu", "Thanh", "Đức", "Gia", "Tấn"]
GIVEN_F = "Lan Hạnh Thủy Yến Nhung Trâm Ngân Phượng Hiền Diệu Vy Xuân Tuyền Trinh Quyên Thắm".split()
GIVEN_M = "Hòa Tài Phúc Nghĩa Lộc Dũng Khoa Vinh Toàn Hiếu Sơn Thịnh Bình Luân Đạt Tiến".split()
TITLES = [
    ("Bác sĩ", ["Nội khoa", "Nhi khoa", "Phụ sản", "Tai - Mũi - Họng", "Răng - Hàm - Mặt", "Da liễu", "Mắt", "Ngoại khoa"]),
    ("Bác sĩ chuyên khoa I", ["Nội khoa", "Chẩn đoán hình ảnh", "Ngoại khoa; Chấn thương chỉnh hình", "Tai - Mũi - Họng"]),
    ("Bác sĩ chuyên khoa II", ["Nội khoa; Tim mạch", "Phụ sản"]),
    ("Y sĩ", ["Đa khoa", "Y học cổ truyền"]),
    ("Điều dưỡng", ["Thực hiện kỹ thuật điều dưỡng theo quy định"]),
    ("Kỹ thuật y", ["Xét nghiệm", "Phục hồi chức năng", "Kỹ thuật hình ảnh y học"]),
    ("Hộ sinh", ["Thực hiện kỹ thuật hộ sinh theo quy định"]),
]
PLACE_WORDS = ["Bình Lam An", "Vạn Tường Khê", "Thạch Lựu", "Hương Nhãn", "Bến Sứ", "Tràm Vàng", "Gió Lành", "Cát Mộc",
               "Phù Sa", "Ô Môi", "Trúc Lam", "Mây Thấp", "Ba Nhịp", "Sơn Ca Nhỏ", "Giồng Trầu", "Mai Tứ", "Hạt Sen",
               "Lúa Sớm", "Đò Ngang", "Bông Trang", "Nắng Xiên", "Cỏ Chát", "Rạch Lá", "Me Nước", "Dừa Xiêm", "Gòn Gai",
               "Lá Vối", "Sao Mộc", "Chùm Ruột", "Ngã Năm", "Vườn Cau", "Cù Lao Nhỏ"]
PLACE_KINDS = [
    ("Phòng khám đa khoa", "Nội khoa; Ngoại khoa; Nhi khoa; Phụ sản; Xét nghiệm"),
    ("Phòng khám đa khoa", "Nội khoa; Tai - Mũi - Họng; Chẩn đoán hình ảnh"),
    ("Phòng khám chuyên khoa Răng Hàm Mặt", "Răng - Hàm - Mặt"),
    ("Phòng khám chuyên khoa Nhi", "Nhi khoa"),
    ("Phòng khám chuyên khoa Tai Mũi Họng", "Tai - Mũi - Họng"),
    ("Phòng chẩn trị Y học cổ truyền", "Khám bệnh, chữa bệnh bằng y học cổ truyền"),
    ("Phòng xét nghiệm", "Xét nghiệm"),
    ("Phòng khám chuyên khoa Da liễu", "Da liễu"),
]
WARDS = [("Bàn Cờ", "Phường 3", "Quận 3"), ("Tân Sơn Hòa", "Phường 2", "Tân Bình"), ("Gia Định", "Phường 1", "Bình Thạnh"),
         ("Thủ Đức", "Phường Linh Tây", "TP. Thủ Đức"), ("Phú Lợi", "Phường Phú Lợi", "TP. Thủ Dầu Một"),
         ("Tam Thắng", "Phường 7", "TP. Vũng Tàu"), ("Chợ Lớn", "Phường 11", "Quận 5"), ("Bình Phú", "Phường 11", "Quận 6"),
         ("Lái Thiêu", "Phường Lái Thiêu", "TP. Thuận An"), ("Bà Rịa", "Phường Phước Trung", "TP. Bà Rịa")]
STREETS = ["Lê Văn Thịnh", "Nguyễn Oanh", "Hậu Giang", "Trần Quý", "Phan Văn Trị", "Lý Chính Thắng", "Bạch Đằng", "Kha Vạn Cân"]


def bystander_places(rng: random.Random) -> list[Place]:
    """Return the places that no page speaks of, one per name of ``PLACE_WORDS``."""
    made = []
    for index, word in enumerate(PLACE_WORDS):
        kind, scope = PLACE_KINDS[0] if index < 2 else rng.choice(PLACE_KINDS)
        ward, ward_old, district = rng.choice(WARDS)
        suffix = {"TP. Thủ Dầu Một": "BD", "TP. Thuận An": "BD", "TP. Vũng Tàu": "BRVT", "TP. Bà Rịa": "BRVT"}.get(district, "HCM")
        issued = date(2012, 1, 1) + timedelta(days=rng.randrange(4800))
        status = rng.choices(["Hoạt động", "Hoạt động", "Tạm dừng", "Hết hiệu lực"], [60, 20, 3, 3])[0]
        made.append(
            Place(f"C{201 + index}", f"{kind} {word}", word if rng.random() < 0.4 else "",
                  f"{rng.randrange(1100, 9990):05d}/{suffix}-GPHĐ", kind.split(" Răng")[0], scope,
                  f"{rng.randrange(2, 480)} {rng.choice(STREETS)}", ward, ward_old, district,
                  f"02873002{index:03d}", mixed_date(rng, issued), status=status)
        )
    return made


def mixed_date(rng: random.Random, day: date) -> str:
    """Return a date as clerks type it; ``x:`` marks one that becomes a real spreadsheet date."""
    return rng.choice([day.strftime("%d/%m/%Y"), day.strftime("%d/%m/%Y"), day.isoformat(), f"x:{day.isoformat()}", str(day.year)])


def bystander_people(rng: random.Random, places: list[Place], count: int) -> list[Person]:
    """Return ``count`` people whom no page speaks of; some share a full name, as people do."""
    made = []
    for index in range(count):
        woman = rng.random() < 0.55
        name = " ".join([rng.choice(SURNAMES), rng.choice(MIDDLES_F if woman else MIDDLES_M), rng.choice(GIVEN_F if woman else GIVEN_M)])
        title, scopes = rng.choices(TITLES, [30, 12, 4, 8, 28, 12, 6])[0]
        chosen = rng.sample(places, 2 if rng.random() < 0.08 else 1)
        issued = date(2012, 6, 1) + timedelta(days=rng.randrange(5100))
        new = issued >= date(2024, 1, 1)
        number = f"{rng.randrange(300, 4000):06d}/HCM-GPHN" if new else f"{rng.randrange(52000, 79000):07d}/HCM-CCHN"
        expires = f"{issued.day:02d}/{issued.month:02d}/{issued.year + 5}" if new and (issued.month, issued.day) != (2, 29) else ""
        status = rng.choices(["Đang hoạt động", "Hoạt động", "Tạm dừng", "Đình chỉ", "Thu hồi", "Hết hiệu lực"], [70, 20, 2, 1, 1, 2])[0]
        written = name.upper() if rng.random() < 0.12 else name
        shown = number.split("/")[0] if rng.random() < 0.04 else number
        made.append(
            Person(f"N{201 + index}", written, title, shown, rng.choice(scopes), [place.legal for place in chosen],
                   mixed_date(rng, issued), expires, status)
        )
    return made


BAD_PEOPLE = [
    Person("N901", "", "Bác sĩ", "0066001/HCM-CCHN", "Nội khoa", ["Phòng khám đa khoa Vạn Tường Khê"], "2015"),
    Person("N902", "Trần Văn Luân", "Bác sĩ", "003001/HCM-GPHN", "Nội khoa", ["Phòng khám đa khoa Bình Lam An"], "10/10/2025", "10/10/2020"),
    Person("N903", "Phan Thị Ngọc Trâm", "Điều dưỡng", "0031876/HCM-CCHN", "Thực hiện kỹ thuật điều dưỡng theo quy định",
           ["Phòng khám đa khoa Bình Lam An"], "31/02/2019"),
]


def cell_value(written: str) -> object:
    """Return what stands in the cell: a real date for ``x:``, a number for a bare year, else the text."""
    if written.startswith("x:"):
        return datetime.combine(date.fromisoformat(written[2:]), datetime.min.time())
    return int(written) if len(written) == 4 and written.isdigit() else written


def write_practitioners(people: list[Person], path: Path) -> dict[str, int]:
    """Write the workbook; return the sheet row of each person's id."""
    book = Workbook()
    sheet = book.active
    sheet.title = "DS hanh nghe"
    sheet.append(["SO Y TE (DU LIEU MINH HOA, MOI TEN DEU LA HU CAU)"])
    sheet.append(["DANH SACH NGUOI HANH NGHE KHAM BENH, CHUA BENH"])
    sheet.append(["Trich xuat ngay 20/11/2026 - nguoi lap bieu: (khong ghi)"])
    sheet.append([])
    sheet.append(["STT", "ID", "HO VA TEN", "TRINH DO", "GIAY PHEP HANH NGHE", None, None, None, "PHAM VI HOAT DONG CM",
                  "NOI LAM VIEC", "TRANG THAI", "GHI CHU"])
    sheet.append([None, None, None, None, "SO CCHN/GPHN", "NGAY CAP", "NGAY HET HAN", "NOI CAP"])
    for row in (1, 2, 3):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=12)
        sheet.cell(row, 1).alignment = Alignment(horizontal="center")
        sheet.cell(row, 1).font = Font(bold=True)
    sheet.merge_cells("E5:H5")
    for column in "ABCDIJKL":
        sheet.merge_cells(f"{column}5:{column}6")
    rows = {}
    for number, person in enumerate(people, start=1):
        places = ("\n" if number % 2 else "; ").join(person.workplaces)
        sheet.append([number, person.id, person.name or None, person.title, person.licence, cell_value(person.issued),
                      cell_value(person.expires) if person.expires else None, person.issuer, person.scope, places, person.status,
                      person.note or None])
        rows[person.id] = sheet.max_row
        for column in (6, 7):
            if isinstance(sheet.cell(sheet.max_row, column).value, datetime):
                sheet.cell(sheet.max_row, column).number_format = "General" if number % 3 == 0 else "dd/mm/yyyy"
    sheet.append([])
    sheet.append([f"Tong cong: {len(people)} nguoi"])
    notes = book.create_sheet("Ghi chu")
    notes.append(["Cot TRANG THAI cap nhat den ngay trich xuat. Nguoi tinh khac khong nam trong danh sach nay."])
    book.properties.created = book.properties.modified = EXPORTED
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(pinned(buffer.getvalue()))
    return rows


def pinned(container: bytes) -> bytes:
    """Return the same ZIP with fixed time stamps, so that a second run writes the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(container)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "docProps/core.xml":
                stamp = EXPORTED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                body = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", lambda found: found[1] + stamp, body)
            target.writestr(zipfile.ZipInfo(name, EXPORTED.timetuple()[:6]), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def write_facilities(places: list[Place], path: Path) -> None:
    """Write the facilities: semicolons, UTF-8 with BOM, two title lines above the header."""
    header = ["ID", "TEN CO SO", "TEN BIEN HIEU", "SO GPHD", "HINH THUC", "PHAM VI HOAT DONG CM", "DANH MUC KY THUAT", "DIA CHI",
              "PHUONG XA", "PHUONG XA CU", "QUAN HUYEN CU", "DIEN THOAI", "WEBSITE", "NGUOI CHIU TRACH NHIEM CM", "SO CCHN NGUOI CTNCM",
              "TRANG THAI", "NGAY CAP", "NGAY HET HAN"]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["DANH SACH CO SO KHAM BENH, CHUA BENH (DU LIEU MINH HOA, MOI TEN DEU LA HU CAU)"])
        writer.writerow(["Trich xuat 20/11/2026"])
        writer.writerow(header)
        for p in places:
            writer.writerow([p.id, p.legal, p.trade, p.licence, p.kind, p.scope, p.services, p.address, p.ward, p.ward_old,
                             p.district_old, p.phone, p.website, p.responsible, p.responsible_licence, p.status,
                             p.issued.removeprefix("x:"), p.expires])
        writer.writerow(["C901", "", "", "09911/HCM-GPHĐ", "Phòng khám chuyên khoa", "Nội khoa"] + [""] * 12)
        writer.writerow([])


def windows_1258(text: str) -> bytes:
    """Encode as Windows-1258, which writes the five tones as combining characters."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    out = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(part for part in parts if part in tones)
        out.append(unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones)) + tone)
    return "".join(out).encode("cp1258")


def write_confirmations(path: Path) -> None:
    """Write the confirmations of advertising content: commas, Windows-1258."""
    rows = [
        ["SO GIAY XAC NHAN", "SAN PHAM / DICH VU", "DOANH NGHIEP", "NGAY CAP"],
        ["218/2025/XNQC-SYT", "Dịch vụ khám bệnh, chữa bệnh - Tẩy trắng răng", "Công ty TNHH Nha khoa An Phúc Gia Định", "10/03/2025"],
        ["1043/2025/XNQC-ATTP", "Thực phẩm bảo vệ sức khỏe Khớp Bảo Nhiên", "Công ty TNHH Thảo mộc Bảo Nhiên", "21/04/2025"],
        ["1044/2025/XNQC - ATTP", "Thực phẩm bảo vệ sức khỏe Canxi Hàu Bảo Nhiên", "Công ty TNHH Thảo mộc Bảo Nhiên", "2025-04-21"],
        ["77/2025/XNQC-YTHCM", "Mỹ phẩm Gel rửa mặt trà xanh", "Công ty TNHH Mỹ phẩm Hạnh Mộc", "02/12/2025"],
        ["0312/2025/XNQC-QLD", "Thuốc không kê đơn Siro ho Tràm Gừng", "Công ty Cổ phần Dược Ba Lá", "15/10/2025"],
        ["0988/2026/XNQC-ATTP", "Sữa dinh dưỡng Hạt Gạo 2+ cho trẻ trên 24 tháng", "Công ty TNHH Sữa Hạt Gạo", "19/05/2026"],
        ["164/2024/XNQC-SYT", "Dịch vụ khám bệnh, chữa bệnh - Nội soi tiêu hóa", "Bệnh viện Đa khoa Tâm Trà Giang", "06/09/2024"],
        ["45/2025/XNQC-SYT", "Dịch vụ khám bệnh, chữa bệnh - Khám thai", "Phòng khám chuyên khoa Phụ sản Hạ Vy", "17/02/2025"],
    ]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    path.write_bytes(windows_1258(buffer.getvalue()))


def main() -> None:
    """Write the three registry files and what an importer should say of them."""
    HERE.mkdir(exist_ok=True)
    rng = random.Random(SEED)
    others = bystander_places(rng)
    people = PEOPLE + bystander_people(rng, others, 150)
    people[40:40] = BAD_PEOPLE[:1]
    people[90:90] = BAD_PEOPLE[1:2]
    people.append(BAD_PEOPLE[2])
    rows = write_practitioners(people, HERE / "practitioners.xlsx")
    places = PLACES[:6] + others[:10] + PLACES[6:] + others[10:]
    write_facilities(places, HERE / "facilities.csv")
    write_confirmations(HERE / "confirmations.csv")
    expected = {
        "practitioners": {"rows": len(people) + 1, "rejected": {str(rows["N901"]): "no name", str(max(rows.values()) + 2): "the line of the total"},
                          "marked": {str(rows["N902"]): "expires before it was issued",
                                     str(rows["N903"]): "its licence number is also N107's; 31/02/2019 is no date"}},
        "facilities": {"rows": len(places) + 1, "rejected": {str(4 + len(places)): "no name"}},
        "confirmations": {"rows": 8, "rejected": {}},
    }
    (HERE.parent / "expected_registry.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
