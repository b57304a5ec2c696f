"""`make picture`: draws docs/architecture.md's picture anew from the template, as a mermaid flowchart."""

import re

from infra.local import template as templates
from infra.local.arrows import API, BUCKET, BUS, FUNCTION, QUEUE, TABLE, Stack

DOCUMENT = templates.ROOT / "docs" / "architecture.md"
BLOCK = re.compile(r"(?<=<!-- picture -->\n).*?(?=<!-- end -->)", re.DOTALL)
SHAPES = {
    FUNCTION: '["{}"]',
    QUEUE: '>"{}"]',
    BUS: '{{{{"{}"}}}}',
    TABLE: '[("{}")]',
    BUCKET: '[/"{}"\\]',
}
OUTSIDE = '(["{}"])'


def mermaid(stack: Stack) -> str:
    """The flowchart."""
    arrows = [*stack.arrows()]
    asked = [API, *dict.fromkeys(arrow.end for arrow in arrows if arrow.start == API)]
    stores = [name for name, kind in stack.drawn.items() if kind in {TABLE, BUCKET}]
    outside = dict.fromkeys(arrow.start for arrow in arrows if arrow.start not in stack.drawn)
    rest = [name for name in (*outside, *stack.drawn) if name not in {*asked, *stores}]
    lines = ["flowchart LR"]
    for key, title, names in (
        ("asked", "What practitioners' systems call", asked),
        ("unasked", "What goes on by itself, and what operators do", rest),
        ("stores", "Stores", stores),
    ):
        lines += [f'  subgraph {key}["{title}"]', *(f"    {_node(stack, name)}" for name in names), "  end"]
    together: dict[tuple[str, str, str], list[str]] = {}
    for start, line, label, end in arrows:
        together.setdefault((line, label, end), []).append(_id(start))
    for (line, label, end), starts in together.items():
        lines.append(f"  {' & '.join(starts)} {line}{f'|"{label}"|' if label else ''} {_id(end)}")
    return "\n".join(lines)


def _node(stack: Stack, name: str) -> str:
    kind = stack.drawn.get(name)
    label = name.rpartition("/")[2]
    if kind == FUNCTION:
        label = label.removesuffix("Function").lower()
    return _id(name) + (SHAPES[kind] if kind else OUTSIDE).format(label)


def _id(name: str) -> str:
    return re.sub(r"\W", "_", name)


def picture() -> str:
    """The block of the document, of the template as it is now."""
    outputs = {
        f"{stack}.Outputs.{name}": f"{stack}/{inner}"
        for stack, file in templates.nested(templates.SOURCE)
        for name, output in templates.load(file).get("Outputs", {}).items()
        for inner in re.split(r"\W", str(next(iter(output["Value"].values()))))[:1]
    }
    return f"```mermaid\n{mermaid(Stack(templates.resources(templates.SOURCE), outputs))}\n```\n"


def main() -> None:
    """Puts the picture into the document, in place of the one there."""
    DOCUMENT.write_text(BLOCK.sub(lambda _: picture(), DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
