"""Every fault of a policy file is refused, with its line and its code."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import classifier.policy
from classifier.policy import check, load_policy
from classifier.policy_yaml import MAX_BYTES, read_yaml
from classifier.types import Hit, Span
from models.errors import PolicyError
from models.vocabulary import Code, Domain, Method

BUNDLED = Path(classifier.policy.__file__).with_name("policy.yaml")
TEXT = BUNDLED.read_text(encoding="utf-8")

Spoil = Callable[[str, str], tuple[Path, int]]


@pytest.fixture
def spoil(tmp_path: Path) -> Spoil:
    """Return a function that replaces one unique passage and tells the file and the line of the mark '§' (removed)."""

    def spoiled(old: str, new: str) -> tuple[Path, int]:
        assert TEXT.count(old) == 1, f"{TEXT.count(old)} times: {old}"
        text = TEXT.replace(old, new)
        line = text[: text.index("§")].count("\n") + 1
        path = tmp_path / "mine.yaml"
        path.write_text(text.replace("§", ""), encoding="utf-8")
        return path, line

    return spoiled


PROVISION = """\
  - id: nd342-4-2
    instrument: Nghị định 342/2025/NĐ-CP
    article: "4"
    clause: "2"
    about: không gây hiểu nhầm là thuốc; đúng bản chất, phân loại, công dụng đã công bố
    domains: [cosmetic]
    effective_from: 2026-02-15
    source: press-342-cosmetic
    verified: true
"""
PENALTY = """\
      - instrument: Nghị định 87/2026/NĐ-CP
        article: "70"
        clause: "4"
        point: b
        domains: [cosmetic]
        min_vnd: 30000000
        max_vnd: 40000000
        effective_from: 2026-05-15
"""

FAULTS = [
    pytest.param(PROVISION, PROVISION + "    §clausse: x\n", "unknown key 'clausse'", "cosmetic_as_medicine", id="key"),
    pytest.param(
        "  - code: beyond_scope\n",
        "  - §code: out_of_scope\n",
        "unknown value 'out_of_scope'",
        "out_of_scope",
        id="code",
    ),
    pytest.param(
        PROVISION,
        PROVISION.replace("[cosmetic]", "§[cosmetics]"),
        "unknown value 'cosmetics'",
        "cosmetic_as_medicine",
        id="domain",
    ),
    pytest.param(
        PROVISION,
        PROVISION.replace("    effective_from: 2026-02-15\n", "").replace("- id", "- §id"),
        "'effective_from' is missing",
        "cosmetic_as_medicine",
        id="undated",
    ),
    pytest.param(
        PROVISION,
        PROVISION.replace("2026-02-15", "§20260215"),
        "must be a day written YYYY-MM-DD",
        "",
        id="day as number",
    ),
    pytest.param(PROVISION, PROVISION.replace("2026-02-15", "§2026-02-30"), "effective_from", "", id="no such day"),
    pytest.param(
        PROVISION,
        PROVISION.replace("- id", "- §id").replace("    source", "    effective_to: 2026-02-14\n    source"),
        "effective_to 2026-02-14 is before effective_from 2026-02-15",
        "cosmetic_as_medicine",
        id="ends before it starts",
    ),
    pytest.param(
        PROVISION,
        PROVISION + PROVISION.replace("- id: nd342-4-2", "- §id: mine").replace('clause: "2"', 'clause: "99"'),
        "dangling",
        "",
        id="provision unused",
    ),
    pytest.param(
        PROVISION,
        PROVISION + PROVISION.replace("- id", "- §id"),
        "provision 'nd342-4-2' stands twice",
        "",
        id="same id",
    ),
    pytest.param(
        '  - id: nd342-4-4\n    instrument: Nghị định 342/2025/NĐ-CP\n    article: "4"\n    clause: "4"',
        '  - §id: nd342-4-4\n    instrument: Nghị định 342/2025/NĐ-CP\n    article: "4"\n    clause: 2-4',
        "'nd342-4-4' overlaps 'nd342-4-1'",
        "professional_endorsement",
        id="overlapping clauses",
    ),
    pytest.param(
        PROVISION,
        PROVISION.replace("instrument: Nghị định 342", "§instrument: Nghị định 999"),
        "instrument 'Nghị định 999/2025/NĐ-CP' is not in the list",
        "cosmetic_as_medicine",
        id="instrument of a provision",
    ),
    pytest.param(
        PROVISION,
        PROVISION.replace("effective_from: 2026-02-15", "§effective_from: 2026-02-14"),
        "leave those of 'Nghị định 342/2025/NĐ-CP'",
        "cosmetic_as_medicine",
        id="before its instrument",
    ),
    pytest.param(
        PROVISION,
        PROVISION.replace("source: press-342-cosmetic", "§source: hearsay"),
        "source 'hearsay' is not in the list",
        "cosmetic_as_medicine",
        id="source unknown",
    ),
    pytest.param(
        PROVISION,
        PROVISION.replace("    source: press-342-cosmetic\n", "").replace("- id", "- §id"),
        "verified is true without a source",
        "cosmetic_as_medicine",
        id="verified without source",
    ),
    pytest.param(
        PROVISION,
        PROVISION.replace("verified: true", "verified: §maybe"),
        "'verified'",
        "cosmetic_as_medicine",
        id="verified maybe",
    ),
    pytest.param(
        PROVISION,
        PROVISION + "    §amendments: [{by: x, effective_from: 2026-02-15}]\n",
        "amendments",
        "",
        id="amendments",
    ),
    pytest.param(
        PENALTY,
        PENALTY.replace("30000000", "50000000").replace("- ins", "- §ins"),
        "min_vnd 50000000 is over max_vnd 40000000",
        "cosmetic_as_medicine",
        id="min over max",
    ),
    pytest.param(
        PENALTY,
        PENALTY.replace("min_vnd: 30000000", "§min_vnd: -1"),
        "'min_vnd'",
        "cosmetic_as_medicine",
        id="negative fine",
    ),
    pytest.param(
        PENALTY,
        PENALTY.replace("min_vnd: 30000000", "min_vnd: null").replace("- ins", "- §ins"),
        "both known or both null",
        "cosmetic_as_medicine",
        id="half a band",
    ),
    pytest.param(
        PENALTY,
        PENALTY.replace("30000000", "null").replace("40000000", "null").replace("- ins", "- §ins"),
        "unknown amount cannot be verified",
        "cosmetic_as_medicine",
        id="unknown yet verified",
    ),
    pytest.param(
        PENALTY,
        PENALTY.replace("2026-05-15", "2026-05-14").replace("- ins", "- §ins"),
        "penalty band overlaps number 1",
        "cosmetic_as_medicine",
        id="fine before its decree",
    ),
    pytest.param(
        PENALTY,
        PENALTY.replace("domains: [cosmetic]", "§domains: [drug]"),
        "concerns no domain of this code",
        "cosmetic_as_medicine",
        id="fine for another domain",
    ),
    pytest.param(
        "      - {id: nd342-4-4}\n",
        "      - {§id: nd342-4-9}\n",
        "dangling: no provision 'nd342-4-9'",
        "professional_endorsement",
        id="code to provision",
    ),
    pytest.param(
        "      - {id: nd342-4-4}\n",
        "      - {id: nd342-4-4}\n      - §{id: nd342-4-4}\n",
        "stands twice in this code",
        "professional_endorsement",
        id="provision twice in a code",
    ),
    pytest.param(
        "      - {id: nd342-4-4}\n",
        "      - {id: nd342-4-4, §domains: [drug]}\n",
        "wider than the domains",
        "professional_endorsement",
        id="reference wider",
    ),
    pytest.param(
        "      - {id: nd163-104-compare}\n",
        "      - {id: nd163-104-compare}\n      - {id: x, §why: y}\n",
        "unknown key 'why'",
        "direct_comparison",
        id="unknown key of a reference",
    ),
    pytest.param(
        "name_en: name of the device, domains: [device], provision: nd98-62,",
        "name_en: name of the device, domains: [device], §provision: nd98-63,",
        "element 'device_name' is dangling: no provision 'nd98-63'",
        "",
        id="element to provision",
    ),
    pytest.param(
        "{id: device_name, name_vi: tên thiết bị y tế, name_en: name of the device, domains: [device],",
        "{id: device_name, name_vi: tên thiết bị y tế, name_en: name of the device, §domains: [drug],",
        "names a domain that 'nd98-62' does not concern",
        "",
        id="element of another domain",
    ),
    pytest.param(
        "  - {id: device_purpose,",
        "  - §{id: device_name,",
        "element 'device_name' stands twice",
        "",
        id="element twice",
    ),
    pytest.param(
        "  - code: beyond_scope\n",
        "  - §code: unlicensed_facility\n",
        "code 'unlicensed_facility' stands twice",
        "unlicensed_facility",
        id="code twice",
    ),
    pytest.param("  - on: 2026-07-05\n", "  - §on: 2026-05-15\n", "law clock is not in order", "", id="clock"),
    pytest.param(
        "      - state: not_required\n        domains: [service, cosmetic_surgery, cosmetic, device]\n"
        "        effective_from: 2026-02-15\n",
        "      - §state: not_required\n        domains: [service, cosmetic_surgery, cosmetic, device]\n"
        "        effective_from: 2026-02-14\n",
        "caveat overlaps another",
        "missing_confirmation_number",
        id="caveats overlap",
    ),
    pytest.param(
        "      - state: penalty_unsettled\n        domains: [supplement]\n",
        "      - state: penalty_unsettled\n        §domains: [supplement, service]\n",
        "does not apply to",
        "professional_endorsement",
        id="caveat of another domain",
    ),
    pytest.param("limitation_years: 1 ", "§limitation_years: never ", "'limitation_years'", "", id="limitation"),
]


@pytest.mark.parametrize(("old", "new", "message", "code"), FAULTS)
def test_a_fault_is_refused_with_its_line_and_code(spoil: Spoil, old: str, new: str, message: str, code: str) -> None:
    path, line = spoil(old, new)
    with pytest.raises(PolicyError) as caught:
        check(path)
    said = str(caught.value)
    assert message in said
    assert f"mine.yaml, line {line}" in said, said
    assert (f"code {code}" in said or f", {code}" in said) if code else True
    assert "\n" not in said


def test_overlapping_bands_are_refused_and_abutting_ones_are_not(spoil: Spoil) -> None:
    band = (
        '      - instrument: Nghị định 87/2026/NĐ-CP\n        article: "70"\n        clause: "4"\n        point: b\n'
        "        domains: [cosmetic]\n        min_vnd: 30000000\n        max_vnd: 40000000\n"
        "        effective_from: 2026-05-15\n"
    )
    rest = "        source: claims-table\n        verified: true\n"
    path, line = spoil(band, f"{band}        effective_to: 2026-07-04\n{rest}{band.replace('- ins', '- §ins')}")
    with pytest.raises(PolicyError, match=rf"line {line}, code cosmetic_as_medicine: penalty band overlaps number 2"):
        check(path)
    path, _ = spoil(band, f"§{band}        effective_to: 2026-07-04\n{rest}{band.replace('2026-05-15', '2026-07-05')}")
    assert len(check(path).codes[Code.COSMETIC_AS_MEDICINE].penalties) == 3


def test_a_missing_code_is_refused(tmp_path: Path) -> None:
    start = TEXT.index("  - code: beyond_scope\n")
    path = tmp_path / "fifteen.yaml"
    # nd342-9-2 is then dangling too, and stands earlier; it goes with its code.
    path.write_text(re.sub(r"  - id: nd342-9-2\n(    .*\n)+", "", TEXT[:start]), encoding="utf-8")
    with pytest.raises(PolicyError, match="missing of the 16 codes: beyond_scope"):
        check(path)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        pytest.param(b"version: [1\ncodes: }", 2, "not valid YAML", id="syntax"),
        pytest.param(b"version: 1\n\tcodes: 2\n", 2, "not valid YAML", id="tab"),
        pytest.param(b"version: 1\nbuilt_on: x\nversion: 2\n", 3, "key 'version' stands twice", id="key twice"),
        pytest.param(b"a: &x [1]\nb: [*x, *x]\n", 1, "anchors and aliases", id="aliases"),
        pytest.param(b"version: 1\nb: *x\n", 2, "anchors and aliases", id="alias of nothing"),
        pytest.param(b"version: 1\n<<: {a: 1}\n", 2, "merge keys", id="merge key"),
        pytest.param(b"a: 1\nb: !!python/object/apply:os.system ['true']\n", 2, "is not allowed", id="python tag"),
        pytest.param(b"a: 1\nb: !!binary aGk=\n", 2, "is not allowed", id="binary tag"),
        pytest.param(b"a: 1\n? [b, c]\n: 2\n", 2, "plain text", id="list as key"),
        pytest.param(b"a: 1\n---\nb: 2\n", 2, "not valid YAML", id="two documents"),
        pytest.param("a: 1\nb: thuốc".encode("utf-16"), 1, "not UTF-8", id="utf-16"),
        pytest.param("a: 1\nb: thuốc".encode("cp1258", "replace") + b"\n\xff", 3, "not UTF-8", id="windows-1258"),
        pytest.param(b"a: 1\nb: " + b"[" * 30 + b"]" * 30, 2, "nested more than", id="deep"),
        pytest.param(b"a: 1\nb: " + b"[" * 5000 + b"]" * 5000, 2, "nest", id="very deep"),
        pytest.param(b"a: \x00\n", 1, "not valid YAML", id="nul"),
        pytest.param(b"", 1, "top level is not a mapping", id="empty"),
        pytest.param(b"- 1\n", 1, "top level is not a mapping", id="list"),
        pytest.param(b"version: 1\n", 1, "is missing (and", id="nearly nothing"),
        pytest.param(b"version: 1\ncodes: 3\nprovisions: [1, {id: a}]\n", 1, "is missing (and", id="wrong shapes"),
    ],
)
def test_a_hostile_or_broken_file_is_refused(tmp_path: Path, content: bytes, line: int, message: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(PolicyError) as caught:
        check(path)
    assert f"bad.yaml, line {line}" in str(caught.value)
    assert message in str(caught.value)


def test_a_billion_laughs_is_refused_before_it_is_expanded(tmp_path: Path) -> None:
    names = "abcdefghij"
    levels = [f"{name}: &{name} [{', '.join(['*' + names[at]] * 9)}]" for at, name in enumerate(names[1:])]
    path = tmp_path / "laughs.yaml"
    path.write_text("\n".join([f"a: &a [{', '.join(['lol'] * 9)}]", *levels]), encoding="utf-8")
    with pytest.raises(PolicyError, match="line 1: anchors and aliases"):
        check(path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(PolicyError, match="larger than"):
        check(path)


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        check(tmp_path / name)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert check(path).codes == load_policy().codes


def test_the_bundled_file_is_read_once_and_a_given_one_each_time(tmp_path: Path) -> None:
    assert load_policy() is load_policy()
    path = tmp_path / "copy.yaml"
    path.write_text(TEXT, encoding="utf-8")
    copy = load_policy(path)
    assert copy == load_policy()
    assert copy is not load_policy(path)
    path.write_text(TEXT + "# changed\n", encoding="utf-8")
    assert load_policy(path).sha256 != copy.sha256


def test_lines_are_those_of_the_file() -> None:
    sourced = read_yaml(BUNDLED)
    rows = TEXT.splitlines()
    assert rows[sourced.line(("codes", 0, "code")) - 1] == "  - code: cure_guarantee"
    assert rows[sourced.line(("provisions", 0, "clause")) - 1] == "    clause: 1, 4, 5"


def test_a_file_of_very_many_small_values_is_stopped_early(tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    path.write_text("codes:\n" + "  - {}\n" * 100_000, encoding="utf-8")
    with pytest.raises(PolicyError, match="more than 50,000 values"):
        check(path)


ROWS = TEXT.splitlines()
ODD = [
    "",
    "null",
    "[]",
    "{}",
    "[[]]",
    "0",
    "-1",
    "1.5",
    "yes",
    "2026-13-01",
    "9" * 30,
    "all",
    "'",
    "&a",
    "*a",
    "1:30",
    "~",
]


@settings(max_examples=40, deadline=None)
@given(row=st.integers(0, len(ROWS) - 1), odd=st.sampled_from(ODD), drop=st.booleans())
def test_a_damaged_file_is_read_or_refused_never_a_crash(row: int, odd: str, drop: bool) -> None:
    key, colon, _ = ROWS[row].partition(": ")
    rows = [*ROWS[:row], *([] if drop else [f"{key}{colon or ': '}{odd}"]), *ROWS[row + 1 :]]
    with TemporaryDirectory() as folder:
        path = Path(folder, "damaged.yaml")
        path.write_text("\n".join(rows), encoding="utf-8")
        try:
            policy = check(path)
        except PolicyError as error:
            assert re.match(r"damaged\.yaml, line \d+(, code [^:\n]+)?: [^\n]+$", str(error)), error
        else:
            assert set(policy.codes) == set(Code)


def test_a_provision_may_not_outlive_its_instrument(spoil: Spoil) -> None:
    old = "effective_from: 2015-07-16\n    effective_to: 2026-02-14\n    source"
    path, line = spoil(old, "§effective_from: 2015-07-16\n    source")
    with pytest.raises(PolicyError, match=rf"line {line}, .*leave those of 'Thông tư 09/2015/TT-BYT' \(2015-07-16 to"):
        check(path)


def test_two_points_of_one_clause_are_two_rules_and_a_bare_clause_covers_both(spoil: Spoil) -> None:
    twin = PROVISION.replace("nd342-4-2", "nd342-4-4")
    rest = TEXT[TEXT.index("  - id: nd342-4-4\n") : TEXT.index("  - id: tt06-03mp\n")]
    pointed = PROVISION.replace('"2"\n', '"2"\n    point: a\n') + twin.replace('"2"\n', '"2"\n    point: b\n')
    path, _ = spoil(PROVISION + rest, "§" + pointed)
    assert "nd342-4-4" in {item.id for item in check(path).codes[Code.PROFESSIONAL_ENDORSEMENT].provisions}
    path, line = spoil(
        PROVISION + rest, PROVISION + twin.replace('"2"\n', '"2"\n    point: b\n').replace("- id", "- §id")
    )
    with pytest.raises(PolicyError, match=rf"line {line}, .*'nd342-4-4' overlaps 'nd342-4-2'"):
        check(path)


def test_rules_without_a_clause_number_are_told_apart_by_their_gist(spoil: Spoil) -> None:
    path, line = spoil(
        '  - id: nd163-104-compare\n    instrument: Nghị định 163/2025/NĐ-CP\n    article: "104"\n'
        "    about: nội dung tạo cách hiểu thuốc này tốt hơn thuốc khác\n",
        '  - §id: nd163-104-compare\n    instrument: Nghị định 163/2025/NĐ-CP\n    article: "104"\n'
        '    about: nội dung tạo cách hiểu "thuốc này là số một", "tốt hơn tất cả"\n',
    )
    with pytest.raises(PolicyError, match=rf"line {line}, code direct_comparison: .* overlaps 'nd163-104-rank'"):
        check(path)


def test_one_element_may_stand_for_two_classes_under_two_provisions(spoil: Spoil) -> None:
    path, _ = spoil("  - {id: device_name,", "  - §{id: cosmetic_name,")
    policy = check(path)
    for domain in (Domain.DEVICE, Domain.COSMETIC):
        assert "cosmetic_name" in {item.id for item in policy.elements_on(domain, date(2026, 11, 24))}


def test_a_milder_band_that_was_not_verified_does_not_displace_a_verified_one(spoil: Spoil) -> None:
    old = "domains: [supplement, drug]\n        min_vnd: 30000000\n        max_vnd: 40000000"
    path, _ = spoil(old, "§" + old.replace("30000000", "1000000").replace("40000000", "2000000"))
    sign = Hit(Code.UNLICENSED_PRACTITIONER, 0.9, Span(0, 2, "BS"), Method.REGISTRY)
    made = check(path).finding(sign, date(2026, 11, 24), [Domain.SERVICE, Domain.DRUG])
    assert made is not None
    assert made.penalty is not None
    assert made.penalty.verified
    assert made.penalty.min_vnd == 30_000_000
