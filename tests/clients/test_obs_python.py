"""esdk-obs-python, natively and in the two AWS modes that it falls into."""

import itertools
import random

import obs_clients
import pytest
import requests
from obs import (
    ACL,
    AppendObjectContent,
    AppendObjectHeader,
    CompleteMultipartUploadRequest,
    CompletePart,
    CopyObjectHeader,
    DeleteObjectsRequest,
    GetObjectHeader,
    Grant,
    Grantee,
    Object,
    Owner,
    PutObjectHeader,
    SetObjectMetadataHeader,
    SseKmsHeader,
)

_numbers = itertools.count(1)
KMS = SseKmsHeader.getInstance()


@pytest.fixture(params=["obs", "v2", "v4"])
def mode(request):
    return request.param


@pytest.fixture
def obs(gateway, mode):
    return obs_clients.client(gateway, mode)


@pytest.fixture
def native(gateway):
    return obs_clients.client(gateway)


@pytest.fixture
def bucket(gateway, obs):
    name = f"obs-{next(_numbers)}"
    assert good(obs.createBucket(name, location=gateway.endpoint["region"]))
    return name


def good(answer, status=200):
    assert answer.status == status, (answer.status, answer.errorCode, answer.errorMessage)
    return answer


def refused(answer, status, code):
    assert (answer.status, answer.errorCode) == (status, code), answer.errorMessage
    assert answer.requestId
    return answer


def header(answer, name):
    return dict(answer.header).get(name)


def kms_word(mode):
    return "kms" if mode == "obs" else "aws:kms"


def test_a_bucket_tells_of_itself(gateway, obs, bucket, mode):
    region = gateway.endpoint["region"]
    metadata = good(obs.getBucketMetadata(bucket)).body
    assert (metadata.location, metadata.storageClass, metadata.obsVersion) == (region, "STANDARD", "3.0")
    assert good(obs.getBucketLocation(bucket)).body.location == region
    listed = good(obs.listBuckets(isQueryLocation=True)).body
    mine = next(b for b in listed.buckets if b.name == bucket)
    assert (mine.location, mine.bucket_type) == (region, "OBJECT")
    assert listed.owner.owner_id == gateway_domain(obs, bucket)
    assert (listed.owner.owner_name is None) == (mode == "obs")
    assert good(obs.headBucket(bucket))
    assert good(obs.deleteBucket(bucket), 204)
    refused(obs.listObjects(bucket), 404, "NoSuchBucket")


def gateway_domain(obs, bucket):
    good(obs.putContent(bucket, "owned", ""))
    owner = good(obs.listObjects(bucket)).body.contents[0].owner.owner_id
    good(obs.deleteObject(bucket, "owned"), 204)
    return owner


def test_making_ones_own_bucket_again_succeeds(gateway, obs, bucket):
    assert good(obs.createBucket(bucket, location=gateway.endpoint["region"]))
    refused(obs.createBucket("obs-elsewhere", location="no-such-region"), 400, "InvalidLocationConstraint")


def test_buckets_are_listed_in_pages(native, obs, bucket):
    page = good(native.listBuckets(maxKeys=1)).body
    assert len(page.buckets) == 1 and page.nextMarker == page.buckets[0].name
    nothing = good(native.listBuckets(bucketType="POSIX")).body
    assert nothing.buckets == []


@pytest.mark.parametrize("key", ["plain", "a b/ü+%41&k=?#", "dir/", "~!*'()", "日本語"])
def test_objects_of_any_name_come_back(obs, bucket, key):
    put = good(obs.putContent(bucket, key, "hello", metadata={"M-One": "x", "umlaut": "ü ß"}))
    got = good(obs.getObject(bucket, key, loadStreamInMemory=True))
    assert got.body.buffer == b"hello" and got.body.etag == put.body.etag
    assert header(got, "m-one") == "x" and header(got, "umlaut") == "ü ß"
    listed = good(obs.listObjects(bucket, encoding_type="url")).body.contents
    assert [c.key for c in listed] == [key]


def test_ranges_and_conditions_hold(obs, bucket):
    etag = good(obs.putContent(bucket, "k", "0123456789")).body.etag
    read = lambda **headers: obs.getObject(bucket, "k", headers=GetObjectHeader(**headers), loadStreamInMemory=True)
    assert good(read(range="2-4"), 206).body.buffer == b"234"
    assert good(read(if_match=etag)).body.buffer == b"0123456789"
    assert read(if_match='"other"').status == 412
    assert read(if_none_match=etag).status == 304
    refused(read(range="99-"), 416, "InvalidRange")


def test_files_go_up_and_down_in_parts(obs, bucket, tmp_path):
    up, down = tmp_path / "up", tmp_path / "down"
    up.write_bytes(random.Random(3).randbytes(700_000))
    sent = obs.uploadFile(bucket, "big", str(up), partSize=102400, taskNum=3, enableCheckpoint=True)
    assert good(sent).body.etag.endswith('-7"')
    assert good(obs.downloadFile(bucket, "big", str(down), partSize=102400, taskNum=3))
    assert down.read_bytes() == up.read_bytes()


@pytest.mark.parametrize("signature", ["obs", "v2", "v4"])
def test_kms_is_announced_with_the_full_name_of_the_key(gateway, bucket, signature):
    obs = obs_clients.client(gateway, signature)
    put = good(obs.putContent(bucket, "k", "hello", headers=PutObjectHeader(sseHeader=KMS))).body
    assert put.sseKms == kms_word(signature)
    assert ":key/" in put.sseKmsKey and put.sseKmsKey.count(":") == (2 if signature == "obs" else 5)
    for answer in [obs.getObject(bucket, "k"), obs.getObjectMetadata(bucket, "k")]:
        assert (good(answer).body.sseKms, answer.body.sseKmsKey) == (put.sseKms, put.sseKmsKey)
    copied = obs.copyObject(bucket, "k", bucket, "copy", headers=CopyObjectHeader(destSseHeader=KMS))
    assert good(copied).body.sseKmsKey == put.sseKmsKey
    again = PutObjectHeader(sseHeader=SseKmsHeader.getInstance(key=put.sseKmsKey))
    assert good(obs.putContent(bucket, "named", "x", headers=again)).body.sseKmsKey == put.sseKmsKey


def test_service_encryption_is_announced_as_aes256(obs, bucket):
    aes = PutObjectHeader(sseHeader=SseKmsHeader(encryption="AES256", key=None))
    put = good(obs.putContent(bucket, "k", "hello", headers=aes)).body
    assert (put.sseKms, put.sseKmsKey) == ("AES256", None)


def test_misused_encryption_is_refused(obs, native, bucket):
    wrong = PutObjectHeader(sseHeader=SseKmsHeader(encryption="rot13", key=None))
    refused(obs.putContent(bucket, "k", "x", headers=wrong), 400, "InvalidArgument")
    missing = SseKmsHeader.getInstance(key="00000000-0000-4000-8000-000000000000")
    headers = PutObjectHeader(sseHeader=missing)
    refused(obs.putContent(bucket, "k", "x", headers=headers), 400, "KMS.NotFoundException")


def test_kms_over_plain_http_is_refused(gateway, bucket):
    plain = obs_clients.client(gateway, listener="http")
    headers = PutObjectHeader(sseHeader=KMS)
    refused(plain.putContent(bucket, "k", "x", headers=headers), 400, "InvalidRequest")
    refused(plain.setBucketEncryption(bucket, "kms"), 400, "InvalidRequest")
    assert good(plain.putContent(bucket, "k", "x"))


def test_the_default_encryption_of_a_bucket(obs, bucket, mode):
    refused(obs.getBucketEncryption(bucket), 404, "NoSuchEncryptionConfiguration")
    assert good(obs.setBucketEncryption(bucket, "kms"))
    assert good(obs.getBucketEncryption(bucket)).body.encryption == "kms"
    assert good(obs.putContent(bucket, "k", "x")).body.sseKms == kms_word(mode)
    assert good(obs.deleteBucketEncryption(bucket), 204)
    refused(obs.getBucketEncryption(bucket), 404, "NoSuchEncryptionConfiguration")
    assert good(obs.putContent(bucket, "k2", "x")).body.sseKms is None


def test_a_bucket_starts_with_its_encryption(native):
    name = f"obs-{next(_numbers)}"
    headers = {"x-obs-server-side-encryption": "kms", "x-obs-server-side-data-encryption": "SM4"}
    assert good(native.createBucket(name, extensionHeaders=headers))
    assert good(native.getBucketEncryption(name)).body.encryption == "kms"
    put = good(native.putContent(name, "k", "x"))
    assert put.body.sseKms == "kms" and header(put, "server-side-data-encryption") == "SM4"
    refused(native.createBucket(name, extensionHeaders=headers), 409, "BucketAlreadyOwnedByYou")
    headers = {"x-obs-server-side-encryption": "obs", "x-obs-server-side-encryption-kms-key-id": "k"}
    refused(native.createBucket(f"{name}-2", extensionHeaders=headers), 400, "InvalidArgument")


def test_quota_is_enforced_and_storage_counted(obs, bucket):
    assert good(obs.getBucketQuota(bucket)).body.quota == 0
    assert good(obs.setBucketQuota(bucket, 10))
    assert good(obs.putContent(bucket, "a", "123456"))
    refused(obs.putContent(bucket, "b", "123456"), 403, "InsufficientStorageSpace")
    assert good(obs.putContent(bucket, "a", "1234567890"))
    info = good(obs.getBucketStorageInfo(bucket)).body
    assert (info.size, info.objectNumber, info.standardSize) == (10, 1, 10)
    assert good(obs.setBucketQuota(bucket, 0)) and good(obs.putContent(bucket, "b", "123456"))


def test_the_storage_policy_is_standard(obs, bucket):
    assert good(obs.getBucketStoragePolicy(bucket)).body.storageClass == "STANDARD"
    assert good(obs.setBucketStoragePolicy(bucket, "STANDARD"))
    refused(obs.setBucketStoragePolicy(bucket, "WARM"), 501, "ServiceNotImplemented")


def test_metadata_are_replaced_without_the_object(obs, bucket):
    first = PutObjectHeader(contentType="text/plain", sseHeader=KMS)
    put = good(obs.putContent(bucket, "k", "hello", metadata={"a": "1"}, headers=first)).body
    changes = SetObjectMetadataHeader(cacheControl="no-cache", removeUnset=False)
    assert good(obs.setObjectMetadata(bucket, "k", metadata={"b": "2"}, headers=changes))
    head = good(obs.getObjectMetadata(bucket, "k"))
    assert head.body.contentType == "text/plain" and header(head, "cache-control") == "no-cache"
    assert header(head, "a") is None and header(head, "b") == "2"
    changes = SetObjectMetadataHeader(removeUnset=True)
    assert good(obs.setObjectMetadata(bucket, "k", metadata={"c": "3"}, headers=changes))
    head = good(obs.getObjectMetadata(bucket, "k"))
    assert head.body.contentType == "binary/octet-stream" and header(head, "cache-control") is None
    got = good(obs.getObject(bucket, "k", loadStreamInMemory=True)).body
    assert got.buffer == b"hello" and got.etag == put.etag


@pytest.mark.parametrize("sse", [None, KMS])
def test_appends_go_to_the_end(obs, bucket, sse):
    first = AppendObjectHeader(sseHeader=sse)
    append = lambda text, at, headers=None: obs.appendObject(
        bucket, "log", content=AppendObjectContent(content=text, position=at), headers=headers
    )
    refused(append("x", 5, first), 409, "PositionNotEqualToLength")
    assert good(append("abc", 0, first)).body.nextPosition == 3
    assert good(append("defg", 3)).body.nextPosition == 7
    refused(append("x", 3), 409, "PositionNotEqualToLength")
    assert good(append("", 7)).body.nextPosition == 7
    assert good(append("h", 7)).body.nextPosition == 8
    got = good(obs.getObject(bucket, "log", loadStreamInMemory=True)).body
    assert got.buffer == b"abcdefgh" and bool(got.sseKms) == bool(sse)
    head = good(obs.getObjectMetadata(bucket, "log")).body
    assert head.isAppendable and head.nextPosition == 8
    assert [c.isAppendable for c in good(obs.listObjects(bucket)).body.contents] == [True]
    good(obs.putContent(bucket, "plain", "x"))
    plain = AppendObjectContent(content="y", position=1)
    refused(obs.appendObject(bucket, "plain", content=plain), 409, "ObjectNotAppendable")


def test_a_multipart_upload_inherits_the_encryption(obs, bucket, mode):
    started = good(obs.initiateMultipartUpload(bucket, "big", sseHeader=KMS)).body
    assert started.sseKms == kms_word(mode)
    parts = []
    for number, text in [(1, "x" * 102400), (2, "y")]:
        part = good(obs.uploadPart(bucket, "big", number, started.uploadId, content=text)).body
        assert part.sseKms == kms_word(mode)
        parts.append(CompletePart(number, part.etag))
    good(obs.putContent(bucket, "source", "z" * 10))
    copied = good(obs.copyPart(bucket, "big", 3, started.uploadId, f"{bucket}/source")).body
    parts.append(CompletePart(3, copied.etag))
    listed = good(obs.listParts(bucket, "big", started.uploadId)).body
    assert [p.partNumber for p in listed.parts] == [1, 2, 3]
    assert [u.uploadId for u in good(obs.listMultipartUploads(bucket)).body.upload] == [started.uploadId]
    # The second part is below the least size, and is not the last.
    wanted = CompleteMultipartUploadRequest(parts)
    refused(obs.completeMultipartUpload(bucket, "big", started.uploadId, wanted), 400, "EntityTooSmall")
    wanted = CompleteMultipartUploadRequest([parts[0], parts[2]])
    done = good(obs.completeMultipartUpload(bucket, "big", started.uploadId, wanted)).body
    assert done.etag.endswith('-2"') and done.sseKms == kms_word(mode)
    got = good(obs.getObject(bucket, "big", loadStreamInMemory=True)).body
    assert got.buffer == b"x" * 102400 + b"z" * 10


def test_many_objects_are_deleted_at_once(obs, bucket):
    keys = ["a b", "ü+", "c&d"]
    for key in keys:
        good(obs.putContent(bucket, key, "x"))
    doomed = DeleteObjectsRequest(quiet=False, objects=[Object(key=key) for key in keys], encoding_type="url")
    deleted = good(obs.deleteObjects(bucket, doomed)).body.deleted
    assert sorted(entry.key for entry in deleted) == sorted(keys)
    assert good(obs.listObjects(bucket)).body.contents == []


def test_signed_urls_work_for_anyone(gateway, obs, bucket):
    ca = gateway.endpoint["ca_file"]
    good(obs.putContent(bucket, "k ü", "hello", headers=PutObjectHeader(sseHeader=KMS)))
    get = obs.createSignedUrl("GET", bucket, "k ü", expires=60, queryParams={"response-content-type": "text/x"})
    got = requests.get(get.signedUrl, headers=get.actualSignedRequestHeaders, verify=ca)
    assert (got.text, got.headers["content-type"]) == ("hello", "text/x")
    changed = get.signedUrl.replace("text/x", "text/y")
    assert requests.get(changed, headers=get.actualSignedRequestHeaders, verify=ca).status_code == 403
    past = obs.createSignedUrl("GET", bucket, "k ü", expires=-60)
    if "Expires=-" not in past.signedUrl:
        assert requests.get(past.signedUrl, headers=past.actualSignedRequestHeaders, verify=ca).status_code == 403


def test_a_signed_url_may_ask_for_encryption_and_for_nothing_else(gateway, native, bucket):
    ca = gateway.endpoint["ca_file"]
    wish = {"x-obs-server-side-encryption": "kms"}
    put = native.createSignedUrl("PUT", bucket, "k", expires=60, queryParams=wish)
    done = requests.put(put.signedUrl, data=b"x", headers=put.actualSignedRequestHeaders, verify=ca)
    assert (done.status_code, done.headers["x-obs-server-side-encryption"]) == (200, "kms")
    good(native.putContent(bucket, "secret", "hidden"))
    plain = native.createSignedUrl("PUT", bucket, "k", expires=60)
    for name in ["x-obs-copy-source", "x-amz-copy-source"]:
        stolen = requests.put(plain.signedUrl, headers={name: f"/{bucket}/secret"}, verify=ca)
        assert stolen.status_code == 403, name
    for extra in ["legal-hold", "attributes", "metadata", "x-amz-acl=public-read"]:
        assert requests.put(f"{plain.signedUrl}&{extra}", verify=ca).status_code in (403, 501), extra


def test_what_is_not_served_is_refused(obs, bucket):
    good(obs.putContent(bucket, "k", "x"))
    for answer in [obs.renameFile(bucket, "k", "k2"), obs.truncateFile(bucket, "k", 0)]:
        refused(answer, 405, "FsNotSupport")
    for answer in [obs.getBucketCustomDomain(bucket), obs.getBucketDirectColdAccess(bucket)]:
        refused(answer, 501, "ServiceNotImplemented")
    refused(obs.getBucketReplication(bucket), 404, "NoSuchReplicationConfiguration")


def test_wrong_secrets_and_unknown_keys_are_refused(gateway, bucket, mode):
    keys = gateway.root()
    wrong = obs_clients.client(gateway, mode, account=keys | {"secret_access_key": "wrong"})
    refused(wrong.listObjects(bucket), 403, "SignatureDoesNotMatch")
    unknown = obs_clients.client(gateway, mode, account=keys | {"access_key_id": "AKIDUNKNOWNUNKNOWN00"})
    refused(unknown.listObjects(bucket), 403, "InvalidAccessKeyId")


def test_a_policy_that_demands_kms_binds_every_dialect(gateway, native, bucket):
    policy = """{"Statement": [
        {"Effect": "Allow", "Principal": {"ID": ["*"]}, "Action": ["*"], "Resource": ["%s", "%s/*"]},
        {"Effect": "Deny", "Principal": {"ID": ["*"]}, "Action": ["PutObject"], "Resource": ["%s/*"],
         "Condition": {"StringNotEquals": {"x-obs-server-side-encryption": "kms"}}}]}""" % ((bucket,) * 3)
    assert good(native.setBucketPolicy(bucket, policy), 204)
    for signature in ["obs", "v2", "v4"]:
        obs = obs_clients.client(gateway, signature)
        refused(obs.putContent(bucket, "k", "x"), 403, "AccessDenied")
        assert good(obs.putContent(bucket, "k", "x", headers=PutObjectHeader(sseHeader=KMS)))
        append = AppendObjectContent(content="x", position=0)
        refused(obs.appendObject(bucket, f"log-{signature}", content=append), 403, "AccessDenied")
        headers = AppendObjectHeader(sseHeader=KMS)
        assert good(obs.appendObject(bucket, f"log-{signature}", content=append, headers=headers))
        more = AppendObjectContent(content="y", position=1)
        assert good(obs.appendObject(bucket, f"log-{signature}", content=more))
    assert good(native.getBucketPolicy(bucket)).body.policyJSON == policy
    assert good(native.deleteBucketPolicy(bucket), 204)


def test_the_checksum_of_obs_is_verified_kept_and_combined(obs, bucket):
    body = b"123456789"
    right = PutObjectHeader(crc64="11051210869376104954")
    assert good(obs.putContent(bucket, "k", body, headers=right)).body.crc64 == right.crc64
    wrong = PutObjectHeader(crc64="11051210869376104955")
    refused(obs.putContent(bucket, "k", body, headers=wrong), 400, "BadDigest")
    assert good(obs.getObjectMetadata(bucket, "k")).body.crc64 == right.crc64
    started = good(obs.initiateMultipartUpload(bucket, "big")).body
    parts = []
    for number, text in [(1, b"x" * 102400), (2, body)]:
        part = obs.uploadPart(bucket, "big", number, started.uploadId, content=text, isAttachCrc64=True)
        parts.append(CompletePart(number, good(part).body.etag, crc64=part.body.crc64, size=len(text)))
    wanted = CompleteMultipartUploadRequest(parts)
    done = good(obs.completeMultipartUpload(bucket, "big", started.uploadId, wanted, isAttachCrc64=True))
    assert done.body.crc64 == good(obs.getObjectMetadata(bucket, "big")).body.crc64


def test_access_lists_name_domains_and_everyone(gateway, obs, bucket, mode):
    friend = gateway.account(f"friend-{bucket}")
    before = good(obs.getBucketAcl(bucket)).body
    assert [g.grantee.grantee_id for g in before.grants] == [before.owner.owner_id]
    good(obs.putContent(bucket, "k", "x"))
    grants = [
        Grant(grantee=Grantee(grantee_id=friend["domain_id"]), permission="READ"),
        Grant(grantee=Grantee(group="Everyone"), permission="READ"),
    ]
    wanted = ACL(owner=Owner(owner_id=before.owner.owner_id), grants=grants)
    for set_acl, get_acl in [
        (lambda: obs.setBucketAcl(bucket, wanted), lambda: obs.getBucketAcl(bucket)),
        (lambda: obs.setObjectAcl(bucket, "k", wanted), lambda: obs.getObjectAcl(bucket, "k")),
    ]:
        assert good(set_acl())
        acl = good(get_acl()).body
        assert acl.owner.owner_id == before.owner.owner_id
        assert acl.grants[0].grantee.grantee_id == friend["domain_id"]
        assert acl.grants[1].grantee.group in ("Everyone", "http://acs.amazonaws.com/groups/global/AllUsers")
        assert [g.permission for g in acl.grants] == ["READ", "READ"]
        assert (acl.grants[0].grantee.grantee_name is None) == (mode == "obs")
