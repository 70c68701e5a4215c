"""esdk-obs-nodejs, natively and in the AWS mode that it falls into."""

import json
import pathlib
import subprocess

import obs_clients
import pytest

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module", params=["obs", "v2"])
def mode(request):
    return request.param


@pytest.fixture(scope="module")
def answers(gateway, mode):
    keys = gateway.root()
    host = "obs.localhost" if mode == "obs" else "127.0.0.1"
    server = f"https://{host}:{obs_clients.port(gateway)}"
    arguments = [mode, server, keys["access_key_id"], keys["secret_access_key"]]
    arguments += [gateway.endpoint["ca_file"], gateway.endpoint["region"], f"node-{mode}"]
    done = subprocess.run(["node", HERE / "obs_node.js", *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_call_ends_as_documented(answers):
    refusals = {
        "noEncryption": (404, "NoSuchEncryptionConfiguration"),
        "headMissing": (404, "NoSuchKey"),
        "missing": (404, "NoSuchKey"),
        "overQuota": (403, "InsufficientStorageSpace"),
        "replication": (404, "NoSuchReplicationConfiguration"),
    }
    for name, answer in answers.items():
        if name.startswith("folder"):
            continue
        status, code = refusals.get(name, (204 if name == "deleteEncryption" else 200, ""))
        got = (answer["status"], answer.get("code") or "")
        assert got == (status, code), (name, answer)


def test_a_bucket_tells_of_itself(gateway, answers):
    region = gateway.endpoint["region"]
    assert answers["location"]["Location"] == region
    assert answers["metadata"]["Location"] == region
    assert answers["metadata"]["ObsVersion"] == "3.0"
    bucket = next(b for b in answers["buckets"]["Buckets"] if b["BucketName"].startswith("node-"))
    assert bucket["Location"] == region
    default = answers["encryption"]["Rule"]["ApplyServerSideEncryptionByDefault"]
    assert default["SSEAlgorithm"].removeprefix("aws:") == "kms"


def test_encryption_is_announced_on_every_answer(answers, mode):
    word = "kms" if mode == "obs" else "aws:kms"
    for name in ["put", "get", "head", "copy", "start", "part", "complete", "append", "append2", "appended"]:
        assert answers[name]["SseKms"] == word, (name, answers[name])
    assert answers["putAes"]["SseKms"] == "AES256"
    for name in ["put", "get", "head", "copy"]:
        assert ":key/" in answers[name]["SseKmsKey"]


def test_bytes_and_metadata_come_back(answers):
    assert answers["get"]["Content"] == "hello" == answers["signed"]["text"]
    assert answers["appended"]["Content"] == "abcdef"
    assert answers["append2"]["NextPosition"] == "6"
    assert answers["head"]["Metadata"]["one"] in ("ü 1", "%C3%BC 1")
    assert answers["described"]["CacheControl"] == "no-cache"
    assert answers["described"]["Metadata"]["one"]
    assert answers["storage"]["ObjectNumber"] == "5"
    assert {entry["Key"] for entry in answers["deleteMany"]["Deleteds"]} == {"k", "copy/ü"}


def test_a_shared_folder_opens_its_prefix_and_nothing_else(answers):
    assert (answers["folderList"]["status"], answers["folderRead"]["status"]) == (200, 200)
    assert "shared/a" in answers["folderList"]["text"] and answers["folderRead"]["text"] == "hello"
    for name in ["folderOutside", "folderWrite", "folderPolicy", "folderElsewhere"]:
        assert answers[name]["status"] in (403, 501), (name, answers[name])
