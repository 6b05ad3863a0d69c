"""What can be wrong with a list on a screen: cut cells, broken words, controls out of reach."""

HEIGHT = 900
# What is wider than its place, and words that two lines share, but for long ones of strangers.
OF_CELLS = """
() => {
    const faults = [];
    const results = document.querySelector(".results");
    if (document.documentElement.scrollWidth > innerWidth) {
        faults.push(`the page is ${document.documentElement.scrollWidth} px wide`);
    }
    if (results && results.scrollWidth > results.clientWidth + 1) {
        faults.push(`the table is ${results.scrollWidth} px wide in ${results.clientWidth}`);
    }
    for (const cell of document.querySelectorAll("#result_list :is(td, th)")) {
        if (!cell.checkVisibility()) continue;
        const edge = cell.getBoundingClientRect();
        const within = document.createRange();
        within.selectNodeContents(cell);
        const own = within.getBoundingClientRect();
        const said = `${cell.className}: ${cell.textContent.trim().slice(0, 60)}`;
        if (own.right > edge.right + 1 || own.left < edge.left - 1) faults.push(`cut: ${said}`);
        // What programs call themselves has no words.
        if (cell.matches(".field-value, .field-user_agent")) continue;
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        for (let text = texts.nextNode(); text; text = texts.nextNode()) {
            for (const { index, 0: word } of text.data.matchAll(/[\\p{L}\\p{N}.,']{2,22}/gu)) {
                const letters = document.createRange();
                letters.setStart(text, index);
                letters.setEnd(text, index + word.length);
                const lines = new Set([...letters.getClientRects()].map(({ top }) => top));
                if (lines.size > 1) faults.push(`broken: ${word} in ${said}`);
            }
        }
    }
    return [...new Set(faults)].slice(0, 10);
}
"""
# Controls that the pointer does not meet where they are.
OUT_OF_REACH = """
(selector) => [...document.querySelectorAll(selector)]
    .filter((control) => {
        control.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
        const { left, right, top, bottom } = control.getClientRects()[0] ?? new DOMRect();
        const met = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return left < 0 || right > innerWidth || !met
            || !(control.contains(met) || met.contains(control));
    })
    .map((control) => control.outerHTML.slice(0, 120))
"""
CONTROLS = (
    "#searchbar, #changelist-search [type=submit], .chips a, .actions select, .actions button, "
    "#result_list tbody tr:first-child :is(a, input), #action-toggle"
)


def faults_of_list(page, width):
    """Sentences on what is wrong with the list that is open, seen at this width."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    faults = page.evaluate(OF_CELLS)
    faults += [f"out of reach: {html}" for html in page.evaluate(OUT_OF_REACH, CONTROLS)]
    if page.locator("#changelist-filter").count():
        faults += _faults_of_filters(page)
    return [f"{page.url} at {width} px: {fault}" for fault in faults]


def _faults_of_filters(page):
    """Where they are folded away, one key opens them."""
    switch = page.locator("#filter-switch > summary")
    if folded := switch.is_visible():
        switch.press("Enter")
    out_of_reach = page.evaluate(OUT_OF_REACH, "#changelist-filter :is(a, summary)")
    if folded:
        switch.press("Enter")
    return [f"a filter is out of reach: {html}" for html in out_of_reach]
