"""Where the API server is and who asks: the pod's service account, or a kubeconfig file."""

import base64
import os
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class ConfigurationError(Exception):
    """No way to reach the API server can be read from here: which file or variable, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, or the file that has it.

    The file is read for every request: the kubelet replaces it before the token in it runs out (after 48 minutes of
    an hour), and it is in memory there, so reading costs less than remembering when it was read.
    """

    value: str = field(default="", repr=False)
    path: Path | None = None

    def read(self) -> str:
        """Raises ConfigurationError when the file can't be read."""
        if self.path is None:
            return self.value
        try:
            return self.path.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{self.path}: no token: {error}") from None


@dataclass(frozen=True, slots=True)
class Configuration:
    """One API server and one identity. `tls` holds the CA and a client certificate, if it is one that authenticates."""

    url: str
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    token: Token | None = None
    server_name: str | None = None
    """What the server's certificate says, where that is not the host of `url`."""


def load(kubeconfig: Path | None = None, context: str = "") -> Configuration:
    """The kubeconfig if one is given, else the pod's. Raises ConfigurationError."""
    return of_kubeconfig(kubeconfig, context) if kubeconfig else of_pod()


def of_pod(environ: Mapping[str, str] = os.environ, folder: Path = SERVICE_ACCOUNT) -> Configuration:
    """What the kubelet gives every container that has a service account. Raises ConfigurationError elsewhere."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "")
    if not host or not port:
        raise ConfigurationError("KUBERNETES_SERVICE_HOST and _PORT are not set: not in a pod; name a kubeconfig")
    token = Token(path=folder / "token")
    token.read()
    place = f"[{host}]" if ":" in host else host
    return Configuration(f"https://{place}:{port}", _tls(folder / "ca.crt"), token)


def of_kubeconfig(path: Path, context: str = "") -> Configuration:
    """One context of a kubeconfig file, its current one unless named: client certificate or token.

    Raises ConfigurationError, also for what is not supported here: programs that fetch credentials (`exec`), passwords,
    proxies, impersonation, and servers that are believed unchecked.
    """
    config = _read(path)
    name = context or config.get("current-context", "")
    chosen = _named(path, config, "context", name)
    cluster = _named(path, config, "cluster", chosen.get("cluster", ""))
    user = _named(path, config, "user", chosen.get("user", ""))
    unsupported = _UNSUPPORTED & {key for part in (cluster, user) for key, value in part.items() if value}
    if unsupported:
        raise ConfigurationError(f"{path}: context {name!r}: not supported: {', '.join(sorted(unsupported))}")
    if not cluster.get("server"):
        raise ConfigurationError(f"{path}: context {name!r}: the cluster has no server")
    tls = None
    if cluster["server"].startswith("https:"):
        tls = _tls_of(path, cluster, user)
    return Configuration(cluster["server"].rstrip("/"), tls, _token(path, user), cluster.get("tls-server-name"))


_UNSUPPORTED = {
    "insecure-skip-tls-verify", "proxy-url", "exec", "auth-provider", "username", "password", "as", "as-groups"
}  # fmt: skip


def _read(path: Path) -> dict[str, Any]:
    try:
        config = yaml.safe_load(path.read_bytes())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: {error}") from None
    if not isinstance(config, dict):
        raise ConfigurationError(f"{path}: no kubeconfig")
    return config


def _named(path: Path, config: Mapping[str, Any], kind: str, name: str) -> dict[str, Any]:
    """The entry of that name in `contexts`, `clusters` or `users`."""
    entries = config.get(f"{kind}s") or ()
    for entry in entries:
        if entry.get("name") == name:
            return dict(entry.get(kind) or {})
    known = ", ".join(sorted(str(entry.get("name")) for entry in entries)) or "none"
    raise ConfigurationError(f"{path}: no {kind} {name!r}; there are: {known}")


def _token(path: Path, user: Mapping[str, Any]) -> Token | None:
    if file := user.get("tokenFile"):  # wins over `token`, as with kubectl
        return Token(path=path.parent / file)
    return Token(user["token"]) if user.get("token") else None


def _tls_of(path: Path, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> ssl.SSLContext:
    ca = _pem(path, cluster, "certificate-authority")
    context = _tls(ca) if ca else ssl.create_default_context()
    certificate, key = _pem(path, user, "client-certificate"), _pem(path, user, "client-key")
    if certificate and key:
        _add_client(context, certificate, key, path)
    return context


def _pem(path: Path, part: Mapping[str, Any], name: str) -> Path | bytes | None:
    """The content itself (`<name>-data`, base64) or its file, which is relative to the kubeconfig's folder."""
    if data := part.get(f"{name}-data"):
        try:
            return base64.b64decode(data, validate=True)
        except ValueError:
            raise ConfigurationError(f"{path}: {name}-data is not base64") from None
    file = part.get(name)
    return path.parent / file if file else None


def _tls(ca: Path | bytes) -> ssl.SSLContext:
    """Believes this authority and no other."""
    try:
        pem = ca if isinstance(ca, bytes) else ca.read_bytes()
        if b"BEGIN CERTIFICATE" not in pem:  # Python would believe all authorities of the system instead of none
            raise ValueError("no certificate")
        return ssl.create_default_context(cadata=pem.decode("ascii"))
    except (OSError, ValueError, ssl.SSLError) as error:
        raise ConfigurationError(f"{'certificate-authority-data' if isinstance(ca, bytes) else ca}: {error}") from None


def _add_client(context: ssl.SSLContext, certificate: Path | bytes, key: Path | bytes, path: Path) -> None:
    """OpenSSL takes a key from a file only: one that is in the kubeconfig is a file for a moment, for us alone."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            context.load_cert_chain(_file(certificate, Path(folder, "certificate")), _file(key, Path(folder, "key")))
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"{path}: client certificate and key: {error}") from None


def _file(content: Path | bytes, path: Path) -> Path:
    if isinstance(content, Path):
        return content
    path.write_bytes(content)
    return path
