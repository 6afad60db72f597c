"""Following config.yaml: no save is missed, whenever it happens."""

import os
import threading
from pathlib import Path

import pytest

from executor.engine import reload
from executor.engine.reload import Follower

SHIPPED = (Path(__file__).parents[2] / "config.yaml").read_text()
CHANGED = SHIPPED.replace('interval: ["60",', 'interval: ["15", "60",')


def test_a_save_while_the_file_is_being_loaded_is_seen_at_the_next_look(tmp_path, monkeypatch):
    path, taken_up, load_tested = tmp_path / "config.yaml", [], reload.load_tested
    path.write_text(SHIPPED)

    def load_and_then_saved(*of):
        config = load_tested(*of)
        path.write_text(CHANGED)
        return config

    environ = {"ALERT_SECRET": "b3f1c2d4e5a697881726354453627180"}
    monkeypatch.setattr(reload, "load_tested", load_and_then_saved)
    follower = Follower(path, environ, taken_up.append)
    monkeypatch.setattr(reload, "load_tested", load_tested)
    follower.look()
    assert len(taken_up) == 1
    follower.look()
    assert len(taken_up) == 1, "what has not changed is not taken up again"


def test_a_secret_that_is_replaced_in_its_file_is_taken_up(tmp_path):
    path, secret, taken_up = tmp_path / "config.yaml", tmp_path / "alert secret", []
    path.write_text(SHIPPED.replace("${ALERT_SECRET}", "${file:alert secret}"))
    secret.write_text("b3f1c2d4e5a697881726354453627180\n")
    follower = Follower(path, {}, taken_up.append)
    follower.look()
    secret.unlink()
    follower.look()
    assert taken_up == []
    assert "alert secret cannot be read" in follower.complaint
    secret.write_text("90817263544536271809f8e7d6c5b4a3\n")
    follower.look()
    assert [config.senders["tradingview"].secrets for config in taken_up] == [("90817263544536271809f8e7d6c5b4a3",)]
    assert follower.complaint is None


def test_a_name_that_no_file_can_have_is_a_complaint(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(SHIPPED)
    follower = Follower(
        path, {"ALERT_SECRET": "b3f1c2d4e5a697881726354453627180"}, lambda _: pytest.fail("it was taken up")
    )
    path.write_text(SHIPPED.replace("${ALERT_SECRET}", "${file:a\0b}"))
    follower.look()
    assert "a control character" in follower.complaint


def test_a_configuration_from_a_pipe_is_read_once(tmp_path):
    """As a shell's `--config <(…)` is."""
    path, taken_up = tmp_path / "config.yaml", []
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(SHIPPED,), daemon=True)
    writer.start()
    follower = Follower(path, {"ALERT_SECRET": "b3f1c2d4e5a697881726354453627180"}, taken_up.append)
    follower.look()
    writer.join(5)
    assert follower.config.senders
    assert taken_up == []
