"""The API's reference, read from its own OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_WORDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "array": "list",
    "object": "object",
}
_BOUNDLESS = 2**53  # larger bounds protect the server and tell a reader nothing


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    parameter_in: str  # path, query
    kind: str  # what it may be, in words
    required: bool
    default: str  # empty where there is none
    doc: str


@dataclass(frozen=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    doc: str
    parameters: tuple[Parameter, ...]
    statuses: tuple[tuple[str, str], ...]  # (status, description)


@dataclass(frozen=True)
class Reference:
    """All operations, in groups that have a name."""

    title: str
    version: str
    groups: tuple[tuple[str, tuple[Operation, ...]], ...]


def reference(description: Mapping[str, Any]) -> Reference:
    """The reference for an OpenAPI description; groups come in the order of their first path."""
    info = description["info"]
    groups: dict[str, list[Operation]] = {}
    for name, operation in _operations(description):
        groups.setdefault(name, []).append(operation)
    named = tuple((name, tuple(operations)) for name, operations in groups.items())
    return Reference(info["title"], info["version"], named)


def _operations(description: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in description["paths"].items():
        for method, details in methods.items():
            operation = Operation(
                method.upper(),
                path,
                details.get("description", details.get("summary", "")),
                tuple(_parameter(each) for each in details.get("parameters", ())),
                tuple((s, each["description"]) for s, each in details["responses"].items()),
            )
            group: str = details.get("tags", ["other"])[0]
            yield group[:1].upper() + group[1:], operation


def _parameter(details: Mapping[str, Any]) -> Parameter:
    schema = details["schema"]
    default = schema.get("default")
    return Parameter(
        details["name"],
        details["in"],
        _kind(schema),
        details.get("required", False),
        "" if default in (None, []) else str(default),
        details.get("description", ""),
    )


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        kinds = (_kind(each) for each in schema["anyOf"] if each.get("type") != "null")
        return " or ".join(kinds)
    word = _WORDS.get(schema.get("type", ""), "any")
    if schema.get("type") == "array":
        return f"list of: {_kind(schema['items'])}"
    return f"{word}{_bounds(schema)}"


def _bounds(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    high = None if high is not None and high > _BOUNDLESS else high
    if low is None and high is None:
        return ""
    if high is None:
        return f", at least {low:,}"
    return f", at most {high:,}" if low is None else f", {low} to {high:,}"
