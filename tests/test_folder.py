"""Reading the files of a folder or an archive, and refusing archives that would do harm."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rolegraph.errors import Problems
from rolegraph.sources import folder
from rolegraph.sources.folder import check_archive, open_folder


def _zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def _refused(path: Path) -> list[str]:
    problems = Problems()
    assert open_folder(path, "a folder of tables", problems) is None
    return [str(problem).removeprefix(f"{path}: ") for problem in problems]


def _read(path: Path) -> dict[str, bytes | None]:
    problems = Problems()
    opened = open_folder(path, "a folder of tables", problems)
    assert opened is not None
    read = {name: opened.read(name, problems) for name in opened.names}
    assert not list(problems)
    return read


def test_a_folder_and_its_archive_hold_the_same_files(tmp_path: Path) -> None:
    files = {"b.csv": b"1,2\n", "a.csv": b""}
    directory = tmp_path / "tables"
    directory.mkdir()
    for name, data in files.items():
        (directory / name).write_bytes(data)
    (directory / "below").mkdir()
    assert list(_read(directory)) == ["a.csv", "b.csv"]
    assert _read(directory) == _read(_zip(tmp_path / "flat.zip", files))
    nested = {f"db_1_0/{name}": data for name, data in files.items()}
    nested |= {"db_1_0/": b"", "__MACOSX/db_1_0/._a.csv": b"x", "db_1_0/.DS_Store": b"x"}
    assert _read(directory) == _read(_zip(tmp_path / "nested.zip", nested))


def test_a_path_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    assert _refused(tmp_path / "none") == [
        "there is no such folder or zip archive; name a folder of tables",
    ]


@pytest.mark.parametrize("size", [0, 10, 60])
def test_a_truncated_archive_is_one_error(tmp_path: Path, size: int) -> None:
    path = _zip(tmp_path / "cut.zip", {"a.csv": b"1,2\n" * 100})
    path.write_bytes(path.read_bytes()[:size])
    assert _refused(path) == ["this is no whole zip archive; fetch it again, or name a folder of tables"]


@given(
    places=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4),
    kept=st.integers(0, 10_000),
)
@example(places=[(30, 0xBE)], kept=10_000)  # the name in front of the first file is no longer UTF-8
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_to_an_archive_is_more_than_a_problem(
    tmp_path: Path, places: list[tuple[int, int]], kept: int
) -> None:
    path = _zip(tmp_path / "damaged.zip", {"db/ä.csv": b"1,2\n" * 30, "db/b.csv": b"3"})
    data = bytearray(path.read_bytes())
    for place, byte in places:
        data[place % len(data)] = byte
    path.write_bytes(data[:kept])
    problems = Problems()
    opened = open_folder(path, "a folder of tables", problems)
    for name in opened.names if opened is not None else ():
        opened.read(name, problems)
    check_archive(path, "a workbook", problems)
    assert all("; " in str(problem) for problem in problems)


def test_an_entry_without_a_name_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "nameless.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("."), b"x")
    problems = Problems()
    opened = open_folder(path, "a folder of tables", problems)
    assert opened is not None
    assert opened.names == (".",)


@pytest.mark.parametrize("name", ["../a.csv", "x/../../a.csv", "/etc/a.csv", "..\\a.csv", "C:/a.csv"])
def test_an_entry_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    path = _zip(tmp_path / "out.zip", {"sound.csv": b"", name: b"x"})
    assert _refused(path) == [f"entry {name!r} leads out of the archive; remove it; nothing of it was read"]


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    entry = zipfile.ZipInfo("a.csv")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert _refused(path) == ["entry 'a.csv' is a link; put the file itself into the archive"]


def test_an_archive_that_would_fill_the_machine_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _zip(tmp_path / "bomb.zip", {"a.csv": bytes(folder._SMALL + 1), "b.csv": b"x"})
    (told,) = _refused(path)
    assert told.startswith("entry 'a.csv' would grow 1,0")
    monkeypatch.setattr(folder, "MAX_BYTES", folder._SMALL)
    monkeypatch.setattr(folder, "MAX_RATIO", 2000)
    assert _refused(path) == [
        f"the archive would take {folder._SMALL + 2:,} bytes; "
        f"unpack it yourself: {folder._SMALL:,} is the limit"
    ]


def test_a_damaged_or_understated_file_is_reported_when_it_is_read(tmp_path: Path) -> None:
    path = _zip(tmp_path / "damaged.zip", {"a.csv": b"1,2\n" * 100})
    data = bytearray(path.read_bytes())
    data[40] ^= 0xFF
    path.write_bytes(data)
    problems = Problems()
    opened = open_folder(path, "a folder of tables", problems)
    assert opened is not None
    assert opened.read("a.csv", problems) is None
    assert [str(problem) for problem in problems] == [
        f"{path}/a.csv: the archive is damaged here; fetch it again"
    ]


def test_an_entry_given_twice_or_encrypted_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.csv", "2")
    assert _refused(path) == ["entry 'a.csv' is there twice; keep one of the two"]
    single = _zip(tmp_path / "locked.zip", {"a.csv": b"1"})
    data = single.read_bytes()
    place = data.index(b"PK\x01\x02") + 8
    single.write_bytes(data[:place] + bytes([data[place] | 1]) + data[place + 1 :])
    assert _refused(single) == ["entry 'a.csv' is encrypted; pack it without a password"]
