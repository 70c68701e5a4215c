"""boto3's IAM and STS clients, unmodified, from the first user to the last session."""

import json

import pytest
from botocore.exceptions import ClientError

READ = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})


def code(error):
    return error.value.response["Error"]["Code"]


@pytest.fixture
def iam(gateway):
    return gateway.client("iam")


@pytest.fixture
def sts(gateway):
    return gateway.client("sts")


def test_users_groups_roles_and_policies_live_their_whole_life(iam):
    user = iam.create_user(UserName="ann", Path="/staff/", Tags=[{"Key": "team", "Value": "red"}])["User"]
    assert user["Arn"].endswith(":user/staff/ann") and user["UserId"].startswith("AIDA")
    assert iam.get_user(UserName="ann")["User"]["Tags"] == [{"Key": "team", "Value": "red"}]
    with pytest.raises(ClientError) as error:
        iam.create_user(UserName="ANN")
    assert code(error) == "EntityAlreadyExists"
    policy = iam.create_policy(PolicyName="read", PolicyDocument=READ)["Policy"]
    iam.attach_user_policy(UserName="ann", PolicyArn=policy["Arn"])
    attached = iam.list_attached_user_policies(UserName="ann")["AttachedPolicies"]
    assert attached == [{"PolicyName": "read", "PolicyArn": policy["Arn"]}]
    assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["AttachmentCount"] == 1
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(READ) and version["IsDefaultVersion"]
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=READ)
    assert iam.get_user_policy(UserName="ann", PolicyName="own")["PolicyDocument"] == json.loads(READ)
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(UserName="ann", GroupName="staff")
    assert [u["UserName"] for u in iam.get_group(GroupName="staff")["Users"]] == ["ann"]
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="ann")["Groups"]] == ["staff"]
    with pytest.raises(ClientError) as error:
        iam.delete_user(UserName="ann")
    assert code(error) == "DeleteConflict"
    with pytest.raises(ClientError) as error:
        iam.get_role(RoleName="none")
    assert code(error) == "NoSuchEntity"
    iam.remove_user_from_group(UserName="ann", GroupName="staff")
    iam.detach_user_policy(UserName="ann", PolicyArn=policy["Arn"])
    iam.delete_user_policy(UserName="ann", PolicyName="own")
    iam.delete_user(UserName="ann")
    iam.delete_group(GroupName="staff")
    iam.delete_policy(PolicyArn=policy["Arn"])
    assert iam.get_account_summary()["SummaryMap"]["Users"] == 0


def test_lists_come_in_pages(iam):
    names = [f"user-{number:02}" for number in range(25)]
    for name in names:
        iam.create_user(UserName=name)
    pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 10})
    pages = [[user["UserName"] for user in page["Users"]] for page in pages]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sum(pages, []) == names
    for name in names:
        iam.delete_user(UserName=name)


def test_a_session_of_a_role_reads_and_no_more(gateway, iam, sts, s3, bucket):
    account = sts.get_caller_identity()["Account"]
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    keys = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:user/bob"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    assert role["AssumeRolePolicyDocument"] == trust
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=READ)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    bob = gateway.client("sts", account=keys)
    assert bob.get_caller_identity()["Arn"].endswith(":user/bob")
    answer = bob.assume_role(RoleArn=role["Arn"], RoleSessionName="one")["Credentials"]
    session = gateway.client(
        account={
            "access_key_id": answer["AccessKeyId"],
            "secret_access_key": answer["SecretAccessKey"],
            "session_token": answer["SessionToken"],
        },
    )
    assert session.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    with pytest.raises(ClientError) as error:
        session.put_object(Bucket=bucket, Key="k", Body=b"y")
    assert code(error) == "AccessDenied"


def test_a_simulation_answers_as_the_gate_would(iam):
    results = iam.simulate_custom_policy(
        PolicyInputList=[READ],
        ActionNames=["s3:GetObject", "s3:PutObject"],
        ResourceArns=["arn:aws:s3:::bucket/k"],
    )["EvaluationResults"]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]
