// Keeps a report's page up to date: asks for news, puts changed panels in place, draws the chart.
// All words and numbers come from the server; without this script the page shows the same ones.

import { colour, followColours, options } from "../base/charts.js";
import { poll, signInLink } from "../base/poll.js";

const NORMAL_LAG = 60;
const DASHES = [[], [7, 4], [2, 3]];
const COLOURS = 8;
const PHONE = window.matchMedia("(max-width: 767px)");

const page = document.getElementById("report");
const connection = document.getElementById("connection");
const canvas = document.getElementById("chart");

// --- Panels -------------------------------------------------------------------------------

const panelsOf = (root) => [...root.querySelectorAll("[data-panel]")];
const shown = new Map(panelsOf(page).map((panel) => [panel.dataset.panel, panel.innerHTML]));

function replacePanels(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    let changed = false;
    for (const panel of panelsOf(page)) {
        const name = panel.dataset.panel;
        const now = fresh.querySelector(`[data-panel="${name}"]`).innerHTML;
        if (now !== shown.get(name)) {
            shown.set(name, now);
            keepingPlace(panel, () => { panel.innerHTML = now; });
            changed = true;
        }
    }
    if (changed) {
        drawChart();
    }
}

// What is folded out, scrolled and focused stays so.
function keepingPlace(panel, replace) {
    const list = (selector) => [...panel.querySelectorAll(selector)];
    const open = list("details[open]").map((details) => details.id);
    const scrolled = list(".wide-table").map((box) => [box.scrollLeft, box.scrollTop]);
    const focusable = "summary, [tabindex]";
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

// --- The chart, drawn from its table ------------------------------------------------------

let chart = null;

// A legend of whole sentences would leave no room to draw. Names often differ at their end.
function shortened(name) {
    const letters = [...name];
    const half = PHONE.matches ? 8 : 16;
    return letters.length > 2 * half
        ? `${letters.slice(0, half).join("")}…${letters.slice(1 - half).join("")}`
        : name;
}

function seriesOfTable(table) {
    const rows = [...table.tBodies[0].rows];
    return {
        // The day and the clock below each other.
        labels: rows.map((row) => row.cells[0].textContent.split(", ")),
        datasets: [...table.querySelectorAll("[data-group]")].map((head, n) => ({
            label: shortened(head.dataset.group),
            colour: `series-${n % COLOURS}`,
            data: rows.map((row) => Number(row.querySelectorAll("[data-opens]")[n].dataset.opens)),
            borderDash: DASHES[Math.floor(n / COLOURS) % DASHES.length],
            borderWidth: 2,
            pointRadius: rows.length < 40 ? 3 : 0,
            pointStyle: ["circle", "rect", "triangle", "rectRot"][n % 4],
            tension: 0.2,
            cubicInterpolationMode: "monotone",
        })),
    };
}

function drawChart() {
    const table = document.getElementById("series-table");
    canvas.parentElement.hidden = !table || !window.Chart;
    if (canvas.parentElement.hidden) {
        return;
    }
    canvas.setAttribute("aria-label", document.getElementById("series-summary").textContent);
    chart ??= new window.Chart(canvas, {
        type: "line",
        data: { labels: [], datasets: [] },
        options: options({ legend: true }),
    });
    const series = seriesOfTable(table);
    chart.data.labels = series.labels;
    chart.data.datasets = series.datasets;
    canvas.parentElement.style.setProperty("--groups", series.datasets.length);
    colour(chart, page);
    chart.update("none");
}

PHONE.addEventListener("change", drawChart);
followColours(() => (chart ? [chart] : []), page);

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
        const { panels } = await response.json();
        replacePanels(panels);
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

drawChart();
poll({ address, etag, take, say });
