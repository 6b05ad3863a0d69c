// Asks for a page's news again and again, and says how that goes; knows no words and no page.

const PAUSE = 3_000;
const LONGEST_PAUSE = 60_000;
const PATIENCE = 20_000;
const ENDS = { 403: "refused", 404: "gone" };

// `take(response)` puts an answer (200 or 304) in place and returns how things stand, "over" where
// no more news will come. `say(state)` is told each change of that, and "lost", "signed-out",
// "refused" and "gone".
export function poll({ address, etag, take, say }) {
    let failures = 0;
    let timer = null;
    let isAsking = false;
    let isOver = false;
    let state = null;

    function tell(now) {
        if (now !== state) {
            state = now;
            say(now);
        }
    }

    function end(how) {
        isOver = true;
        tell(how);
    }

    function failed() {
        failures += 1;
        tell("lost");
    }

    async function receive(response) {
        const now = await take(response);
        etag = response.headers.get("ETag") ?? etag;
        failures = 0;
        if (now === "over") {
            end(now);
        } else {
            tell(now);
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
            end("signed-out");
        } else if (response.status in ENDS) {
            end(ENDS[response.status]);
        } else if (response.status === 200 || response.status === 304) {
            await receive(response);
        } else {
            failed();
        }
    }

    async function askNow() {
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
            timer = setTimeout(askNow, Math.min(pause, LONGEST_PAUSE));
        }
    }

    document.addEventListener("visibilitychange", askNow);
    window.addEventListener("online", askNow);
    tell("live");
    plan();
}

// Leads to the page for signing in, and from there back.
export function signInLink(address) {
    const anchor = document.createElement("a");
    anchor.href = `${address}?next=${encodeURIComponent(location.pathname + location.search)}`;
    anchor.textContent = "Sign in again";
    return anchor;
}
