"""boto3: versions, SSE-C, tags, ACLs, CORS and object lock, as its models read them."""

import datetime
import os

import pytest
from botocore.exceptions import ClientError


def code(error):
    return error.value.response["Error"]["Code"]


def enable_versioning(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def test_versions_are_listed_read_and_deleted_one_by_one(s3, bucket):
    enable_versioning(s3, bucket)
    ids = [s3.put_object(Bucket=bucket, Key=f"k{n % 2}", Body=str(n).encode())["VersionId"] for n in range(6)]
    marker = s3.delete_object(Bucket=bucket, Key="k0")
    assert marker["DeleteMarker"]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    seen = [version["VersionId"] for page in pages for version in page.get("Versions", [])]
    assert sorted(seen) == sorted(ids)
    for number, version in enumerate(ids):
        got = s3.get_object(Bucket=bucket, Key=f"k{number % 2}", VersionId=version)
        assert got["Body"].read() == str(number).encode()
    doomed = [{"Key": f"k{n % 2}", "VersionId": version} for n, version in enumerate(ids)]
    doomed.append({"Key": "k0", "VersionId": marker["VersionId"]})
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed})
    assert len(done["Deleted"]) == 7 and "Errors" not in done
    s3.delete_bucket(Bucket=bucket)


def test_a_customers_key_opens_its_own_object_only(s3, bucket):
    mine = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
    other = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"mine" * 50000, **mine)
    assert put["SSECustomerAlgorithm"] == "AES256" and put["SSECustomerKeyMD5"]
    assert s3.get_object(Bucket=bucket, Key="k", **mine)["Body"].read() == b"mine" * 50000
    for wrong, expected in [({}, "InvalidRequest"), (other, "AccessDenied")]:
        with pytest.raises(ClientError) as error:
            s3.get_object(Bucket=bucket, Key="k", **wrong)
        assert code(error) == expected
    source = {f"CopySource{name}": value for name, value in mine.items()}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"}, **source, **other)
    assert s3.get_object(Bucket=bucket, Key="copy", **other)["Body"].read() == b"mine" * 50000


def test_tags_and_attributes_read_back(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b=two%20words", ChecksumAlgorithm="SHA256")
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "two words"}]
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 2
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    told = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag", "Checksum", "ObjectSize"])
    assert told["ObjectSize"] == 1 and told["Checksum"]["ChecksumSHA256"]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "cost", "Value": "7"}]})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "cost", "Value": "7"}]


def test_lists_come_back_as_they_were_set(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="public-read")
    acl = s3.get_object_acl(Bucket=bucket, Key="k")
    assert [grant["Grantee"]["Type"] for grant in acl["Grants"]] == ["CanonicalUser", "Group"]
    assert acl["Grants"][0]["Grantee"]["ID"] == acl["Owner"]["ID"]
    s3.put_object_acl(Bucket=bucket, Key="k", AccessControlPolicy={"Owner": acl["Owner"], "Grants": acl["Grants"][:1]})
    assert len(s3.get_object_acl(Bucket=bucket, Key="k")["Grants"]) == 1
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block
    with pytest.raises(ClientError) as error:
        s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert code(error) == "AccessDenied"
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False


def test_cors_rules_read_back(s3, bucket):
    rule = {"AllowedOrigins": ["https://*.example"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]


def test_a_locked_version_stays_until_governance_is_bypassed(s3):
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration=lock)
    assert s3.get_object_lock_configuration(Bucket="locked")["ObjectLockConfiguration"] == lock
    version = s3.put_object(Bucket="locked", Key="k", Body=b"x")["VersionId"]
    kept = s3.get_object_retention(Bucket="locked", Key="k")["Retention"]
    assert kept["Mode"] == "GOVERNANCE"
    assert kept["RetainUntilDate"] > datetime.datetime.now(datetime.timezone.utc)
    with pytest.raises(ClientError) as error:
        s3.delete_object(Bucket="locked", Key="k", VersionId=version)
    assert code(error) == "AccessDenied"
    s3.delete_object(Bucket="locked", Key="k", VersionId=version, BypassGovernanceRetention=True)
    s3.delete_bucket(Bucket="locked")
