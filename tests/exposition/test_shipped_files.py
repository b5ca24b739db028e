"""The files for Prometheus, Grafana and Zabbix ask for samples that exist; the real Prometheus reads them."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from werkzeug.serving import make_server

from scripts import write_grafana
from vuurtoren.alerts.events import record_event
from vuurtoren.composition import use_site
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.exposition import exposition
from vuurtoren.exposition.names import family
from vuurtoren.exposition.token import TOKEN_KEY
from vuurtoren.rounds import checks
from vuurtoren.settings.settings import Settings
from vuurtoren.signals import registry

FOLDER = Path(__file__).parents[2] / "docs" / "monitoring" / "prometheus"
PROMTOOL, PROMETHEUS = shutil.which("promtool"), shutil.which("prometheus")
TOKEN = "sleutel-van-prometheus-0123456789"
OWN = {
    "monitoring_unknown",
    "monitoring_alerts_open",
    "monitoring_rule_instances",
    "monitoring_run_state",
    "monitoring_run_age_seconds",
    "monitoring_build",
}


@pytest.mark.parametrize("file", ["rules.yml", "grafana.json", "zabbix.yaml"])
def test_every_sample_that_is_asked_for_is_written(file: str, site: SQLiteSite) -> None:
    known = OWN | {family(key, promise.unit)[0] for key, promise in registry.promises(site).items()}
    text = (FOLDER / file).read_text("utf-8")
    asked = set(re.findall(r"\bmonitoring_[a-z0-9_]+", text)) - {"monitoring_dashboard"}
    assert len(asked) >= 3
    assert asked <= known


def test_the_dashboard_is_the_one_that_its_script_writes() -> None:
    assert json.loads((FOLDER / "grafana.json").read_text("utf-8")) == write_grafana.dashboard()


def test_no_panel_covers_another() -> None:
    places = [panel["gridPos"] for panel in write_grafana.dashboard()["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool on this machine (Debian: prometheus)")
@pytest.mark.parametrize(("what", "file"), [("rules", "rules.yml"), ("config", "scrape.yml")])
def test_promtool_finds_nothing_wrong(what: str, file: str, tmp_path: Path) -> None:
    text = (
        (FOLDER / file)
        .read_text("utf-8")
        .replace("/etc/prometheus/monitoring-token", str(tmp_path / "token"))
    )
    (tmp_path / "token").write_text("monitoring abc", "utf-8")
    (tmp_path / file).write_text(text, "utf-8")
    done = subprocess.run(
        [str(PROMTOOL), "check", what, str(tmp_path / file)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(PROMETHEUS is None, reason="no prometheus on this machine (Debian: prometheus)")
def test_a_real_prometheus_scrapes_and_answers_every_panel(tmp_path: Path, site: SQLiteSite) -> None:
    site.set_conf(TOKEN_KEY, TOKEN)
    record_event(site, Settings(), "TEST", "CRITICAL", "Batch 12 was refused")
    checks.run_job(site, "tick")
    exposition._kept.clear()
    use_site(site)
    server = make_server("127.0.0.1", 0, None, threaded=True)
    server.app = Application(site, Gate("127.0.0.1", server.server_port, "a password of good length"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with prometheus(tmp_path, server.server_port) as ask:
            until(lambda: ask("up") == ["1"])
            assert ask('monitoring_alerts_open{rule="TEST"}') == ["1"]
            assert ask('monitoring_run_state{run="tick", state="ok"}') == ["1"]
            refused = [expression for expression in asked_by_grafana() if ask(expression) is None]
            assert refused == []
            assert len(ask('{__name__=~"monitoring_.+"}') or ()) > 60
    finally:
        server.shutdown()
        server.server_close()
        use_site(None)


def asked_by_grafana() -> list[str]:
    panels = write_grafana.dashboard()["panels"]
    return [target["expr"].replace("$site", ".*") for panel in panels for target in panel.get("targets", ())]


@contextmanager
def prometheus(folder: Path, port: int) -> Iterator[Callable[[str], list[str] | None]]:
    """A Prometheus on loopback that scrapes this port; asking gives the values, or None for a refusal."""
    (folder / "token").write_text(f"monitoring {TOKEN}", "utf-8")
    text = (FOLDER / "scrape.yml").read_text("utf-8").replace("scheme: https", "scheme: http")
    text = text.replace("/etc/prometheus/monitoring-token", str(folder / "token"))
    text = text.replace("vereniging.example", f"127.0.0.1:{port}").replace("interval: 1m", "interval: 1s")
    (folder / "prometheus.yml").write_text(text.replace("timeout: 20s", "timeout: 1s"), "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = free.getsockname()[1]
    command = [
        str(PROMETHEUS),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{own}",
    ]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(expression: str) -> list[str] | None:
        address = f"http://127.0.0.1:{own}/api/v1/query?{urlencode({'query': expression})}"
        try:
            with urlopen(address, timeout=5) as answer:
                found = json.load(answer)
        except HTTPError:
            return None
        except OSError:
            return []
        return [each["value"][1] for each in found["data"]["result"]]

    try:
        yield ask
    finally:
        running.terminate()
        running.wait(20)


def until(condition: Callable[[], bool]) -> None:
    """Wait for it, at most twenty seconds."""
    for _ in range(200):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("it did not come about within 20 s")
