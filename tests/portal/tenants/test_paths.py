"""Where a sign-in leads on to: paths of this site and no others (S15)."""

import pytest

from portal.tenants import paths


@pytest.mark.parametrize("path", ["/t/harrow-vale/labels/?q=a&state=live", "/", "/t/harrow-vale/changes/142/#c3"])
def test_own_keeps_a_path_of_this_site(path: str) -> None:
    assert paths.own(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\/evil.test",
        "/\t/evil.test",
        "https:evil",
        "https:/evil.test",
        "https://evil.test/",
        "http://testserver/",
        "javascript:alert(1)",
        "labels/",
        " //evil.test",
        "\x00/evil.test",
    ],
)
def test_own_leads_home_otherwise(path: str | None) -> None:
    assert paths.own(path) == "/"
