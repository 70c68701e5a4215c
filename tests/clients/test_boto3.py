"""boto3: what SDKs do without being asked, and each operation's documented answers."""

import hashlib
import io
import json
import random

import pytest
import requests
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MIB = 1 << 20


def code(error):
    return error.value.response["Error"]["Code"]


def test_a_multipart_upload_with_kms_comes_back_whole_in_any_range(s3, bucket):
    body = random.Random(2).randbytes(17 * MIB + 7)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s3.upload_fileobj(io.BytesIO(body), bucket, "big", ExtraArgs={"ServerSideEncryption": "aws:kms"}, Config=config)
    head = s3.head_object(Bucket=bucket, Key="big")
    assert head["ContentLength"] == len(body) and head["ServerSideEncryption"] == "aws:kms"
    assert head["ETag"].endswith('-4"')
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == body
    for first, last in [(0, 0), (5 * MIB - 1, 5 * MIB), (65535, 65536), (17 * MIB, 17 * MIB + 6), (1, len(body) - 2)]:
        got = s3.get_object(Bucket=bucket, Key="big", Range=f"bytes={first}-{last}")
        assert got["Body"].read() == body[first : last + 1]
        assert got["ContentRange"] == f"bytes {first}-{last}/{len(body)}"
    part = s3.get_object(Bucket=bucket, Key="big", PartNumber=4)
    assert part["Body"].read() == body[15 * MIB :] and part["PartsCount"] == 4


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_each_checksum_travels_as_a_trailer_and_is_kept(s3, bucket, algorithm):
    put = s3.put_object(Bucket=bucket, Key="k", Body=io.BytesIO(b"x" * 100000), ChecksumAlgorithm=algorithm)
    field = f"Checksum{algorithm}"
    assert put[field]
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got[field] == put[field] and got["Body"].read() == b"x" * 100000


def test_a_wrong_checksum_stores_nothing(s3, bucket):
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumCRC32="AAAAAA==")
    assert code(error) == "BadDigest"
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_presigned_put_and_get_work_without_credentials(gateway, bucket):
    s3 = gateway.client(signature_version="s3v4")
    ca = gateway.environment()["AWS_CA_BUNDLE"]
    url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "p"}, ExpiresIn=60)
    assert requests.put(url, data=b"presigned", verify=ca).status_code == 200
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "p", "ResponseContentType": "text/x"}, ExpiresIn=60)
    got = requests.get(url, verify=ca)
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, b"presigned", "text/x")
    assert requests.get(url.replace("/p?", "/q?"), verify=ca).status_code == 403


def test_a_presigned_put_with_kms_needs_its_signed_header(gateway, bucket):
    s3 = gateway.client(signature_version="s3v4")
    ca = gateway.environment()["AWS_CA_BUNDLE"]
    wanted = {"Bucket": bucket, "Key": "p", "ServerSideEncryption": "aws:kms"}
    url = s3.generate_presigned_url("put_object", wanted, ExpiresIn=60)
    header = {"x-amz-server-side-encryption": "aws:kms"}
    assert requests.put(url, data=b"1", verify=ca).status_code == 403
    done = requests.put(url, data=b"1", verify=ca, headers=header)
    assert done.status_code == 200 and done.headers["x-amz-server-side-encryption"] == "aws:kms"


def test_lists_page_through_everything_once(s3, bucket):
    keys = sorted(f"{c}/{n:03}" for c in "abc" for n in range(40))
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
    assert [o["Key"] for page in pages for o in page.get("Contents", [])] == keys
    pages = s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
    assert [o["Key"] for page in pages for o in page.get("Contents", [])] == keys
    page = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [p["Prefix"] for p in page["CommonPrefixes"]] == ["a/", "b/", "c/"] and page["KeyCount"] == 3
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1})
    assert [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])] == ["a/", "b/", "c/"]
    after = s3.list_objects_v2(Bucket=bucket, StartAfter="c/037")
    assert [o["Key"] for o in after["Contents"]] == ["c/038", "c/039"]


def test_delete_objects_deletes_and_reports(s3, bucket):
    for key in ["a", "b&<>", "ü"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in ["a", "b&<>", "ü", "none"]]})
    assert sorted(d["Key"] for d in done["Deleted"]) == sorted(["a", "b&<>", "ü", "none"])
    assert "Errors" not in done and s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_copy_can_change_the_encryption_and_keeps_metadata(s3, kms, bucket):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=bucket, Key="plain", Body=b"copy me", Metadata={"colour": "blue"}, ContentType="text/plain")
    done = s3.copy_object(
        Bucket=bucket, Key="sealed", CopySource={"Bucket": bucket, "Key": "plain"}, ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    assert done["ServerSideEncryption"] == "aws:kms" and done["SSEKMSKeyId"] == key
    got = s3.get_object(Bucket=bucket, Key="sealed")
    assert got["Body"].read() == b"copy me" and got["Metadata"] == {"colour": "blue"} and got["ContentType"] == "text/plain"
    s3.copy_object(Bucket=bucket, Key="new", CopySource=f"{bucket}/sealed", MetadataDirective="REPLACE", Metadata={"a": "b"})
    got = s3.get_object(Bucket=bucket, Key="new")
    assert got["Metadata"] == {"a": "b"} and got["Body"].read() == b"copy me"


def test_the_encryption_of_a_bucket_applies_to_uploads_without_header(s3, kms, bucket):
    with pytest.raises(ClientError) as error:
        s3.get_bucket_encryption(Bucket=bucket)
    assert code(error) == "ServerSideEncryptionConfigurationNotFoundError"
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)
    got = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert got["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert put["ServerSideEncryption"] == "aws:kms" and put["SSEKMSKeyId"].endswith(key)
    put = s3.put_object(Bucket=bucket, Key="k2", Body=b"1", ServerSideEncryption="AES256")
    assert put["ServerSideEncryption"] == "AES256" and "SSEKMSKeyId" not in put
    s3.delete_bucket_encryption(Bucket=bucket)
    assert "ServerSideEncryption" not in s3.put_object(Bucket=bucket, Key="k3", Body=b"1")


def test_a_policy_opens_a_bucket_to_another_account_and_closes_again(gateway, s3, bucket):
    other = gateway.account("other-" + bucket)
    guest = gateway.client(account=other)
    s3.put_object(Bucket=bucket, Key="k", Body=b"shared")
    with pytest.raises(ClientError) as error:
        guest.get_object(Bucket=bucket, Key="k")
    assert code(error) == "AccessDenied"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": other["account_id"]},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert guest.get_object(Bucket=bucket, Key="k")["Body"].read() == b"shared"
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]["Effect"] == "Allow"
    s3.delete_bucket_policy(Bucket=bucket)
    with pytest.raises(ClientError) as error:
        guest.get_object(Bucket=bucket, Key="k")
    assert code(error) == "AccessDenied"


def test_objects_of_each_mode_list_and_head_alike(s3, bucket):
    body = b"m" * 70000
    modes = [{}, {"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "aws:kms"}]
    for number, mode in enumerate(modes):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=body, **mode)
    listed = {o["Key"]: o for o in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    for number, mode in enumerate(modes):
        head = s3.head_object(Bucket=bucket, Key=f"k{number}")
        got = s3.get_object(Bucket=bucket, Key=f"k{number}")
        assert head["ETag"] == got["ETag"] == listed[f"k{number}"]["ETag"]
        assert head["ContentLength"] == listed[f"k{number}"]["Size"] == len(body)
        assert got["Body"].read() == body
        plain = hashlib.md5(body).hexdigest()
        assert (head["ETag"].strip('"') == plain) == (mode.get("ServerSideEncryption") != "aws:kms")


def test_kms_over_plain_http_is_refused(gateway, bucket):
    plain = gateway.client(endpoint="http")
    with pytest.raises(ClientError) as error:
        plain.put_object(Bucket=bucket, Key="k", Body=b"1", ServerSideEncryption="aws:kms")
    assert code(error) == "InvalidRequest"
    assert plain.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]


def test_data_keys_open_again(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"a": "b"})
    assert len(made["Plaintext"]) == 32
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["Plaintext"] and opened["KeyId"].endswith(key)
    closed = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=64)
    assert "Plaintext" not in closed
    assert len(kms.decrypt(CiphertextBlob=closed["CiphertextBlob"])["Plaintext"]) == 64
