"""Unmodified aws-cli, as a user types it after `eval "$(sealgate env)"`."""

import filecmp
import hashlib
import os
import random

CANARY = b"this sentence must never reach the disk. "


def test_64_mib_with_a_key_go_up_come_back_and_are_the_same(gateway, tmp_path):
    key = gateway.aws_json("kms", "create-key")["KeyMetadata"]["KeyId"]
    sent, back = tmp_path / "sent", tmp_path / "back"
    sent.write_bytes(random.Random(1).randbytes(32 << 20) + CANARY * ((32 << 20) // len(CANARY)))
    gateway.aws("s3", "mb", "s3://large")
    gateway.aws("s3", "cp", sent, "s3://large/file", "--sse", "aws:kms", "--sse-kms-key-id", key)
    gateway.aws("s3", "cp", "s3://large/file", back)
    assert filecmp.cmp(sent, back, shallow=False)
    head = gateway.aws_json("s3api", "head-object", "--bucket", "large", "--key", "file")
    assert head["ServerSideEncryption"] == "aws:kms" and head["SSEKMSKeyId"].endswith(key)
    assert not gateway.files_with(CANARY * 3)


def test_a_tree_with_odd_names_is_synchronised_and_removed(gateway, tmp_path):
    names = ["a b", "ä ö ü", "100%", "plus+plus", "q?x=1&y", "#hash", "'quote\"", "日本語/字", "~tilde", "a/b/c/d", "x:y", "(1)", "[2]", "{3}", "semi;colon", "comma,", "dollar$", "at@", "=eq", "back\\slash", "*star"]
    source, target = tmp_path / "source", tmp_path / "target"
    for name in names:
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() + CANARY * 10)
    gateway.aws("s3", "mb", "s3://tree")
    gateway.aws("s3", "sync", source, "s3://tree/deep/er")
    gateway.aws("s3", "sync", "s3://tree/deep/er", target)
    for name in names:
        assert (target / name).read_bytes() == (source / name).read_bytes(), name
    again = gateway.aws("s3", "sync", source, "s3://tree/deep/er")
    assert again.stdout.strip() == "", "the second sync has nothing to do"
    assert not gateway.files_with(CANARY * 3), "objects without any header are ciphertext too"
    listed = gateway.aws("s3", "ls", "s3://tree/deep/er/", "--recursive").stdout
    assert len(listed.splitlines()) == len(names)
    gateway.aws("s3", "rb", "s3://tree", "--force")
    assert "tree" not in gateway.aws("s3", "ls").stdout


def test_the_md5_of_the_stored_blob_is_the_etag_of_a_kms_object(gateway, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(CANARY * 5000)
    gateway.aws("s3", "mb", "s3://etags")
    before = gateway.blobs()
    said = gateway.aws_json(
        "s3api", "put-object", "--bucket", "etags", "--key", "k", "--body", body, "--server-side-encryption", "aws:kms"
    )
    (blob,) = gateway.blobs() - before
    assert hashlib.md5(blob.read_bytes()).hexdigest() == said["ETag"].strip('"')
    assert hashlib.md5(body.read_bytes()).hexdigest() != said["ETag"].strip('"')


def test_a_stream_goes_up_and_comes_back(gateway):
    script = 'head -c 20000000 /dev/zero | "$0" s3 cp - s3://pipe/z && "$0" s3 cp s3://pipe/z - | md5sum'
    import subprocess

    from sealgate import AWS

    gateway.aws("s3", "mb", "s3://pipe")
    done = subprocess.run(["bash", "-c", script, AWS], env=gateway.environment(), capture_output=True, text=True)
    assert hashlib.md5(bytes(20000000)).hexdigest() in done.stdout, done.stderr


def test_keys_live_through_their_states(gateway):
    key = gateway.aws_json("kms", "create-key", "--description", "letters")["KeyMetadata"]["KeyId"]
    state = lambda: gateway.aws_json("kms", "describe-key", "--key-id", key)["KeyMetadata"]["KeyState"]
    assert state() == "Enabled"
    assert key in [k["KeyId"] for k in gateway.aws_json("kms", "list-keys")["Keys"]]
    gateway.aws("kms", "disable-key", "--key-id", key)
    assert state() == "Disabled"
    refused = gateway.aws("kms", "generate-data-key", "--key-id", key, "--key-spec", "AES_256", ok=False)
    assert "DisabledException" in refused.stderr
    gateway.aws("kms", "enable-key", "--key-id", key)
    gateway.aws("kms", "schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7")
    assert state() == "PendingDeletion"
    gateway.aws("kms", "cancel-key-deletion", "--key-id", key)
    assert state() == "Disabled"


def test_an_alias_stands_for_its_key(gateway):
    key = gateway.aws_json("kms", "create-key")["KeyMetadata"]["KeyId"]
    gateway.aws("kms", "create-alias", "--alias-name", "alias/mail", "--target-key-id", key)
    aliases = gateway.aws_json("kms", "list-aliases")["Aliases"]
    assert {"alias/mail": key}.items() <= {a["AliasName"]: a.get("TargetKeyId") for a in aliases}.items()
    found = gateway.aws_json("kms", "describe-key", "--key-id", "alias/mail")["KeyMetadata"]
    assert found["KeyId"] == key


def test_what_is_encrypted_with_a_context_opens_with_it_alone(gateway, tmp_path):
    key = gateway.aws_json("kms", "create-key")["KeyMetadata"]["KeyId"]
    (tmp_path / "plain").write_bytes(b"attack at dawn")
    sealed = gateway.aws_json(
        "kms", "encrypt", "--key-id", key, "--plaintext", f"fileb://{tmp_path}/plain",
        "--encryption-context", "for=alice",
    )["CiphertextBlob"]
    import base64

    (tmp_path / "sealed").write_bytes(base64.b64decode(sealed))
    opened = gateway.aws_json(
        "kms", "decrypt", "--ciphertext-blob", f"fileb://{tmp_path}/sealed", "--encryption-context", "for=alice"
    )
    assert base64.b64decode(opened["Plaintext"]) == b"attack at dawn"
    refused = gateway.aws(
        "kms", "decrypt", "--ciphertext-blob", f"fileb://{tmp_path}/sealed", "--encryption-context", "for=bob", ok=False
    )
    assert "InvalidCiphertextException" in refused.stderr


def test_lists_of_s3api_are_read(gateway):
    gateway.aws("s3", "mb", "s3://lists")
    assert "lists" in [b["Name"] for b in gateway.aws_json("s3api", "list-buckets")["Buckets"]]
    assert gateway.aws_json("s3api", "get-bucket-location", "--bucket", "lists")["LocationConstraint"] is None
    for operation in ["list-objects", "list-objects-v2", "list-multipart-uploads"]:
        gateway.aws_json("s3api", operation, "--bucket", "lists")
    missing = gateway.aws("s3api", "head-object", "--bucket", "lists", "--key", "none", ok=False)
    assert "404" in missing.stderr
    assert os.path.exists(gateway.environment()["AWS_CA_BUNDLE"])
