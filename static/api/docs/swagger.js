"use strict";

// Swagger's own sheet has a dark scheme for a class that Swagger itself never sets.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// A call's button holds a link to the same call: one control in another. Its select has no name.
function mend() {
  for (const link of document.querySelectorAll(".opblock-summary-control a[href]")) {
    link.removeAttribute("href");
  }
  for (const select of document.querySelectorAll(".swagger-ui select:not([aria-label])")) {
    if (!select.labels.length) {
      select.setAttribute("aria-label", "Example or kind of content");
    }
  }
}

new MutationObserver(mend).observe(document.documentElement, { childList: true, subtree: true });
