"""A function of another account through boto3. Prints what was seen as JSON; the test that calls it judges."""

import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

(arn,) = sys.argv[1:]
endpoint = os.environ["AWS_ENDPOINT_URL"]
client = boto3.client("lambda", endpoint_url=endpoint)


def refusal(operation, **arguments):
    try:
        operation(**arguments)
        return None
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return [error.response["Error"]["Code"], error.response["Error"]["Message"], status]


seen = {"account": boto3.client("sts", endpoint_url=endpoint).get_caller_identity()["Account"]}
answer = client.invoke(FunctionName=arn, Payload=b"{}")
seen["invoked"] = [answer["StatusCode"], json.load(answer["Payload"])]
seen["configuration"] = refusal(client.get_function_configuration, FunctionName=arn)
seen["permission"] = refusal(
    client.add_permission, FunctionName=arn, StatementId="mine", Action="lambda:*", Principal="*"
)
seen["missing"] = refusal(client.invoke, FunctionName=f"{arn}-missing")
other = boto3.client("lambda", endpoint_url=endpoint, region_name="eu-west-1")
seen["elsewhere"] = refusal(other.invoke, FunctionName=arn)
print(json.dumps(seen))
