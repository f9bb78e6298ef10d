import pytest

from portal.graph import clouds
from portal.graph.clouds import Cloud, CloudNotOffered


@pytest.mark.parametrize(
    ("cloud", "graph", "authority"),
    [
        ("global", "https://graph.microsoft.com", "https://login.microsoftonline.com"),
        ("us_gov_l4", "https://graph.microsoft.us", "https://login.microsoftonline.us"),
        ("us_gov_l5", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
    ],
)
def test_cloud_has_its_own_hosts_and_scopes(cloud, graph, authority):
    assert clouds.root_of(cloud) == graph
    assert clouds.root_of(cloud, sandbox_root="http://127.0.0.1:8100") == graph
    assert clouds.authority_of(cloud) == authority
    assert clouds.write_scope(cloud) == f"{graph}/RecordsManagement.ReadWrite.All"


def test_cloud_is_plain_text():
    assert [str(cloud) for cloud in Cloud] == ["global", "us_gov_l4", "us_gov_l5", "sandbox"]


@pytest.mark.parametrize("cloud", ["china", "mars", "", "Global"])
def test_root_of_refuses_a_cloud_without_the_api(cloud):
    with pytest.raises(CloudNotOffered, match=r"\.$"):
        clouds.root_of(cloud)


def test_root_of_says_that_china_lacks_the_api():
    with pytest.raises(CloudNotOffered, match="China"):
        clouds.root_of("china")


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("http://127.0.0.1:8100", "http://127.0.0.1:8100"),
        ("http://127.0.0.1:8100/", "http://127.0.0.1:8100"),
        ("http://127.8.0.1:80", "http://127.8.0.1:80"),
        ("HTTP://LocalHost:8100", "http://localhost:8100"),
        ("http://[::1]:8100", "http://[::1]:8100"),
    ],
)
def test_root_of_sandbox_is_on_this_machine(given, root):
    assert clouds.root_of("sandbox", sandbox_root=given) == root


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "127.0.0.1:8100",
        "//127.0.0.1:8100",
        "https://127.0.0.1:8100",
        "http://10.0.0.1:8100",
        "http://0.0.0.0:8100",
        "http://evil.test",
        "http://localhost.evil.test",
        "http://localhost:99999",
        "http://127.0.0.1@evil.test",
        "http://evil.test\\@127.0.0.1",
        "http://127.0.0.1:8100/v1.0",
        "http://127.0.0.1:8100/?x",
        "http://127.0.0.1:8100/#x",
        "http://１27.0.0.1:8100",
        "http://127.0.0.1:8100\n",
        "http://[::1:8100",
    ],
)
def test_root_of_sandbox_refuses_any_other_address(given):
    with pytest.raises(CloudNotOffered, match="this machine"):
        clouds.root_of("sandbox", sandbox_root=given)


def test_sandbox_has_a_sign_in_that_no_name_server_knows():
    root = "http://127.0.0.1:8100"

    assert clouds.authority_of("sandbox") == "https://login.sandbox.invalid"
    assert clouds.write_scope("sandbox", root) == f"{root}/RecordsManagement.ReadWrite.All"
