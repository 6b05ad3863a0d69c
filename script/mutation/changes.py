"""The small changes that script/mutants makes to a module, one at a time; pure."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
# Arguments that change memory or speed, or raise only where the module contradicts itself.
UNNOTICED = {"maxsize", "slots", "strict"}


@dataclass(frozen=True)
class Mutant:
    """A node of a module's tree, and what one of its fields becomes."""

    node: ast.AST
    field: str
    value: object

    @property
    def line(self) -> int:
        return self.node.lineno

    def __str__(self) -> str:
        changed = copy.copy(self.node)
        setattr(changed, self.field, self.value)
        before, after = (ast.unparse(node).split("\n")[0] for node in (self.node, changed))
        return f"{self.line}: {before}  ->  {after}"

    def apply(self) -> None:
        """Change the tree itself; only what forked may do so."""
        setattr(self.node, self.field, self.value)


def mutants_of(tree: ast.Module) -> list[Mutant]:
    """Every mutant of a module, by line."""
    unnoticed = {id(inner) for node in ast.walk(tree) for inner in unnoticed_in(node)}
    nodes = [node for node in ast.walk(tree) if id(node) not in unnoticed]
    found = [Mutant(node, *change) for node in nodes for change in changes_of(node)]
    return sorted(found, key=lambda mutant: mutant.line)


def unnoticed_in(node: ast.AST) -> Iterator[ast.AST]:
    """What belongs to a node and changes nothing that a program does."""
    parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        parts.append(node.value)
    if isinstance(node, ast.keyword) and node.arg in UNNOTICED:
        parts.append(node.value)
    if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "TypeVar":
        parts.append(node.args[0])
    for part in filter(None, parts):
        yield from ast.walk(part)


def changes_of(node: ast.AST) -> Iterator[tuple[str, object]]:
    """The fields of a node that are changed, each with another value."""
    match node:
        case ast.Compare():
            yield from (("ops", ops) for ops in other_comparisons(node.ops))
        case ast.BinOp() | ast.AugAssign() if type(node.op) in OPERATORS:
            yield "op", OPERATORS[type(node.op)]()
        case ast.BoolOp():
            yield "op", ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.UnaryOp(op=ast.Not()):
            yield "operand", ast.UnaryOp(ast.Not(), node.operand)
        case ast.UnaryOp(op=ast.USub()):
            yield "op", ast.UAdd()
        case ast.IfExp():
            yield "test", ast.UnaryOp(ast.Not(), node.test)
        case ast.If() | ast.While():
            yield "test", ast.Constant(False)
        case ast.Constant():
            yield from (("value", value) for value in other_constants(node.value))
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            yield "func", ast.Name(FUNCTIONS[name], ast.Load())
        case ast.Return(value=ast.expr()) if ast.unparse(node) != "return None":
            yield "value", ast.Constant(None)


def other_comparisons(ops: list[ast.cmpop]) -> Iterator[list[ast.cmpop]]:
    for position, op in enumerate(ops):
        for other in COMPARISONS[type(op)]:
            yield [*ops[:position], other(), *ops[position + 1 :]]


def other_constants(value: object) -> Iterator[object]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, str) and value:
        yield f"XX{value}"
