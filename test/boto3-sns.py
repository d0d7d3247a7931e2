"""Topics through boto3. Prints what was seen as JSON; the test that calls it judges."""

import base64
import json
import os
import subprocess
import tempfile
import urllib.request

import boto3
from botocore.exceptions import ClientError

endpoint = os.environ["AWS_ENDPOINT_URL"]
sns = boto3.client("sns", endpoint_url=endpoint)
sqs = boto3.client("sqs", endpoint_url=endpoint)


def verified(document):
    """Checks a signature as AWS's guide tells Python programs to; openssl stands for a library of cryptography."""
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    signed = "".join(f"{name}\n{document[name]}\n" for name in names if name in document)
    with tempfile.TemporaryDirectory() as directory:
        paths = {name: os.path.join(directory, name) for name in ("pem", "key", "signature", "text")}
        with urllib.request.urlopen(document["SigningCertURL"]) as answer, open(paths["pem"], "wb") as file:
            file.write(answer.read())
        key = subprocess.run(["openssl", "x509", "-in", paths["pem"], "-pubkey", "-noout"], capture_output=True, check=True)
        contents = {"key": key.stdout, "signature": base64.b64decode(document["Signature"]), "text": signed.encode()}
        for name, content in contents.items():
            with open(paths[name], "wb") as file:
                file.write(content)
        digest = {"1": "-sha1", "2": "-sha256"}[document["SignatureVersion"]]
        verify = ["openssl", "dgst", digest, "-verify", paths["key"], "-signature", paths["signature"], paths["text"]]
        return subprocess.run(verify, capture_output=True, check=False).returncode == 0


queue = sqs.create_queue(QueueName="boto3")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})

seen = {}
topic = sns.create_topic(Name="boto3", Attributes={"SignatureVersion": "2"}, Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": json.dumps({"kind": ["order"]})})
for kind in ("refund", "order"):
    attribute = {"DataType": "String", "StringValue": kind}
    sns.publish(TopicArn=topic, Message=kind, Subject="Greeting", MessageAttributes={"kind": attribute})
received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
documents = [json.loads(message["Body"]) for message in received]
seen["messages"] = [document["Message"] for document in documents]
seen["verified"] = [verified(document) for document in documents]
seen["forged"] = [verified({**document, "Message": "other"}) for document in documents]
seen["tags"] = sns.list_tags_for_resource(ResourceArn=topic)["Tags"]
entries = [{"Id": str(at), "Message": "m"} for at in range(3)]
seen["batch"] = [one["Id"] for one in sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Successful"]]
try:
    sns.publish(TopicArn=topic + "-2", Message="m")
except ClientError as error:
    seen["refused"] = [error.response["Error"]["Code"], error.response["Error"]["Message"]]
print(json.dumps(seen))
