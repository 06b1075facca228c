"""A known mistake as somebody else would have written it: other names inside, products spelled another way."""

import ast


def as_a_stranger(text, exercise):
    """The text with the exercise's locals renamed and `a @ b` written as np.matmul(a, b)."""
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == exercise:
            functions = [node] if isinstance(node, ast.FunctionDef) else node.body
            for function in functions:
                if isinstance(function, ast.FunctionDef):
                    _Rename(_locals_of(function)).visit(function)
    return ast.unparse(ast.fix_missing_locations(_Products().visit(tree)))


def _locals_of(function):
    """Names that only this function knows: assigned in it, and nobody's argument or global."""
    nodes = list(ast.walk(function))
    assigned = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    arguments = {node.arg for node in nodes if isinstance(node, ast.arg)}
    shared = {name for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
    return assigned - arguments - shared


class _Rename(ast.NodeTransformer):
    def __init__(self, names):
        self._names = names

    def visit_Name(self, node):
        return ast.copy_location(ast.Name(f"my_{node.id}", node.ctx), node) if node.id in self._names else node


class _Products(ast.NodeTransformer):
    def visit_BinOp(self, node):
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        matmul = ast.Attribute(ast.Name("np", ast.Load()), "matmul", ast.Load())
        return ast.copy_location(ast.Call(matmul, [node.left, node.right], []), node)
