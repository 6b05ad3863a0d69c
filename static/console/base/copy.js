// A button beside each field that is there to be copied; without it the field can be selected.
// The clipboard is closed to pages that came over plain HTTP: then the text is only selected.

const SHOWN_FOR = 2_000;
const COPIED = "Copied";
const SELECTED = "Press Ctrl+C";

async function copy(field) {
    field.focus();
    field.select();
    try {
        await navigator.clipboard.writeText(field.value);
        return COPIED;
    } catch (error) {
        if (!(error instanceof TypeError || error instanceof DOMException)) {
            throw error;
        }
        return SELECTED;
    }
}

document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) {
        return;
    }
    const words = button.textContent;
    const said = await copy(document.getElementById(button.dataset.copy));
    if (!button.dataset.busy) {
        button.dataset.busy = "yes";
        button.textContent = said;
        setTimeout(() => {
            button.textContent = words;
            delete button.dataset.busy;
        }, SHOWN_FOR);
    }
});
