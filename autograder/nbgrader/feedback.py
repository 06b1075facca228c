"""What a student reads on nbgrader's feedback pages: comments as text, formulas that need no network."""

from __future__ import annotations

import html
import re
from typing import Any
from xml.etree import ElementTree

from nbconvert.preprocessors import Preprocessor
from nbgrader.preprocessors import GetGrades
from traitlets import Bool

# Code comes first, so that a dollar in it is none of a formula's.
FORMULA = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)|\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?![\s$])(?P<inline>[^$\n]+?)(?<![\s\\])\$(?!\d)",
    re.DOTALL,
)
LONGEST = 2000  # characters of a formula that is looked at
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$&<>])")  # what it may take for something else


class GetPlainComments(GetGrades):  # type: ignore[misc]
    """nbgrader's own, but the grader's comment, in which a student's words may stand, is shown as the text that it is."""

    def _get_comment(self, cell: Any, resources: Any) -> None:
        super()._get_comment(cell, resources)
        names = (cell.metadata["nbgrader"]["grade_id"], self.notebook_id, self.assignment_id, self.student_id)
        comment = self.gradebook.find_comment(*names)
        if comment.manual_comment is None and comment.auto_comment:  # whoever teaches may write Markdown
            cell.metadata.nbgrader["comment"] = as_markdown(comment.auto_comment)


class FormulasInPlace(Preprocessor):
    """Formulas as MathML, which browsers draw by themselves: nbgrader's page would fetch MathJax from the network."""

    enabled = Bool(True).tag(config=True)

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> Any:
        """Put MathML in the place of the formulas of a cell of text."""
        if cell.cell_type == "markdown":
            cell.source = with_formulas(cell.source)
        return cell, resources


def as_markdown(text: str) -> str:
    """Markdown that shows a text as it is, line by line; lines that begin with a dash are a list."""
    lines = []
    for line in text.splitlines():
        dash, rest = ("- ", line[2:]) if line.startswith("- ") else ("", line)
        lines.append(dash + MARKDOWN.sub(lambda match: f"&#{ord(match[1])};", rest))
    return "\n".join(lines)


def with_formulas(text: str) -> str:
    """Markdown with MathML in the place of its TeX; what cannot be converted stays as it is."""

    def drawn(match: re.Match[str]) -> str:
        tex, display = match["block"] or match["inline"] or "", "block" if match["block"] else "inline"
        return (mathml(tex, display) if tex else "") or match[0]

    return FORMULA.sub(drawn, text)


def mathml(tex: str, display: str) -> str:
    """A formula as one line of MathML in which Markdown finds nothing of its own; empty where it is no plain formula."""
    from latex2mathml.converter import convert

    if len(tex) > LONGEST:
        return ""
    try:
        root = ElementTree.fromstring(convert(tex.replace("{aligned}", "{align*}"), display=display))
    except Exception:  # a formula of a student's may be anything
        return ""
    return _plain(root)


TAGS = (
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msub", "msup", "msubsup", "munder", "mover", "munderover"),
    *("mfrac", "msqrt", "mroot", "mstyle", "mtable", "mtr", "mtd", "mpadded", "menclose", "mphantom"),
)
ATTRIBUTES = (
    *("display", "displaystyle", "mathvariant", "stretchy", "width", "columnalign", "rowspacing", "columnspacing"),
    *("minsize", "maxsize", "fence", "form", "separator", "accent", "linethickness", "scriptlevel", "movablelimits"),
)


def _plain(element: ElementTree.Element) -> str:
    """An element as text: of tags and attributes only those of formulas, a student's own `\\text{<script>}` being no one's."""
    name = element.tag.rpartition("}")[2]
    if name not in TAGS:
        return ""
    attributes = "".join(f' {key}="{html.escape(value)}"' for key, value in element.attrib.items() if key in ATTRIBUTES)
    inside = MARKDOWN.sub(lambda match: f"&#{ord(match[1])};", element.text or "")
    inside += "".join(_plain(child) for child in element)
    return f"<{name}{attributes}>{inside}</{name}>"
