# Generated from public_input.proto by examples/generate-protos. Do not edit.
# proto-sha256: 7485556b8db6d383d1cf3669d8bb71e2ab8a6e69ee946ea06d4248b4eb4767ff
from google.protobuf import descriptor_pool, message_factory

_POOL = descriptor_pool.DescriptorPool()
_POOL.AddSerializedFile(
    b'\n\x12public_input.proto\x12\nentrypoint'
    b'"B\n\x05Email\x12\n\n\x02id\x18\x01 \x01(\t\x12\x0e\n\x06sender\x18'
    b'\x02 \x01(\t\x12\x0f\n\x07subject\x18\x03 \x01(\t\x12\x0c\n\x04body\x18\x04'
    b' \x01(\t",\n\x07Request\x12!\n\x06emails\x18\x01 \x03(\x0b2'
    b'\x11.entrypoint.Email"D\n\nClassified'
    b'\x12\x10\n\x08email_id\x18\x01 \x01(\t\x12\x10\n\x08category\x18\x02'
    b' \x01(\t\x12\x12\n\nconfidence\x18\x03 \x01(\x01"J\n\tWork'
    b'Order\x12\n\n\x02id\x18\x01 \x01(\t\x12\x10\n\x08email_id\x18\x02 '
    b'\x01(\t\x12\x10\n\x08priority\x18\x03 \x01(\t\x12\r\n\x05hours\x18\x04'
    b' \x01(\x05"^\n\x08Response\x12&\n\x06emails\x18\x01 \x03(\x0b'
    b'2\x16.entrypoint.Classified\x12*\n\x0bwork'
    b'_orders\x18\x02 \x03(\x0b2\x15.entrypoint.WorkO'
    b'rder2K\n\nEntrypoint\x12=\n\x0eClassifyEm'
    b'ails\x12\x13.entrypoint.Request\x1a\x14.entr'
    b'ypoint.Response"\x00B\x06Z\x04mainb\x06proto'
    b'3'
)
DESCRIPTOR = _POOL.FindFileByName("public_input.proto")

if hasattr(message_factory, "GetMessageClass"):
    _message_class = message_factory.GetMessageClass
else:
    _message_class = message_factory.MessageFactory(_POOL).GetPrototype

Email = _message_class(DESCRIPTOR.message_types_by_name["Email"])
Request = _message_class(DESCRIPTOR.message_types_by_name["Request"])
Classified = _message_class(DESCRIPTOR.message_types_by_name["Classified"])
WorkOrder = _message_class(DESCRIPTOR.message_types_by_name["WorkOrder"])
Response = _message_class(DESCRIPTOR.message_types_by_name["Response"])
