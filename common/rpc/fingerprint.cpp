// The canonical walk behind the fingerprint. Each value is written as number, kind and length-prefixed bytes, so that no two requests share
// a text.
#include "common/rpc/fingerprint.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <cstring>

#include "common/crypto/hmac.h"

namespace quittance::rpc {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kExcluded = "request_id";
// A stored hash of a request must not be a fast way to guess the password that was in it.
constexpr std::string_view kPassword = "password";
// Ours nest three deep; gRPC's own parser stops at 100.
constexpr int kDepthMax = 32;

void PutNumber(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

void PutBytes(std::string& out, std::string_view bytes) {
  PutNumber(out, bytes.size());
  out.append(bytes);
}

bool PutMessage(std::string& out, const Message& message, int depth);

// A field's value, or its element `index` where that is not negative.
bool PutValue(std::string& out, const Message& message, const FieldDescriptor& field, int index, int depth) {
  const Reflection& r = *message.GetReflection();
  std::uint64_t number = 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      number =
          static_cast<std::uint64_t>(std::int64_t{index < 0 ? r.GetInt32(message, &field) : r.GetRepeatedInt32(message, &field, index)});
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      number = static_cast<std::uint64_t>(index < 0 ? r.GetInt64(message, &field) : r.GetRepeatedInt64(message, &field, index));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      number = index < 0 ? r.GetUInt32(message, &field) : r.GetRepeatedUInt32(message, &field, index);
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      number = index < 0 ? r.GetUInt64(message, &field) : r.GetRepeatedUInt64(message, &field, index);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      number = (index < 0 ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index)) ? 1 : 0;
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      number = static_cast<std::uint64_t>(
          std::int64_t{index < 0 ? r.GetEnumValue(message, &field) : r.GetRepeatedEnumValue(message, &field, index)});
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double value = field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT
                               ? (index < 0 ? r.GetFloat(message, &field) : r.GetRepeatedFloat(message, &field, index))
                               : (index < 0 ? r.GetDouble(message, &field) : r.GetRepeatedDouble(message, &field, index));
      std::memcpy(&number, &value, sizeof number);
      break;
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      PutBytes(out, index < 0 ? r.GetStringReference(message, &field, &scratch)
                              : r.GetRepeatedStringReference(message, &field, index, &scratch));
      return true;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      std::string inner;
      if (!PutMessage(inner, index < 0 ? r.GetMessage(message, &field) : r.GetRepeatedMessage(message, &field, index), depth + 1))
        return false;
      PutBytes(out, inner);
      return true;
    }
  }
  PutNumber(out, number);
  return true;
}

// Entries of a map have no order of their own: theirs is the order of their texts.
bool PutElements(std::string& out, const Message& message, const FieldDescriptor& field, int depth) {
  const int count = message.GetReflection()->FieldSize(message, &field);
  std::vector<std::string> elements(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    if (!PutValue(elements[static_cast<std::size_t>(i)], message, field, i, depth)) return false;
  }
  if (field.is_map()) std::sort(elements.begin(), elements.end());
  PutNumber(out, elements.size());
  for (const std::string& element : elements) PutBytes(out, element);
  return true;
}

// False for unknown fields anywhere, or too deep a nesting.
bool PutMessage(std::string& out, const Message& message, int depth) {
  const Reflection& r = *message.GetReflection();
  if (depth > kDepthMax || !r.GetUnknownFields(message).empty()) return false;
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(message, &fields);  // those that are set, by number
  for (const FieldDescriptor* field : fields) {
    if (depth == 0 && field->name() == kExcluded) continue;
    if (field->name().find(kPassword) != std::string::npos) continue;
    PutNumber(out, static_cast<std::uint64_t>(field->number()));
    PutNumber(out, static_cast<std::uint64_t>(field->cpp_type()));
    if (field->is_repeated() ? !PutElements(out, message, *field, depth) : !PutValue(out, message, *field, -1, depth)) return false;
  }
  return true;
}

}  // namespace

Result<db::Fingerprint> FingerprintOf(std::string_view operation, const Message& request) {
  std::string text;
  PutBytes(text, operation);
  if (!PutMessage(text, request, 0)) return InvalidField("request", "must not hold unknown fields");
  return crypto::Sha256(text);
}

}  // namespace quittance::rpc
