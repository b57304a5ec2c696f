"""What the template says of who calls whom, and of what each role may read and write."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from infra.local.template import Node

FUNCTION = "AWS::Serverless::Function"
QUEUE, BUS = "AWS::SQS::Queue", "AWS::Events::EventBus"
TABLE, BUCKET = "AWS::DynamoDB::Table", "AWS::S3::Bucket"
DRAWN = {FUNCTION, QUEUE, BUS, TABLE, BUCKET}
"""What is drawn. Keys, logs, secrets and whoever has tokens are not."""

READS = re.compile(r":(BatchGet|ConditionCheck|Describe|Get|List|Query|Receive|Scan)|sqs:(ChangeMessage|DeleteMessage)")
"""Whoever takes a message from a queue hides and deletes it. Whatever is not known to read counts as a write."""
FOLLOWS = re.compile(r":(DescribeStream|GetRecords|GetShardIterator|ListStreams)$")
"""The arrow of the stream's mapping says so already."""

API = "API Gateway"
SOURCES = {"DynamoDB": ("Stream", "stream"), "SQS": ("Queue", "queue"), "EventBridgeRule": ("Pattern", "rule")}
"""Where an event of a function names what it comes from."""
DEAD_LETTERS = ("DeadLetterConfig", "DeadLetterQueue", "DestinationConfig", "RedrivePolicy")

CALLED, READ, WRITE, ASIDE = "-->", "--->", "===>", "-.->"
"""Arrows; those to stores are a rank longer, so that stores stand at the far side."""


class Arrow(NamedTuple):
    """Names are those of the resources; `Storage/Register` is in a nested stack. An outsider's name is its label."""

    start: str
    line: str
    label: str
    end: str


def _listed(node: Node) -> list[Node]:
    return node if isinstance(node, list) else [node]


class Stack:
    """The stack's functions, queues and stores, with the arrows between them.

    `resources` is as `templates.resources` gives it; `outputs` says which resource `Storage.Outputs.RegisterArn` is of.
    """

    def __init__(self, resources: Mapping[str, Node], outputs: Mapping[str, str]) -> None:
        self._resources, self._outputs = resources, outputs
        self.drawn = {name: one["Type"] for name, one in resources.items() if one["Type"] in DRAWN}

    def _named(self, node: Node) -> Iterator[str]:
        """The resources that a node names, in all branches of its conditions."""
        match node:
            case {"Ref": str(name)} | {"Fn::GetAtt": str(name)}:
                yield self._outputs.get(name) or name.partition(".")[0]
            case {"Fn::Sub": str(text)}:
                for name in re.findall(r"\$\{([^}]+)\}", text):
                    yield from self._named({"Ref": name})
            case dict():
                yield from self._named([*node.values()])
            case list():
                for one in node:
                    yield from self._named(one)
            case _:
                pass

    def _shown(self, node: Node) -> list[str]:
        return [*dict.fromkeys(name for name in self._named(node) if name in self.drawn)]

    def _put_aside(self, properties: list[Node]) -> list[str]:
        return self._shown([one[key] for one in properties for key in DEAD_LETTERS if key in one])

    def _told(self, function: str, event: str, one: Node) -> Iterator[Arrow]:
        """What one event of a function draws."""
        said = one["Properties"]
        match one["Type"]:
            case "Api":
                yield Arrow(API, CALLED, "/" + said["Path"].split("/")[1], function)
            case "Schedule":
                yield Arrow("Schedules", CALLED, event, function)
            case kind:
                key, label = SOURCES[kind]
                yield from (Arrow(source, CALLED, f"{label} {event}", function) for source in self._shown(said[key]))
        yield from (Arrow(function, ASIDE, "", queue) for queue in self._put_aside([said]))

    def _rights(self, function: str) -> dict[str, set[str]]:
        """Actions that the function's role allows, by what they are taken on. What only a closure allows is among them."""
        found: dict[str, set[str]] = {}
        for role in self._named(self._resources[function]["Properties"].get("Role")):
            said = self._resources[role]["Properties"]
            managed = [self._resources.get(name) for name in self._named(said.get("ManagedPolicyArns"))]
            for policy in [*said.get("Policies", ()), *(one["Properties"] for one in managed if one)]:
                for statement in _listed(policy["PolicyDocument"]["Statement"]):
                    for name in self._shown(statement["Resource"]) if statement["Effect"] == "Allow" else ():
                        found.setdefault(name, set()).update(_listed(statement["Action"]))
        return found

    def _of(self, function: str) -> Iterator[Arrow]:
        """Every arrow of a function: what calls it, where it puts aside, what it may do."""
        properties = self._resources[function]["Properties"]
        known = [
            arrow for event, one in properties.get("Events", {}).items() for arrow in self._told(function, event, one)
        ]
        for name, one in self._resources.items():
            if function in self._named(one.get("Properties", {}).get("ServiceToken")):
                known.append(Arrow("CloudFormation", CALLED, name, function))
        if not known:
            known.append(Arrow("Operators", CALLED, "sam remote invoke", function))
        aside = self._put_aside([properties, properties.get("EventInvokeConfig", {})])
        known += [Arrow(function, ASIDE, "", queue) for queue in aside]
        yield from known
        ends = {(arrow.start, arrow.end) for arrow in known}
        for name, actions in self._rights(function).items():
            kinds = {kind for action in actions for kind in _kinds(action)}
            if self.drawn[name] == QUEUE:  # what calls it, and where it puts aside, is drawn already
                kinds -= {"read"} if (name, function) in ends else set()
                kinds -= {"write"} if (function, name) in ends else set()
            if kinds:
                yield Arrow(function, WRITE if "write" in kinds else READ, "+".join(sorted(kinds)), name)

    def arrows(self) -> Iterator[Arrow]:
        """All of them, each once: several labels of the same arrow are told together."""
        found = [arrow for name, kind in self.drawn.items() if kind == FUNCTION for arrow in self._of(name)]
        for name, one in self._resources.items():
            if one["Type"] == "AWS::Events::Rule":
                said = one["Properties"]
                for bus in self._shown(said.get("EventBusName")):
                    found += [
                        Arrow(bus, CALLED, f"rule {name}", end)
                        for end in self._shown([t["Arn"] for t in said["Targets"]])
                    ]
                    found += [Arrow(bus, ASIDE, "", queue) for queue in self._put_aside(said["Targets"])]
            elif one["Type"] == QUEUE:
                found += [Arrow(name, ASIDE, "", queue) for queue in self._put_aside([one["Properties"]])]
        labels: dict[tuple[str, str, str], dict[str, None]] = {}
        for start, line, label, end in found:
            labels.setdefault((start, line, end), {})[label] = None
        for (start, line, end), said in labels.items():
            yield Arrow(start, line, ", ".join(said), end)


def _kinds(action: str) -> set[str]:
    if FOLLOWS.search(action):
        return set()
    if action == "lambda:InvokeFunction":
        return {"calls"}
    if action.endswith("*"):
        return {"read", "write"}
    return {"read" if READS.search(action) else "write"}
