"""Where the API server is and who asks, as pods and kubeconfig files say it, and what is wrong with one."""

import base64
import ssl
from pathlib import Path

import pytest
import yaml

from kubeclient.configuration import ConfigurationError, Token, load, of_kubeconfig, of_pod
from kubeclient.resources import Json
from tests.cluster.authority import Authority

POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def account(tmp_path: Path, authority: Authority) -> Path:
    """The folder that a pod has of its service account."""
    (tmp_path / "token").write_text("first\n")
    (tmp_path / "ca.crt").write_bytes(authority.ca.read_bytes())
    return tmp_path


def encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def kubeconfig(folder: Path, cluster: Json, user: Json, **rest: object) -> Path:
    """A file with two contexts: `here`, the current one, and `there`."""
    content = {
        "current-context": "here",
        "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1:6443/"} | cluster}],
        "users": [{"name": "u", "user": user}, {"name": "v", "user": {"token": "v's"}}],
        "contexts": [
            {"name": "here", "context": {"cluster": "c", "user": "u"}},
            {"name": "there", "context": {"cluster": "c", "user": "v"}},
            {"name": "odd", "context": {"cluster": "c", "user": "w"}},
        ],
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(content | rest))
    return path


def test_a_pod_finds_its_server_and_its_token(account: Path) -> None:
    found = of_pod(POD, account)
    assert found.url == "https://10.96.0.1:443"
    assert found.tls is not None
    assert len(found.tls.get_ca_certs()) == 1, "no other authority is believed"
    assert found.token is not None
    assert found.token.read() == "first"


def test_an_ipv6_address_is_put_in_brackets(account: Path) -> None:
    assert of_pod(POD | {"KUBERNETES_SERVICE_HOST": "fd00::1"}, account).url == "https://[fd00::1]:443"


def test_a_token_that_the_kubelet_replaced_is_read_anew(account: Path) -> None:
    token = of_pod(POD, account).token
    assert token is not None
    (account / "token").write_text("second\n")
    assert token.read() == "second"


@pytest.mark.parametrize("missing", ["KUBERNETES_SERVICE_HOST", "token", "ca.crt"])
def test_what_a_pod_lacks_is_named(account: Path, missing: str) -> None:
    (account / missing).unlink(missing_ok=True)
    environ = {name: value for name, value in POD.items() if name != missing}
    with pytest.raises(ConfigurationError, match=missing):
        of_pod(environ, account)


@pytest.mark.parametrize("content", ["", "no certificate\n", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_an_authority_that_is_none_does_not_become_all_of_the_systems(account: Path, content: str) -> None:
    (account / "ca.crt").write_text(content)
    with pytest.raises(ConfigurationError, match=r"ca\.crt"):
        of_pod(POD, account)


def test_a_kubeconfig_names_files_beside_itself(tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.client("admin")
    for name, source in {"ca.crt": authority.ca, "me.crt": certificate, "me.key": key}.items():
        (tmp_path / name).write_bytes(source.read_bytes())
    user = {"client-certificate": "me.crt", "client-key": "me.key"}
    found = of_kubeconfig(kubeconfig(tmp_path, {"certificate-authority": "ca.crt"}, user))
    assert (found.url, found.token) == ("https://10.0.0.1:6443", None)
    assert found.tls is not None
    assert len(found.tls.get_ca_certs()) == 1


def test_a_kubeconfig_holds_it_all_itself(tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.client("admin")
    user = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    found = load(kubeconfig(tmp_path, {"certificate-authority-data": encoded(authority.ca)}, user))
    assert found.tls is not None
    assert found.tls.verify_mode == ssl.CERT_REQUIRED


def test_another_context_is_another_user(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, {"tls-server-name": "kubernetes"}, {"token": "u's"})
    assert [of_kubeconfig(path, name).token for name in ("", "here", "there")] == [
        Token("u's"),
        Token("u's"),
        Token("v's"),
    ]
    assert of_kubeconfig(path).server_name == "kubernetes"


def test_a_token_file_wins_over_a_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from the file")
    token = of_kubeconfig(kubeconfig(tmp_path, {}, {"token": "u's", "tokenFile": "token"})).token
    assert token is not None
    assert token.read() == "from the file"


@pytest.mark.parametrize(
    ("cluster", "user", "context", "said"),
    [
        ({}, {}, "nowhere", "no context 'nowhere'; there are: here, odd, there"),
        ({}, {}, "odd", "no user 'w'; there are: u, v"),
        ({"server": ""}, {}, "", "no server"),
        ({"insecure-skip-tls-verify": True}, {}, "", "not supported: insecure-skip-tls-verify"),
        ({"proxy-url": "http://p"}, {"exec": {"command": "x"}}, "", "not supported: exec, proxy-url"),
        ({"certificate-authority": "none.crt"}, {}, "", r"none\.crt"),
        ({"certificate-authority-data": "%"}, {}, "", "certificate-authority-data is not base64"),
        ({}, {"client-certificate-data": "QQ==", "client-key-data": "QQ=="}, "", "client certificate and key"),
    ],
)
def test_what_is_wrong_with_a_kubeconfig_is_said(
    tmp_path: Path, cluster: Json, user: Json, context: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        of_kubeconfig(kubeconfig(tmp_path, cluster, user), context)


@pytest.mark.parametrize("content", ["a: [", "just text"])
def test_a_file_that_is_no_kubeconfig_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=str(path)):
        of_kubeconfig(path)
    with pytest.raises(ConfigurationError, match=r"absent"):
        of_kubeconfig(tmp_path / "absent")


def test_no_secret_is_shown(tmp_path: Path) -> None:
    found = of_kubeconfig(kubeconfig(tmp_path, {}, {"token": "hush"}))
    assert "hush" not in repr(found)
