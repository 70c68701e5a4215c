"""The unmodified OBS SDK, pointed at a gateway.

In its native mode the SDK wants an endpoint that is a host name, with buckets
as sub-domains. Not every machine resolves names under `localhost`, so this
process answers them itself; the SDK is not touched.
"""

import socket
import urllib.parse

from obs import ObsClient

_getaddrinfo = socket.getaddrinfo


def _resolve(host, *rest, **named):
    name = host.decode() if isinstance(host, bytes) else host
    is_local = isinstance(name, str) and name.endswith(".localhost")
    return _getaddrinfo("127.0.0.1" if is_local else host, *rest, **named)


socket.getaddrinfo = _resolve


def port(gateway, listener="https"):
    return urllib.parse.urlsplit(gateway.endpoint[listener]).port


def client(gateway, signature="obs", listener="https", account=None, **settings):
    """Native with `obs`; AWS names with `v2` and `v4`."""
    keys = account or gateway.root()
    host = "obs.localhost" if signature == "obs" else "127.0.0.1"
    return ObsClient(
        access_key_id=keys["access_key_id"],
        secret_access_key=keys["secret_access_key"],
        server=f"{listener}://{host}:{port(gateway, listener)}",
        signature=signature,
        path_style=signature != "obs",
        ssl_verify=gateway.endpoint["ca_file"],
        max_retry_count=0,
        **settings,
    )
