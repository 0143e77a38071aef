"""Lookit: who sees what, and the two types that can be written."""

from understudy.mock_server.behaviours.lookit.reading import (
    list_children,
    list_responses,
    list_study_responses,
    list_user_children,
    list_user_demographics,
    list_users,
    read_child,
    read_demographics,
    read_feedback,
    read_lab,
    read_response,
    read_study,
    read_user,
)
from understudy.mock_server.behaviours.lookit.visibility import scope_demographics, scope_feedback, scope_study
from understudy.mock_server.behaviours.lookit.writing import (
    create_feedback,
    create_response,
    update_feedback,
    update_response,
)

__all__ = [
    "create_feedback",
    "create_response",
    "list_children",
    "list_responses",
    "list_study_responses",
    "list_user_children",
    "list_user_demographics",
    "list_users",
    "read_child",
    "read_demographics",
    "read_feedback",
    "read_lab",
    "read_response",
    "read_study",
    "read_user",
    "scope_demographics",
    "scope_feedback",
    "scope_study",
    "update_feedback",
    "update_response",
]
