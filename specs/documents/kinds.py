"""Where a document may hold a reference: the objects of OpenAPI 3.0 to 3.2 and Swagger 2.0, by what leads to them.

Examples, defaults, constants and members of vendors are data: a `$ref` in them means nothing.
"""

from __future__ import annotations

#: Methods that have a member of their own in a path item.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

#: Keywords of a schema that hold one schema, a list of schemas, or schemas by name.
ONE = frozenset({"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"})
ONE |= {"unevaluatedProperties", "unevaluatedItems", "contentSchema", "additionalItems"}
MANY = frozenset(["allOf", "anyOf", "oneOf", "prefixItems"])
NAMED = frozenset(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"])

#: Kind of object -> member -> kind of the object there. `[kind]` is a list of them, `{kind}` an object of them by name.
MEMBERS: dict[str, dict[str, str]] = {
    "document": {"paths": "{path}", "components": "components"},
    "components": {
        "schemas": "{schema}",
        "responses": "{response}",
        "parameters": "{parameter}",
        "requestBodies": "{body}",
        "headers": "{header}",
        "securitySchemes": "{security}",
        "examples": "{example}",
    },
    "path": {**dict.fromkeys(METHODS, "operation"), "parameters": "[parameter]", "additionalOperations": "{operation}"},
    "operation": {"parameters": "[parameter]", "requestBody": "body", "responses": "{response}"},
    "parameter": {"schema": "schema", "content": "{media}", "examples": "{example}"},
    "header": {"schema": "schema", "content": "{media}"},
    "body": {"content": "{media}"},
    "media": {"schema": "schema", "itemSchema": "schema", "examples": "{example}"},
    # Swagger 2.0 has the schema of a reply right here.
    "response": {"schema": "schema", "content": "{media}", "headers": "{header}"},
    "example": {},
    "security": {},
    "schema": {
        **dict.fromkeys(ONE, "schema"),
        **dict.fromkeys(MANY, "[schema]"),
        **dict.fromkeys(NAMED, "{schema}"),
    },
}
