// Keeps a report's page up to date: asks for news and puts changed panels in place.
// All words and numbers come from the server; without this script the page shows the same ones.

import { poll, signInLink } from "../base/poll.js";

const NORMAL_LAG = 60;

const page = document.getElementById("report");
const connection = document.getElementById("connection");

// --- Panels -------------------------------------------------------------------------------

const place = document.getElementById("panels");
const panelsOf = (root) => [...root.querySelectorAll("[data-panel]")];
const namesOf = (root) => panelsOf(root).map((panel) => panel.dataset.panel).join();
const stateOf = () => document.getElementById("verdict")?.dataset.state;
const shown = new Map(panelsOf(place).map((panel) => [panel.dataset.panel, panel.innerHTML]));

function replacePanels(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const before = stateOf();
    if (namesOf(fresh) === namesOf(place)) {
        panelsOf(place).forEach((panel, n) => replacePanel(panel, panelsOf(fresh)[n]));
    } else {
        keepingPlace(place, () => { place.innerHTML = html; });
        panelsOf(place).forEach((panel) => shown.set(panel.dataset.panel, panel.innerHTML));
    }
    announce(before, stateOf());
}

function replacePanel(panel, fresh) {
    const name = panel.dataset.panel;
    const now = fresh.innerHTML;
    if (now !== shown.get(name)) {
        shown.set(name, now);
        keepingPlace(panel, () => { panel.innerHTML = now; });
    }
    if (fresh.dataset.state) {
        panel.dataset.state = fresh.dataset.state;
    }
}

// Of a verdict only a change of its state is read out, not each of its numbers.
function announce(before, now) {
    if (before && now && before !== now) {
        document.getElementById("announced").textContent = `Verdict: ${now}`;
    }
}

// What is folded out, scrolled and focused stays so.
function keepingPlace(panel, replace) {
    const list = (selector) => [...panel.querySelectorAll(selector)];
    const open = list("details[open]").map((details) => details.id);
    const scrolled = list(".wide-table").map((box) => [box.scrollLeft, box.scrollTop]);
    const focusable = "a[href], summary, [tabindex]";
    const focused = list(focusable).indexOf(document.activeElement);
    replace();
    for (const details of list("details")) {
        details.open = open.includes(details.id);
    }
    list(".wide-table").forEach((box, n) => {
        [box.scrollLeft, box.scrollTop] = scrolled[n] ?? [0, 0];
    });
    list(focusable)[focused]?.focus({ preventScroll: true });
}

// --- News ---------------------------------------------------------------------------------

const { address, etag, signIn } = page.dataset;
const WORDS = {
    live: ["Updates by itself."],
    slow: ["Counting is behind: newer opens will follow."],
    lost: ["Connection lost, trying again. The figures stay as they were."],
    refused: ["You may not see this report any more: ask an administrator."],
    gone: ["This campaign is gone."],
    "signed-out": [
        "You are signed out, so these figures stand still. ", signInLink(signIn), ".",
    ],
};

function say(state) {
    connection.dataset.state = state;
    connection.replaceChildren(...WORDS[state]);
}

// As the server writes it: Intl's own joint of date and time differs between browsers.
function inWords(moment) {
    const date = { day: "numeric", month: "long", year: "numeric" };
    const time = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
    const part = (options) =>
        new Intl.DateTimeFormat("en-GB", { ...options, timeZone: page.dataset.zone }).format(moment);
    return `${part(date)}, ${part(time)}`;
}

function showAge(headers) {
    const asOf = headers.get("X-As-Of");
    if (!asOf) {
        return;
    }
    document.getElementById("never-counted")?.remove();
    document.getElementById("counted").hidden = false;
    const clock = document.getElementById("as-of");
    clock.dateTime = asOf;
    clock.textContent = inWords(new Date(asOf));
    const lag = headers.get("X-Ingest-Lag");
    for (const place of document.querySelectorAll("[data-lag]")) {
        place.textContent = `${lag} s`;
    }
}

async function take(response) {
    if (response.status === 200) {
        const { panels, health } = await response.json();
        replacePanels(panels);
        document.getElementById("health").innerHTML = health;
    }
    showAge(response.headers);
    return Number(response.headers.get("X-Ingest-Lag")) > NORMAL_LAG ? "slow" : "live";
}

// --- The window of time -------------------------------------------------------------------

const form = document.getElementById("window");
const moments = [form.elements.since, form.elements.until];
for (const field of moments) {
    field.addEventListener("input", () => { form.elements.period.value = "own"; });
}
form.addEventListener("change", (event) => {
    const isOwn = form.elements.period.value === "own";
    if (event.target.name === "machine" || (event.target.name === "period" && !isOwn)) {
        form.requestSubmit();
    }
});
form.addEventListener("formdata", ({ formData }) => {
    const isOwn = formData.get("period") === "own";
    for (const [name, value] of [...formData]) {
        if (!value || value === "all" || (!isOwn && ["since", "until"].includes(name))) {
            formData.delete(name);
        }
    }
});

const print = document.getElementById("print");
print.hidden = false;
print.addEventListener("click", () => window.print());

poll({ address, etag, take, say });
