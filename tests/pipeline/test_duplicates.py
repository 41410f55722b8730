"""Near-duplicates: what a copyist changes keeps the group, another advertisement has its own; nothing is done twice."""

import random
import unicodedata
from collections.abc import Sequence

import numpy as np
import pytest
from ad_rows import add_ad
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import tables
from models.vietnamese import folded
from pipeline import duplicates
from pipeline.duplicates import (
    MIN_CHARS,
    THRESHOLD,
    Groups,
    Near,
    group_texts,
    jaccard,
    near_of,
    shingles,
    signature,
    words_of,
)

TEXT = (
    "Viên uống Sáng Da Mây Hồng giúp giảm nám, tàn nhang chỉ sau bảy ngày sử dụng đều đặn mỗi sáng và tối.\n"
    "Sản phẩm được chiết xuất từ mầm đậu nành, vỏ cam và lá trà xanh, không gây kích ứng cho làn da nhạy cảm.\n"
    "Hàng nghìn khách hàng đã tin dùng và gửi lời cảm ơn về cho cửa hàng trong suốt ba năm vừa qua.\n"
    "Gọi ngay 0912 345 678 để được tư vấn, giá chỉ còn 450.000đ một hộp, giao hàng trên toàn quốc."
)
FOOTER = "Công ty TNHH Mây Hồng, 9 đường Hoa Gạo, phường Tân Mẫu. Mã số thuế 0312345678. " * 4


def groups(engine: Engine) -> dict[int, int | None]:
    with Session(engine) as opened:
        ad = tables.Advertisement
        return {key: group for key, group in opened.exec(select(ad.id, ad.text_group).order_by(col(ad.id))) if key}


@pytest.mark.parametrize(
    "copy",
    [
        TEXT.replace("0912 345 678", "0987 111 222").replace("450.000", "399.000"),
        unicodedata.normalize("NFD", TEXT.upper()),
        f"Tin được chia sẻ lại từ bạn bè\n{TEXT}",
        "\n".join(reversed(TEXT.split("\n"))),
        TEXT.replace("Mây Hồng", "Mây Trắng"),
        TEXT.replace(", ", " – ").replace(".", " !!!"),
        TEXT.replace("làn", "l\u200bàn"),
    ],
)
def test_what_a_copyist_changes_keeps_the_group(engine: Engine, copy: str) -> None:
    add_ad(engine, 1, "http://a.example/", TEXT)
    add_ad(engine, 2, "http://b.example/", f"{copy}\n\n{FOOTER}")
    assert group_texts(engine) == 2
    assert groups(engine) == {1: 1, 2: 1}


def test_another_advertisement_of_the_same_site_has_its_own_group(engine: Engine) -> None:
    other = " ".join(reversed(TEXT.split()))
    add_ad(engine, 1, "http://a.example/1", f"{TEXT}\n\n{FOOTER}")
    add_ad(engine, 2, "http://a.example/2", f"{other}\n\n{FOOTER}")
    add_ad(engine, 3, "http://a.example/3", f"{TEXT[: len(TEXT) // 2]}\n\n{FOOTER}")
    group_texts(engine)
    assert groups(engine) == {1: 1, 2: 2, 3: 3}


def test_short_texts_and_bare_footers_only_equal_themselves(engine: Engine) -> None:
    short = "Trị nám da tại Mây Hồng, gọi 0912 345 678"
    assert len(short) < MIN_CHARS
    texts = [short, short.upper(), short.replace("678", "679"), "", "", f"\n\n{FOOTER}", f"\n\n{FOOTER}", FOOTER]
    for number, text in enumerate(texts, 1):
        add_ad(engine, number, f"http://s{number}.example/", text)
    group_texts(engine)
    assert groups(engine) == {1: 1, 2: 1, 3: 3, 4: 4, 5: 4, 6: 6, 7: 6, 8: 8}


def test_later_runs_look_only_at_what_is_new(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    add_ad(engine, 1, "http://a.example/", TEXT, details={"kept": True})
    add_ad(engine, 2, "http://b.example/", "Ngắn")
    assert group_texts(engine) == 2
    assert group_texts(engine) == 0
    add_ad(engine, 3, "http://c.example/", TEXT + " Mua ngay!")
    add_ad(engine, 4, "http://d.example/", "ngan")
    hashed: list[int] = []
    real = duplicates.signature

    def counted(parts: frozenset[str]) -> duplicates.Signature:
        hashed.append(len(parts))
        return real(parts)

    monkeypatch.setattr(duplicates, "signature", counted)
    assert group_texts(engine) == 2
    assert len(hashed) == 1
    assert groups(engine) == {1: 1, 2: 2, 3: 1, 4: 2}
    with Session(engine) as opened:
        row = opened.get(tables.Advertisement, 1)
        assert row is not None
        assert row.details["kept"] is True


def many(count: int, seed: int = 3) -> list[str]:
    rng = random.Random(seed)  # noqa: S311 - a fixed stream of words
    words = sorted(set(words_of(TEXT + FOOTER)))
    return [" ".join(rng.choices(words, k=60)) for _ in range(count)]


def test_groups_do_not_depend_on_where_a_run_was_cut_off(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = many(12)
    texts += [text + " thêm vài chữ" for text in texts]
    for number, text in enumerate(texts, 1):
        add_ad(engine, number, f"http://s.example/{number}", text)
    monkeypatch.setattr(duplicates, "_BATCH", 5)
    monkeypatch.setattr(duplicates, "_FRESH", 3)
    steps: list[int] = []

    def stop(done: int) -> None:
        steps.append(done)
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        group_texts(engine, stop)
    group_texts(engine, steps.append)
    assert steps == [5, 10, 5, 10, 14]
    assert groups(engine) == {number: (number - 1) % 12 + 1 for number in range(1, 25)}


def test_the_words_are_those_of_the_common_folding() -> None:
    for text in (TEXT, FOOTER, unicodedata.normalize("NFD", TEXT), "ĐẶNG Mỹ\u00ad Lệ ﬁ Ⅻ 100% x_y", ""):
        letters = "".join(c if c.isalnum() else " " for c in folded(text))
        assert words_of(text) == letters.split()


def test_signatures_estimate_the_similarity() -> None:
    left, right = shingles(TEXT), shingles(TEXT.replace("Mây Hồng", "Mây Trắng").replace("khách hàng", "người"))
    exact = jaccard(left, right)
    assert abs(float((signature(left) == signature(right)).mean()) - exact) < 0.13  # three deviations of 160 hashes
    assert jaccard(frozenset(), frozenset()) == 0.0
    assert signature(left)[:4].tolist() == signature(frozenset(sorted(left)))[:4].tolist()


def test_the_stored_form_holds_the_signature() -> None:
    near, parts = near_of(TEXT, len(TEXT))
    packed = near.to_json()["sig"]
    assert isinstance(packed, str)
    assert np.array_equal(duplicates._unpacked(packed), signature(parts))
    assert len(packed) < 450


def test_pages_made_to_collide_cost_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    same = signature(shingles(TEXT))
    made = Groups()
    made.load([(number, Near(signature=same)) for number in range(1, 3_000)])
    for number in range(3_000, 3_200):
        made.add(number, Near(signature=same))
    found: Sequence[int] = made.candidates(same)
    assert found == list(range(1, duplicates._COMPARED + 1))


def test_long_and_broken_texts_are_taken(engine: Engine) -> None:
    add_ad(engine, 1, "http://a.example/", "mot hai ba bon " * 100_000)
    add_ad(engine, 2, "http://b.example/", "一" * 500)
    add_ad(engine, 3, "http://c.example/", "!" * 500)
    assert group_texts(engine) == 3
    assert groups(engine) == {1: 1, 2: 2, 3: 3}
    assert THRESHOLD > 0.5
