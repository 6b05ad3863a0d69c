// Draws the charts of a discount campaign from its table of days; all words come from the server.

import { colour, colourData, followColours, options } from "./charts.js";

const { Chart } = window;
const page = document.getElementById("performance");
const rows = [...document.querySelectorAll("#days tbody tr")];
const labels = rows.map((row) => row.cells[0].textContent);
const charts = [];

const valuesOf = (name) =>
    rows.map((row) => (row.dataset[name] === undefined ? null : Number(row.dataset[name])));

function draw(name, type, datasets, { legend }) {
    const canvas = document.getElementById(`${name}-chart`);
    canvas.setAttribute("aria-label", document.getElementById(`${name}-summary`).textContent);
    canvas.parentElement.hidden = false;
    // Otherwise Chart.js gives them colours of its own.
    colourData(datasets, page);
    const chart = new Chart(canvas, {
        type,
        data: { labels, datasets },
        options: options({ legend }),
    });
    colour(chart, page);
    chart.update("none");
    charts.push(chart);
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
    followColours(() => charts, page);
}
