"""Mentions damaged further, and registries grown: the gold follows."""

import json
import random
import unicodedata
from pathlib import Path

import pytest

from evaluation import damage, growth
from models.vocabulary import MentionKind

LINES = [
    {
        "id": str(n),
        "kind": "practitioner",
        "text": f"BS Lương Trúc Quỳnh - chuyên khoa da liễu, CCHN: {n:06d}/HCM-CCHN",
        "gold": "P1",
        "noise": ["upper"] if n % 4 == 0 else [],
    }
    for n in range(200)
]


def test_damage_becomes_as_frequent_as_asked_and_befalls_the_name_alone() -> None:
    worse = damage.worsened(LINES, 2.5, seed=3)
    assert damage.rates(LINES)["upper"] == 0.25
    assert damage.rates(worse)["upper"] == pytest.approx(0.625, abs=0.08)
    assert all(line["text"].endswith(f"{int(line['id']):06d}/HCM-CCHN") for line in worse)
    assert all(line["gold"] == "P1" for line in worse)
    assert worse == damage.worsened(LINES, 2.5, seed=3)
    assert worse != damage.worsened(LINES, 2.5, seed=4)


def test_once_as_much_changes_nothing() -> None:
    assert [line["text"] for line in damage.worsened(LINES, 1.0, seed=1)] == [line["text"] for line in LINES]


@pytest.mark.parametrize("name", [name for name in damage.DAMAGE if name != "toneplace"])
def test_every_damage_changes_a_name(name: str) -> None:
    said = {damage.DAMAGE[name](random.Random(seed), "Nguyễn Thị Huyền Trang") for seed in range(8)}  # noqa: S311
    assert said != {"Nguyễn Thị Huyền Trang"}
    assert all(text.strip() for text in said)


def test_a_misplaced_tone_is_the_same_letters() -> None:
    said = damage.DAMAGE["toneplace"](random.Random(1), "Hòa")  # noqa: S311
    assert said != "Hòa"
    assert sorted(unicodedata.normalize("NFD", said)) == sorted(unicodedata.normalize("NFD", "Hòa"))


def test_telex_types_what_was_meant() -> None:
    assert damage.DAMAGE["telex"](random.Random(1), "Đặng Thượng") == "Ddawngj Thuwowngj"  # noqa: S311


def test_a_facilitys_name_ends_where_its_context_begins() -> None:
    text = "Nha khoa Sao Khuê chuyên implant, Quận 3"
    start, end = damage.name_span(text, MentionKind.FACILITY)
    assert text[start:end] == "Nha khoa Sao Khuê"


def _registry(folder: Path) -> tuple[Path, Path]:
    people = [
        {"id": f"P{n}", "full_name": name, "gender": "F", "qualification": "Bác sĩ", "licence_no": f"{n:06d}/HCM-CCHN",
         "scope": "Chuyên khoa Da liễu", "workplace_id": "F1", "workplaces": "Phòng khám Mây Hồng",
         "workplace_district": "Quận 3", "workplace_ward": "Xuân Hòa"}
        for n, name in enumerate(("Lương Trúc Quỳnh", "Tạ Hoài An", "Đỗ Thiên Kim"))
    ]  # fmt: skip
    places = [
        {"id": "F1", "legal_name": "Phòng khám Mây Hồng", "trade_name": "PK Mây Hồng", "organisation": "",
         "licence_no": "1/HCM-GPHĐ", "address": "12 Hai Bà Trưng", "district": "Quận 3", "ward": "Xuân Hòa",
         "phones": "0901234567", "website": "", "services": "Da liễu"}
    ]  # fmt: skip
    growth.write_rows(folder / "practitioners.csv", people)
    growth.write_rows(folder / "facilities.csv", places)
    mentions = folder / "gold.jsonl"
    lines = [
        {"id": "1", "kind": "practitioner", "text": "BS Quỳnh", "gold": "P0", "gold_set": ["P0"], "form": "given"},
        {"id": "2", "kind": "practitioner", "text": "BS Tạ Hoài An, CCHN: 000001/HCM-CCHN", "gold": "P1",
         "gold_set": ["P1"], "form": "full"},
        {"id": "3", "kind": "practitioner", "text": "BS Lê Văn Cường", "gold": "NONE", "gold_set": [], "form": "full"},
    ]  # fmt: skip
    mentions.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder, mentions


def test_a_grown_registry_keeps_its_records_and_settles_who_is_meant(tmp_path: Path) -> None:
    folder, mentions = _registry(tmp_path)
    held = growth.grow(folder, mentions, 60, tmp_path / "big", seed=2)
    people = growth.read_rows(tmp_path / "big" / "practitioners.csv")
    assert held["practitioners"] == len(people) == 60
    assert [row["id"] for row in people[:3]] == ["P0", "P1", "P2"]
    assert len({row["id"] for row in people}) == 60
    written = (tmp_path / "big" / "mentions.jsonl").read_text("utf-8").splitlines()
    after = {line["id"]: line for line in map(json.loads, written)}
    assert after["1"]["gold"] == "AMBIGUOUS", "others bear the given name now, and nothing tells them apart"
    assert "P0" in after["1"]["gold_set"]
    assert after["2"]["gold"] == "P1", "the licence number still tells"
    assert after["3"]["gold"] == "NONE"


def test_a_thinned_registry_keeps_whom_the_mentions_mean(tmp_path: Path) -> None:
    folder, mentions = _registry(tmp_path)
    growth.grow(folder, mentions, 2, tmp_path / "small", seed=2)
    assert {row["id"] for row in growth.read_rows(tmp_path / "small" / "practitioners.csv")} == {"P0", "P1"}
