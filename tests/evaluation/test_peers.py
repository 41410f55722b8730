"""The comparison with other ways to link: what is counted, and by which threshold."""

from evaluation.gold import MatchSample
from evaluation.peer_fields import Fields, Link
from evaluation.peers import bonus, extract_one, reached, record_fields, top_300
from models.vocabulary import MentionKind
from registry.types import Facility, Practitioner, Workplace


def _sample(gold: str) -> MatchSample:
    return MatchSample("1", MentionKind.PRACTITIONER, "BS A", gold, frozenset(), "", (), "full")


def test_the_threshold_lies_above_the_impostors() -> None:
    samples = [_sample("P1"), _sample("P2"), _sample("P3"), _sample("NONE"), _sample("AMBIGUOUS")]
    links = [Link("P1", 0.9), Link("P2", 0.5), Link("P9", 0.9), Link("P1", 0.6), Link("P1", 1.0)]
    found = reached(samples, links)
    assert (found["recall"], found["named_first"]) == (0.3333, 0.6667)
    assert (found["decidable"], found["impostors"]) == (3, 1)


def test_one_in_a_hundred_impostors_may_be_linked() -> None:
    samples = [_sample("P1"), *[_sample("NONE")] * 100]
    links = [Link("P1", 0.5), Link("P2", 0.9), *[Link("P2", 0.4)] * 99]
    assert reached(samples, links)["recall"] == 1.0
    assert reached(samples, [Link("P1", 0.5), *[Link("P2", 0.9)] * 100])["recall"] == 0.0


def test_records_become_plain_columns() -> None:
    work = Workplace("Phòng khám Mây Hồng", "F1", "Quận 3", "Xuân Hòa")
    person = Practitioner("P1", "Lương Trúc Quỳnh", "000123/HCM-CCHN", scope="Da liễu", workplaces=(work,))
    assert record_fields(person) == Fields("P1", "luong truc quynh", "may hong", "Da liễu", "3", "xuan hoa", "123")
    place = Facility("F1", "Phòng khám Mây Hồng", "PK Mây Hồng", "00101/HCM-GPHĐ", phones=("0901234567",))
    assert record_fields(place).name == "may hong"


def test_context_tells_equal_names_apart_where_the_name_alone_cannot() -> None:
    records = [Fields("P1", "ta hoai nam", district="3"), Fields("P2", "ta hoai nam", district="10")]
    mention = Fields("m", "ta hoai nam", district="10")
    assert extract_one([mention], records)[0].id == "P1"
    assert top_300([mention], records)[0].id == "P2"
    assert top_300([Fields("m", "ta hoai nam")], records)[0].id == "", "two equals are no link"


def test_a_foreign_number_counts_against() -> None:
    record = Fields("P1", "a", licence="12")
    assert bonus(Fields("m", "a", licence="12"), record) > 0 > bonus(Fields("m", "a", licence="13"), record)
