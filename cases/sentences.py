"""The sentences of a dossier that never change. They say what the file is, and what it is not."""

TITLE = "HỒ SƠ DẤU HIỆU VI PHẠM QUẢNG CÁO"
NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
BLANK = "…………………………"

NOTICE = (
    "Hồ sơ do phần mềm MedAdWatch tổng hợp tự động để phục vụ việc xác minh. Nội dung nêu trong hồ sơ là dấu "
    "hiệu, chưa phải kết luận về hành vi vi phạm; chỉ người có thẩm quyền mới có quyền kết luận sau khi kiểm tra,"
    " xác minh."
)

DISCLAIMER = (
    "Tỷ lệ phần trăm là mức chắc chắn do phần mềm ước tính, không phải mức độ vi phạm.",
    "Điều khoản, mức phạt ghi “đã đối chiếu nguồn” là đã được so với nguồn dẫn của dữ liệu chính sách; ghi “CHƯA "
    "KIỂM CHỨNG” thì phải tra cứu văn bản gốc trước khi viện dẫn. Mọi viện dẫn đều phải được người có thẩm quyền "
    "kiểm tra lại theo văn bản đang có hiệu lực.",
    "Dữ liệu cấp phép có thể chậm cập nhật hoặc thiếu; “chưa tìm thấy” hay “chưa thể kết luận” không có nghĩa là "
    "cơ sở, người hành nghề không có giấy phép.",
    "Chủ thể nêu trong hồ sơ có thể không phải là người đăng quảng cáo (ví dụ trang web bị chèn nội dung, bị mạo "
    "danh); cần xác minh người đăng và người thuê quảng cáo.",
)

PRECEDENTS = (
    "Các quyết định xử phạt dưới đây do báo chí đăng hoặc có trong hệ thống, chỉ để so sánh: văn bản áp dụng khi đó có "
    "thể đã hết hiệu lực, mức phạt gồm mọi hành vi của quyết định, và tình tiết có thể khác."
)

HOW_TO_VERIFY = (
    "Kiểm tra toàn bộ: chạy lệnh “medad evidence verify” tại thư mục dữ liệu. Lệnh đọc lại mọi tệp WARC, tính lại"
    " mọi mã băm và chuỗi nhật ký; nếu có bất kỳ thay đổi nào, lệnh nêu bản ghi đầu tiên bị sai lệch.",
    "Kiểm tra một tệp: tính mã băm của tệp WARC bằng “sha256sum TÊN_TỆP” trước và sau khi sao chép, bàn giao; hai"
    " kết quả phải trùng nhau.",
    "Mã băm “nội dung” được tính trên nội dung trả về của máy chủ, nguyên dạng như khi truyền (chưa giải nén). Mã"
    " băm “nhật ký” được tính trên dòng nhật ký tương ứng; mỗi dòng chứa mã băm của dòng trước nên việc sửa, xóa, "
    "chèn sẽ bị phát hiện khi đối chiếu với mã băm của dòng cuối được lưu giữ ở nơi khác (như trong hồ sơ này).",
)

HOW_TO_VERIFY_ONE = (
    "Kiểm tra một bản ghi bằng công cụ sẵn có trên Linux, không cần phần mềm này: chạy lệnh sau tại thư mục chứa "
    "tệp WARC; kết quả phải trùng với mã băm “nội dung” của bản ghi (ví dụ cho tin STT {})."
)
