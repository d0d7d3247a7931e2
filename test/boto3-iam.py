"""A role's life through boto3, and a session of it. Prints what was seen as JSON; the test that calls it judges."""

import json
import os

import boto3
import botocore
from botocore.exceptions import ClientError

# boto3 reads AWS_ENDPOINT_URL since 1.28 (2023); an older one is told.
older = tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 31)
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"]} if older else {}
iam = boto3.client("iam", **endpoint)
sts = boto3.client("sts", **endpoint)
account = sts.get_caller_identity()["Account"]
seen = {}


def policy(**statement):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def error_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "no error"


trust = policy(Principal={"AWS": account}, Action="sts:AssumeRole")
named = {"RoleName": "boto3"}
iam.create_role(**named, AssumeRolePolicyDocument=json.dumps(trust), Tags=[{"Key": "by", "Value": "boto3"}])
iam.get_waiter("role_exists").wait(**named, WaiterConfig={"Delay": 1, "MaxAttempts": 1})
role = iam.get_role(**named)["Role"]
seen["trusts"] = role["AssumeRolePolicyDocument"] == trust
seen["tags"] = role["Tags"]
reads = policy(Action="s3:GetObject", Resource="*")
iam.put_role_policy(**named, PolicyName="inline", PolicyDocument=json.dumps(reads))
seen["inline"] = iam.get_role_policy(**named, PolicyName="inline")["PolicyDocument"] == reads
arn = iam.create_policy(PolicyName="boto3", PolicyDocument=json.dumps(reads))["Policy"]["Arn"]
iam.get_waiter("policy_exists").wait(PolicyArn=arn, WaiterConfig={"Delay": 1, "MaxAttempts": 1})
iam.attach_role_policy(**named, PolicyArn=arn)
pages = iam.get_paginator("list_attached_role_policies").paginate(**named)
seen["attached"] = [one["PolicyName"] for page in pages for one in page["AttachedPolicies"]]
seen["versioned"] = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == reads
seen["conflict"] = error_of(iam.delete_role, **named)

credentials = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]
session = boto3.client(
    "sts",
    aws_access_key_id=credentials["AccessKeyId"],
    aws_secret_access_key=credentials["SecretAccessKey"],
    aws_session_token=credentials["SessionToken"],
    **endpoint,
)
identity = session.get_caller_identity()
seen["identity"] = identity["Arn"]
seen["ofRole"] = identity["UserId"] == role["RoleId"] + ":session"

iam.detach_role_policy(**named, PolicyArn=arn)
iam.delete_policy(PolicyArn=arn)
iam.delete_role_policy(**named, PolicyName="inline")
iam.delete_role(**named)
seen["gone"] = error_of(iam.get_role, **named)
print(json.dumps(seen))
