"""What Forsta's operations do: functions named like them."""

from understudy.mock_server.behaviours.forsta.changes import (
    add_respondents,
    delete_respondents,
    merge_respondents,
    update_respondents,
)
from understudy.mock_server.behaviours.forsta.columns import add_user_variable, list_variables
from understudy.mock_server.behaviours.forsta.identity import create_token
from understudy.mock_server.behaviours.forsta.reading import list_respondents, read_respondent

__all__ = [
    "add_respondents",
    "add_user_variable",
    "create_token",
    "delete_respondents",
    "list_respondents",
    "list_variables",
    "merge_respondents",
    "read_respondent",
    "update_respondents",
]
