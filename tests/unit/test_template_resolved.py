"""Conditions and references of the template, worked out on this machine as CloudFormation would."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.template import UnknownFunction, resolved

CONDITIONS = {
    "IsSet": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Date"}, ""]}]},
    "IsClear": {"Fn::Not": [{"Condition": "IsSet"}]},
}


def header(date: str) -> Any:
    node = {
        "Always": "'1'",
        "Sunset": {"Fn::If": ["IsSet", {"Fn::Sub": "'${Closure.Sunset}'"}, {"Ref": "AWS::NoValue"}]},
    }
    return resolved(node, CONDITIONS, {"Date": date, "Closure.Sunset": "noon"})


def test_what_a_condition_leaves_out_is_not_there() -> None:
    assert header("") == {"Always": "'1'"}
    assert header("2027") == {"Always": "'1'", "Sunset": "'noon'"}


def test_a_condition_may_stand_on_another() -> None:
    node = [{"Fn::If": ["IsClear", "clear", "set"]}, {"Ref": "Date"}, {"Fn::GetAtt": "Closure.Sunset"}]
    assert resolved(node, CONDITIONS, {"Date": "2027", "Closure.Sunset": "noon"}) == ["set", "2027", "noon"]


def test_what_is_left_out_altogether_is_nothing() -> None:
    assert resolved({"Ref": "AWS::NoValue"}, {}, {}) is None


@pytest.mark.parametrize("node", [{"Ref": "Elsewhere"}, {"Fn::Select": [0, ["a"]]}, {"Fn::If": ["Odd", 1, 2]}])
def test_what_cannot_be_worked_out_is_no_guess(node: Any) -> None:
    with pytest.raises(UnknownFunction):
        resolved(node, {"Odd": {"Fn::Or": []}}, {})
