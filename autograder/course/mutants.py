"""A reference with one small fault in it, again and again: what the checks of a unit are to notice.

Only what students write is touched, between the markers; docstrings, lines that raise, dtypes and the names of warnings to be
ignored are not. `mutations` says which faults there are.
"""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from autograder.course.build import BEGIN, END
from autograder.course.mutations import KINDS, SILENT, Around
from autograder.course.syntax import called, header, literal, stored

Function = ast.FunctionDef | ast.AsyncFunctionDef
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LEFT_ALONE = (ast.Raise, ast.Assert, ast.Import, ast.ImportFrom, ast.JoinedStr, ast.arguments, ast.Global, ast.Nonlocal)


@dataclass(frozen=True)
class Mutant:
    """A module with one fault."""

    exercise: str  # the function or class of the module that is changed
    place: str  # the function in it: "MLP.fit"; for a plain function, the exercise
    kind: str
    before: str  # the innermost statement, the first line of it where it holds others
    after: str
    text: str = field(repr=False)  # of the module

    @property
    def change(self) -> tuple[str, str, str]:
        """What names it, wherever it stands in the file."""
        return self.place, self.before, self.after


@dataclass(frozen=True)
class _Site:
    """A node that may be replaced, and how."""

    node: ast.AST
    around: Around
    statement: ast.stmt
    place: str
    index: int | None  # in the parent's field, if that is a list

    def put(self, new: ast.AST | list[ast.stmt]) -> list[ast.AST] | None:
        """Put something in the node's place; what the list held before, if it is one."""
        if self.index is None:
            setattr(self.around.parent, self.around.field, new)
            return None
        here: list[ast.AST] = getattr(self.around.parent, self.around.field)
        kept = list(here)
        here[self.index : self.index + 1] = new if isinstance(new, list) else [new]
        if not here and isinstance(new, list):
            here.append(ast.Pass())
        return kept

    def put_back(self, kept: list[ast.AST] | None) -> None:
        if kept is None:
            setattr(self.around.parent, self.around.field, self.node)
        else:
            getattr(self.around.parent, self.around.field)[:] = kept


def find_mutants(module: str) -> list[Mutant]:
    """Every mutant of a module's text, in its order: the same text, the same mutants."""
    tree = ast.parse(module)
    lines = module.splitlines()
    regions = _regions(lines)
    functions = [each.name for each in tree.body if isinstance(each, ast.FunctionDef)]
    found: list[Mutant] = []
    for top in tree.body:
        if isinstance(top, (ast.FunctionDef, ast.ClassDef)):
            first = min([top.lineno, *(each.lineno for each in top.decorator_list)])
            head, tail = lines[: first - 1], lines[top.end_lineno or top.lineno :]
            sites = list(_sites(top, _Where(regions, top.name, Around(tree, "body", functions=functions), top)))
            for mutant in _faults(top, sites):
                text = "\n".join([*head, mutant.text, *tail]) + "\n"
                found.append(replace(mutant, text=text))
    return found


def _regions(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The lines of each pair of markers."""
    places = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip() in (BEGIN, END)]
    return [(one, other) for (one, begin), (other, _) in itertools.pairwise(places) if begin == BEGIN]


def _faults(top: ast.FunctionDef | ast.ClassDef, sites: Sequence[_Site]) -> Iterator[Mutant]:
    seen = {ast.unparse(top)}
    headers = _headers(sites)
    for site in sites:
        for kind, alternatives in KINDS.items():
            for new in list(alternatives(site.node, site.around)):
                if isinstance(new, ast.Starred):  # what a call is given, in the call's place: no program
                    continue
                kept = site.put(new)
                text = ast.unparse(top)
                after = _after(site, new)
                site.put_back(kept)
                if text not in seen:
                    seen.add(text)
                    yield Mutant(top.name, site.place, kind, headers[id(site.statement)], after, text)


def _headers(sites: Sequence[_Site]) -> dict[int, str]:
    """The line of each statement; where a function holds the same line again, it is numbered."""
    counted: Counter[tuple[str, str]] = Counter()
    headers: dict[int, str] = {}
    for site in sites:
        if id(site.statement) not in headers:
            line = header(site.statement)
            counted[site.place, line] += 1
            number = counted[site.place, line]
            headers[id(site.statement)] = line if number == 1 else f"{line}  # no. {number}"
    return headers


def _after(site: _Site, new: ast.AST | list[ast.stmt]) -> str:
    if not isinstance(new, list):
        return header(site.statement)
    if not new:
        return "pass"
    lines = "; ".join(header(each) for each in new)
    return f"{lines}  # once" if isinstance(new[0], ast.For) else lines


@dataclass(frozen=True)
class _Where:
    """What is known on the way down the tree."""

    regions: Sequence[tuple[int, int]]
    place: str
    around: Around
    statement: ast.stmt
    lines: dict[str, int] = field(default_factory=dict)  # of each name of the function: the line that binds it first
    extra: tuple[str, ...] = ()  # bound by the comprehensions around
    inside: bool = False  # between the markers

    def within(self, node: ast.stmt) -> bool:
        last = node.end_lineno or node.lineno
        return any(begin < node.lineno and last < end for begin, end in self.regions)


def _sites(node: ast.AST, where: _Where) -> Iterator[_Site]:
    """The nodes below this one that may be replaced, from the top down."""
    match node:
        case ast.ClassDef():
            where = replace(where, around=replace(where.around, attributes=_attributes(node)))
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            where = _into(node, where)
    if isinstance(node, COMPREHENSIONS):
        where = replace(where, extra=(*where.extra, *(n for each in node.generators for n in stored(each.target))))
    for name, value in ast.iter_fields(node):
        if name == "decorator_list" or _is_silent(node, name):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _is_left_alone(child):
                yield from _at(child, node, name, index, where)


def _at(child: ast.AST, parent: ast.AST, name: str, index: int | None, where: _Where) -> Iterator[_Site]:
    if isinstance(child, ast.stmt):
        where = replace(where, statement=child, inside=where.within(child))
    if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
        where = replace(where, place=f"{where.place}.{child.name}")
    around = replace(where.around, parent=parent, field=name)
    if where.inside:
        line = where.statement.lineno
        names = [*(n for n, first in where.lines.items() if first < line), *where.extra]
        yield _Site(child, replace(around, names=names), where.statement, where.place, index)
    if literal(child) is None:
        yield from _sites(child, replace(where, around=around))


def _into(node: Function, where: _Where) -> _Where:
    """Inside of a function: its arguments and names, after those of the functions around it."""
    arguments = [each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg) and each.arg != "self"]
    bindings = list(_bindings(node))
    lines = {**where.lines, **dict.fromkeys(arguments, 0)}
    for name, line in bindings:
        lines.setdefault(name, line)
    bound = [*where.around.bound, *arguments, *(name for name, _ in bindings)]
    return replace(where, lines=lines, around=replace(where.around, bound=bound))


def _bindings(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Each name that is bound below, with its line, those of inner functions and comprehensions apart."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id, child.lineno
        elif not isinstance(child, (*COMPREHENSIONS, ast.Lambda, ast.FunctionDef)):
            yield from _bindings(child)


def _attributes(node: ast.ClassDef) -> list[str]:
    """What the class keeps in self."""
    kept = [
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store) and ast.unparse(each.value) == "self"
    ]
    return list(dict.fromkeys(kept))


def _is_silent(node: ast.AST, name: str) -> bool:
    """Is this field of the node one that changes no value?"""
    if called(node) == "astype":
        return name == "args"
    return isinstance(node, ast.keyword) and node.arg in (*SILENT, "axis", "keepdims")


def _is_left_alone(node: ast.AST) -> bool:
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_docstring or called(node) == "errstate" or isinstance(node, LEFT_ALONE)
