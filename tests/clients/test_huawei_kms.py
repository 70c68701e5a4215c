"""huaweicloudsdkkms, unmodified: each operation, its types, and its refusals."""

import base64
import hashlib
import itertools
import os
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from huawei_kms import Kms
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from sealgate import Gateway

_names = itertools.count(1)
MISSING = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def gateway():
    # The matrix makes more keys than an account has by default.
    running = Gateway(SEALGATE_KMS_KEYS_PER_ACCOUNT="1000", SEALGATE_KMS_REQUESTS_PER_S="0")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def hw(gateway):
    return Kms(gateway)


@pytest.fixture
def key(hw):
    return new_key(hw)


def new_key(hw, **fields):
    made = hw("create_key", key_alias=f"key-{next(_names)}", **fields)
    assert made.key_info.domain_id
    return made.key_info.key_id


def details(hw, key):
    return hw("list_key_detail", key_id=key).key_info


def test_a_key_is_made_and_described_with_numbers_as_strings(hw):
    key = new_key(hw, key_description="why")
    shown = details(hw, key)
    assert (shown.key_state, shown.default_key_flag, shown.key_spec) == ("2", "0", "AES_256")
    assert (shown.key_description, shown.origin, shown.keystore_id) == ("why", "kms", "0")
    assert shown.key_alias.startswith("key-") and len(shown.creation_date) == 13
    assert shown.scheduled_deletion_date == "" and shown.key_rotation_enabled == "false"
    by_alias = hw("list_key_detail", key_id=f"alias/{shown.key_alias}").key_info
    assert by_alias.key_id == key


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"key_alias": "white space"}, (400, "KMS.1101")),
        ({"key_alias": "evs/default"}, (400, "KMS.1101")),
        ({"key_alias": "taken"}, (400, "KMS.1104")),
        ({"key_alias": "x1", "key_spec": "RSA_2048"}, (400, "KMS.1110")),
        ({"key_alias": "x2", "key_description": "d" * 256}, (400, "KMS.1103")),
        ({"key_alias": "x3", "origin": "moon"}, (400, "KMS.0308")),
        ({"key_alias": "x4", "keystore_id": "no-such"}, (400, "KMS.0338")),
        ({"key_alias": "x5", "sequence": "short"}, (400, "KMS.0206")),
        ({}, (400, "KMS.0204")),
    ],
)
def test_a_bad_key_is_refused_with_its_code(hw, fields, expected):
    try:
        hw("create_key", key_alias="taken")
    except ClientRequestException:
        pass
    assert hw.refused("create_key", fields) == expected


def test_states_change_and_refuse_as_documented(hw, key):
    assert hw.refused("enable_key", key_id=key) == (400, "KMS.1201")
    assert hw("disable_key", key_id=key).key_info.key_state == "3"
    assert hw.refused("disable_key", key_id=key) == (400, "KMS.1301")
    assert hw("enable_key", key_id=key).key_info.key_state == "2"
    for days in ["6", "1097", "x"]:
        assert hw.refused("delete_key", key_id=key, pending_days=days) == (400, "KMS.1401")
    gone = hw("delete_key", key_id=key, pending_days="7")
    assert gone.key_state == "4" and len(details(hw, key).scheduled_deletion_date) == 13
    assert hw.refused("delete_key", key_id=key, pending_days="7") == (400, "KMS.1402")
    assert hw("cancel_key_deletion", key_id=key).key_state == "3"
    assert hw.refused("cancel_key_deletion", key_id=key) == (400, "KMS.1501")
    assert hw.refused("enable_key", key_id=MISSING) == (404, "KMS.0207")
    assert hw.refused("enable_key", key_id="nonsense") == (400, "KMS.0205")


# Enabled, disabled, pending deletion, pending import.
STATES = ["2", "3", "4", "5"]
OK = None
OFF, DUE = (400, "KMS.0209"), (400, "KMS.0210")
MATRIX = {
    "list_key_detail": [OK, OK, OK, OK],
    "create_datakey": [OK, OFF, DUE, OFF],
    "create_datakey_without_plaintext": [OK, OFF, DUE, OFF],
    "encrypt_datakey": [OK, OFF, DUE, OFF],
    "encrypt_data": [OK, OFF, DUE, OFF],
    "create_grant": [OK, OFF, DUE, OFF],
    "list_grants": [OK, OK, OK, OK],
    "enable_key": [(400, "KMS.1201"), OK, (400, "KMS.1201"), (400, "KMS.1201")],
    "disable_key": [OK, (400, "KMS.1301"), (400, "KMS.1301"), (400, "KMS.1301")],
    "delete_key": [OK, OK, (400, "KMS.1402"), OK],
    "cancel_key_deletion": [(400, "KMS.1501"), (400, "KMS.1501"), OK, (400, "KMS.1501")],
    "update_key_alias": [OK, OK, DUE, OK],
    "update_key_description": [OK, OK, DUE, OK],
    "enable_key_rotation": [OK, OFF, DUE, OFF],
    "rotate_on_demand": [OK, OFF, DUE, OFF],
    "show_key_rotation_status": [OK, OK, OK, (400, "KMS.0312")],
    "create_kms_tag": [OK, OK, DUE, OK],
    "show_kms_tags": [OK, OK, OK, OK],
    "create_parameters_for_import": [(400, "KMS.0309"), (400, "KMS.0309"), (400, "KMS.0309"), OK],
}


@pytest.mark.parametrize("spec", ["AES_256", "SM4"])
@pytest.mark.parametrize("operation", MATRIX)
def test_every_state_answers_every_operation_as_the_matrix_says(hw, operation, spec):
    dek = os.urandom(32)
    digest = hashlib.sha256(dek) if spec == "AES_256" else hashlib.new("sm3", dek)
    fields = {
        "encrypt_datakey": {"plain_text": dek.hex() + digest.hexdigest(), "datakey_plain_length": "32"},
        "encrypt_data": {"plain_text": "text"},
        "create_grant": {"grantee_principal": "a" * 32, "operations": ["create-datakey"]},
        "delete_key": {"pending_days": "7"},
        "update_key_description": {"key_description": "d"},
        "create_kms_tag": {"tag": {"key": "k", "value": "v"}},
        "create_parameters_for_import": {"wrapping_algorithm": "RSAES_OAEP_SHA_256"},
    }
    for state, expected in zip(STATES, MATRIX[operation]):
        key = new_key(hw, key_spec=spec, **({"origin": "external"} if state == "5" else {}))
        if state == "3":
            hw("disable_key", key_id=key)
        if state == "4":
            hw("delete_key", key_id=key, pending_days="7")
        asked = {"key_id": key, **fields.get(operation, {})}
        if operation == "update_key_alias":
            asked["key_alias"] = f"renamed-{next(_names)}"
        if expected is None:
            hw(operation, asked)
        elif operation == "create_grant" and state == "5":
            assert hw.refused(operation, asked) == expected
        elif state == "5" and operation in ("enable_key_rotation", "rotate_on_demand"):
            assert hw.refused(operation, asked) in [expected, (400, "KMS.0312")]
        else:
            assert hw.refused(operation, asked) == expected, state
        if state != "4" and operation != "delete_key":
            hw("delete_key", key_id=key, pending_days="7")


def test_data_keys_travel_in_hex_with_their_digest(hw, key):
    made = hw("create_datakey", key_id=key, datakey_length="512")
    plain = bytes.fromhex(made.plain_text)
    assert made.plain_text == made.plain_text.upper() and len(plain) == 64
    opened = hw("decrypt_datakey", key_id=key, cipher_text=made.cipher_text, datakey_cipher_length="64")
    assert bytes.fromhex(opened.data_key) == plain and opened.datakey_length == "64"
    assert opened.datakey_dgst == hashlib.sha256(plain).hexdigest().upper()
    without = hw("create_datakey_without_plaintext", key_id=key, datakey_length=128)
    opened = hw("decrypt_datakey", key_id=key, cipher_text=without.cipher_text, datakey_cipher_length=16)
    assert opened.datakey_length == "16"
    text = plain.hex() + hashlib.sha256(plain).hexdigest()
    sealed = hw("encrypt_datakey", key_id=key, plain_text=text, datakey_plain_length="64")
    assert sealed.datakey_length == "64"
    opened = hw("decrypt_datakey", key_id=key, cipher_text=sealed.cipher_text, datakey_cipher_length="64")
    assert bytes.fromhex(opened.data_key) == plain


def test_bad_data_keys_are_refused(hw, key):
    other = new_key(hw)
    made = hw("create_datakey", key_id=key, datakey_length="512")
    wrong = [
        ("create_datakey", {"datakey_length": "8200"}, "KMS.1901"),
        ("create_datakey", {"datakey_length": "12"}, "KMS.1903"),
        ("create_datakey", {"key_spec": "DES"}, "KMS.1902"),
        ("encrypt_datakey", {"plain_text": "zz", "datakey_plain_length": "1"}, "KMS.2101"),
        ("encrypt_datakey", {"plain_text": "00" * 64, "datakey_plain_length": "32"}, "KMS.2103"),
        ("encrypt_datakey", {"plain_text": "00" * 64, "datakey_plain_length": "31"}, "KMS.2104"),
        ("decrypt_datakey", {"cipher_text": "zz", "datakey_cipher_length": "64"}, "KMS.2201"),
        ("decrypt_datakey", {"cipher_text": made.cipher_text, "datakey_cipher_length": "63"}, "KMS.2204"),
    ]
    for operation, fields, code in wrong:
        assert hw.refused(operation, key_id=key, **fields) == (400, code), fields
    fields = {"cipher_text": made.cipher_text, "datakey_cipher_length": "64"}
    assert hw.refused("decrypt_datakey", key_id=other, **fields) == (400, "KMS.2203")
    fields["encryption_context"] = {"a": "b"}
    assert hw.refused("decrypt_datakey", key_id=key, **fields) == (400, "KMS.2201")


def test_sm4_keys_take_sm3_digests(hw):
    key = new_key(hw, key_spec="SM4")
    dek = os.urandom(16)
    wrong = dek.hex() + hashlib.sha256(dek).hexdigest()
    right = dek.hex() + hashlib.new("sm3", dek).hexdigest()
    fields = {"key_id": key, "datakey_plain_length": "16"}
    assert hw.refused("encrypt_datakey", fields, plain_text=wrong) == (400, "KMS.2103")
    sealed = hw("encrypt_datakey", fields, plain_text=right)
    opened = hw("decrypt_datakey", key_id=key, cipher_text=sealed.cipher_text, datakey_cipher_length="16")
    assert opened.datakey_dgst == hashlib.new("sm3", dek).hexdigest().upper()


def test_small_data_travels_in_base64_and_names_its_key(hw, key):
    sealed = hw("encrypt_data", key_id=key, plain_text="grüße", additional_authenticated_data="aad")
    assert base64.b64decode(sealed.cipher_text) and sealed.key_id == key
    opened = hw("decrypt_data", cipher_text=sealed.cipher_text, additional_authenticated_data="aad")
    assert (opened.plain_text, opened.key_id) == ("grüße", key)
    assert base64.b64decode(opened.plain_text_base64).decode() == "grüße"
    assert hw.refused("decrypt_data", cipher_text=sealed.cipher_text) == (400, "KMS.2201")
    other = new_key(hw)
    moved = hw(
        "re_encrypt",
        cipher_text=sealed.cipher_text,
        source_key_id=key,
        source_additional_authenticated_data="aad",
        destination_key_id=other,
    )
    assert (moved.key_id, moved.source_key_id) == (other, key)
    assert hw("decrypt_data", cipher_text=moved.cipher_text).plain_text == "grüße"


def test_sharing_a_key_by_grant_alone_and_taking_it_back(gateway, hw, key):
    account = gateway.account("bob")
    bob = Kms(gateway, account, account["project_id"])
    made = hw("create_datakey", key_id=key, datakey_length="512")
    wanted = {"key_id": key, "cipher_text": made.cipher_text, "datakey_cipher_length": "64"}
    assert bob.refused("decrypt_datakey", wanted) == (403, "KMS.0306")
    granted = hw(
        "create_grant",
        key_id=key,
        grantee_principal=account["domain_id"],
        grantee_principal_type="domain",
        operations=["decrypt-datakey", "describe-key"],
        name="for-bob",
    )
    assert len(granted.grant_id) == 64
    assert bob("decrypt_datakey", wanted).data_key == made.plain_text
    assert bob.refused("create_datakey", key_id=key) == (403, "KMS.0306")
    listed = hw("list_grants", key_id=key)
    assert (listed.total, listed.grants[0].operations) == (1, ["decrypt-datakey", "describe-key"])
    assert listed.grants[0].grantee_principal_type == "domain"
    hw("cancel_grant", key_id=key, grant_id=granted.grant_id)
    assert bob.refused("decrypt_datakey", wanted) == (403, "KMS.0306")
    assert hw.refused("cancel_grant", key_id=key, grant_id=granted.grant_id) == (400, "KMS.2502")


def test_grants_are_checked_and_retired_by_whom_the_rules_allow(gateway, hw, key):
    account = gateway.account("carol")
    carol = Kms(gateway, account, account["project_id"])
    grantee = {"key_id": key, "grantee_principal": account["domain_id"], "grantee_principal_type": "domain"}
    bad = [
        ({"operations": ["create-grant"]}, "KMS.2401"),
        ({"operations": ["fly"]}, "KMS.2403"),
        ({"operations": ["describe-key"], "grantee_principal": "not a user"}, "KMS.2402"),
    ]
    for fields, code in bad:
        assert hw.refused("create_grant", {**grantee, **fields}) == (400, code)
    first = hw("create_grant", grantee, operations=["create-grant", "describe-key", "retire-grant"])
    passed = carol("create_grant", key_id=key, grantee_principal="d" * 32, operations=["describe-key"])
    more = {"key_id": key, "grantee_principal": "d" * 32, "operations": ["create-datakey"]}
    assert carol.refused("create_grant", more) == (403, "KMS.0306")
    carol("cancel_self_grant", key_id=key, grant_id=first.grant_id)
    assert [grant.grant_id for grant in hw("list_grants", key_id=key).grants] == [passed.grant_id]
    retirable = hw(
        "create_grant", grantee, operations=["describe-key"], retiring_principal=account["domain_id"]
    )
    assert carol("list_retirable_grants").total == 1
    carol("cancel_self_grant", key_id=key, grant_id=retirable.grant_id)
    assert carol("list_retirable_grants").total == 0


def test_imported_material_comes_goes_and_only_comes_back_the_same(hw, gateway):
    key = new_key(hw, origin="external")
    assert details(hw, key).key_state == "5" and details(hw, key).origin == "external"
    material = os.urandom(32)
    bring_in(hw, key, material)
    assert details(hw, key).key_state == "2"
    sealed = hw("encrypt_data", key_id=key, plain_text="mine")
    assert hw.refused("enable_key_rotation", key_id=key) == (400, "KMS.0312")
    hw("delete_imported_key_material", key_id=key)
    assert details(hw, key).key_state == "5"
    assert hw.refused("decrypt_data", cipher_text=sealed.cipher_text) == (400, "KMS.0209")
    with pytest.raises(ClientRequestException) as other:
        bring_in(hw, key, os.urandom(32))
    assert other.value.error_code == "KMS.2606"
    with pytest.raises(ClientRequestException) as short:
        bring_in(hw, key, os.urandom(31))
    assert short.value.error_code == "KMS.2604"
    bring_in(hw, key, material, expires=int(time.time()) + 3600)
    assert hw("decrypt_data", cipher_text=sealed.cipher_text).plain_text == "mine"
    assert len(details(hw, key).expiration_time) == 13
    with pytest.raises(ClientRequestException) as again:
        bring_in(hw, key, material)
    assert again.value.error_code == "KMS.0310"


def bring_in(hw, key, material, expires=None):
    wanted = hw("create_parameters_for_import", key_id=key, wrapping_algorithm="RSAES_OAEP_SHA_256")
    assert isinstance(wanted.expiration_time, int)
    public = serialization.load_der_public_key(base64.b64decode(wanted.public_key))
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    sealed = base64.b64encode(public.encrypt(material, oaep)).decode()
    hw(
        "import_key_material",
        key_id=key,
        import_token=wanted.import_token,
        encrypted_key_material=sealed,
        **({"expiration_time": expires} if expires else {}),
    )


def test_rotation_is_told_in_booleans_and_integers(hw, key):
    status = hw("show_key_rotation_status", key_id=key)
    assert status.key_rotation_enabled is False and status.number_of_rotations == 0
    assert hw.refused("update_key_rotation_interval", key_id=key, rotation_interval=90) == (400, "KMS.0313")
    sealed = hw("encrypt_data", key_id=key, plain_text="before")
    hw("enable_key_rotation", key_id=key)
    assert hw.refused("enable_key_rotation", key_id=key) == (400, "KMS.2901")
    for days in [29, 366]:
        assert hw.refused("update_key_rotation_interval", key_id=key, rotation_interval=days) == (400, "KMS.3001")
    hw("update_key_rotation_interval", key_id=key, rotation_interval=90)
    hw("rotate_on_demand", key_id=key)
    status = hw("show_key_rotation_status", key_id=key)
    assert (status.key_rotation_enabled, status.rotation_interval, status.number_of_rotations) == (True, 90, 1)
    assert len(status.last_rotation_time) == 13
    assert hw("decrypt_data", cipher_text=sealed.cipher_text).plain_text == "before"
    hw("disable_key_rotation", key_id=key)
    assert hw("show_key_rotation_status", key_id=key).key_rotation_enabled is False


def test_tags_are_set_listed_searched_and_removed(hw, key):
    hw("create_kms_tag", key_id=key, tag={"key": "team", "value": "red"})
    batch = [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    hw("batch_create_kms_tags", key_id=key, action="create", tags=batch)
    shown = hw("show_kms_tags", key_id=key)
    assert (shown.exist_tags_num, [tag.key for tag in shown.tags]) == (3, ["a", "b", "team"])
    hw("batch_create_kms_tags", key_id=key, action="delete", tags=batch[:1])
    found = hw("list_kms_by_tags", resource_instances="resource_instances", action="filter", tags=[{"key": "team", "values": ["red"]}], limit="10", offset="0")
    assert (found.total_count, found.resources[0].resource_id) == (1, key)
    hw("delete_tag", key_id=key, key="team")
    assert [tag.key for tag in hw("show_kms_tags", key_id=key).tags] == ["b"]
    bad = {"key_id": key, "tag": {"key": "k" * 37, "value": "v"}}
    assert hw.refused("create_kms_tag", bad) == (400, "KMS.0406")
    assert any(tag.key == "b" for tag in hw("list_kms_tags").tags)


def test_deletion_protection_is_a_tag(hw, key):
    hw("create_kms_tag", key_id=key, tag={"key": "sealgate:deletion-protection", "value": "on"})
    assert hw.refused("delete_key", key_id=key, pending_days="7") == (400, "KMS.0308")
    hw("create_kms_tag", key_id=key, tag={"key": "sealgate:deletion-protection", "value": "off"})
    assert hw("delete_key", key_id=key, pending_days="7").key_state == "4"


def test_lists_quotas_and_random_numbers(hw, key):
    listed = hw("list_keys", limit="2", key_spec="ALL")
    assert len(listed.keys) == 2 and listed.truncated == "true" and listed.next_marker == "2"
    assert isinstance(listed.total, int) and listed.key_details[0].key_id == listed.keys[0]
    assert hw.refused("list_keys", limit="0") == (400, "KMS.1601")
    assert hw.refused("list_keys", marker="x") == (400, "KMS.1602")
    quotas = hw("show_user_quotas").quotas.resources
    assert [(quota.type, quota.quota) for quota in quotas] == [("CMK", 1000), ("grant_per_CMK", 100)]
    assert hw("show_user_instances").instance_num == quotas[0].used
    assert len(hw("create_random", random_data_length="512").random_data) == 128
    assert hw.refused("create_random", random_data_length="7") == (400, "KMS.1801")


def test_what_is_not_supported_says_so(hw, key):
    assert hw.refused("sign", key_id=key, message="AA==", signing_algorithm="ECDSA_SHA_256") == (400, "KMS.0331")
    assert hw.refused("show_public_key", key_id=key) == (400, "KMS.0331")
    assert hw.refused("generate_mac", key_id=key, mac_algorithm="HMAC_SHA_256", message="AA==") == (400, "KMS.0331")


def test_default_keys_are_seen_and_used_and_never_changed(gateway, hw):
    s3 = gateway.client()
    s3.create_bucket(Bucket="defaults")
    put = s3.put_object(Bucket="defaults", Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    key = put["SSEKMSKeyId"].rsplit("/", 1)[-1]
    assert details(hw, key).default_key_flag == "1"
    hw("create_datakey", key_id=key)
    own = {"key_id": key}
    for operation, fields in [
        ("enable_key", {}),
        ("disable_key", {}),
        ("delete_key", {"pending_days": "7"}),
        ("update_key_alias", {"key_alias": "mine"}),
        ("update_key_description", {"key_description": "d"}),
        ("enable_key_rotation", {}),
        ("rotate_on_demand", {}),
        ("create_grant", {"grantee_principal": "a" * 32, "operations": ["describe-key"]}),
        ("create_parameters_for_import", {"wrapping_algorithm": "RSAES_OAEP_SHA_256"}),
    ]:
        assert hw.refused(operation, {**own, **fields}) == (400, "KMS.0211"), operation


def test_a_key_of_one_dialect_is_the_same_key_in_the_other(gateway, hw, key, kms):
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    sealed = kms.encrypt(KeyId=key, Plaintext=b"text", EncryptionContext={"a": "b"})["CiphertextBlob"]
    opened = hw("decrypt_data", cipher_text=base64.b64encode(sealed).decode(), encryption_context={"a": "b"})
    assert opened.plain_text == "text"


def test_foreign_projects_and_bad_signatures_are_refused(gateway, hw, key):
    account = gateway.account("mallory")
    foreign = Kms(gateway, account, hw.project)
    assert foreign.refused("list_keys") == (403, "KMS.0321")
    liar = Kms(gateway, {**gateway.root(), "secret_access_key": "wrong"}, hw.project)
    assert liar.refused("list_keys") == (401, "APIGW.0301")
    mallory = Kms(gateway, account, account["project_id"])
    assert mallory.refused("list_key_detail", key_id=key) == (403, "KMS.0306")
    assert mallory.refused("list_key_detail", key_id=MISSING) == (404, "KMS.0207")


def test_aliases_beside_the_first(hw, key):
    name = f"second-{next(_names)}"
    made = hw("create_alias", key_id=key, alias=name)
    assert made.alias == f"alias/{name}" and made.alias_urn.endswith(f":alias:{name}")
    other = new_key(hw)
    assert hw("associate_alias", alias=name, target_key_id=other).key_id == other
    hw("delete_alias", key_id=other, aliases=[name])
    assert hw.refused("list_key_detail", key_id=f"alias/{name}") == (404, "KMS.0207")
