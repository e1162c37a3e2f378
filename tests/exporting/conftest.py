"""Exports, as a client gets them."""

from tests.conftest import Api


async def exported(api: Api, name: str, **parameters: str) -> bytes:
    """The content of an export that must succeed."""
    response = await api.http.get(f"/export/{name}", params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    return response.content
