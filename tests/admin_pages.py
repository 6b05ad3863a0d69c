"""What tests of admin pages share: reading what a page says."""

import html
import re


def text_of(response):
    """The words of a page, without tags and needless blanks."""
    page = response.content.decode().replace("<wbr>", "")
    page = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def rows_of(response):
    """The rows of a list, each as its cells' text by column."""
    table = re.search(
        r'<table id="result_list">(.*?)</table>', response.content.decode(), re.DOTALL
    )
    if not table:
        return []
    cells = r'<t[hd] class="[^"]*field-(\w+)[^"]*"[^>]*>(.*?)</t[hd]>'
    return [
        {name: html.unescape(re.sub(r"<[^>]*>", "", cell)) for name, cell in found}
        for row in re.findall(r"<tr>(.*?)</tr>", table.group(1), re.DOTALL)
        if (found := re.findall(cells, row, re.DOTALL))
    ]


def keys_of(response):
    """The primary keys of the rows of a list, as its links have them."""
    page = response.content.decode()
    return re.findall(r'<th class="field-\w+[^>]*><a href="[^"]*/([^/"]+)/change/', page)


def table_of(response, section):
    """The rows of the table in a section, heading included: lists of the cells' text."""
    page = response.content.decode()
    found = re.search(rf'id="{section}".*?<table[^>]*>(.*?)</table>', page, re.DOTALL)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", found.group(1), re.DOTALL)
    cells = r"<t[hd][^>]*>(.*?)</t[hd]>"
    return [
        [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in found]
        for row in rows
        if (found := re.findall(cells, row, re.DOTALL))
    ]


def errors_of(response):
    """The errors of a page with a form, by field; groups of a campaign by "number name"."""
    context = response.context
    form = context["adminform"].form if "adminform" in context else context["form"]
    errors = {name: list(sentences) for name, sentences in form.errors.items()}
    for inline in context.get("inline_admin_formsets", ()):
        for n, own in enumerate(inline.formset.errors):
            errors |= {f"{n} {name}": list(sentences) for name, sentences in own.items()}
        if inline.formset.non_form_errors():
            errors["all groups"] = list(inline.formset.non_form_errors())
    return errors


def messages_of(response):
    return [str(message) for message in response.context["messages"]]
