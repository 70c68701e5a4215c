"""One running gateway, and the real clients pointed at it."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
AWS = ROOT / ".venv/bin/aws"


def binary():
    given = os.environ.get("SEALGATE_BIN")
    return pathlib.Path(given) if given else ROOT / "target/debug/sealgate"


class Gateway:
    """The real binary in a directory of its own."""

    def __init__(self, **settings):
        self.dir = tempfile.TemporaryDirectory()
        self.data = pathlib.Path(self.dir.name) / "data"
        self.settings = settings
        self.log = open(pathlib.Path(self.dir.name) / "gateway.log", "ab")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("SEALGATE_", "AWS_"))}
        self.process = subprocess.Popen(
            [binary(), "serve", "--data-dir", self.data]
            + ["--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
            env=clean | settings,
            stdout=subprocess.DEVNULL,
            stderr=self.log,
        )
        self.endpoint = self._wait()

    def _wait(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            recorded = self.data / "endpoint.json"
            if recorded.exists() and (self.data / "control.sock").exists():
                return json.loads(recorded.read_text())
            assert self.process.poll() is None, self.said()
            time.sleep(0.02)
        raise AssertionError("the gateway is not up: " + self.said())

    def said(self):
        return (pathlib.Path(self.dir.name) / "gateway.log").read_text()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(40)
        self.dir.cleanup()

    def run(self, *arguments):
        """A command of the binary on this gateway."""
        done = subprocess.run([binary(), *arguments, "--data-dir", self.data], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def environment(self):
        """What `eval "$(sealgate env)"` makes of a shell's environment."""
        script = f'eval "$({binary()} env --data-dir {self.data})"; env -0'
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("SEALGATE_", "AWS_"))}
        shell = subprocess.run(["bash", "-c", script], env=clean, capture_output=True, check=True)
        lines = shell.stdout.decode().split("\0")
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def aws(self, *arguments, ok=True):
        """Runs aws-cli as a user would after `sealgate env`."""
        done = subprocess.run(
            [AWS, *map(str, arguments)], env=self.environment(), capture_output=True, text=True
        )
        assert not ok or done.returncode == 0, done.stderr + done.stdout
        return done

    def aws_json(self, *arguments):
        said = self.aws(*arguments, "--output", "json").stdout
        return json.loads(said) if said.strip() else {}

    def client(self, service="s3", endpoint="https", account=None, **config):
        environment = self.environment()
        keys = account or self.root()
        return boto3.client(
            service,
            endpoint_url=self.endpoint[endpoint],
            verify=environment["AWS_CA_BUNDLE"],
            region_name=self.endpoint["region"],
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["secret_access_key"],
            aws_session_token=keys.get("session_token"),
            config=Config(retries={"max_attempts": 1}, **config),
        )

    def root(self):
        lines = (self.data / "credentials").read_text().splitlines()
        pairs = dict(line.split(" = ", 1) for line in lines if " = " in line)
        return {
            "access_key_id": pairs["aws_access_key_id"],
            "secret_access_key": pairs["aws_secret_access_key"],
        }

    def account(self, name):
        return json.loads(self.run("account", "create", name, "--json"))

    def blobs(self):
        return {p for p in (self.data / "blobs").rglob("*") if p.is_file() and len(p.name) == 32}

    def files_with(self, text):
        files = (p for p in self.data.rglob("*") if p.is_file())
        return [p for p in files if text in p.read_bytes()]
