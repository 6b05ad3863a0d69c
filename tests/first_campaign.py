"""A first campaign, made by somebody who never saw PixelTrack: from the home to a counted test."""

import re
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

NAME = "Spring sale"
PEOPLE = (("ann@example.com", "Ann Lee"), ("bob@example.com", "Bob Ray"))
MAIL_CLIENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
# What can be read without folding anything out.
LINES = """
() => {
    const copy = [...document.querySelectorAll("select")];
    copy.forEach((list) => { list.hidden = true; });
    const text = document.querySelector("main").innerText;
    copy.forEach((list) => { list.hidden = false; });
    return text.split("\\n");
}
"""
# Of slow readers, who read every word, and of slow hands.
WORDS_A_MINUTE, SECONDS_A_CLICK, SECONDS_A_KEY = 230, 2.0, 0.4


class Newcomer:
    """Uses the mouse and the keyboard, reads every line once, and counts what that takes.

    `film` is called with the name of each page once it is there.
    """

    def __init__(self, page, *, film=None):
        self.page = page
        self._film = film or (lambda name: None)
        self._read = set()
        self.clicks = self.keys = 0

    def read(self, name):
        self.page.wait_for_load_state()
        self._read.update(self.page.evaluate(LINES))
        self._film(name)

    def click(self, target):
        self.clicks += 1
        target.click()

    def write(self, target, text):
        self.click(target)
        self.keys += len(text)
        self.page.keyboard.type(text)

    @property
    def words(self):
        return sum(len(line.split()) for line in self._read)

    @property
    def minutes(self):
        by_hand = self.clicks * SECONDS_A_CLICK + self.keys * SECONDS_A_KEY
        return self.words / WORDS_A_MINUTE + by_hand / 60


def make_first_campaign(newcomer):
    """From the home, which is shown, to the first test open that was counted."""
    for step in (_campaign, _contacts, _test):
        step(newcomer)


def _campaign(newcomer):
    page = newcomer.page
    newcomer.read("1-home")
    first = page.locator("#first-steps a.primary")
    newcomer.click(first if first.count() else page.locator("#new-campaign"))
    page.locator("#id_name").wait_for()
    newcomer.read("2-campaign")
    newcomer.write(page.locator("#id_name"), NAME)
    for number, name in enumerate(("Short subject", "Long subject")):
        newcomer.write(page.get_by_label("Name of the group").nth(number), name)
    newcomer.click(page.get_by_role("button", name="Save", exact=True))


def _contacts(newcomer):
    page = newcomer.page
    page.locator("#id_file").wait_for()
    newcomer.read("3-import")
    with page.expect_file_chooser() as chooser:
        newcomer.click(page.locator("#id_file"))
    chooser.value.set_files(
        {"name": "contacts.csv", "mimeType": "text/csv", "buffer": _file().encode()}
    )
    newcomer.click(page.get_by_role("button", name="Upload"))
    page.get_by_text("Nothing is wrong with these rows.").wait_for()
    newcomer.read("4-columns")
    newcomer.click(page.get_by_role("button", name="Import", exact=True))
    page.get_by_text(re.compile("2 created")).wait_for()
    newcomer.read("5-imported")


def _test(newcomer):
    page = newcomer.page
    newcomer.click(page.get_by_role("link", name="put the pixels into your e-mails"))
    make = page.get_by_role("button", name="Make a test contact")
    make.wait_for()
    newcomer.read("6-pixels")
    newcomer.click(make)
    page.get_by_text("Not opened yet.").wait_for()
    newcomer.click(page.locator(".test").get_by_role("button", name="Copy"))
    tag = page.locator(".test input.to-copy").input_value()
    _open_mail(re.search(r'<img src="([^"]+)"', tag).group(1))
    page.get_by_text("A person: a mail client.").wait_for()
    page.locator("#tests").scroll_into_view_if_needed()
    newcomer.read("7-counted")


def _file():
    at = datetime.now(UTC) + timedelta(days=1)
    rows = [f"{email},{name},{at:%Y-%m-%d %H:%M}" for email, name in PEOPLE]
    return "\n".join(["E-mail,Name,Send at", *rows])


def _open_mail(url):
    with urlopen(Request(url, headers={"User-Agent": MAIL_CLIENT})) as answer:
        answer.read()
