# Generated from internal_nodes.proto by examples/generate-protos. Do not edit.
# proto-sha256: e0796f928341387784e8796a7692667fba50e29c4df434df6ed0d73033449b10
from google.protobuf import descriptor_pool, message_factory

_POOL = descriptor_pool.DescriptorPool()
_POOL.AddSerializedFile(
    b'\n\x14internal_nodes.proto\x12\x08internal'
    b'"\x1b\n\x05Batch\x12\x12\n\nemails_key\x18\x01 \x01(\t"B\n'
    b'\x06Sorted\x12\x12\n\nemails_key\x18\x01 \x01(\t\x12\x13\n\x0br'
    b'esults_key\x18\x02 \x01(\t\x12\x0f\n\x07repairs\x18\x03 \x03('
    b'\t"8\n\x06Repair\x12\x10\n\x08email_id\x18\x01 \x01(\t\x12\x0e\n'
    b'\x06sender\x18\x02 \x01(\t\x12\x0c\n\x04text\x18\x03 \x01(\t"J\n\tW'
    b'orkOrder\x12\n\n\x02id\x18\x01 \x01(\t\x12\x10\n\x08email_id'
    b'\x18\x02 \x01(\t\x12\x10\n\x08priority\x18\x03 \x01(\t\x12\r\n\x05hour'
    b's\x18\x04 \x01(\x05B\x06Z\x04mainb\x06proto3'
)
DESCRIPTOR = _POOL.FindFileByName("internal_nodes.proto")

if hasattr(message_factory, "GetMessageClass"):
    _message_class = message_factory.GetMessageClass
else:
    _message_class = message_factory.MessageFactory(_POOL).GetPrototype

Batch = _message_class(DESCRIPTOR.message_types_by_name["Batch"])
Sorted = _message_class(DESCRIPTOR.message_types_by_name["Sorted"])
Repair = _message_class(DESCRIPTOR.message_types_by_name["Repair"])
WorkOrder = _message_class(DESCRIPTOR.message_types_by_name["WorkOrder"])
