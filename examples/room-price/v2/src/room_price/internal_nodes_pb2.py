# Generated from internal_nodes.proto by examples/generate-protos. Do not edit.
# proto-sha256: 673c5cacf611b321ea86435bdee0fac1d5a73e339b373244ee6235b1234d2c73
from google.protobuf import descriptor_pool, message_factory

_POOL = descriptor_pool.DescriptorPool()
_POOL.AddSerializedFile(
    b'\n\x14internal_nodes.proto\x12\x08internal'
    b'".\n\x08Features\x12\x12\n\nlisting_id\x18\x01 \x01(\t'
    b'\x12\x0e\n\x06values\x18\x02 \x03(\x01"e\n\x08Estimate\x12\x12\n\n'
    b'listing_id\x18\x01 \x01(\t\x12\x11\n\tprice_usd\x18\x02 '
    b'\x01(\x01\x12\x0f\n\x07low_usd\x18\x03 \x01(\x01\x12\x10\n\x08high_usd'
    b'\x18\x04 \x01(\x01\x12\x0f\n\x07borough\x18\x05 \x01(\tB\x06Z\x04mainb'
    b'\x06proto3'
)
DESCRIPTOR = _POOL.FindFileByName("internal_nodes.proto")

if hasattr(message_factory, "GetMessageClass"):
    _message_class = message_factory.GetMessageClass
else:
    _message_class = message_factory.MessageFactory(_POOL).GetPrototype

Features = _message_class(DESCRIPTOR.message_types_by_name["Features"])
Estimate = _message_class(DESCRIPTOR.message_types_by_name["Estimate"])
