# Generated from public_input.proto by examples/generate-protos. Do not edit.
# proto-sha256: 155748564d918a295eb0af1656f12957126a375230d9dc8bb1156a474a892039
from google.protobuf import descriptor_pool, message_factory

_POOL = descriptor_pool.DescriptorPool()
_POOL.AddSerializedFile(
    b'\n\x12public_input.proto\x12\nentrypoint'
    b'"\xb2\x01\n\x07Request\x12\x12\n\nlisting_id\x18\x01 \x01(\t'
    b'\x12\x0f\n\x07borough\x18\x02 \x01(\t\x12\x11\n\troom_type\x18\x03'
    b' \x01(\t\x12\x0e\n\x06guests\x18\x04 \x01(\x05\x12\x11\n\tbathroom'
    b's\x18\x05 \x01(\x01\x12\x16\n\x0esubway_minutes\x18\x06 \x01(\x05\x12'
    b'\x14\n\x0creview_score\x18\x07 \x01(\x01\x12\r\n\x05month\x18\x08'
    b' \x01(\x05\x12\x0f\n\x07weekend\x18\t \x01(\x08"\x82\x01\n\x08Respon'
    b'se\x12\x12\n\nlisting_id\x18\x01 \x01(\t\x12\r\n\x05price\x18'
    b'\x02 \x01(\x01\x12\x10\n\x08currency\x18\x03 \x01(\t\x12\x0b\n\x03low\x18\x04'
    b' \x01(\x01\x12\x0c\n\x04high\x18\x05 \x01(\x01\x12\x13\n\x0bvalid_unti'
    b'l\x18\x06 \x01(\x03\x12\x11\n\tsignature\x18\x07 \x01(\t"\x90\x01\n\x11S'
    b'aveMetricRequest\x12\x12\n\nlisting_id\x18\x01'
    b' \x01(\t\x12\x17\n\x0fpredicted_price\x18\x02 \x01(\x01\x12\x14\n'
    b'\x0cactual_price\x18\x03 \x01(\x01\x12\x10\n\x08currency\x18'
    b'\x04 \x01(\t\x12\x13\n\x0bvalid_until\x18\x05 \x01(\x03\x12\x11\n\tsi'
    b'gnature\x18\x06 \x01(\t"4\n\x12SaveMetricRespo'
    b'nse\x12\r\n\x05saved\x18\x01 \x01(\x08\x12\x0f\n\x07message\x18\x02 '
    b'\x01(\t2\xa4\x01\n\nEntrypoint\x12=\n\x0eMakePredic'
    b'tion\x12\x13.entrypoint.Request\x1a\x14.entr'
    b'ypoint.Response"\x00\x12W\n\x14SavePredict'
    b'ionMetric\x12\x1d.entrypoint.SaveMetri'
    b'cRequest\x1a\x1e.entrypoint.SaveMetric'
    b'Response"\x00B\x06Z\x04mainb\x06proto3'
)
DESCRIPTOR = _POOL.FindFileByName("public_input.proto")

if hasattr(message_factory, "GetMessageClass"):
    _message_class = message_factory.GetMessageClass
else:
    _message_class = message_factory.MessageFactory(_POOL).GetPrototype

Request = _message_class(DESCRIPTOR.message_types_by_name["Request"])
Response = _message_class(DESCRIPTOR.message_types_by_name["Response"])
SaveMetricRequest = _message_class(DESCRIPTOR.message_types_by_name["SaveMetricRequest"])
SaveMetricResponse = _message_class(DESCRIPTOR.message_types_by_name["SaveMetricResponse"])
