"""The certificate on one page, for people: made from the document as it was signed, and from nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_STYLE = """
@page { size: A4; margin: 10mm 12mm; }
* { box-sizing: border-box; }
body { font: 7.2pt/1.24 "Helvetica Neue", Arial, sans-serif; color: #111; max-width: 186mm; margin: 0 auto; }
h1 { font-size: 16pt; margin: 0; letter-spacing: .01em; }
h2 { font-size: 8.6pt; margin: 2mm 0 .8mm; border-bottom: .3mm solid #111; padding-bottom: .3mm; }
p { margin: .8mm 0; }
.after { color: #444; margin: .4mm 0 1mm; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25mm 2mm .25mm 0; }
th { font-weight: 600; }
.facts th { width: 32mm; }
.places { table-layout: fixed; }
.places th, .places td { border-bottom: .1mm solid #bbb; }
.places th:nth-child(1) { width: 43%; }
.places th:nth-child(2) { width: 11%; }
.places th:nth-child(4) { width: 5%; }
.places th:nth-child(5) { width: 19%; }
.places .what { color: #444; }
code { font: 6.6pt/1.2 Menlo, Consolas, monospace; overflow-wrap: anywhere; }
@media screen { body { padding: 8mm; font-size: 9pt; max-width: 230mm; } code { font-size: 8pt; } }
@media print { tr { break-inside: avoid; } }
""".strip()


def page(document: Mapping[str, Any], *, sha256: str) -> str:
    """HTML that needs nothing else: no script, no link, nothing that is fetched. Fits a sheet of A4.

    `document` is the certificate as it was read back, `sha256` that of its bytes, in hex.
    """
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en-GB">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_said(document['title'])}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            f"<h1>{_said(document['title'])}</h1>",
            f'<p class="after">After {_said(document["after"])}. What is signed is <code>certificate.json</code>,',
            f"SHA-256 <code>{_said(sha256)}</code>; this page shows what it says.</p>",
            f"<p>{_said(document['statement'])}</p>",
            *_section("Ordered, performed, verified", _who_and_when(document)),
            *_places(document["destruction"]),
            *_elsewhere(document),
            *_section("Resources", _resources(document["media"]["resources"])),
            *_section("Kept on purpose", [(kept["what"], _said(kept["why"])) for kept in document["kept_on_purpose"]]),
            *_section("Signature", _signature(document)),
            "</body>",
            "</html>",
            "",
        ]
    )


def _who_and_when(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    tool, media, closure = document["performed_by"], document["media"], document["closure"]
    destruction, verification, key = document["destruction"], document["verification"], document["encryption_key"]
    parameters = (f"{name}={value}" for name, value in closure["parameters"].items() if value)
    yield "Ordered by", _said(document["ordered_by"] or "not stated")
    yield "Performed by", f"{_said(tool['tool'])} {_said(tool['version'])}, commit {_code(tool['commit'])}"
    yield "Media", f"{_said(media['kind'])}; environment {_said(media['environment'])}. {_said(media['held'])}."
    yield "Closed", f"{_said(closure['closed_at'])}; nothing may be left by {_said(closure['deadline'])}"
    yield "Destroyed", f"{_said(destruction['started_at'])} to {_said(destruction['finished_at'])}"
    when = "" if verification["in_time"] else ", AFTER THE DEADLINE"
    found = f"{_said(verification['method'])}: found {_said(verification['found'])}. {_said(verification['how'])}"
    yield "Verified", f"{_said(verification['at'])}{when}, {found}"
    yield "Encryption key", f"{_code(key['key_id'])}: {_fate(key)}"
    yield "Parameters", _code(" ".join(parameters))


def _fate(key: Mapping[str, Any]) -> str:
    return f"is deleted on {_said(key['deletion_date'])}" if key["deletion_date"] else "deleted"


def _places(destruction: Mapping[str, Any]) -> Iterable[str]:
    yield "<h2>What was destroyed</h2>"
    yield '<table class="places">'
    yield "<tr><th>place</th><th>method</th><th>before</th><th>after</th><th>found empty</th></tr>"
    for place in destruction["places"]:
        before = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in place["before"].items()) or "0"
        if not place["before_is_whole"]:
            before = f"at least {before}"
        yield (
            f'<tr><td><strong>{_said(place["name"])}</strong> <span class="what">{_said(place["what"])}</span></td>'
            f"<td>{_said(place['method'].replace('_', ' '))}</td><td>{_said(before)}</td>"
            f"<td>{_said(place['after'])}</td><td>{_said(place['found_empty_at'])}{_lingers(place)}</td></tr>"
        )
    yield "</table>"
    for name, meaning in destruction["methods"].items():
        yield f'<p class="after"><strong>{_said(name.replace("_", " "))}</strong>: {_said(meaning)}</p>'


def _lingers(place: Mapping[str, Any]) -> str:
    return f"; with AWS gone by {_said(place['gone_by'])}" if place["gone_by"] else ""


def _elsewhere(document: Mapping[str, Any]) -> Iterable[str]:
    if document["not_destroyed"]:
        copies = [(copy["what"], _code(copy["where"])) for copy in document["not_destroyed"]]
        yield from _section("NOT DESTROYED BY THIS SYSTEM", copies)
    yield "<h2>Not looked for</h2>"
    yield f"<p>{_said(' '.join(document['not_looked_for']))}</p>"


def _resources(resources: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for what, name in resources.items():
        yield what.replace("_", " "), _code(name)


def _signature(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    signature = document["signature"]
    yield "Algorithm", _said(signature["algorithm"])
    yield "Key", _code(signature["key_id"])
    yield "SHA-256 of the public key", _code(signature["public_key_sha256"])


def _section(title: str, rows: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Facts under a title. What stands right of a name is HTML already."""
    yield f"<h2>{_said(title)}</h2>"
    yield '<table class="facts">'
    for name, value in rows:
        yield f"<tr><th>{_said(name)}</th><td>{value}</td></tr>"
    yield "</table>"


def _said(value: object) -> str:
    return escape(str(value))


def _code(value: object) -> str:
    return f"<code>{_said(value)}</code>"
