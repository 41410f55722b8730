"""Kiểm tra một tệp WACZ do MedAdWatch xuất ra. Chỉ cần Python 3.8 trở lên, không cần cài thêm gì.

Cách dùng: python3 kiem_tra.py TEN-TEP.wacz

A copy of this file travels in every exported WACZ (``proof/kiem_tra.py``), so it uses the standard library alone and
imports nothing of this program. It checks every hash; the signatures are left to ``openssl`` (see the guide beside it).
"""

import hashlib
import json
import sys
import zipfile


class Altered(Exception):  # noqa: N818 - it names what was found
    """Something is not as the package says."""


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise Altered(what)


def _sum(package: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with package.open(name) as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _lines(package: zipfile.ZipFile, name: str) -> list:  # type: ignore[type-arg]  # Python 3.8 reads this too
    return [json.loads(line) for line in package.read(name).decode("utf-8", "surrogatepass").split("\n") if line]


def check_package(package: zipfile.ZipFile) -> int:
    """Check every file against datapackage.json, and that one against its digest. Returns how many files."""
    described = package.read("datapackage.json")
    stated = json.loads(package.read("datapackage-digest.json"))["hash"]
    _need("sha256:" + hashlib.sha256(described).hexdigest() == stated, "datapackage.json đã bị sửa")
    resources = json.loads(described)["resources"]
    names = {resource["path"] for resource in resources}
    present = set(package.namelist()) - {"datapackage.json", "datapackage-digest.json"}
    _need(names == present and len(package.namelist()) == len(names) + 2, "thừa hoặc thiếu tệp trong gói")
    for resource in resources:
        _need("sha256:" + _sum(package, resource["path"]) == resource["hash"], resource["path"] + " đã bị sửa")
    return len(resources)


def line_hash(event: dict) -> str:  # type: ignore[type-arg]  # Python 3.8 reads this too
    """Return the hash that a line of the log must state."""
    body = {key: value for key, value in event.items() if key not in ("prev", "hash")}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(event["prev"].encode() + text.encode("utf-8", "surrogatepass")).hexdigest()


def climb(hash_hex: str, index: int, size: int, path: list) -> str:  # type: ignore[type-arg]  # Python 3.8 too
    """Return the root of the tree that a line with this way up belongs to."""
    node = hashlib.sha256(b"\x00" + bytes.fromhex(hash_hex)).digest()
    rest = [bytes.fromhex(step) for step in path]
    while size > 1:
        if (index ^ 1) < size:
            pair = rest[0] + node if index % 2 else node + rest[0]
            node, rest = hashlib.sha256(b"\x01" + pair).digest(), rest[1:]
        index, size = index // 2, (size + 1) // 2
    return "" if rest else node.hex()


def check_lines(package: zipfile.ZipFile) -> dict:  # type: ignore[type-arg]  # Python 3.8 reads this too
    """Check that every line of the log belongs to the signed manifest. Returns the lines by number."""
    manifest = json.loads(package.read("proof/manifest.json"))
    ways = {entry["seq"]: entry["path"] for entry in _lines(package, "proof/inclusion.jsonl")}
    events = {event["seq"]: event for event in _lines(package, "proof/log-lines.jsonl")}
    _need(set(ways) == set(events), "thừa hoặc thiếu đường dẫn chứng minh")
    for seq, event in events.items():
        _need(line_hash(event) == event["hash"], f"dòng nhật ký {seq} đã bị sửa")
        root = climb(event["hash"], seq - 1, manifest["head"]["seq"], ways[seq])
        _need(root == manifest["tree"], f"dòng nhật ký {seq} không thuộc nhật ký đã ký")
    return events


def check_records(package: zipfile.ZipFile, events: dict) -> "tuple[int, int]":  # type: ignore[type-arg]
    """Check every record against its line of the log. Returns how many, and how many were removed by rule."""
    removed = {}
    for event in events.values():
        if event["event"] == "pruned":
            removed.update({record["record_id"]: record["tombstone_sha256"] for record in event["records"]})
    records = _lines(package, "proof/records.jsonl")
    if not records:
        return 0, 0
    at = stones = 0
    with package.open(records[0]["file"]) as archive:
        for record in records:
            name = record["record_id"]
            event = events[record["seq"]]
            place = event if event.get("record_id") == name else event["request"]
            _need(place["record_id"] == name and record["offset"] == at, f"bản ghi {name} không có trong nhật ký")
            digest = hashlib.sha256(archive.read(record["length"])).hexdigest()
            _need(digest in (place["sha256"], removed.get(name)), f"bản ghi {name} đã bị sửa")
            stones += digest != place["sha256"]
            at += record["length"]
        _need(archive.read(1) == b"", "tệp WARC có phần thừa")
    return len(records), stones


def main(path: str) -> int:
    """Check one package and say what was found. Returns the exit code."""
    try:
        with zipfile.ZipFile(path) as package:
            files = check_package(package)
            events = check_lines(package)
            records, stones = check_records(package, events)
    except (Altered, KeyError, ValueError, TypeError, OSError, IndexError, zipfile.BadZipFile) as error:
        sys.stdout.write(f"KHÔNG HỢP LỆ: {error}\n")
        return 1
    gone = f", trong đó {stones} bản ghi đã xóa nội dung theo thời hạn lưu giữ" if stones else ""
    sys.stdout.write(
        f"Khớp mã băm: {files} tệp, {len(events)} dòng nhật ký (đều thuộc bản kê đã ký), "
        f"{records} bản ghi WARC{gone}.\n"
        "CHƯA kiểm tra chữ ký số và dấu thời gian: xem mục 2 và 3 của HUONG-DAN-KIEM-TRA.txt.\n"
    )
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Cách dùng: python3 kiem_tra.py TEN-TEP.wacz")
    sys.exit(main(sys.argv[1]))
