"""A Chromium of this machine, and what the browser tests ask it."""

from __future__ import annotations

import shutil
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
MISSING = "no Chromium with chromedriver on this machine (Debian: apt-get install chromium chromium-driver)"

CONTRASTS = """
const parse = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
const light = (rgb) => rgb.slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
const behind = (node) => {
    for (let up = node; up; up = up.parentElement) {
        const colour = parse(getComputedStyle(up).backgroundColor);
        if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
};
const found = [];
const walker = document.createTreeWalker(document.getElementById("vm-content"), NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.nodeValue.trim();
    if (!text || !element.checkVisibility() || element.closest("svg")) continue;
    const ink = light(parse(getComputedStyle(element).color));
    const [bright, dim] = [ink, light(behind(element))].sort((one, other) => other - one);
    found.push([(bright + 0.05) / (dim + 0.05), text.slice(0, 60)]);
}
return found.filter(([ratio]) => ratio < 4.5);
"""
"""Texts of the page whose contrast with what is behind them is below 4.5 (WCAG 2.1, AA)."""


def start() -> Any:
    """A headless browser; the caller quits it."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(str(DRIVER)))


def resize(browser: Any, width: int, height: int = 900) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def unplug(browser: Any, offline: bool) -> None:
    """Cut the browser off from every server, or let it go on."""
    speed = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", speed)


def prefer(browser: Any, scheme: str) -> None:
    """Light or dark, as the visitor's system says."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
