import pytest

from models.vocabulary import MentionKind
from registry.mentions import find_mentions


def named(text: str, kind: MentionKind) -> list[str]:
    return [mention.text for mention in find_mentions(text) if mention.kind is kind]


def test_every_mention_is_quoted_at_its_place() -> None:
    text = "Nha khoa Hải Đăng Xanh, BS.CKI Trần Thử Nghiệm, hotline 0901 234 567, GPHĐ 01234/HCM-GPHĐ, từ 2 triệu đồng"
    mentions = find_mentions(text)
    assert {mention.kind for mention in mentions} >= {
        MentionKind.FACILITY,
        MentionKind.PRACTITIONER,
        MentionKind.PHONE,
        MentionKind.LICENCE_NO,
        MentionKind.PRICE,
    }
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.text


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b", "....", "bác sĩ", "Phòng khám"])
def test_nothing_is_named_where_nobody_is(text: str) -> None:
    assert find_mentions(text) == []
