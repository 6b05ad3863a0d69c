// Keeps a piece of a page up to date: asks for its HTML and puts it in place when it has changed.
// All words come from the server; without this script the page shows the same ones when reloaded.

const PAUSE = 3_000;
const LONGEST_PAUSE = 60_000;
const PATIENCE = 20_000;

const panel = document.querySelector("[data-live]");
const connection = document.getElementById("connection");
const { address, signIn } = panel.dataset;
let { etag } = panel.dataset;
let isOver = panel.dataset.live !== "on";
let failures = 0;
let timer = null;
let isAsking = false;

function say(...words) {
    connection.replaceChildren(...words);
}

function end(...words) {
    isOver = true;
    say(...words);
}

function signedOut() {
    const anchor = document.createElement("a");
    anchor.href = `${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`;
    anchor.textContent = "Sign in again";
    end("You are signed out, so this stands still. ", anchor, ".");
}

function failed() {
    failures += 1;
    say("Connection lost, trying again.");
}

// What is focused stays so.
function replace(html) {
    const focused = panel.contains(document.activeElement) && document.activeElement.id;
    panel.innerHTML = html;
    if (focused) {
        document.getElementById(focused)?.focus({ preventScroll: true });
    }
}

async function take(response) {
    if (failures) {
        say("Updates by itself.");
    }
    failures = 0;
    if (response.status === 200) {
        const news = await response.json();
        replace(news.html);
        etag = response.headers.get("ETag");
        if (!news.goes_on) {
            end("");
        }
    }
}

async function ask() {
    const response = await fetch(address, {
        headers: { "If-None-Match": etag },
        // Who is signed out is sent to the page for signing in.
        redirect: "manual",
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.type === "opaqueredirect") {
        signedOut();
    } else if (response.status === 403) {
        end("You may not see this any more: ask an administrator.");
    } else if (response.status === 404) {
        end("This is gone.");
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
if (!isOver) {
    say("Updates by itself.");
    plan();
}
