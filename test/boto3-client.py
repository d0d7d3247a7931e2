"""One function's life through boto3. Prints what was seen as JSON; the test that calls it judges."""

import base64
import json
import os
import sys

import boto3
import botocore
from botocore.exceptions import ClientError

name, runtime, handler, role, zip_path, changed_zip_path = sys.argv[1:]

# boto3 reads AWS_ENDPOINT_URL since 1.28 (2023); an older one is told.
older = tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 31)
client = boto3.client("lambda", **({"endpoint_url": os.environ["AWS_ENDPOINT_URL"]} if older else {}))
seen = {}


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def invoke():
    answer = client.invoke(FunctionName=name, Payload=json.dumps({"name": "Ada"}), LogType="Tail")
    return {
        "status": answer["StatusCode"],
        "version": answer["ExecutedVersion"],
        "error": answer.get("FunctionError"),
        "message": json.load(answer["Payload"]).get("message"),
        "log": base64.b64decode(answer["LogResult"]).decode(),
    }


def wait(waiter):
    client.get_waiter(waiter).wait(FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 3000})


created = client.create_function(
    FunctionName=name, Runtime=runtime, Handler=handler, Role=role, Code={"ZipFile": contents(zip_path)}
)
seen["created"] = {"state": created["State"], "sha": created["CodeSha256"]}
wait("function_active_v2")
seen["first"] = invoke()

changed = client.update_function_code(FunctionName=name, ZipFile=contents(changed_zip_path))
seen["changed"] = {"sha": changed["CodeSha256"]}
wait("function_updated_v2")
seen["second"] = invoke()

client.update_function_configuration(FunctionName=name, MemorySize=256, Description="changed", Timeout=7)
wait("function_updated_v2")
configuration = client.get_function_configuration(FunctionName=name)
seen["configuration"] = {key: configuration[key] for key in ("MemorySize", "Description", "Timeout")}
seen["third"] = invoke()

listed = [page["FunctionName"] for pages in client.get_paginator("list_functions").paginate() for page in pages["Functions"]]
seen["listed"] = name in listed
client.delete_function(FunctionName=name)
try:
    client.get_function(FunctionName=name)
    seen["deleted"] = "still there"
except ClientError as error:
    seen["deleted"] = error.response["Error"]["Code"]
print(json.dumps(seen))
