// Keeps a report's page up to date: asks for news, puts changed panels in place, draws the chart.
// All words and numbers come from the server; without this script the page shows the same ones.

const PAUSE = 3_000;
const LONGEST_PAUSE = 60_000;
const PATIENCE = 20_000;
const NORMAL_LAG = 60;
const DASHES = [[], [7, 4], [2, 3]];
const COLOURS = 8;

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

function seriesOfTable(table) {
    const rows = [...table.tBodies[0].rows];
    return {
        labels: rows.map((row) => row.cells[0].textContent),
        datasets: [...table.querySelectorAll("[data-group]")].map((head, n) => ({
            label: head.dataset.group,
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

function colourOf(name) {
    const probe = document.createElement("i");
    probe.className = name;
    page.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
}

function colourChart() {
    chart.data.datasets.forEach((dataset, n) => {
        dataset.borderColor = dataset.backgroundColor = colourOf(`series-${n % COLOURS}`);
    });
    const text = colourOf("chart-text");
    const { scales, plugins } = chart.options;
    for (const axis of [scales.x, scales.y]) {
        axis.ticks.color = text;
        axis.grid.color = colourOf("chart-grid");
    }
    plugins.legend.labels.color = text;
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
        options: {
            animation: false,
            maintainAspectRatio: false,
            interaction: { mode: "index", intersect: false },
            scales: {
                x: { ticks: { maxRotation: 0, autoSkipPadding: 16 }, grid: { display: false } },
                y: { beginAtZero: true, ticks: { precision: 0 }, grid: {} },
            },
            plugins: {
                legend: {
                    position: "bottom",
                    labels: { usePointStyle: true, boxWidth: 8, boxHeight: 8 },
                },
            },
        },
    });
    const series = seriesOfTable(table);
    chart.data.labels = series.labels;
    chart.data.datasets = series.datasets;
    colourChart();
    chart.update("none");
}

function recolour() {
    if (chart) {
        colourChart();
        chart.resize();
        chart.update("none");
    }
}

new MutationObserver(recolour).observe(document.documentElement, {
    attributeFilter: ["data-theme"],
});
for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    window.matchMedia(query).addEventListener("change", recolour);
}

// --- News ---------------------------------------------------------------------------------

let etag = page.dataset.etag;
let failures = 0;
let timer = null;
let isAsking = false;
let isOver = false;

function say(state, ...words) {
    if (connection.dataset.state !== state || connection.textContent === "") {
        connection.dataset.state = state;
        connection.replaceChildren(...words);
    }
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
    clock.textContent = new Intl.DateTimeFormat("en-GB", {
        day: "numeric",
        month: "short",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        timeZone: page.dataset.zone,
    }).format(new Date(asOf));
    const lag = headers.get("X-Ingest-Lag");
    for (const place of document.querySelectorAll("[data-lag]")) {
        place.textContent = `${lag} s`;
    }
    if (Number(lag) > NORMAL_LAG) {
        say("slow", "Counting is behind: newer opens will follow.");
    } else {
        say("live", "Updates by itself.");
    }
}

function link(words, address) {
    const anchor = document.createElement("a");
    anchor.href = address;
    anchor.textContent = words;
    return anchor;
}

function end(state, ...words) {
    isOver = true;
    say(state, ...words);
}

function signedOut() {
    const here = encodeURIComponent(location.pathname + location.search);
    const signIn = link("Sign in again", `${page.dataset.signIn}?next=${here}`);
    end("signed-out", "You are signed out, so these figures stand still. ", signIn, ".");
}

function failed() {
    failures += 1;
    say("lost", "Connection lost, trying again. The figures stay as they were.");
}

async function take(response) {
    if (response.status === 200) {
        const { panels } = await response.json();
        replacePanels(panels);
        etag = response.headers.get("ETag");
    }
    failures = 0;
    showAge(response.headers);
    if (["lost", undefined].includes(connection.dataset.state)) {
        say("live", "Updates by itself.");
    }
}

async function ask() {
    const response = await fetch(page.dataset.address, {
        headers: { "If-None-Match": etag },
        // Who is signed out is sent to the page for signing in.
        redirect: "manual",
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.type === "opaqueredirect") {
        signedOut();
    } else if (response.status === 403) {
        end("refused", "You may not see this report any more: ask an administrator.");
    } else if (response.status === 404) {
        end("gone", "This campaign is gone.");
    } else if (response.status === 200 || response.status === 304) {
        await take(response);
    } else {
        failed();
    }
}

async function poll() {
    clearTimeout(timer);
    if (isAsking || isOver || document.hidden) {
        return;
    }
    isAsking = true;
    try {
        await ask();
    } catch (error) {
        // Fetch and a torn body raise these; anything else is a fault of ours.
        if (![TypeError, SyntaxError, DOMException].some((kind) => error instanceof kind)) {
            throw error;
        }
        failed();
    } finally {
        isAsking = false;
        plan();
    }
}

function plan() {
    clearTimeout(timer);
    if (!isOver && !document.hidden) {
        // Spread, so that pages opened together do not all ask at once.
        const pause = PAUSE * 2 ** failures * (0.8 + 0.4 * Math.random());
        timer = setTimeout(poll, Math.min(pause, LONGEST_PAUSE));
    }
}

document.addEventListener("visibilitychange", poll);
window.addEventListener("online", poll);

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
say("live", "Updates by itself.");
plan();
