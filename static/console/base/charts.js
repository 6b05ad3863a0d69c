// What all charts share: how they behave, and colours that follow the page's.

export const options = ({ legend }) => ({
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
});

// The colour that the stylesheet gives a class inside `place`.
function colourOf(name, place) {
    const probe = document.createElement("i");
    probe.className = name;
    place.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
}

// Each set of data names its class as `colour`.
export function colourData(datasets, place) {
    for (const dataset of datasets) {
        dataset.borderColor = dataset.backgroundColor = colourOf(dataset.colour, place);
    }
}

export function colour(chart, place) {
    colourData(chart.data.datasets, place);
    const text = colourOf("chart-text", place);
    const { scales, plugins } = chart.options;
    for (const axis of [scales.x, scales.y]) {
        axis.ticks.color = text;
        axis.grid.color = colourOf("chart-grid", place);
    }
    plugins.legend.labels.color = text;
}

// Colours the charts that there are by then anew whenever the page changes its own.
export function followColours(chartsNow, place) {
    function recolour() {
        for (const chart of chartsNow()) {
            colour(chart, place);
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
}
