from __future__ import annotations

import json
import stat

from vuurtoren.metrics.measurement_cache import FILE, MeasurementCache


def test_it_reaches_another_process_through_the_file(tmp_path):
    mine, theirs = MeasurementCache(tmp_path), MeasurementCache(tmp_path)
    mine.put("size", 12)
    mine.save()
    theirs.refresh()
    assert theirs.get("size") == 12


def test_it_keeps_what_others_saved_meanwhile(tmp_path):
    mine, theirs = MeasurementCache(tmp_path), MeasurementCache(tmp_path)
    theirs.put("theirs", 1)
    theirs.save()
    mine.put("mine", 2)
    mine.save()
    assert json.loads((tmp_path / FILE).read_text()) == {"mine": 2, "theirs": 1}


def test_its_unsaved_values_win_over_the_file(tmp_path):
    mine, theirs = MeasurementCache(tmp_path), MeasurementCache(tmp_path)
    theirs.put("value", "old")
    theirs.save()
    mine.put("value", "new")
    mine.refresh()
    assert mine.get("value") == "new"


def test_it_passes_over_a_broken_file(tmp_path):
    (tmp_path / FILE).write_text('{"half": ')
    kept = MeasurementCache(tmp_path)
    kept.refresh()
    assert kept.get("half") is None
    kept.put("whole", 1)
    kept.save()
    assert json.loads((tmp_path / FILE).read_text()) == {"whole": 1}


def test_it_lives_in_memory_where_nothing_can_be_written(tmp_path):
    kept = MeasurementCache(tmp_path / "not there")
    kept.put("value", 1)
    kept.save()
    assert kept.get("value") == 1
    assert "cannot be written" in kept.not_kept_because


def test_its_file_is_its_owners_alone(tmp_path):
    kept = MeasurementCache(tmp_path)
    kept.put("value", 1)
    kept.save()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_it_leaves_no_draft_behind(tmp_path):
    kept = MeasurementCache(tmp_path)
    kept.put("value", 1)
    kept.save()
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_it_leaves_no_draft_behind_when_the_file_cannot_be_replaced(tmp_path):
    (tmp_path / FILE).mkdir()
    kept = MeasurementCache(tmp_path)
    kept.put("value", 1)
    kept.save()
    assert kept.not_kept_because
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_it_keeps_values_for_memory_out_of_the_file(tmp_path):
    kept = MeasurementCache(tmp_path)
    kept.put("value", 1, in_file=False)
    kept.save()
    assert not (tmp_path / FILE).exists()
