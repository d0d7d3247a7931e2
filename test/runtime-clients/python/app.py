# What the tests of the runtime clients deploy, in Python.
import os

if os.environ.get("INIT") == "fail":
    raise TypeError("no init")

count = 0


def handler(event, context):
    global count
    count += 1
    match event.get("do"):
        case "context":
            print("about", context.aws_request_id)
            return {
                "requestId": context.aws_request_id,
                "arn": context.invoked_function_arn,
                "who": context.client_context.custom["who"],
                "remainingMs": context.get_remaining_time_in_millis(),
            }
        case "fail":
            raise TypeError("as asked")
        case "exit":
            os._exit(3)
    return count
