// Draws the charts of a discount campaign from its table of days; all words come from the server.

import { colour, colourData, followColours, options } from "../base/charts.js";

const { Chart } = window;
const page = document.getElementById("performance");
const rows = [...document.querySelectorAll("#days tbody tr")];
const labels = rows.map((row) => row.cells[0].textContent);
const charts = [];

// Where the table has the words for what is drawn.
const CELLS = { redemptions: 1, used: 4, pace: 5 };

const valuesOf = (name) =>
    rows.map((row) => (row.dataset[name] === undefined ? null : Number(row.dataset[name])));

// Axes count as amounts are written, and a point says its amount as the table does.
function optionsOf({ legend }) {
    const own = options({ legend });
    own.locale = page.dataset.locale;
    own.plugins.tooltip = {
        callbacks: {
            label: ({ dataset, dataIndex }) =>
                `${dataset.label}: ${rows[dataIndex].cells[CELLS[dataset.name]].textContent}`,
        },
    };
    return own;
}

function draw(name, type, datasets, { legend }) {
    const canvas = document.getElementById(`${name}-chart`);
    canvas.setAttribute("aria-label", document.getElementById(`${name}-summary`).textContent);
    canvas.parentElement.hidden = false;
    // Otherwise Chart.js gives them colours of its own.
    colourData(datasets, page);
    const chart = new Chart(canvas, {
        type,
        data: { labels, datasets },
        options: optionsOf({ legend }),
    });
    colour(chart, page);
    chart.update("none");
    charts.push(chart);
}

if (Chart) {
    const line = { borderWidth: 2, pointRadius: 0, pointStyle: "line" };
    draw("burn", "line", [
        { label: "Used", name: "used", data: valuesOf("used"), colour: "colour-used", ...line },
        {
            label: "Even pace",
            name: "pace",
            data: valuesOf("pace"),
            colour: "colour-pace",
            borderDash: [7, 4],
            ...line,
        },
    ], { legend: true });
    const redemptions = valuesOf("redemptions");
    if (redemptions.some(Boolean)) {
        draw("days", "bar", [
            { label: "Redemptions", name: "redemptions", data: redemptions, colour: "colour-used" },
        ], { legend: false });
    }
    followColours(() => charts, page);
}
