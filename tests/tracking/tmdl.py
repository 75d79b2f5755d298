"""A small parser of TMDL, strict about what Power BI Desktop is strict about: tabs, nesting, declarations.

It follows https://learn.microsoft.com/analysis-services/tmdl/tmdl-overview: an object is declared by its type and name
(with ``= expression`` where it has one), its properties and children are indented one tab deeper, a property is
``name: value`` or a bare flag, a description is ``///`` above its object, and an expression of several lines is
indented deeper than the properties of its object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

OBJECTS = ("database", "model", "table", "measure", "column", "partition", "relationship", "expression", "ref table")
DECLARATION = re.compile(
    rf"(?P<kind>{'|'.join(OBJECTS)})(?: (?P<name>'(?:[^']|'')+'|[\w-]+))?(?:\s*=\s*(?P<expression>.+))?$"
)
PROPERTY = re.compile(r"(?P<name>[a-z]\w*)(?:: (?P<value>.+)|(?P<opens> =))?$")


@dataclass
class Node:
    """An object with its properties, its children and what is said about it."""

    kind: str
    name: str = ""
    expression: str = ""
    description: str = ""
    properties: dict[str, str | bool] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)

    def all(self, kind: str) -> list[Node]:
        """Return the children of one kind."""
        return [child for child in self.children if child.kind == kind]


def parse(text: str) -> Node:
    """Return the file as a nameless object whose children are what it declares; raise ValueError for what is wrong."""
    root = Node("file")
    stack: list[tuple[int, Node]] = [(-1, root)]
    description: list[str] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.strip():
            continue
        depth = len(line) - len(line.lstrip("\t"))
        content = line[depth:]
        if content.startswith(" "):
            raise ValueError(f"line {at}: indented with blanks: {line!r}")
        if content.startswith("///"):
            description.append(content[3:].strip())
            continue
        while stack[-1][0] >= depth:
            stack.pop()
        parent_depth, parent = stack[-1]
        if depth != parent_depth + 1:
            raise ValueError(f"line {at}: {depth} tabs below {parent_depth}: {line!r}")
        declared = DECLARATION.match(content)
        if declared:
            name = (declared["name"] or "").strip("'")
            node = Node(declared["kind"], name, declared["expression"] or "", " ".join(description))
            description = []
            parent.children.append(node)
            stack.append((depth, node))
            continue
        found = PROPERTY.match(content)
        if not found or description or parent is root:
            raise ValueError(f"line {at}: neither an object nor a property: {line!r}")
        if found["opens"]:
            block = []
            while at < len(lines) and (not lines[at].strip() or lines[at].startswith("\t" * (depth + 1))):
                block.append(lines[at].strip("\t"))
                at += 1
            parent.properties[found["name"]] = "\n".join(block).strip()
        else:
            parent.properties[found["name"]] = found["value"] if found["value"] is not None else True
    return root
