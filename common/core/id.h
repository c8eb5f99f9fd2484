// Strong ids: a UUID that cannot be taken for another thing's, shown as `pay_` and 32 hexadecimal digits.
#pragma once

#include "common/core/result.h"
#include "common/core/uuid.h"

namespace quittance {

// Tag: struct { static constexpr std::string_view kPrefix = "pay"; };
template <class Tag>
struct Id {
  Uuid uuid{};

  auto operator<=>(const Id&) const = default;
  std::string ToString() const { return std::string(Tag::kPrefix) + "_" + uuid.Hex(); }

  // `field` is named in the refusal.
  static Result<Id> Parse(std::string_view text, std::string_view field) {
    const std::string_view prefix = Tag::kPrefix;
    if (text.size() == prefix.size() + 33 && text.starts_with(prefix) && text[prefix.size()] == '_') {
      if (auto uuid = Uuid::Parse(text.substr(prefix.size() + 1))) return Id{*uuid};
    }
    return InvalidField(std::string(field), "must be " + std::string(prefix) + "_ and 32 lower case hexadecimal digits");
  }
};

struct TenantTag {
  static constexpr std::string_view kPrefix = "ten";
};
struct UserTag {
  static constexpr std::string_view kPrefix = "usr";
};
struct ServiceAccountTag {
  static constexpr std::string_view kPrefix = "svc";
};
struct SessionTag {
  static constexpr std::string_view kPrefix = "ses";
};
using TenantId = Id<TenantTag>;
using UserId = Id<UserTag>;
using ServiceAccountId = Id<ServiceAccountTag>;
using SessionId = Id<SessionTag>;

}  // namespace quittance

template <class Tag>
struct std::hash<quittance::Id<Tag>> {
  std::size_t operator()(const quittance::Id<Tag>& id) const noexcept { return std::hash<quittance::Uuid>()(id.uuid); }
};
