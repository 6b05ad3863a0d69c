// Keeps a piece of a page up to date: asks for its HTML and puts it in place when it has changed.
// All words come from the server; without this script the page shows the same ones when reloaded.

import { poll, signInLink } from "./poll.js";

const panel = document.querySelector("[data-live]");
const { address, etag, signIn } = panel.dataset;
const WORDS = {
    live: ["Updates by itself."],
    lost: ["Connection lost, trying again."],
    refused: ["You may not see this any more: ask an administrator."],
    gone: ["This is gone."],
    over: [],
    "signed-out": ["You are signed out, so this stands still. ", signInLink(signIn), "."],
};

// What is focused stays so.
function replace(html) {
    const focused = panel.contains(document.activeElement) && document.activeElement.id;
    panel.innerHTML = html;
    if (focused) {
        document.getElementById(focused)?.focus({ preventScroll: true });
    }
}

async function take(response) {
    if (response.status === 304) {
        return "live";
    }
    const news = await response.json();
    replace(news.html);
    return news.goes_on ? "live" : "over";
}

function say(state) {
    document.getElementById("connection").replaceChildren(...WORDS[state]);
}

if (panel.dataset.live === "on") {
    poll({ address, etag, take, say });
}
