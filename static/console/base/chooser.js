// Gives the icons beside the filters of Django's double lists a role: a name alone is not read out.
// Django makes them when the page has loaded, before this: its script is asked for first.
"use strict";
window.addEventListener("load", () => {
    for (const icon of document.querySelectorAll(".selector .help-tooltip[aria-label]")) {
        icon.setAttribute("role", "img");
    }
});
