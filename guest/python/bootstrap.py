"""The first process of a Python sandbox: connects, waits for a function, loads it, runs its invocations.

It starts in the warm pool, before any function is known; what a cold start will need is imported and run once up front
(`warm_up`). Protocol: ../frames.md. Behaviour: lambda-facts 6, 8, 16.6. Runs on Python 3.6 and later; one file and few
imports of its own, because every module imported here hides a function's module of the same name (see EXTRA).
"""
import decimal
import importlib
import io
import json
import logging
import os
import re
import socket
import struct
import sys
import threading
import time
import traceback

CHANNEL_FD = 3
RECORDS_FD = 4
INIT, INVOKE, RESTORE = 1, 2, 3
READY, INIT_DONE, INIT_ERROR, RESPONSE, ERROR, RESTORED, RESTORE_ERROR = 16, 17, 18, 19, 20, 25, 26
SITE_PACKAGES = "lib/python%d.%d/site-packages" % sys.version_info[:2]

# What handlers often import and AWS's client does not. Where the function has a module of the same name, its own wins.
EXTRA = (
    "base64", "collections", "copy", "dataclasses", "datetime", "functools", "hashlib", "hmac", "itertools", "math",
    "pathlib", "random", "string", "typing", "urllib.parse", "uuid",
)


# ---- The channel

class Channel:
    def __init__(self):
        # Children of user code must not hold the platform's descriptors.
        os.set_inheritable(CHANNEL_FD, False)
        os.set_inheritable(RECORDS_FD, False)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=CHANNEL_FD)
        self._socket.setblocking(True)
        self._read = self._socket.makefile("rb", 65536).read

    def receive(self):
        """Blocks for the next frame; (None, None) when the platform has closed its end."""
        head = self._read(5)
        if len(head) < 5:
            return None, None
        length, kind = struct.unpack("<IB", head)
        payload = self._read(length)
        return (kind, payload) if len(payload) == length else (None, None)

    def send(self, kind, payload):
        self._socket.sendall(struct.pack("<IB", len(payload), kind) + payload)


# ---- Errors

class Fault(Exception):
    """What the runtime itself says about the function, with the type the invoker sees."""

    def __init__(self, kind, message, trace=None):
        Exception.__init__(self, message)
        self.kind = kind
        self.message = message
        self.trace = trace


class HookFault(Exception):
    """A hook around a snapshot has failed: told with the hook's own message and place."""

    def __init__(self, kind, cause):
        Exception.__init__(self, str(cause))
        self.kind = kind
        self.cause = cause


def error_payload(message, kind, trace, request_id=""):
    payload = {"errorMessage": message or "", "errorType": kind or "", "requestId": request_id}
    if sys.version_info < (3, 9):  # AWS's python3.8 does not tell the request's id.
        del payload["requestId"]
    payload["stackTrace"] = trace or []
    return payload


def describe(error, request_id=""):
    """The payload for any exception; the frames of this file at the head of its traceback are left out."""
    if isinstance(error, Fault):
        return error_payload(error.message, error.kind, error.trace, request_id)
    if isinstance(error, HookFault):
        payload = describe(error.cause, request_id)
        payload["errorType"] = error.kind
        return payload
    frames = [(f.filename, f.lineno, f.name, f.line) for f in traceback.extract_tb(error.__traceback__)]
    own = 0
    while own < len(frames) and frames[own][0] == __file__:
        own += 1
    # Nothing but our own frames (a wrong number of parameters): AWS shows them.
    shown = frames[own:] or frames
    return error_payload(str(error), type(error).__name__, traceback.format_list(shown), request_id)


# ---- JSON

# Python 3.12 and later leave characters outside ASCII as they are.
_encoder_options = {"ensure_ascii": sys.version_info < (3, 12)}
# AWS writes a Decimal as a number with all its digits, which the standard encoder cannot: a text that no function can
# guess stands in its place until the rest is encoded.
_decimal_mark = "decimal:" + "".join("%02x" % byte for byte in os.urandom(16)) + ":"
_decimal_text = re.compile('"' + _decimal_mark + '([^"]*)"')


class _Encoder(json.JSONEncoder):
    has_decimals = False

    def default(self, value):
        if isinstance(value, decimal.Decimal):
            self.has_decimals = True
            return _decimal_mark + ("NaN" if value.is_nan() else str(value))
        return json.JSONEncoder.default(self, value)


def to_json(value):
    """Text with a space after separators, as AWS's encoder writes it."""
    encoder = _Encoder(**_encoder_options)
    text = encoder.encode(value)
    return _decimal_text.sub(r"\1", text) if encoder.has_decimals else text


# ---- Logs

_NO_BREAK_SPACE = "\u00a0"
_TEXT_RECORD = 0xA55A0003
_JSON_RECORD = 0xA55A0002
_LEVEL_MASKS = {logging.DEBUG: 0x08, logging.INFO: 0x0C, logging.WARNING: 0x10, logging.ERROR: 0x14, logging.CRITICAL: 0x18}
_SECONDS_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class LogSink:
    """Descriptor 4: one record is one log event, whatever newlines it holds."""

    def __init__(self):
        self._lock = threading.Lock()
        self.silent = False

    def log(self, text, kind=_TEXT_RECORD):
        if self.silent:
            return
        message = text.encode("utf-8", "backslashreplace")
        record = struct.pack(">IIQ", kind, len(message), int(time.time() * 1000000)) + message
        with self._lock:
            while record:
                try:
                    record = record[os.write(RECORDS_FD, record):]
                except BlockingIOError:
                    time.sleep(0.001)  # User code can make the pipe non-blocking; then a full one means: wait.
                except OSError:
                    return  # Nobody reads any more, or user code closed the descriptor: there is nobody to tell.


class LambdaLoggerHandler(logging.Handler):
    def __init__(self, log_sink):
        logging.Handler.__init__(self)
        self.log_sink = log_sink
        self.json = False
        self.request_id = ""

    def emit(self, record):
        record.aws_request_id = self.request_id
        text = self.format(record)
        if self.json:
            self.log_sink.log(text, _JSON_RECORD | _LEVEL_MASKS.get(_rounded(record.levelno), 0))
        else:
            self.log_sink.log(text)


_TEXT_FORMAT = logging.Formatter(
    "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"
)
_RECORD_FIELDS = frozenset(
    "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs"
    " relativeCreated thread threadName processName process taskName aws_request_id".split()
)


class JsonFormatter(logging.Formatter):
    def __init__(self):
        logging.Formatter.__init__(self, datefmt=_SECONDS_FORMAT)

    def format(self, record):
        record.levelno = _rounded(record.levelno)
        record.levelname = logging.getLevelName(record.levelno)
        thrown = record.exc_info
        line = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(thrown[2]) if thrown else None,
            "errorType": thrown[0].__name__ if thrown and thrown[0] else None,
            "errorMessage": str(thrown[1]) if thrown else None,
            "requestId": record.aws_request_id,
            "location": "%s:%s:%s" % (record.pathname, record.funcName, record.lineno) if thrown else None,
        }
        for key, value in record.__dict__.items():
            if key not in _RECORD_FIELDS and key not in line:
                line[key] = value
        present = {key: value for key, value in line.items() if value is not None}
        return json.dumps(present, ensure_ascii=False) + "\n"


def _rounded(level):
    return min(50, max(0, level)) // 10 * 10


def log_error(payload, handler):
    if handler.json:
        line = {"timestamp": time.strftime(_SECONDS_FORMAT, time.gmtime()), "log_level": "ERROR"}
        line.update(payload)
        handler.log_sink.log(to_json(line), _JSON_RECORD | _LEVEL_MASKS[logging.ERROR])
        return
    head = "[ERROR]"
    if payload["errorType"]:
        head += " " + payload["errorType"] + (":" if payload["errorMessage"] else "")
    if payload["errorMessage"]:
        head += " " + payload["errorMessage"]
    lines = [head, "Traceback (most recent call last):"]
    for frame in payload["stackTrace"]:
        for line in frame.splitlines() or [""]:
            text = line.lstrip(" ")
            lines.append(_NO_BREAK_SPACE * (len(line) - len(text)) + text)
    handler.log_sink.log("\n".join(lines))


def set_up_logging(handler, log_format, log_level):
    handler.json = (log_format or "").upper() == "JSON"
    handler.setFormatter(JsonFormatter() if handler.json else _TEXT_FORMAT)
    level = (log_level or "").upper()
    level = "DEBUG" if level == "TRACE" else level
    if level in logging._nameToLevel:
        logging.getLogger().setLevel(level)


# ---- The context

class LambdaContext(object):
    def __init__(self, head, log_sink):
        self.aws_request_id = head["requestId"]
        self.__dict__.update(_function)
        self.invoked_function_arn = head["invokedArn"]
        self.tenant_id = None
        self.client_context = _with_fields(ClientContext(), _parsed(head.get("clientContext"), "Client Context"))
        if self.client_context is not None:
            self.client_context.client = _with_fields(Client(), self.client_context.client)
        identity = _parsed(head.get("cognitoIdentity"), "Cognito Identity") or {}
        self.identity = CognitoIdentity()
        self.identity.cognito_identity_id = identity.get("cognitoIdentityId")
        self.identity.cognito_identity_pool_id = identity.get("cognitoIdentityPoolId")
        self._epoch_deadline_time_in_ms = head["deadlineMs"]
        self._log_sink = log_sink

    def get_remaining_time_in_millis(self):
        return max(0, int(self._epoch_deadline_time_in_ms) - int(time.time() * 1000))

    def log(self, msg):
        self._log_sink.log(str(msg))

    def __repr__(self):
        return _shown(self, (
            "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
            "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id",
        ))


# What the context tells of the function, by the variable that has it; the values are read once, at INIT.
_FUNCTION_VARIABLES = {
    "log_group_name": "AWS_LAMBDA_LOG_GROUP_NAME",
    "log_stream_name": "AWS_LAMBDA_LOG_STREAM_NAME",
    "function_name": "AWS_LAMBDA_FUNCTION_NAME",
    "memory_limit_in_mb": "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "function_version": "AWS_LAMBDA_FUNCTION_VERSION",
}
_function = dict.fromkeys(_FUNCTION_VARIABLES)


class _Fields(object):
    __slots__ = ()

    def __repr__(self):
        return _shown(self, self.__slots__)


class CognitoIdentity(_Fields):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Fields):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Fields):
    __slots__ = ("custom", "env", "client")


def _with_fields(target, values):
    if values is None:
        return None
    for field in target.__slots__:
        setattr(target, field, values.get(field))
    return target


def _shown(target, fields):
    values = ",".join("%s=%s" % (field, getattr(target, field)) for field in fields)
    return "%s([%s])" % (type(target).__name__, values)


def _parsed(text, name):
    if not text:
        return None
    try:
        return json.loads(text)
    except Exception as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", "Unable to parse %s JSON: %s" % (name, error))


# ---- The function

def find_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error))
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        place = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [place])
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))


def become(message):
    """Makes this process the function's: variables, directory, module path. Before any of its code."""
    runtime_dir = os.path.dirname(os.path.abspath(__file__))
    task_root = message["taskRoot"]
    opt_root = message.get("optRoot", "/opt")
    zone = os.environ.get("TZ")
    os.environ.update(message["env"])
    if os.environ.get("TZ") != zone:
        time.tzset()
    for field, variable in _FUNCTION_VARIABLES.items():
        _function[field] = os.environ.get(variable)
    os.chdir(task_root)
    first = [task_root, os.path.join(opt_root, "python"), os.path.join(opt_root, "python", SITE_PACKAGES)]
    # Python has read PYTHONPATH at its start, before the function's value was known.
    first += [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path not in first]
    if runtime_dir not in first:
        first.append(runtime_dir)
    sys.path[:] = first + [path for path in sys.path if path and path not in first]
    try:
        own = {name.split(".")[0] for name in os.listdir(task_root)}
    except OSError:
        own = set()  # Its code cannot be listed; importing it will tell why.
    for name in list(sys.modules):
        if name.split(".")[0] in own and name.split(".")[0] in _extra_loaded:
            del sys.modules[name]


_extra_loaded = set()

_INIT_ERROR_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. However, in rare "
    "cases, a Lambda runtime update can cause unexpected function behavior. For functions using managed runtimes, "
    "runtime updates can be triggered by a function change, or can be applied automatically. To determine if the runtime "
    "has been updated, check the runtime version in the INIT_START log entry. If this error correlates with a change in "
    "the runtime version, you may be able to mitigate this error by temporarily rolling back to the previous runtime "
    "version. For more information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)


def initialise(message, handler, channel):
    """Answers the function's handler, or None after telling the platform what is wrong."""
    try:
        become(message)
        environ = os.environ
        set_up_logging(
            handler,
            message.get("logFormat") or environ.get("AWS_LAMBDA_LOG_FORMAT"),
            message.get("logLevel") or environ.get("AWS_LAMBDA_LOG_LEVEL"),
        )
        function = find_handler(message["handler"])
        if message.get("snapStart"):
            run_before_snapshot()
    except Exception as error:  # SystemExit is none: it ends the process, as on AWS.
        payload = describe(error)
        logging.warning(_INIT_ERROR_WARNING)
        log_error(payload, handler)
        channel.send(INIT_ERROR, to_json(payload).encode("utf-8", "backslashreplace"))
        return None
    channel.send(INIT_DONE, b"")
    return function


# ---- Hooks around a snapshot

def run_before_snapshot():
    hooks = _registered("get_before_snapshot")
    try:
        while hooks:
            function, args, kwargs = hooks.pop()
            function(*args, **kwargs)
    except Exception as error:
        raise HookFault("Runtime.BeforeSnapshotError", error)


def restore(handler, channel):
    """Runs the hooks that follow a snapshot's restoring; the process ends if one fails."""
    try:
        for function, args, kwargs in _registered("get_after_restore"):
            function(*args, **kwargs)
    except Exception as error:
        payload = describe(HookFault("Runtime.AfterRestoreError", error))
        log_error(payload, handler)
        flush()
        channel.send(RESTORE_ERROR, to_json(payload).encode("utf-8", "backslashreplace"))
        os._exit(65)  # AWS's status.
    flush()
    channel.send(RESTORED, b"")


def _registered(getter):
    """Hooks are registered with the module that the function has imported, ours or its own copy of it; without it there are none."""
    module = sys.modules.get("snapshot_restore_py")
    return getattr(module, getter)() if module is not None else []


def invoke(payload, function, handler, channel):
    (head_length,) = struct.unpack_from("<I", payload)
    view = memoryview(payload)
    head = json.loads(str(view[4:4 + head_length], "utf-8"))
    request_id = head["requestId"]
    handler.request_id = request_id
    trace_id = head.get("traceId")
    if trace_id is not None:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        context = LambdaContext(head, handler.log_sink)
        answer = encoded(function(decoded(view[4 + head_length:]), context))
    except Exception as error:
        wrong = describe(error, request_id)
        log_error(wrong, handler)
        flush()
        channel.send(ERROR, to_json(wrong).encode("utf-8", "backslashreplace"))
    else:
        flush()
        channel.send(RESPONSE, answer)


def decoded(event):
    try:
        return json.loads(str(event, "utf-8"))
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)


def encoded(answer):
    if isinstance(answer, bytes):
        return answer
    try:
        return to_json(answer).encode("utf-8")
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)


# ---- Standard output

_own_streams = []


def set_up_output():
    """A line is out when it is complete, the rest when the invocation ends."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True)
        else:  # Python 3.6
            encoding, errors = stream.encoding, stream.errors
            stream = io.TextIOWrapper(stream.detach(), encoding, errors, line_buffering=True)
            setattr(sys, name, stream)
            setattr(sys, "__%s__" % name, stream)
        _own_streams.append(stream)


def flush():
    for stream in _own_streams:
        try:
            stream.flush()
        except (ValueError, OSError):
            pass  # User code closed it, or nobody reads any more: nothing can be kept.


# ---- The life of the process

def set_up_site():
    """What Python's own start does for every program, without what the host's user has put there to run at each start."""
    if not sys.flags.no_site:
        return
    import site
    site.setquit()
    site.setcopyright()
    site.sethelper()
    # Modules installed into the system's Python belong to the system's tools: functions do not see them.
    if sys.prefix != "/usr":
        sys.path.append(os.path.join(sys.prefix, SITE_PACKAGES))


class _SilentChannel:
    def send(self, kind, payload):
        pass


def warm_up(handler):
    """Runs a function of our own through the same code as a customer's: a first run is slow."""
    before = set(sys.modules)
    for name in EXTRA:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # An interpreter may be built without it; a handler that needs it will say so.
    _extra_loaded.update(name.split(".")[0] for name in set(sys.modules) - before)
    handler.log_sink.silent = True
    channel = _SilentChannel()
    for log_format in ("JSON", "TEXT"):
        set_up_logging(handler, log_format, "")
        function = find_handler("warm_up.handler")
        head = {"requestId": "-", "deadlineMs": 0, "invokedArn": "-", "traceId": "Root=1-0-0"}
        text = json.dumps(head).encode()
        invoke(struct.pack("<I", len(text)) + text + b'{"key": ["value", 1]}', function, handler, channel)
        del sys.modules["warm_up"]
    handler.log_sink.silent = False
    handler.request_id = ""
    os.environ.pop("_X_AMZN_TRACE_ID", None)


def main():
    channel = Channel()
    set_up_output()
    set_up_site()
    logging.Formatter.converter = time.gmtime
    handler = LambdaLoggerHandler(LogSink())
    logging.getLogger().addHandler(handler)
    warm_up(handler)
    channel.send(READY, b"")
    function = None
    while True:
        kind, payload = channel.receive()
        if kind == INIT and function is None:
            function = initialise(json.loads(payload.decode("utf-8")), handler, channel)
        elif kind == INVOKE and function is not None:
            invoke(payload, function, handler, channel)
        elif kind == RESTORE and function is not None:
            restore(handler, channel)
        elif kind is None:
            # The platform has ended the environment. User code gets no say in that: no atexit, no waiting for threads.
            flush()
            os._exit(0)


if __name__ == "__main__":
    main()
