"""What can be wrong with a page on any screen: its width, axe-core's findings, the dark scheme."""

from contextlib import contextmanager
from functools import cache
from pathlib import Path

AXE = Path(__file__).parent / "vendor/axe-core/axe.min.js"
# A small phone's, a desktop's and a very large screen's, in CSS pixels.
PHONE, DESK, WALL = 360, 1280, 2560
HEIGHT = 900
# What may differ in the dark scheme.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
# Colours in transition from one scheme to the other belong to neither.
SETTLE = "document.getAnimations().forEach((animation) => animation.finish())"
FINDINGS = """
async (rules) => {
    const options = { resultTypes: ["violations"], preload: false };
    if (rules) {
        options.runOnly = { type: "rule", values: rules };
    }
    const { violations } = await axe.run(document, options);
    return violations
        .filter(({ impact }) => ["serious", "critical"].includes(impact))
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" ")}`);
}
"""
WIDTH = "document.documentElement.scrollWidth"
# Boxes that cut off a control that they hold.
CUT_OFF = """
() => [...document.querySelectorAll("main *")]
    .filter((box) => getComputedStyle(box).overflowY === "hidden" && box.clientHeight > 1)
    .filter((box) => {
        const end = box.getBoundingClientRect().bottom;
        return [...box.querySelectorAll("a[href], button, input, select, textarea")]
            .some((own) => own.checkVisibility() && own.getBoundingClientRect().top >= end - 1);
    })
    .map((box) => box.outerHTML.slice(0, 100))
"""
# Figures that leave their card, and the words of a closed table in more than one line.
OVERRUN = """
() => {
    const shown = (element) => element.checkVisibility();
    const leaves = (figure) => {
        const words = document.createRange();
        words.selectNodeContents(figure);
        return words.getBoundingClientRect().right > figure.getBoundingClientRect().right + 1;
    };
    const wraps = (summary) => summary.textContent.trim() === "Show as table"
        && summary.clientHeight > 2.5 * parseFloat(getComputedStyle(summary).fontSize);
    return [
        ...[...document.querySelectorAll("main dl dd")].filter(shown).filter(leaves),
        ...[...document.querySelectorAll("main summary")].filter(shown).filter(wraps),
    ].map((box) => box.outerHTML.slice(0, 100));
}
"""
BRIGHTNESS = """
() => {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g);
    return (Number(red) + Number(green) + Number(blue)) / 3;
}
"""


@cache
def _axe():
    return AXE.read_text()


def faults_of(page, picture=None):
    """Sentences on what is wrong; leaves the page light, at a desktop's width.

    The `picture` of a dark phone is taken into that file.
    """
    named = page.url
    faults = []
    for width in _widths(page):
        if page.evaluate(WIDTH) > width:
            faults.append(f"{named} is wider than {width} px")
        faults += [f"{named} cuts off at {width} px: {box}" for box in page.evaluate(CUT_OFF)]
        faults += [f"{named} runs over at {width} px: {box}" for box in page.evaluate(OVERRUN)]
    faults += [f"{named} in light: {said}" for said in _findings(page)]
    with _dark(page):
        faults += [f"{named} in dark: {said}" for said in _findings(page, OF_COLOURS)]
        if page.evaluate(BRIGHTNESS) > 60:
            faults.append(f"{named} stays light in the dark scheme")
        if picture:
            page.set_viewport_size({"width": PHONE, "height": HEIGHT})
            page.screenshot(path=picture)
            page.set_viewport_size({"width": DESK, "height": HEIGHT})
    return faults


def _widths(page):
    for width in (PHONE, WALL, DESK):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        yield width


@contextmanager
def _dark(page):
    page.emulate_media(color_scheme="dark")
    # Scripts that follow the scheme are told with the next frame.
    page.evaluate("new Promise((told) => requestAnimationFrame(() => setTimeout(told)))")
    yield
    page.emulate_media(color_scheme="light")


def _findings(page, rules=None):
    page.evaluate(SETTLE)
    if not page.evaluate("'axe' in window"):
        # Through the debugger, since the pages' policy allows no other script.
        page.evaluate(_axe())
    return page.evaluate(FINDINGS, rules)
