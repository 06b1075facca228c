"""The kinds of small faults that an audit puts into a reference, one function a kind.

Each looks at one node of the syntax tree and at its surroundings, and yields what could stand in the node's place: an
expression for an expression, a list of statements for a statement. What would nearly always be the same function, or fail to
run at all, is left out here: a size below 0, the arguments of `maximum` the other way round, dtypes, messages, a name that
would not be bound.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.course.syntax import called, changed, literal, loaded, stored


@dataclass(frozen=True)
class Around:
    """Where a node stands."""

    parent: ast.AST
    field: str  # of the parent's
    names: Sequence[str] = ()  # that may be read here: arguments, and what was bound on the lines above
    bound: Sequence[str] = ()  # every name that the function binds, once for each time; arguments too
    attributes: Sequence[str] = ()  # that the class keeps in self
    functions: Sequence[str] = ()  # of the module


Alternatives = Iterator[ast.AST | list[ast.stmt]]
Kind = Callable[[ast.AST, Around], Alternatives]
KINDS: dict[str, Kind] = {}

SILENT = {"dtype", "copy", "order", "kind", "strict", "out", "casting", "optimize"}  # arguments that change no value

OPERATORS: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
ONE_WAY = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)  # a - b is not b - a; b @ a seldom fits, or is a @ b
COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}  # fmt: skip
PAIRS = (
    ("sum", "mean"), ("max", "min"), ("amax", "amin"), ("maximum", "minimum"), ("fmax", "fmin"), ("argmax", "argmin"),
    ("zeros", "ones"), ("zeros_like", "ones_like"), ("exp", "expm1"), ("log", "log1p"), ("sin", "cos"), ("sinh", "cosh"),
    ("floor", "ceil"), ("any", "all"), ("cumsum", "cumprod"), ("tril", "triu"), ("std", "var"), ("hstack", "vstack"),
    ("logical_and", "logical_or"), ("repeat", "tile"), ("sqrt", "square"),
)  # fmt: skip
FUNCTIONS = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])} | {"prod": "sum", "median": "mean"}
# Of these, what goes in first comes out unchanged.
UNWRAPPED = {
    *("abs", "sqrt", "square", "exp", "log", "tanh", "sin", "cos", "floor", "ceil", "round", "clip", "cumsum", "copy"),
    *("transpose", "swapaxes", "moveaxis", "flip", "reversed", "sorted", "sort"),
}
REDUCTIONS = {
    *("sum", "mean", "max", "min", "amax", "amin", "prod", "any", "all", "argmax", "argmin", "std", "var", "norm"),
    *("median", "cumsum"),
}
# Either way round they give the same.
EITHER_WAY = {
    *("maximum", "minimum", "fmax", "fmin", "max", "min", "add", "multiply", "logical_and", "logical_or", "hypot"),
    *("isclose", "allclose", "array_equal", "equal", "not_equal", "gcd", "isinstance", "getattr", "hasattr", "isin"),
    "swapaxes",
    "zip",  # as its targets the other way round
}
# Done to its own result they change nothing.
ONCE_IS_ENOUGH = {
    *("copy", "array", "asarray", "atleast_1d", "atleast_2d", "astype", "abs", "clip", "maximum", "minimum", "reshape"),
    *("broadcast_to", "where", "sort", "sorted", "unique", "list", "tuple", "set", "int", "float", "bool"),
}
TINY = 1e-4  # constants below it keep something from being 0


def _kind(function: Kind) -> Kind:
    KINDS[function.__name__] = function
    return function


def _swaps(items: Sequence[Any]) -> Iterator[list[Any]]:
    """Each two neighbours the other way round."""
    for place in range(len(items) - 1):
        if not any(isinstance(each, ast.Starred) for each in items[place : place + 2]):
            yield [*items[:place], items[place + 1], items[place], *items[place + 2 :]]


def _is_block(node: ast.BinOp) -> bool:
    """Is it a length in so many equal blocks, as len(w) // 4? There is nothing to round, then."""
    length = node.left.value if isinstance(node.left, ast.Subscript) else node.left
    is_length = called(length) == "len" or (isinstance(length, ast.Attribute) and length.attr in ("size", "shape"))
    return is_length and literal(node.right) is not None


def _is_settled(value: ast.expr) -> bool:
    """Does it give the same again if it is given its own result, as x[x > 0] does?"""
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Compare):
        return True
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    return all(called(each) in ONCE_IS_ENOUGH for each in parts)


def _has_no_sign(around: Around) -> bool:
    """Is the sign of what stands there lost: np.abs(a - b), (a - b) ** 2?"""
    match around.parent:
        case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=2)):
            return around.field == "left"
        case parent:
            return called(parent) in ("abs", "square")


def _number(value: float) -> ast.expr:
    constant = ast.Constant(abs(value))
    return ast.UnaryOp(ast.USub(), constant) if value < 0 else constant


@_kind
def operator(node: ast.AST, around: Around) -> Alternatives:
    """Another operator (a + b: a - b), none (-a: a), `//` rounded up, `+=` for `-=` and for `=`."""
    match node:
        case ast.BinOp(op=ast.FloorDiv()) if _is_block(node):
            yield changed(node, op=ast.Mult())
        case ast.BinOp(op=op):
            if not (isinstance(op, ast.FloorDiv) and isinstance(around.parent, ast.Compare)):
                yield changed(node, op=OPERATORS[type(op)]())  # p > q // 2 is p > q / 2 for whole numbers
            if isinstance(op, ast.FloorDiv) and called(around.parent) != "reshape":
                yield ast.UnaryOp(ast.USub(), changed(node, left=ast.UnaryOp(ast.USub(), node.left)))
        case ast.UnaryOp() if literal(node) is None:
            yield node.operand
        case ast.AugAssign(op=op):
            yield [changed(node, op=OPERATORS[type(op)]())]
            yield [ast.Assign([node.target], node.value, lineno=node.lineno)]


@_kind
def operand(node: ast.AST, around: Around) -> Alternatives:
    """One side of an operation forgotten: a * b becomes a, and b."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        yield node.left
        yield node.right


@_kind
def comparison(node: ast.AST, around: Around) -> Alternatives:
    """The border on the other side (<: <=), the opposite (<: >=, ==: !=)."""
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)]:
                yield changed(node, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])


@_kind
def boolean(node: ast.AST, around: Around) -> Alternatives:
    """`or` for `and`, and each of their parts forgotten."""
    if isinstance(node, ast.BoolOp):
        yield changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for place in range(len(node.values)):
            left = [*node.values[:place], *node.values[place + 1 :]]
            yield changed(node, values=left) if len(left) > 1 else left[0]


@_kind
def condition(node: ast.AST, around: Around) -> Alternatives:
    """A condition negated, always true, never true; one of two values always (`if else`, np.where); a filter forgotten."""
    if isinstance(around.parent, ast.If) and around.field == "test":
        assert isinstance(node, ast.expr)
        yield ast.UnaryOp(ast.Not(), node)
        yield ast.Constant(True)
        yield ast.Constant(False)
    elif isinstance(around.parent, ast.While) and around.field == "test":
        yield ast.Constant(False)  # always, or negated, is an endless loop
    match node:
        case ast.IfExp():
            yield node.body
            yield node.orelse
        case ast.Call(args=[_, one, other]) if called(node) == "where":
            yield one
            yield other
        case ast.comprehension(ifs=[*tests]):
            for place in range(len(tests)):
                yield changed(node, ifs=[*tests[:place], *tests[place + 1 :]])


@_kind
def constant(node: ast.AST, around: Around) -> Alternatives:
    """A whole number one more and one less, another number twice as large (a tiny one 0 and 10,000 times as large), a flag
    turned round, another word to compare with."""
    value = literal(node)
    if value == -1 and called(around.parent) == "reshape":
        return  # NumPy takes -2 for the same
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield _number(value + 1)
        if not (value == 1 and isinstance(around.parent, ast.Slice) and around.field == "lower"):
            yield _number(value - 1)
    elif isinstance(value, float):
        if 0 < abs(value) < TINY:
            yield ast.Constant(0.0)
            yield _number(10_000 * value)
        else:
            yield _number(2 * value if value else 1.0)
    elif isinstance(value, str) and isinstance(around.parent, ast.Compare):
        yield ast.Constant(f"not {value}")


@_kind
def axis(node: ast.AST, around: Around) -> Alternatives:
    """The axis beside, none (of a sum and the like), one of several forgotten; keepdims turned round."""
    if not isinstance(node, ast.Call):
        return
    for place, keyword in enumerate(node.keywords):
        others = [*node.keywords[:place], *node.keywords[place + 1 :]]
        value = literal(keyword.value)
        if keyword.arg == "keepdims" and isinstance(value, bool):
            yield changed(node, keywords=[*others, changed(keyword, value=ast.Constant(not value))])
        if keyword.arg != "axis":
            continue
        if called(node) in REDUCTIONS:
            yield changed(node, keywords=others)
        if isinstance(value, int):
            beside = value - 1 if value else 1
            yield changed(node, keywords=[*others, changed(keyword, value=_number(beside))])
        elif isinstance(keyword.value, ast.Tuple):
            axes = keyword.value.elts
            for left in range(len(axes)):
                fewer = changed(keyword.value, elts=[*axes[:left], *axes[left + 1 :]])
                yield changed(node, keywords=[*others, changed(keyword, value=fewer)])


@_kind
def part(node: ast.AST, around: Around) -> Alternatives:
    """A slice without its start, its end or its step; a range that begins one later or ends one earlier."""
    match node:
        case ast.Slice():
            for field in ("lower", "upper", "step"):
                if getattr(node, field) is not None:
                    yield changed(node, **{field: None})
        case ast.Call(args=[stop]) if called(node) == "range":
            yield changed(node, args=[ast.Constant(1), stop])
            if literal(stop) is None:
                yield changed(node, args=[ast.BinOp(stop, ast.Sub(), ast.Constant(1))])
        case ast.Call(args=[start, stop, *rest]) if called(node) == "range":
            if literal(start) is None:
                yield changed(node, args=[ast.BinOp(start, ast.Add(), ast.Constant(1)), stop, *rest])
            if literal(stop) is None:
                yield changed(node, args=[start, ast.BinOp(stop, ast.Sub(), ast.Constant(1)), *rest])


@_kind
def order(node: ast.AST, around: Around) -> Alternatives:
    """Two neighbours the other way round: operands, arguments, indices, what is returned or unpacked."""
    match node:
        case ast.BinOp(op=op) if isinstance(op, ONE_WAY) and not _has_no_sign(around):
            yield changed(node, left=node.right, right=node.left)
        case ast.Call() if called(node) not in EITHER_WAY:
            for swapped in _swaps(node.args):
                yield changed(node, args=swapped)
        case ast.Tuple() | ast.List():
            match around.parent:
                case ast.Compare() | ast.Call(func=ast.Attribute(attr="isin")):
                    return  # one of several
                case ast.For() | ast.comprehension() if around.field == "iter":
                    return
                case ast.Assign(value=ast.Tuple()) if around.field == "targets":
                    return  # as the values the other way round
            for swapped in _swaps(node.elts):
                yield changed(node, elts=swapped)


@_kind
def argument(node: ast.AST, around: Around) -> Alternatives:
    """An argument given by name forgotten, so that its default holds."""
    if isinstance(node, ast.Call):
        for place, keyword in enumerate(node.keywords):
            if keyword.arg not in (*SILENT, "axis", "keepdims", None):
                yield changed(node, keywords=[*node.keywords[:place], *node.keywords[place + 1 :]])


@_kind
def name(node: ast.AST, around: Around) -> Alternatives:
    """Another name: the one spelt most alike of those that may be read here, and the next of them. Likewise in self."""
    match node:
        case ast.Name(id=mine, ctx=ast.Load()) if around.field != "func" and not _is_measured(around.parent):
            for other in _near(mine, around.names):
                yield changed(node, id=other)
        case ast.Attribute(value=ast.Name(id="self"), attr=mine, ctx=ast.Load()) if around.field != "func":
            for other in _near(mine, around.attributes):
                yield changed(node, attr=other)


def _is_measured(parent: ast.AST) -> bool:
    """Is only its length looked at? It is often another's too."""
    return called(parent) == "len" or (isinstance(parent, ast.Attribute) and parent.attr in ("size", "ndim", "dtype"))


def _near(mine: str, names: Sequence[str]) -> list[str]:
    if mine not in names or len(set(names)) < 2:
        return []
    alike = max(
        (each for each in names if each != mine), key=lambda each: difflib.SequenceMatcher(None, mine, each).ratio()
    )
    return list(dict.fromkeys([alike, names[(names.index(mine) + 1) % len(names)]]))


@_kind
def function(node: ast.AST, around: Around) -> Alternatives:
    """Its counterpart (sum: mean, max: min, zeros: ones), or only what it was given (np.abs(x): x, x.T: x, softmax(x): x);
    `insert(0, x)` for `append(x)`; np.argsort the other way round."""
    match node:
        case ast.Attribute(attr="T", ctx=ast.Load()):
            yield node.value
        case ast.Call(func=ast.Attribute(attr="append"), args=[value]):
            yield changed(node, func=changed(node.func, attr="insert"), args=[ast.Constant(0), value])
    if not isinstance(node, ast.Call) or isinstance(around.parent, ast.Expr):
        return
    mine = called(node)
    is_numpy = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "np"
    if mine in FUNCTIONS:
        field = "attr" if isinstance(node.func, ast.Attribute) else "id"
        if field == "attr" or mine in ("max", "min", "any", "all"):
            yield changed(node, func=changed(node.func, **{field: FUNCTIONS[mine]}))
    if mine in UNWRAPPED and isinstance(node.func, ast.Attribute) and not is_numpy:
        yield node.func.value
    elif node.args and (mine in UNWRAPPED or mine in around.functions):
        yield node.args[0]
    if mine == "argsort" and is_numpy and node.args:
        yield changed(node, args=[ast.UnaryOp(ast.USub(), node.args[0]), *node.args[1:]])


@_kind
def statement(node: ast.AST, around: Around) -> Alternatives:
    """A statement dropped where its names are bound without it, or done twice; a loop left after its first round."""
    match node:
        case ast.Assign(targets=targets, value=value):
            mine = [each for target in targets for each in stored(target)]
            if all(around.bound.count(each) > mine.count(each) for each in mine):
                yield []
            if loaded(value) & set(mine) and not _is_settled(value):
                yield [node, node]
        case ast.AugAssign(op=ast.BitOr() | ast.BitAnd()):
            yield []
        case ast.Expr(value=ast.Call(func=ast.Name())):
            yield []  # a look at the arguments, mostly: twice is as good as once
        case ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield []
            yield [node, node]
        case ast.Break() | ast.Continue():
            yield []
        case ast.Return() if not isinstance(around.parent, (ast.FunctionDef, ast.ClassDef)):
            yield []
        case ast.For():
            yield [changed(node, body=[*node.body, ast.Break()])]
