import logging
import platform

logging.getLogger().setLevel(logging.INFO)


def handler(event, context):
    name = event.get("name", "world")
    logging.info("greeting %s", name)
    return {
        "message": f"Hello, {name}!",
        "function": context.function_name,
        "runtime": f"Python {platform.python_version()}",
    }
