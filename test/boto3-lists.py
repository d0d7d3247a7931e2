"""Lists and waiters of boto3, on a function with versions. Prints what was seen as JSON; the test that calls it judges."""

import json
import os
import sys

import boto3

name, queue = sys.argv[1:]
client = boto3.client("lambda", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def every(operation, member, shown, **arguments):
    """All that an operation lists, by boto3's own paginator, two at a time."""
    pages = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": 2}, **arguments)
    return [item if shown is None else item[shown] for page in pages for item in page[member]]


for number in ("1", "2", "3"):
    client.update_function_configuration(FunctionName=name, Description=number)
    client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    client.publish_version(FunctionName=name)
    client.get_waiter("function_active_v2").wait(FunctionName=name, Qualifier=number, WaiterConfig={"Delay": 1})
    client.create_alias(FunctionName=name, Name="alias" + number, FunctionVersion=number)
    client.put_function_event_invoke_config(FunctionName=name, Qualifier=number, MaximumRetryAttempts=0)
    client.create_function_url_config(FunctionName=name, Qualifier="alias" + number, AuthType="AWS_IAM")
    client.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier=number, ProvisionedConcurrentExecutions=1
    )
    client.create_event_source_mapping(FunctionName=name, EventSourceArn=queue + number, Enabled=False)

print(
    json.dumps(
        {
            "functions": every("list_functions", "Functions", "FunctionName"),
            "versions": every("list_versions_by_function", "Versions", "Version", FunctionName=name),
            "aliases": every("list_aliases", "Aliases", "Name", FunctionName=name),
            "events": every("list_function_event_invoke_configs", "FunctionEventInvokeConfigs", "FunctionArn", FunctionName=name),
            "urls": every("list_function_url_configs", "FunctionUrlConfigs", "FunctionArn", FunctionName=name),
            "provisioned": every(
                "list_provisioned_concurrency_configs", "ProvisionedConcurrencyConfigs", "FunctionArn", FunctionName=name
            ),
            "mappings": sorted(every("list_event_source_mappings", "EventSourceMappings", "EventSourceArn", FunctionName=name)),
        }
    )
)
