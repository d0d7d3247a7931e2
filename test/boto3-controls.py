"""Code signing configurations, layers and other controls of a function through boto3. Prints what was seen as JSON; the
test that calls it judges."""

import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

(name, zip_file) = sys.argv[1:]
client = boto3.client("lambda", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
with open(zip_file, "rb") as file:
    code = file.read()
function_arn = client.get_function_configuration(FunctionName=name)["FunctionArn"]


def shown(answer):
    return {key: answer[key] for key in answer if key != "ResponseMetadata"}


def status(answer):
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def refusal(operation, **arguments):
    try:
        operation(**arguments)
        return None
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


def listed(operation, member, **arguments):
    pages = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": 1}, **arguments)
    return [item for page in pages for item in page.get(member, [])]


def without_link(answer):
    """The link to the content is signed anew each time."""
    content = {key: value for key, value in answer["Content"].items() if key != "Location"}
    return {**shown(answer), "Content": content}


seen = {}

publishers = {"SigningProfileVersionArns": ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/0123456789"]}
created = client.create_code_signing_config(AllowedPublishers=publishers)
config = created["CodeSigningConfig"]["CodeSigningConfigArn"]
other = client.create_code_signing_config(AllowedPublishers=publishers)["CodeSigningConfig"]["CodeSigningConfigArn"]
seen["config created"] = [status(created), created["CodeSigningConfig"]["CodeSigningPolicies"]]
updated = client.update_code_signing_config(
    CodeSigningConfigArn=config, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"}
)
got = client.get_code_signing_config(CodeSigningConfigArn=config)
seen["config kept"] = shown(updated) == shown(got)
client.tag_resource(Resource=config, Tags={"team": "a"})
seen["config tags"] = client.list_tags(Resource=config)["Tags"]
put = client.put_function_code_signing_config(FunctionName=name, CodeSigningConfigArn=config)
seen["config put"] = [shown(put) == {"CodeSigningConfigArn": config, "FunctionName": name}, status(put)]
seen["configs"] = sorted(one["CodeSigningConfigArn"] for one in listed("list_code_signing_configs", "CodeSigningConfigs"))
seen["configs"] = seen["configs"] == sorted([config, other])
seen["functions of config"] = (
    listed("list_functions_by_code_signing_config", "FunctionArns", CodeSigningConfigArn=config) == [function_arn]
)
seen["unsigned"] = refusal(client.update_function_code, FunctionName=name, ZipFile=code)
seen["config in use"] = refusal(client.delete_code_signing_config, CodeSigningConfigArn=config)
seen["config taken"] = status(client.delete_function_code_signing_config(FunctionName=name))
seen["no config"] = shown(client.get_function_code_signing_config(FunctionName=name))
seen["config deleted"] = [status(client.delete_code_signing_config(CodeSigningConfigArn=arn)) for arn in (config, other)]
seen["config gone"] = refusal(client.get_code_signing_config, CodeSigningConfigArn=config)

for runtimes in (["python3.12"], ["nodejs24.x"], ["python3.12", "nodejs24.x"]):
    layer = client.publish_layer_version(
        LayerName="tools", Content={"ZipFile": code}, CompatibleRuntimes=runtimes, CompatibleArchitectures=["arm64"]
    )
version = {"LayerName": "tools", "VersionNumber": 3}
seen["layer"] = [layer["Version"], layer["Content"]["CodeSize"] == len(code), layer["Description"]]
seen["layer by number"] = without_link(client.get_layer_version(**version)) == without_link(layer)
by_arn = client.get_layer_version_by_arn(Arn=layer["LayerVersionArn"])
seen["layer by arn"] = without_link(by_arn) == without_link(layer)
seen["versions"] = [one["Version"] for one in listed("list_layer_versions", "LayerVersions", LayerName="tools")]
seen["versions for python"] = [
    one["Version"]
    for one in listed("list_layer_versions", "LayerVersions", LayerName="tools", CompatibleRuntime="python3.12")
]
client.delete_layer_version(**version)
seen["latest for node"] = [
    [one["LayerName"], one["LatestMatchingVersion"]["Version"]]
    for one in listed("list_layers", "Layers", CompatibleRuntime="nodejs24.x", CompatibleArchitecture="arm64")
]
seen["layer deleted"] = refusal(client.get_layer_version, **version)
version["VersionNumber"] = 2
share = {"Action": "lambda:GetLayerVersion", "Principal": "*"}
first = client.add_layer_version_permission(StatementId="a", **share, **version)
seen["stale"] = refusal(client.add_layer_version_permission, StatementId="b", RevisionId="x", **share, **version)
client.add_layer_version_permission(StatementId="b", RevisionId=first["RevisionId"], **share, **version)
policy = client.get_layer_version_policy(**version)
seen["policy"] = [statement["Sid"] for statement in json.loads(policy["Policy"])["Statement"]]
seen["new revision"] = policy["RevisionId"] != first["RevisionId"]
removed = client.remove_layer_version_permission(StatementId="a", RevisionId=policy["RevisionId"], **version)
seen["removed"] = status(removed)

# Older releases of boto3 do not know these.
known = {"RuntimeManagementConfig": "get_runtime_management_config", "RecursionConfig": "get_function_recursion_config"}
seen["left out"] = [name for name, method in known.items() if not hasattr(client, method)]
if "RuntimeManagementConfig" not in seen["left out"]:
    runtime = client.get_runtime_management_config(FunctionName=name)
    seen["runtime"] = [runtime["UpdateRuntimeOn"], runtime["FunctionArn"] == function_arn]
    installed = client.get_function_configuration(FunctionName=name)["RuntimeVersionConfig"]["RuntimeVersionArn"]
    put = client.put_runtime_management_config(FunctionName=name, UpdateRuntimeOn="Manual", RuntimeVersionArn=installed)
    seen["runtime put"] = [status(put), shown(put) == shown(client.get_runtime_management_config(FunctionName=name))]
    seen["no such runtime version"] = refusal(
        client.put_runtime_management_config,
        FunctionName=name,
        UpdateRuntimeOn="Manual",
        RuntimeVersionArn="arn:aws:lambda:us-east-1::runtime:" + "0" * 64,
    )
if "RecursionConfig" not in seen["left out"]:
    seen["recursion"] = [
        client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"],
        client.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")["RecursiveLoop"],
        client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"],
    ]
tagged = client.tag_resource(Resource=function_arn, Tags={"a": "1", "b": "2"})
client.untag_resource(Resource=function_arn, TagKeys=["a", "c"])
seen["tags"] = [status(tagged), client.list_tags(Resource=function_arn)["Tags"]]
seen["reserved"] = [
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=900)[
        "ReservedConcurrentExecutions"
    ],
    refusal(client.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=901),
    client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"],
    status(client.delete_function_concurrency(FunctionName=name)),
    shown(client.get_function_concurrency(FunctionName=name)),
]
print(json.dumps(seen))
