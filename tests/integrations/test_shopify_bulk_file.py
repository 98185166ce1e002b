"""The file of a bulk operation on our disk: joined in bounded memory, whatever the order of its lines, and nobody else's to read."""

import json
import os
import random
import time
import tracemalloc

import pytest

from integrations import shopify_bulk_file
from integrations.errors import Unavailable
from integrations.shopify_bulk_file import BulkFile, Unreadable


@pytest.fixture(autouse=True)
def disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def parent(n, **more):
    return {"id": f"gid://shopify/Product/{n}", **more}


def child(n, of):
    return {"id": f"gid://shopify/ProductVariant/{of}{n:04}", "__parentId": f"gid://shopify/Product/{of}"}


def in_pieces(rows, size=1000):
    text = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    return (text[start : start + size] for start in range(0, len(text), size))


def joined(row, children):
    return {**row, "children": [one["id"] for one in children]}


def kept(rows, *, per_part=10, **told):
    told = {"objects": len(rows), "roots": sum("__parentId" not in row for row in rows), **told}
    return BulkFile.keep("one", in_pieces(rows), per_part=per_part, **told)


def read(file):
    return {row["id"]: row["children"] for part in range(file.parts) for row in file.rows(part, joined)}


def test_children_find_their_parent_wherever_they_stand():
    rows = [parent(n) for n in range(100)] + [child(n, of) for of in range(100) for n in range(of % 5)]
    random.Random(1).shuffle(rows)
    found = read(kept(rows))
    assert {gid: set(children) for gid, children in found.items()} == {
        parent(of)["id"]: {child(n, of)["id"] for n in range(of % 5)} for of in range(100)
    }


def test_the_children_of_one_parent_keep_their_order():
    rows = [parent(1), parent(2), *(child(n, of) for n in range(50) for of in (2, 1))]
    assert read(kept(rows))[parent(1)["id"]] == [child(n, 1)["id"] for n in range(50)]


def test_memory_stays_small_while_the_file_is_large(monkeypatch):
    monkeypatch.setattr(shopify_bulk_file, "BUFFERED", 200_000)
    count, text = 4_000, "x" * 4000

    def lines():
        for n in range(count):
            yield json.dumps(parent(n, text=text)).encode() + b"\n"
        for n in range(count):
            yield json.dumps(child(1, n)).encode() + b"\n"

    tracemalloc.start()
    file = BulkFile.keep("large", lines(), objects=2 * count, roots=count, per_part=100)
    pages = sum(len(file.rows(part, joined)) for part in range(file.parts))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert pages == count
    assert peak < 3_500_000  # of 17 MB


@pytest.mark.parametrize(
    "told",
    [{"objects": 11}, {"roots": 11}],
)
def test_a_file_with_other_counts_than_told_is_not_used(told):
    with pytest.raises(Unreadable):
        kept([parent(n) for n in range(10)], **told)
    assert BulkFile.at_hand("one") is None


def test_a_child_without_its_parent_is_found_out():
    with pytest.raises(Unreadable):
        read(kept([parent(1), child(1, 2)]))


@pytest.mark.parametrize("line", [b'{"id": "gid', b"[]", b'{"name": "x"}'])
def test_a_line_that_is_no_object_is_found_out(line):
    with pytest.raises(Unreadable):
        BulkFile.keep("one", [b'{"id": "a"}\n', line], objects=2, roots=2, per_part=10)


def test_a_part_that_went_missing_is_found_out_and_not_taken_for_empty():
    file = kept([parent(n) for n in range(30)])
    (file.place / "1").unlink()
    with pytest.raises(Unreadable):
        read(file)


def test_a_part_that_was_cut_is_found_out():
    file = kept([parent(n) for n in range(30)])
    (file.place / "1").write_bytes((file.place / "1").read_bytes().partition(b"\n")[0] + b"\n")
    with pytest.raises(Unreadable):
        read(file)


def test_an_empty_line_and_slashes_written_in_ruby_are_read():
    file = BulkFile.keep("one", [b'{"id":"gid:\\/\\/shopify\\/Product\\/1"}\r\n\n'], objects=1, roots=1, per_part=10)
    assert list(read(file)) == ["gid://shopify/Product/1"]


def test_only_a_whole_file_is_at_hand(disk):
    def cut():
        yield b'{"id": "a"}\n'
        raise Unavailable("cut")

    with pytest.raises(Unavailable):
        BulkFile.keep("one", cut(), objects=2, roots=2, per_part=10)
    assert BulkFile.at_hand("one") is None
    assert [path for path in disk.rglob("*") if path.is_file()] == []
    kept([parent(1)])
    assert BulkFile.at_hand("one").roots == 1
    assert BulkFile.at_hand("two") is None


def test_only_we_can_read_it(disk):
    file = kept([parent(1)])
    assert {path.stat().st_mode & 0o777 for path in (file.place, file.place.parent)} == {0o700}
    os.chmod(file.place.parent, 0o755)  # noqa: PTH101  # somebody opened the folder
    with pytest.raises(Unreadable):
        kept([parent(2)])


def test_what_was_left_behind_is_swept_away_after_a_day():
    left = kept([parent(1)]).place
    os.utime(left, (time.time() - 2 * 86_400,) * 2)
    BulkFile.keep("two", in_pieces([parent(1)]), objects=1, roots=1, per_part=10)
    assert not left.exists()


def test_what_somebody_goes_on_with_is_not_swept_away():
    left = kept([parent(1)]).place
    os.utime(left, (time.time() - 2 * 86_400,) * 2)
    assert BulkFile.at_hand("one")
    BulkFile.keep("two", in_pieces([parent(1)]), objects=1, roots=1, per_part=10)
    assert left.exists()


def test_a_full_disk_is_no_reason_to_fail(monkeypatch, disk):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(Unreadable, match="No space left"):
        kept([parent(1)])
