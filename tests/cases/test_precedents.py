import re
from pathlib import Path

import pytest
import yaml

from cases.attached import Precedent
from cases.precedents import day_said, for_codes, load_precedents, nearest, precedent_said, read_precedents
from models.errors import InputError
from models.vocabulary import Code, Domain

FILE = Path(__file__).resolve().parents[2] / "cases" / "precedents.yaml"


def one(on: str, *codes: Code, domain: Domain = Domain.SERVICE, **more: object) -> Precedent:
    return Precedent(on, frozenset(codes), frozenset({domain}), **more)  # type: ignore[arg-type]


def test_the_bundled_file_is_read_and_names_nobody() -> None:
    entries = yaml.safe_load(FILE.read_text("utf-8"))["precedents"]
    assert len(load_precedents()) == len(entries) > 40
    allowed = {"day", "dated", "codes", "domains", "fine_vnd", "number", "advertising", "doubtful", "source"}
    for entry in entries:
        assert set(entry) <= allowed
        assert re.fullmatch(r"[a-z0-9]+(?:[.-][a-z0-9]+)+", entry["source"])  # a site, no page that may name somebody
        assert re.fullmatch(r"\d+/QĐ-?[A-Z]+|", entry.get("number", ""))


def test_the_nearest_shares_most_signs_then_the_class_and_is_the_latest() -> None:
    cure, absolute, scope = Code.CURE_GUARANTEE, Code.ABSOLUTE_CLAIM, Code.BEYOND_SCOPE
    old, new = one("2023-01-01", cure), one("2025-01-01", cure)
    both, food = one("2022", cure, absolute), one("2026-01-01", cure, domain=Domain.SUPPLEMENT)
    everything = [old, new, both, food, one("2026-02-01", scope)]
    assert nearest(everything, [cure], [Domain.SERVICE]) is new
    assert nearest(everything, [cure, absolute], [Domain.SERVICE]) is both
    assert nearest(everything, [cure], [Domain.SUPPLEMENT]) is food
    assert nearest(everything, [Code.FALSE_AUTHORITY], [Domain.SERVICE]) is None
    assert for_codes(everything, [scope, cure], [Domain.SERVICE])[1:] == (new,)
    assert len(for_codes(everything, list(Code), [Domain.SERVICE], most=2)) == 2


def test_a_clear_report_on_an_advertisement_comes_before_a_doubtful_one() -> None:
    clear = one("2023-01-01", Code.BEYOND_SCOPE)
    others = (
        one("2025-01-01", Code.BEYOND_SCOPE, doubtful=True),
        one("2025-01-01", Code.BEYOND_SCOPE, advertising=False),
    )
    assert nearest([clear, *others], [Code.BEYOND_SCOPE], [Domain.SERVICE]) is clear


def test_how_it_is_said() -> None:
    assert [day_said(on) for on in ("2025-11-07", "2021-06", "2023")] == ["07/11/2025", "tháng 6/2021", "năm 2023"]
    said = precedent_said(
        one("2021-06", Code.BEYOND_SCOPE, decided=False, source="bao.example", fine_vnd=5, doubtful=True), {}
    )
    assert said == (
        "báo đăng tháng 6/2021: beyond_scope; phạt 5 đồng (theo bao.example; nguồn chưa nêu rõ từng hành vi)"
    )
    own = precedent_said(one("2026-01-02", Code.BEYOND_SCOPE, case_id=4), {Code.BEYOND_SCOPE: "Vượt phạm vi"})
    assert own == "02/01/2026: Vượt phạm vi; chưa rõ mức phạt (vụ việc số 4 trong hệ thống)"


GOOD = "{day: '2025-01-01', dated: report, codes: [beyond_scope], domains: [service], source: bao.example}"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("precedents: [", "cannot be read"),
        ("other: []", "no list"),
        (f"precedents: [{GOOD}, 7]", "entry 2"),
        (f"precedents: [{GOOD.replace('service', 'nothing')}]", "entry 1"),
        (f"precedents: [{GOOD.replace('2025-01-01', '1.1.2025')}]", "YYYY"),
        (f"precedents: [{GOOD.replace('report', 'rumour')}]", "decision or report"),
        (f"precedents: [{GOOD.replace('source', 'entity')}]", "unknown key 'entity'"),
        (f"precedents: [{GOOD.replace('}', ', fine_vnd: many}')}]", "no fine"),
        (f"precedents: [{GOOD.replace('[beyond_scope]', '[]')}]", "without a code"),
    ],
)
def test_a_wrong_file_is_refused_with_the_entry(tmp_path: Path, given: str, told: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(given, "utf-8")
    with pytest.raises(InputError, match=told):
        read_precedents(file)
