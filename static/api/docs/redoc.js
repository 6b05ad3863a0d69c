"use strict";

const page = document.getElementById("redoc");

// ReDoc makes its styles while it runs: the policy lets in those that carry the page's nonce.
const createElement = document.createElement;
document.createElement = function (...names) {
  const element = createElement.apply(document, names);
  if (element instanceof HTMLStyleElement) {
    element.nonce = page.dataset.nonce;
  }
  return element;
};

// Its menu asks its makers' server for a picture: this page asks nobody outside.
const image = HTMLImageElement.prototype;
const setAttribute = image.setAttribute;
image.setAttribute = function (name, value) {
  if (name === "src" && new URL(value, document.baseURI).origin !== location.origin) {
    queueMicrotask(() => this.dispatchEvent(new Event("error")));
  } else {
    setAttribute.call(this, name, value);
  }
};
Object.defineProperty(image, "src", {
  ...Object.getOwnPropertyDescriptor(image, "src"),
  set(value) {
    this.setAttribute("src", value);
  },
});

document.addEventListener("DOMContentLoaded", () => {
  // Its search needs a worker made of a string, which the policy forbids.
  Redoc.init(page.dataset.schema, { disableSearch: true, nativeScrollbars: true }, page);
});
