"""Metrics through boto3, by each protocol that it speaks. Prints what was seen as JSON; the test that calls it judges."""

import copy
import datetime
import json
import os

import boto3
import botocore.config
import botocore.session
from botocore.exceptions import ClientError

END = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
START = END - datetime.timedelta(minutes=5)


def protocols():
    """Older releases speak the query protocol alone, newer ones whichever their model lists first."""
    loader = botocore.session.get_session().get_component("data_loader")
    metadata = loader.load_service_model("cloudwatch", "service-2")["metadata"]
    return metadata.get("protocols", [metadata["protocol"]])


def client(protocol):
    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    load = loader.load_service_model

    def one_protocol(service, kind, api_version=None):
        model = load(service, kind, api_version)
        if service != "cloudwatch" or kind != "service-2":
            return model
        model = copy.deepcopy(model)
        model["metadata"]["protocol"] = protocol
        if "protocols" in model["metadata"]:
            model["metadata"]["protocols"] = [protocol]
        return model

    loader.load_service_model = one_protocol
    try:
        config = botocore.config.Config(request_min_compression_size_bytes=1)
    except TypeError:
        config = botocore.config.Config()  # A release that does not compress.
    return boto3.Session(botocore_session=session).client(
        "cloudwatch", endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=config
    )


def seen_by(protocol):
    cloudwatch = client(protocol)
    metric = {"Namespace": "boto3/" + protocol, "MetricName": "orders"}
    dimensions = [{"Name": "shop", "Value": "north & south"}]
    for minute, values in enumerate([[1.5, 2], [4], [0]]):
        datum = {
            "MetricName": "orders",
            "Dimensions": dimensions,
            "Timestamp": START + datetime.timedelta(minutes=minute),
            "Values": values,
            "Unit": "Count",
        }
        cloudwatch.put_metric_data(Namespace=metric["Namespace"], MetricData=[datum])
    statistics = cloudwatch.get_metric_statistics(
        **metric, Dimensions=dimensions, StartTime=START, EndTime=END, Period=300, Statistics=["Sum"], ExtendedStatistics=["p100"]
    )
    query = {"Id": "m1", "MetricStat": {"Metric": {**metric, "Dimensions": dimensions}, "Period": 60, "Stat": "Sum"}}
    data = cloudwatch.get_metric_data(
        MetricDataQueries=[query, {"Id": "e1", "Expression": "m1 * 2", "Label": "twice"}], StartTime=START, EndTime=END
    )
    point = statistics["Datapoints"][0]
    seen = {
        "statistics": [point["Sum"], point["ExtendedStatistics"], point["Unit"], point["Timestamp"] == START],
        "data": [[one["Label"], one["Values"], one["StatusCode"]] for one in data["MetricDataResults"]],
        "times": data["MetricDataResults"][0]["Timestamps"][-1] == START,
        "listed": [one["Dimensions"] for one in cloudwatch.list_metrics(**metric)["Metrics"]],
    }
    try:
        both = {"MetricName": "orders", "Value": 1, "Values": [1]}
        cloudwatch.put_metric_data(Namespace=metric["Namespace"], MetricData=[both])
    except ClientError as error:
        seen["refused"] = [error.response["Error"]["Code"], error.response["Error"]["Message"]]
    return seen


print(json.dumps({protocol: seen_by(protocol) for protocol in protocols()}))
