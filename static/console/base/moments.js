// Stops a form whose date or time is filled in by half: of such a field browsers send nothing. The
// browser checks the whole form without this script; with it everything else is said by the server.
"use strict";
const fields = document.querySelectorAll('input[type="datetime-local"], input[type="date"]');
for (const form of new Set(Array.from(fields, (field) => field.form).filter(Boolean))) {
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
        const half = Array.from(form.elements).find((field) => field.validity?.badInput);
        if (half) {
            event.preventDefault();
            half.reportValidity();
        }
    });
}
