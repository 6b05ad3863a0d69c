"""Contacts are written by `contacts` alone, which counts them; checked in the source.

It sees what names the model or the relation. What changes rows of any model (key rotation, by
`apps.get_models`) names none, and moves no counter: encrypted values stay the same values.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_architecture import PACKAGES, ROOT

MODEL = "Contact"
RELATION = "contacts"
TABLE = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\W?campaigns_contact\b", re.I)
WRITES = {
    *("create", "acreate", "bulk_create", "abulk_create", "get_or_create", "aget_or_create"),
    *("update", "aupdate", "bulk_update", "abulk_update", "update_or_create", "aupdate_or_create"),
    *("delete", "adelete", "save", "asave"),
}
BULK = {"insert", "upsert", "update"}


def written(source: str) -> list[int]:
    """The lines that write contacts."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    lines = {line for scope in [tree, *functions] for line in _writes_in(scope)}
    return sorted(lines)


def _writes_in(scope: ast.AST) -> Iterator[int]:
    names = _contacts_by_name(scope)
    for node in ast.walk(scope):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_write = TABLE.search(node.value) is not None
        else:
            is_write = isinstance(node, ast.Call) and _is_writing_call(node, names)
        if is_write:
            yield node.lineno


def _is_writing_call(call: ast.Call, names: set[str]) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in BULK and call.args and _is_model(call.args[0]):
        return True
    return call.func.attr in WRITES and _is_contacts(call.func.value, names)


def _contacts_by_name(scope: ast.AST) -> set[str]:
    """Names that hold a contact or a queryset of some: so annotated, or assigned from one."""
    names = {"contact"}
    for _ in range(3):
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and _is_contacts(node.value, names):
                names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
            elif isinstance(node, ast.For | ast.comprehension) and _is_contacts(node.iter, names):
                names |= {node.target.id} if isinstance(node.target, ast.Name) else set()
            elif isinstance(node, ast.arg) and node.annotation and _names_model(node.annotation):
                names.add(node.arg)
    return names


def _is_contacts(node: ast.AST, names: set[str]) -> bool:
    """Whether a chain of attributes, calls and slices begins with contacts.

    What is read of them (`values_list`, an attribute) is no contact; a write of it is none.
    """
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Call | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        elif isinstance(node, ast.Attribute):
            if node.attr in {RELATION, MODEL}:
                return True
            if node.attr in {"values", "values_list", "pixels", "group", "campaign", "test"}:
                return False
            node = node.value
        else:
            return False
    return node.id == MODEL or node.id in names


def _is_model(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).endswith(MODEL)


def _names_model(annotation: ast.AST) -> bool:
    return any(isinstance(n, ast.Name) and n.id == MODEL for n in ast.walk(annotation))


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if package != "contacts" and "migrations" not in path.parts:
                yield path


def test_nothing_else_writes_contacts():
    found = {str(path.relative_to(ROOT)): written(path.read_text()) for path in sources()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_package_contacts_itself_is_found_writing():
    for name in (
        *("create", "change", "not_sent", "trial"),
        *("schedules/reschedule", "schedules/mixing", "schedules/winner", "opened/resent"),
    ):
        assert written((ROOT / "contacts" / f"{name}.py").read_text()), name


@pytest.mark.parametrize(
    "source",
    [
        "Contact.objects.create(group=group)",
        "models.Contact.objects.bulk_create(rows)",
        "Contact.objects.filter(uuid=x).exclude(y=1).update(name=None)",
        "Contact.objects.all()[:5].delete()",
        "group.contacts.update(group=other)",
        "bulk_sql.insert(Contact, COLUMNS, rows)",
        "bulk_sql.insert(models.Contact, COLUMNS, rows)",
        "bulk_sql.update(Contact, COLUMNS, rows)",
        "contact = Contact.objects.get(uuid=x)\ncontact.save()",
        "person = Contact(uuid=x)\nperson.save()",
        "due = Contact.objects.filter(a=1)\nlate = due.exclude(b=2)\nlate.update(c=3)",
        "for person in group.contacts.all():\n    person.delete()",
        "def change(person: Contact | None):\n    person.save()",
        "cursor.execute('UPDATE campaigns_contact SET name = NULL')",
        "cursor.execute('delete from \"campaigns_contact\"')",
    ],
)
def test_a_write_is_found(source):
    assert len(written(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "Contact.objects.filter(uuid=x).values_list('uuid')",
        "Group.objects.filter(id=1).update(name='x')",
        "contact.pixels.create(number=2)",
        "found.update(Contact.objects.values_list('uuid'))",
        "cursor.execute('SELECT uuid FROM campaigns_contact')",
        "bulk_sql.insert(Pixel, COLUMNS, rows)",
        "ContactOpens.objects.filter(contact_id=x).delete()",
    ],
)
def test_what_is_not_a_write_is_ignored(source):
    assert written(source) == []
