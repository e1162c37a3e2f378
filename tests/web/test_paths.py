"""The endpoint's path, with a slash at its end, and behind a proxy that takes a prefix away."""

from collections.abc import Iterator

import httpx
import pytest

from tests.web.serving import Server, serving

pytestmark = pytest.mark.process

QUERY = {"query": "{ __typename }"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server behind the prefix /apps/jobs."""
    folder = tmp_path_factory.mktemp("paths")
    settings = {"DATABASE_URL": f"sqlite:///{folder}/paths.db", "JOBBOT_ROOT_PATH": "/apps/jobs/"}
    with serving(folder / "log", **settings) as server:
        yield server


@pytest.fixture
def proxied(server: Server) -> Iterator[httpx.Client]:
    """A client of the server: it sends paths without the prefix, as the proxy does."""
    with httpx.Client(base_url=server.url) as client:
        yield client


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
def test_the_endpoint(proxied: httpx.Client, path: str) -> None:
    assert proxied.post(path, json=QUERY).json()["data"] == {"__typename": "Query"}
    assert proxied.get(path, params=QUERY).json()["data"] == {"__typename": "Query"}


def test_links_and_redirects_have_the_prefix(proxied: httpx.Client) -> None:
    html = {"Accept": "text/html"}
    assert proxied.get("/").headers["location"] == "/apps/jobs/graphql"
    assert proxied.get("/graphql/", headers=html).headers["location"] == "/apps/jobs/graphql"
    assert proxied.get("/graphql", headers=html).text.startswith("<!doctype html>")
    (error,) = proxied.post("/grahpql", json=QUERY).json()["errors"]
    assert error["message"] == "/apps/jobs/grahpql not found. The GraphQL endpoint is /apps/jobs/graphql."


def test_probes_may_name_any_host(proxied: httpx.Client) -> None:
    assert proxied.get("/health/live", headers={"Host": "10.0.0.5"}).status_code == 200


def test_assets_are_found_beside_the_page(proxied: httpx.Client) -> None:
    page = proxied.get("/graphql", headers={"Accept": "text/html"}).text
    (script,) = [part.split('"')[0] for part in page.split('src="')[1:]]
    assert script.startswith("./graphql/assets/")
    assert proxied.get(script.removeprefix(".")).headers["content-type"] == "text/javascript; charset=utf-8"
