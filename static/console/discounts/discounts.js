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

// Lines begin where the campaign does and end a day's line at the moment that the day has reached.
const pointsOf = (name) =>
    [document.getElementById("days"), ...rows]
        .filter(({ dataset }) => dataset[name] !== undefined)
        .map(({ dataset }) => ({ x: Number(dataset.at), y: Number(dataset[name]) }));

// Axes count as amounts are written, and a point says its amount as the table does.
function optionsOf(type, { legend }) {
    const own = options({ legend });
    // A line has a point more than there are rows: its beginning.
    const rowOf = ({ dataIndex }) => rows[type === "line" ? dataIndex - 1 : dataIndex];
    own.locale = page.dataset.locale;
    own.plugins.tooltip = {
        filter: (item) => rowOf(item) !== undefined,
        callbacks: {
            title: (items) => items.slice(0, 1).map((item) => rowOf(item).cells[0].textContent),
            label: (item) => {
                const { label, name } = item.dataset;
                return `${label}: ${rowOf(item).cells[CELLS[name]].textContent}`;
            },
        },
    };
    if (type === "line") {
        const { ticks } = own.scales.x;
        Object.assign(own.scales.x, { type: "linear", min: 0, max: Number(rows.at(-1).dataset.at) });
        Object.assign(ticks, {
            precision: 0, includeBounds: false, callback: (day) => labels[day] ?? "",
        });
    }
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
        data: type === "line" ? { datasets } : { labels, datasets },
        options: optionsOf(type, { legend }),
    });
    colour(chart, page);
    chart.update("none");
    charts.push(chart);
}

if (Chart) {
    const line = { borderWidth: 2, pointRadius: 0, pointStyle: "line" };
    const used = pointsOf("used");
    const isNow = ({ dataIndex }) => dataIndex === used.length - 1;
    draw("burn", "line", [
        {
            label: "Used",
            name: "used",
            // Its beginning alone says nothing before the campaign starts.
            data: used.length > 1 ? used : [],
            colour: "colour-used",
            ...line,
            pointRadius: (point) => (isNow(point) ? 4 : 0),
            pointStyle: (point) => (isNow(point) ? "circle" : "line"),
        },
        {
            label: "Even pace",
            name: "pace",
            data: pointsOf("pace"),
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
