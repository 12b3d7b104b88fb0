"""Base64 and URLs."""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.registry import Function, native

_DECODE = native("kql.base64_text({0})", "string", gives="string")
_ENCODE = native("to_base64(encode({0}))", "string", gives="string")

FUNCTIONS: Mapping[str, Function] = {
    "base64_decode_toarray": native("kql.base64_bytes({0})", "string", gives="dynamic"),
    "base64_decode_toguid": native("kql.base64_guid({0})", "string", gives="guid"),
    "base64_decode_tostring": _DECODE,
    "base64_decodestring": _DECODE,
    "base64_encode_fromarray": native("kql.bytes_base64({0})", "dynamic", gives="string"),
    "base64_encode_fromguid": native("kql.guid_base64({0})", "guid", gives="string"),
    "base64_encode_tostring": _ENCODE,
    "base64_encodestring": _ENCODE,
    "url_decode": native("kql.url_decode({0})", "string", gives="string"),
    "url_encode": native("replace(kql.url_encode({0}), '%20', '+')", "string", gives="string"),
    "url_encode_component": native("kql.url_encode({0})", "string", gives="string"),
}
