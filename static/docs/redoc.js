"use strict";

// ReDoc's menu asks its makers' server for a picture: this page asks nobody outside.
const setAttribute = HTMLImageElement.prototype.setAttribute;
HTMLImageElement.prototype.setAttribute = function (name, value) {
  if (name === "src" && new URL(value, document.baseURI).origin !== location.origin) {
    queueMicrotask(() => this.dispatchEvent(new Event("error")));
    return;
  }
  setAttribute.call(this, name, value);
};

const page = document.getElementById("redoc");
Redoc.init(
  page.dataset.schema,
  // Its search needs a worker made of a string, which the content security policy forbids.
  { nonce: page.dataset.nonce, disableSearch: true },
  page,
);
