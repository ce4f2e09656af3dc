"""The application's OpenAPI description, as its answers are."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from online.api.problems import PROBLEM_TYPE, ProblemDetails

_PROBLEM = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}


class OpenApiApp(FastAPI):
    """An application that describes its errors by their own media type."""

    def openapi(self) -> dict[str, Any]:
        """FastAPI describes every model as `application/json`, which problems are not."""
        made = self.openapi_schema is not None
        description = super().openapi()
        if not made:
            for path in description["paths"].values():
                for operation in path.values():
                    for response in operation["responses"].values():
                        _name_the_type_of_problems(response)
        return description


def _name_the_type_of_problems(response: dict[str, Any]) -> None:
    content = response.get("content", {})
    if content.get("application/json", {}).get("schema") == _PROBLEM:
        content[PROBLEM_TYPE] = content.pop("application/json")
