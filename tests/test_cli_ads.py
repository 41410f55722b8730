"""The commands around advertisements and schedules as a user runs them, on one small site that changes."""

from pathlib import Path

import pytest
from command import Done, here
from small_site import SmallSite, first_pages, html, small_site

TWIN = "Phòng khám tư vấn các bệnh da liễu cho mọi lứa tuổi, đặt lịch hẹn trước qua điện thoại để không phải chờ lâu."


class World:
    """A folder with a database, evidence and a sources file; ``ask`` runs a command in it, in this process."""

    def __init__(self, folder: Path, site: SmallSite, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.site, self.capsys = folder, site, capsys
        self.sources = folder / "sources.toml"
        self.sources.write_text(
            f'[[source]]\nname = "moc-lan"\nkind = "site"\nstart = ["{site.url}/"]\ndelay = 0.0\nevery = "1d"\n',
            encoding="utf-8",
        )

    def ask(self, *arguments: object) -> Done:
        common = ("--db", f"sqlite:///{self.folder / 'm.db'}", "--data", self.folder / "data")
        return here(self.capsys, *common, *arguments)

    def run(self, *more: object) -> Done:
        return self.ask("--json", "run", self.sources, "--workers", 1, "--model", "rules", *more)


def pages() -> dict[str, str]:
    kept = first_pages()
    return {
        "/": html("Phòng khám Da liễu Mộc Lan Trắng", "Trang chủ", links=("/tri-nam", "/a", "/b")),
        "/tri-nam": kept["/tri-nam"],
        "/a": html("Tư vấn", TWIN),
        "/b": html("Tư vấn da", TWIN),
    }


def test_from_two_runs_to_history_search_and_groups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with small_site(pages()) as site:
        world = World(tmp_path, site, capsys)
        assert world.run("--due").value["ingested"]["new"] == 4
        nothing = world.run("--due")
        assert (nothing.code, nothing.value["run"], nothing.value["sources"]) == (0, "", {})
        said = world.ask("crawl", world.sources, "--due")
        assert (said.code, said.out.strip()) == (0, "Chưa có nguồn nào đến hạn thu thập.")
        site.pages["/tri-nam"] = html("Trị nám", "Kết quả điều trị tùy thuộc cơ địa mỗi người.")
        del site.pages["/b"]
        assert world.run().value["ingested"]["changed"] == 1
        url = f"{site.url}/tri-nam"
        told = world.ask("ads", "history", url)
    assert "Đã ghi nhận 2 nội dung qua 2 lần thu thập." in told.out
    assert "- Phòng khám cam kết chữa khỏi 100% nám da" in told.out
    assert [version["ad_id"] for version in world.ask("--json", "ads", "history", url).value["versions"]]
    twins = world.ask("--json", "ads", "search", "Tư vấn các bệnh da liễu").value["hits"]
    assert sorted(hit["url"].rpartition("/")[2] for hit in twins) == ["a", "b"]
    shown = world.ask("ads", "show", twins[0]["ad_id"])
    assert "Nội dung gần như trùng nhau: 2 tin trên 1 trang web" in shown.out
    by_phone = world.ask("--json", "ads", "search", "+84 28 7300 0991")
    assert by_phone.value["total"] == 4
    assert "phone" in by_phone.value["hits"][0]["how"]
    assert world.ask("ads", "live").out.strip() == "Chưa có yêu cầu gỡ quảng cáo nào được ghi nhận."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("history", "http://la.example/"), "nothing was collected"),
        (("show", "7"), "there is no advertisement 7."),
        (("search", "a"), "too little to search for"),
        (("live", "--case", "7"), "there is no case 7."),
    ],
)
def test_what_is_not_there_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    done = here(capsys, "--db", f"sqlite:///{tmp_path / 'm.db'}", "ads", *arguments)
    assert done.code == 1
    assert words in done.err
    assert done.err.count("\n") == 1
