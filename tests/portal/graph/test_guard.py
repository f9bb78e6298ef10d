import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from portal.graph.errors import UnsafeLink
from portal.graph.guard import same_origin
from tests.portal.graph.hostile import hostile_links

ROOT = "https://graph.microsoft.com"
LIST = f"{ROOT}/v1.0/security/labels/retentionLabels"

HOSTS = ["https:", "http:", "//", "graph.microsoft.com", "evil.test", "@", ":", "443", "8443", "[", "]", "ｇ"]
PATHS = ["/", "\\", "v1.0", "beta", ".", "..", "%2e", "%2F", "%5c", "%25", ";", "'"]
TAILS = ["?", "#", "$skiptoken=", "\t", "\n", "\0", " "]
PIECES = st.sampled_from([*HOSTS, *PATHS, *TAILS])


@pytest.mark.parametrize(
    "link",
    [
        LIST,
        f"{LIST}?$skiptoken=MTAw",
        f"{LIST}?$skiptoken=a%2Fb%3D..%2F%5C@evil.test",
        f"{LIST}?$skiptoken=https://evil.test/../",
        f"{ROOT}/v1.0/security/labels/categories('1f6f')/subcategories?$skip=2",
        f"{ROOT}/v1.0/security/labels/categories/a%2Fb/subcategories",
    ],
)
def test_same_origin_keeps_a_link_of_graph(link):
    assert same_origin(link, ROOT, "v1.0") == link


def test_same_origin_ignores_case_of_the_host_and_a_port_that_goes_without_saying():
    assert same_origin("HTTPS://Graph.Microsoft.COM/v1.0/x", ROOT, "v1.0") == f"{ROOT}/v1.0/x"
    assert same_origin(f"{ROOT}:443/v1.0/x", ROOT, "v1.0") == f"{ROOT}:443/v1.0/x"


def test_same_origin_knows_a_root_below_a_path():
    assert same_origin("http://127.0.0.1:8100/graph/v1.0/x", "http://127.0.0.1:8100/graph", "v1.0")
    with pytest.raises(UnsafeLink):
        same_origin("http://127.0.0.1:8100/v1.0/x", "http://127.0.0.1:8100/graph", "v1.0")


@pytest.mark.parametrize("link", hostile_links("https://graph.microsoft.com", "https://evil.test"))
def test_same_origin_refuses_a_link_that_leads_away(link):
    with pytest.raises(UnsafeLink) as caught:
        same_origin(link, ROOT, "v1.0")

    assert "evil" not in str(caught.value)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60))
@example("/../x")
@example("@evil.test/")
@example("\\@evil.test/")
@example("?@evil.test/")
def test_same_origin_accepts_only_what_every_parser_sends_to_graph(tail):
    for link in (tail, ROOT + tail, f"{ROOT}/v1.0/{tail}"):
        try:
            accepted = same_origin(link, ROOT, "v1.0")
        except UnsafeLink:
            continue
        for url in (parse_url(accepted), parse_url(requests.Request("GET", accepted).prepare().url)):
            assert (url.scheme, url.host, url.port in (None, 443), url.auth) == (
                "https",
                "graph.microsoft.com",
                True,
                None,
            )
            assert url.path.startswith("/v1.0/")
            assert ".." not in url.path.split("/")
