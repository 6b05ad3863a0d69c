// Draws the charts of a discount campaign from its table of days; all words come from the server.

const { Chart } = window;
const rows = [...document.querySelectorAll("#days tbody tr")];
const labels = rows.map((row) => row.cells[0].textContent);
const charts = [];

const valuesOf = (name) =>
    rows.map((row) => (row.dataset[name] === undefined ? null : Number(row.dataset[name])));

function colourOf(name) {
    const probe = document.createElement("i");
    probe.className = name;
    document.getElementById("performance").append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
}

function colourData(datasets) {
    for (const dataset of datasets) {
        dataset.borderColor = dataset.backgroundColor = colourOf(dataset.colour);
    }
}

function colour(chart) {
    colourData(chart.data.datasets);
    const text = colourOf("chart-text");
    const { scales, plugins } = chart.options;
    for (const axis of [scales.x, scales.y]) {
        axis.ticks.color = text;
        axis.grid.color = colourOf("chart-grid");
    }
    plugins.legend.labels.color = text;
}

function draw(name, type, datasets, { legend }) {
    const canvas = document.getElementById(`${name}-chart`);
    canvas.setAttribute("aria-label", document.getElementById(`${name}-summary`).textContent);
    canvas.parentElement.hidden = false;
    // Otherwise Chart.js gives them colours of its own.
    colourData(datasets);
    const chart = new Chart(canvas, {
        type,
        data: { labels, datasets },
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
                    display: legend,
                    position: "bottom",
                    labels: { usePointStyle: true, boxWidth: 8, boxHeight: 8 },
                },
            },
        },
    });
    colour(chart);
    chart.update("none");
    charts.push(chart);
}

function recolour() {
    for (const chart of charts) {
        colour(chart);
        chart.resize();
        chart.update("none");
    }
}

if (Chart) {
    const line = { borderWidth: 2, pointRadius: 0, pointStyle: "line" };
    draw("burn", "line", [
        { label: "Used", data: valuesOf("used"), colour: "colour-used", ...line },
        {
            label: "Even pace",
            data: valuesOf("pace"),
            colour: "colour-pace",
            borderDash: [7, 4],
            ...line,
        },
    ], { legend: true });
    const redemptions = valuesOf("redemptions");
    if (redemptions.some(Boolean)) {
        draw("days", "bar", [
            { label: "Redemptions", data: redemptions, colour: "colour-used" },
        ], { legend: false });
    }
    new MutationObserver(recolour).observe(document.documentElement, {
        attributeFilter: ["data-theme"],
    });
    for (const query of ["(prefers-color-scheme: dark)", "print"]) {
        window.matchMedia(query).addEventListener("change", recolour);
    }
}
