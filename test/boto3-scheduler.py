"""Schedules through boto3. Prints what was seen as JSON; the test that calls it judges."""

import json
import os
from datetime import datetime, timedelta, timezone

import boto3
from botocore.exceptions import ClientError

endpoint = os.environ["AWS_ENDPOINT_URL"]
scheduler = boto3.client("scheduler", endpoint_url=endpoint)
sqs = boto3.client("sqs", endpoint_url=endpoint)

queue = sqs.create_queue(QueueName="boto3-schedule")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
role = "arn:aws:iam::000000000000:role/scheduler"

seen = {}
soon = datetime.now(timezone.utc) + timedelta(seconds=1)
scheduler.create_schedule_group(Name="boto3", Tags=[{"Key": "a", "Value": "b"}])
scheduler.create_schedule(
    Name="once",
    GroupName="boto3",
    ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
    FlexibleTimeWindow={"Mode": "OFF"},
    Target={"Arn": arn, "RoleArn": role, "Input": "<aws.scheduler.scheduled-time>"},
)
messages = []
while not messages:
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20).get("Messages", [])
seen["on time"] = messages[0]["Body"] == f"{soon:%Y-%m-%dT%H:%M:%SZ}"
paginator = scheduler.get_paginator("list_schedules")
seen["listed"] = [one["Name"] for page in paginator.paginate(GroupName="boto3") for one in page["Schedules"]]
group = scheduler.get_schedule_group(Name="boto3")["Arn"]
seen["tags"] = scheduler.list_tags_for_resource(ResourceArn=group)["Tags"]
try:
    scheduler.create_schedule(
        Name="wrong",
        ScheduleExpression="cron(0 1 * * * *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role},
    )
except ClientError as error:
    seen["refused"] = [error.response["Error"]["Code"], error.response["Error"]["Message"]]
scheduler.delete_schedule_group(Name="boto3")
seen["left"] = [one["Name"] for one in scheduler.list_schedule_groups()["ScheduleGroups"]]
print(json.dumps(seen))
