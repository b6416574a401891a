"""How Temporal describes a namespace and a task queue: of its messages the fields that are looked at, by their numbers.

https://github.com/temporalio/api: DescribeNamespaceRequest, DescribeTaskQueueRequest and their responses in
temporal/api/workflowservice/v1/request_response.proto, NamespaceInfo and NamespaceConfig in
temporal/api/namespace/v1/message.proto, TaskQueue and PollerInfo in temporal/api/taskqueue/v1/message.proto,
NamespaceState and TaskQueueType in temporal/api/enums/v1/.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

SERVICE = "temporal.api.workflowservice.v1.WorkflowService"
NAMESPACE, TASK_QUEUE = f"{SERVICE}/DescribeNamespace", f"{SERVICE}/DescribeTaskQueue"
STATES = ("UNSPECIFIED", "REGISTERED", "DEPRECATED", "DELETED")
_PACKAGE = "stagecheck.temporal"
_WORKFLOWS = 1  # TASK_QUEUE_TYPE_WORKFLOW
# Message -> field -> its number and its type, which may be another message, or with `*` a list of them.
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Request": {"namespace": (1, "string")},
    "Response": {"info": (1, "Info"), "config": (2, "Config")},
    "Info": {"name": (1, "string"), "state": (2, "int32")},
    "Config": {"retention": (1, "Duration")},
    "Duration": {"seconds": (1, "int64")},
    "QueueRequest": {"namespace": (1, "string"), "task_queue": (2, "TaskQueue"), "type": (3, "int32")},
    "TaskQueue": {"name": (1, "string")},
    "QueueResponse": {"pollers": (1, "Poller*")},
    "Poller": {"last_access": (1, "Timestamp")},
    "Timestamp": {"seconds": (1, "int64")},
}


def request(namespace: str) -> bytes:
    """The request for the description of that namespace."""
    raw: bytes = _made("Request")(namespace=namespace).SerializeToString()
    return raw


def response(raw: bytes) -> dict[str, Any]:
    """`namespace`, `state` (of `STATES`, or its number), and `retention`: the seconds for which what ended is kept."""
    told = _made("Response").FromString(raw)
    state = told.info.state
    named = STATES[state] if state in range(len(STATES)) else state
    return {"namespace": told.info.name, "state": named, "retention": told.config.retention.seconds}


def queue_request(namespace: str, name: str) -> bytes:
    """The request for who polls that task queue of a namespace for workflows."""
    request = _made("QueueRequest")(namespace=namespace, type=_WORKFLOWS)
    request.task_queue.name = name
    raw: bytes = request.SerializeToString()
    return raw


def queue_response(raw: bytes) -> dict[str, Any]:
    """`pollers`, how many; and `polled_ago`, the seconds since the last one of them asked, None where there is none.

    A worker asks once a minute at least, and is listed for five after it has gone (`temporal task-queue describe`).
    """
    last = [poller.last_access.seconds for poller in _made("QueueResponse").FromString(raw).pollers]
    return {"pollers": len(last), "polled_ago": round(time.time() - max(last)) if last else None}


@cache
def _made(message: str) -> Any:
    """The class of a message, in a pool of our own: Temporal's own package may be installed, too."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="temporal.proto", package=_PACKAGE, syntax="proto3")
    types = descriptor_pb2.FieldDescriptorProto
    for name, fields in _MESSAGES.items():
        made = file.message_type.add(name=name)
        for field, (number, named) in fields.items():
            kind = named.rstrip("*")
            label = types.LABEL_OPTIONAL if kind == named else types.LABEL_REPEATED
            one = made.field.add(name=field, number=number, label=label)
            if kind in _MESSAGES:
                one.type, one.type_name = types.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
            else:
                one.type = types.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{message}"))
