"""The unmodified KMS SDK of Huawei Cloud, pointed at a gateway."""

import urllib3
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkkms.v2 import KmsClient

import huaweicloudsdkkms.v2 as sdk

urllib3.disable_warnings()


class Kms:
    """Calls operations by name: `kms("create_key", key_alias="a")`."""

    def __init__(self, gateway, account=None, project=None):
        keys = account or gateway.root()
        config = HttpConfig.get_default_config()
        config.ssl_ca_cert = gateway.endpoint["ca_file"]
        self.project = project or project_of(gateway, keys)
        credentials = BasicCredentials(keys["access_key_id"], keys["secret_access_key"], self.project)
        builder = KmsClient.new_builder().with_http_config(config)
        self.client = builder.with_credentials(credentials).with_endpoint(gateway.endpoint["https"]).build()

    def __call__(self, operation, body=None, **fields):
        words = "".join(word.capitalize() for word in operation.split("_"))
        request = getattr(sdk, words + "Request")()
        document = {**(body or {}), **fields}
        for name in [name for name in document if name in request.openapi_types and name != "body"]:
            setattr(request, name, document.pop(name))
        if "body" in request.openapi_types:
            request.body = document
        return getattr(self.client, operation)(request)

    def refused(self, operation, body=None, **fields):
        """Status and code of an expected refusal."""
        try:
            answer = self(operation, body, **fields)
        except ClientRequestException as refusal:
            return refusal.status_code, refusal.error_code
        raise AssertionError(f"{operation} was answered: {answer}")


def project_of(gateway, keys):
    import json

    accounts = json.loads(gateway.run("account", "list", "--json"))
    return next(a["project_id"] for a in accounts if a["access_key_id"] == keys["access_key_id"])
