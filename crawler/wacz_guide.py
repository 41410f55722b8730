"""The guide that travels in every exported WACZ, for whoever checks it without this program."""

GUIDE = """\
HƯỚNG DẪN KIỂM TRA GÓI CHỨNG CỨ
================================

Gói này (tệp .wacz, thực chất là một tệp ZIP) chứa bản lưu nguyên trạng các trang
mạng liên quan đến
  {title},
được thu thập tự động bằng phần mềm MedAdWatch.
Gói được lập lúc {created} (giờ UTC).
Các trang này là căn cứ để xem xét dấu hiệu vi phạm; bản thân gói không kết luận
có vi phạm hay không.

Có gì trong gói
  archive/      bản lưu (WARC 1.1): yêu cầu gửi đi, phản hồi nhận được, ảnh chụp
                màn hình nếu có, đúng từng byte như đã ghi
  pages/, indexes/   danh mục trang, để mở bằng phần mềm xem WACZ
  proof/manifest.json        bản kê chứng cứ đã ký số
  proof/manifest.json.sig    chữ ký số (Ed25519) trên bản kê
  proof/manifest.json.*.tsr  dấu thời gian (RFC 3161), nếu đã xin cấp
  proof/public-key.pem       khóa công khai
  proof/log-lines.jsonl      các dòng nhật ký nói về những bản ghi này
  proof/inclusion.jsonl      chứng minh các dòng đó thuộc nhật ký đã ký
  proof/records.jsonl        vị trí từng bản ghi trong tệp WARC
  proof/kiem_tra.py          chương trình kiểm tra mã băm (mã nguồn đọc được)

1. Kiểm tra mã băm (cần Python 3)
   unzip -d goi TEN-TEP.wacz
   python3 goi/proof/kiem_tra.py TEN-TEP.wacz
   Chương trình tính lại SHA-256 của mọi tệp, mọi dòng nhật ký và mọi bản ghi.
   Kiểm tra tay một bản ghi: lấy offset và length trong records.jsonl rồi chạy
   tail -c +$((OFFSET+1)) goi/archive/{warc} | head -c LENGTH | sha256sum
   và so với "sha256" ở dòng nhật ký cùng số "seq" trong log-lines.jsonl.

2. Kiểm tra chữ ký số (cần OpenSSL 3)
   cd goi/proof
   openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin \\
     -in manifest.json -sigfile manifest.json.sig
   Phải hiện: Signature Verified Successfully
   Vân tay khóa: openssl pkey -pubin -in public-key.pem -outform DER | sha256sum
   Phải là {fingerprint}
   Hãy hỏi cơ quan lập hồ sơ vân tay này qua một kênh khác (văn bản, điện thoại):
   khóa nằm ngay trong gói thì chưa chứng minh được ai đã ký.
   Chữ ký trên cả gói: giá trị "hash" trong datapackage-digest.json được ký ở
   "signedData" -> "signature" (Ed25519, mã hóa base64):
   python3 -c "import json;d=json.load(open('../datapackage-digest.json'));\\
   open('h','w').write(d['hash']);\\
   import base64;open('s','wb').write(base64.b64decode(d['signedData']['signature']))"
   openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in h -sigfile s

3. Kiểm tra dấu thời gian (nếu có tệp .tsr; cần chứng thư gốc của tổ chức cấp)
   openssl ts -verify -data manifest.json -in manifest.json.1.tsr -CAfile GOC.pem
   openssl ts -reply -in manifest.json.1.tsr -text
   Dấu thời gian cho biết bản kê, và do đó mọi dòng nhật ký trong gói, đã có
   trước thời điểm ghi trong dấu.
   {stamped}

4. Xem lại trang
   Mở gói bằng phần mềm đọc được WACZ (ReplayWeb.page, pywb). Ảnh, kiểu chữ
   mà trang lấy từ nơi khác có thể không nằm trong gói. Phần mềm đó có thể không
   nhận ra chữ ký Ed25519: hãy kiểm tra theo mục 2.

Gói này chứng minh được gì, không chứng minh được gì
  - Nội dung trong gói đúng từng byte như phần mềm đã ghi, không bị sửa, bớt về sau.
  - Thời điểm lấy trang dựa theo đồng hồ của máy thu thập; dấu thời gian (nếu có)
    chỉ xác nhận giới hạn muộn nhất.
  - Gói không chứng minh máy chủ trả cùng nội dung cho người xem khác, cũng không
    chứng minh ai là chủ trang hay lời quảng cáo đúng hay sai.
{removed}"""

#: What is added where records were removed under the retention rule.
REMOVED = """\
  - {count} bản ghi đã được xóa nội dung theo thời hạn lưu giữ trước khi lập gói;
    mã băm của nội dung đã xóa còn trong nhật ký (sự kiện "pruned", có chữ ký).
"""
