"""What runners send each other: `KreNatsMessage` values around the payload, which is an `Any`."""

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory


def _message_class():
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="kre_nats_msg.proto", package="main", syntax="proto3", dependency=[any_pb2.DESCRIPTOR.name])
    message = file.message_type.add(name="KreNatsMessage")
    names = ["request_id", "from_node", "type", "error", "reply"]
    for number, name in enumerate(names, start=1):
        message.field.add(name=name, number=number, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    message.field.add(
        name="payload", number=len(names) + 1, type=field.TYPE_MESSAGE, label=field.LABEL_OPTIONAL,
        type_name=".google.protobuf.Any")
    pool = descriptor_pool.Default()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("main.KreNatsMessage"))


KreNatsMessage = _message_class()


def packed(message):
    payload = any_pb2.Any()
    payload.Pack(message)
    return payload
