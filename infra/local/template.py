"""Reads the stack's templates, as they are written and as `sam build` leaves them."""

import re
from collections.abc import Iterator, Mapping
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


class UnknownFunction(Exception):
    """A template says something that `resolved` cannot work out."""


def resolved(node: Node, conditions: Mapping[str, Node], values: Mapping[str, str]) -> Node:
    """A node with its references filled in and its conditions decided, as CloudFormation would.

    `values` are parameters and physical ids by their names, and attributes as `Closure.Sunset`. What is not among them
    raises UnknownFunction, as do functions other than these.
    """
    found = _resolved(node, conditions, values)
    return None if found is _NOTHING else found


_NOTHING = object()


def _resolved(node: Node, conditions: Mapping[str, Node], values: Mapping[str, str]) -> Node:
    match node:
        case {"Ref": "AWS::NoValue"}:
            found: Node = _NOTHING
        case {"Ref": str(name)} | {"Fn::GetAtt": str(name)}:
            found = _value(name, values)
        case {"Fn::Sub": str(text)}:
            found = re.sub(r"\$\{([^}]+)\}", lambda named: _value(named[1], values), text)
        case {"Fn::If": [str(name), yes, no]}:
            found = _resolved(yes if _holds(conditions[name], conditions, values) else no, conditions, values)
        case dict() if any(str(key).startswith("Fn::") for key in node):
            raise UnknownFunction(f"cannot be resolved: {node}")
        case dict():
            inner = {key: _resolved(value, conditions, values) for key, value in node.items()}
            found = {key: value for key, value in inner.items() if value is not _NOTHING}
        case list():
            found = [value for one in node if (value := _resolved(one, conditions, values)) is not _NOTHING]
        case _:
            found = node
    return found


def _holds(condition: Node, conditions: Mapping[str, Node], values: Mapping[str, str]) -> bool:
    match condition:
        case {"Condition": str(name)}:
            return _holds(conditions[name], conditions, values)
        case {"Fn::Not": [inner]}:
            return not _holds(inner, conditions, values)
        case {"Fn::Equals": [one, other]}:
            return str(_resolved(one, conditions, values)) == str(_resolved(other, conditions, values))
        case _:
            raise UnknownFunction(f"cannot be decided: {condition}")


def _value(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        raise UnknownFunction(f"nothing is called {name}")
    return values[name]
