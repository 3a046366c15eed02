"""The table of routes."""

from __future__ import annotations

from apps.gateway.api.routes import ROUTES, Access


def test_changes_of_streams_and_dead_letters_are_for_admins() -> None:
    assert {route.name for route in ROUTES if route.access is Access.ADMIN} == {
        "add_stream", "change_stream", "remove_stream", "try_stream", "upload_video",
        "list_dead_letters", "show_dead_letter_picture", "retry_dead_letter",
        "discard_dead_letter",
    }  # fmt: skip


def test_routes_that_are_open_to_everybody_are_known() -> None:
    assert {route.name for route in ROUTES if route.access is Access.EVERYBODY} == {
        "show_session", "sign_in", "sign_out", "show_document", "show_docs", "show_docs_style",
    }  # fmt: skip


def test_every_route_that_reads_is_a_get() -> None:
    assert all(route.changes == (route.method != "GET") for route in ROUTES)
