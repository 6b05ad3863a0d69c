"""A one-sentence page without templates or database access. Must not import Django."""

from html import escape

PAGE = '<!doctype html><html lang="en"><title>{reason}</title><h1>{reason}</h1><p>{sentence}</p>\n'


def short_page(*, reason: str, sentence: str) -> str:
    return PAGE.format(reason=reason, sentence=escape(sentence, quote=False))
