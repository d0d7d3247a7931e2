"""Event buses through boto3. Prints what was seen as JSON; the test that calls it judges."""

import json
import os

import boto3
from botocore.exceptions import ClientError

endpoint = os.environ["AWS_ENDPOINT_URL"]
events = boto3.client("events", endpoint_url=endpoint)
sqs = boto3.client("sqs", endpoint_url=endpoint)

queue = sqs.create_queue(QueueName="boto3-buses")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})

seen = {}
events.create_event_bus(Name="boto3")
pattern = {"source": ["boto3"], "detail": {"sum": [{"numeric": [">", 5]}]}}
events.put_rule(Name="boto3", EventBusName="boto3", EventPattern=json.dumps(pattern))
transformer = {"InputPathsMap": {"sum": "$.detail.sum"}, "InputTemplate": '{"total": <sum>}'}
events.put_targets(Rule="boto3", EventBusName="boto3", Targets=[{"Id": "1", "Arn": arn, "InputTransformer": transformer}])
entry = {"Source": "boto3", "DetailType": "order", "EventBusName": "boto3"}
entries = [{**entry, "Detail": detail} for detail in ('{"sum": 3}', '{"sum": 7}', "{")]
answer = events.put_events(Entries=entries)
seen["failed"] = [one["ErrorCode"] for one in answer["Entries"] if "ErrorCode" in one]
received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
seen["details"] = [json.loads(message["Body"]) for message in received]
seen["rules"] = events.list_rule_names_by_target(TargetArn=arn, EventBusName="boto3")["RuleNames"]
try:
    events.put_rule(Name="other", EventPattern='{"source": "boto3"}')
except ClientError as error:
    seen["refused"] = f'{error.response["Error"]["Code"]}: {error.response["Error"]["Message"]}'
print(json.dumps(seen))
