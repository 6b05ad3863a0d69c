// Tells that a file is too large before it is sent: a server that refuses one in the middle of
// sending is shown by browsers as a broken connection.
"use strict";
for (const field of document.querySelectorAll("input[type=file][data-largest]")) {
    field.addEventListener("change", () => {
        const largest = Number(field.dataset.largest);
        const tooLarge = [...field.files].some((file) => file.size > largest);
        const megabytes = Math.floor(largest / 2 ** 20);
        field.setCustomValidity(
            tooLarge ? `The file is larger than ${megabytes} MB: split it and send its parts.` : ""
        );
        field.reportValidity();
    });
    field.form.addEventListener("submit", (event) => {
        if (!field.reportValidity()) {
            event.preventDefault();
        }
    });
}
