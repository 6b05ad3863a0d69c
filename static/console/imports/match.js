// Shows at once what another choice of columns makes of the first rows, as the button does.

const PATIENCE = 20_000;
const form = document.getElementById("match");
let asked = 0;

function refresh(fresh) {
    document.getElementById("preview").replaceWith(fresh.getElementById("preview"));
    // The ways to read times depend on the column that holds them.
    const ways = document.querySelector(".field-schedule_format");
    if (!ways.contains(document.activeElement)) {
        ways.replaceWith(fresh.querySelector(".field-schedule_format"));
    }
}

async function preview() {
    asked += 1;
    const mine = asked;
    const current = document.getElementById("preview");
    current.setAttribute("aria-busy", "true");
    const response = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status !== 200) {
        // Signed out, started elsewhere or refused: the whole page tells.
        form.requestSubmit();
        return;
    }
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    // Only the answer to the last change counts.
    if (mine === asked) {
        refresh(fresh);
    }
}

document.getElementById("reading").addEventListener("change", (event) => {
    event.currentTarget.requestSubmit();
});

form.addEventListener("change", () => {
    preview().catch((error) => {
        if (![TypeError, DOMException].some((kind) => error instanceof kind)) {
            throw error;
        }
        document.getElementById("preview").removeAttribute("aria-busy");
        document.getElementById("preview-state").textContent =
            "Connection lost: change something once more.";
    });
});
