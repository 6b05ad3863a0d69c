"""How templates write whole numbers: as code does with "{:,}"."""

from django import template

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    return f"{number:,}"
