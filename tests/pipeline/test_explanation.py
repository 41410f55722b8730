"""What led to an answer of the registry is told in Vietnamese, with Vietnamese decimals."""

from models.vocabulary import Verdict
from pipeline.matching import describe_explanation
from registry.explain import Explanation, Step
from registry.types import Facts, Match


def test_steps_are_told_in_vietnamese() -> None:
    match = Match("m1", Verdict.MATCHED, 0.97, Facts(), registry_id="N1", reasons=("Lý do.",))
    steps = (Step("licence", "Số giấy phép", "same", 4.25), Step("phone", "Số điện thoại", "silent", -0.5))
    said = describe_explanation(Explanation(match, "N1", steps, 3.75)).splitlines()
    assert said[0] == "Kết quả: trùng khớp (xác suất 0,970)"
    assert said[2].split() == ["+4,25", "→", "+4,25", "Số", "giấy", "phép", "[trùng]"]
    assert said[3].endswith("Số điện thoại [không nêu]")
    assert said[4:] == ["  Tổng: +3,75", "- Lý do."]
