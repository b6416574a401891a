"""How Temporal describes a namespace: of its messages the fields that are looked at, by their numbers.

https://github.com/temporalio/api: DescribeNamespaceRequest and DescribeNamespaceResponse in
temporal/api/workflowservice/v1/request_response.proto, NamespaceInfo and NamespaceConfig in
temporal/api/namespace/v1/message.proto, NamespaceState in temporal/api/enums/v1/namespace.proto.
"""

from __future__ import annotations

from functools import cache
from typing import Any

SERVICE = "temporal.api.workflowservice.v1.WorkflowService"
METHOD = f"/{SERVICE}/DescribeNamespace"
STATES = ("UNSPECIFIED", "REGISTERED", "DEPRECATED", "DELETED")
_PACKAGE = "stagecheck.temporal"
# Message -> field -> its number and its type, which may be another message.
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Request": {"namespace": (1, "string")},
    "Response": {"info": (1, "Info"), "config": (2, "Config")},
    "Info": {"name": (1, "string"), "state": (2, "int32")},
    "Config": {"retention": (1, "Duration")},
    "Duration": {"seconds": (1, "int64")},
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


@cache
def _made(message: str) -> Any:
    """The class of a message, in a pool of our own: Temporal's own package may be installed, too."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="temporal.proto", package=_PACKAGE, syntax="proto3")
    types = descriptor_pb2.FieldDescriptorProto
    for name, fields in _MESSAGES.items():
        made = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            one = made.field.add(name=field, number=number, label=types.LABEL_OPTIONAL)
            if kind in _MESSAGES:
                one.type, one.type_name = types.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
            else:
                one.type = types.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{message}"))
