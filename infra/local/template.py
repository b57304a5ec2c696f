"""Reads the stack's templates, as they are written and as `sam build` leaves them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "template.yaml"

type Node = Any
"""What YAML holds: dicts, lists and scalars; a function such as `!GetAtt A.b` is `{"Fn::GetAtt": "A.b"}`."""


class _Loader(yaml.SafeLoader):
    """Knows CloudFormation's short forms."""


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> Node:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    match node:
        case yaml.ScalarNode():
            value: Node = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case _:
            assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML has no fourth kind
            value = loader.construct_mapping(node, deep=True)
    if name == "Fn::GetAtt" and isinstance(value, list):
        value = ".".join(value)
    return {name: value}


_Loader.add_multi_constructor("!", _function)


def load(path: Path) -> dict[str, Node]:
    """One template's content."""
    with path.open(encoding="utf-8") as file:
        template: dict[str, Node] = yaml.load(file, Loader=_Loader)  # noqa: S506 - a SafeLoader with tags added
    return template


def nested(path: Path) -> Iterator[tuple[str, Path]]:
    """The logical id and the file of each stack that the template at `path` holds."""
    for logical_id, resource in load(path)["Resources"].items():
        if resource["Type"] == "AWS::CloudFormation::Stack":
            yield logical_id, path.parent / resource["Properties"]["TemplateURL"]


def resources(path: Path) -> dict[str, dict[str, Node]]:
    """Every resource of the template and of the stacks it holds; theirs as `Storage/Register`."""
    found = dict(load(path)["Resources"])
    for logical_id, file in nested(path):
        found |= {f"{logical_id}/{inner}": resource for inner, resource in resources(file).items()}
    return found
