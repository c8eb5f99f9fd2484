// What is known of keys, revocations and tenants at one moment, as a value. Invariant: an update adds; only the key set is replaced, and
// only revocations whose last token has expired are forgotten.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/rpc/trust.h"

namespace quittance::auth::v1 {
class PollTrustResponse;
}

namespace quittance::rpc {

class TrustState {
 public:
  void Apply(const TrustUpdate& update, TimePoint now);
  // Of the other path: adds revocations alone, keys and cursor stay.
  void Hear(const std::vector<RevocationInfo>& revocations, TimePoint now);

  const std::string& cursor() const { return cursor_; }
  void ForgetCursor() { cursor_.clear(); }
  const std::map<std::string, std::string>& keys() const { return keys_; }
  // Rises when the key set changes: what was verified under the old one must be verified again.
  std::uint64_t generation() const { return generation_; }

  // Another one, of the whole process, after every revocation that was heard: what was not revoked at this one is not revoked.
  std::uint64_t revision() const { return revision_; }

  bool Revoked(const crypto::Claims& claims) const;
  const TenantInfo* Find(const TenantId& id) const;  // nullptr: not heard of yet
  std::optional<TenantInfo> ByCode(const std::string& code) const;
  std::optional<TenantInfo> ById(const TenantId& id) const;
  bool AnyTenantAllows(const std::string& origin) const { return origins_.contains(origin); }

  // For the own database: a PollTrustResponse with everything. nullopt if the bytes are not one.
  std::string Serialize() const;
  static std::optional<TrustState> Parse(std::string_view bytes);

 private:
  struct Epoch {
    std::int64_t min;
    TimePoint expires;
  };
  // Looked up with views: every call asks four times, and copies nothing for it.
  struct Less {
    using is_transparent = void;
    using View = std::pair<std::string_view, std::string_view>;
    bool operator()(const View& a, const View& b) const { return a < b; }
  };
  void Add(const RevocationInfo& revocation, TimePoint now);
  void Forget(TimePoint now);

  std::string cursor_;
  std::uint64_t generation_ = 0;
  std::uint64_t revision_ = 0;
  std::map<std::string, std::string> keys_;
  std::map<std::string, TimePoint> sessions_;                          // session id -> when the last of its tokens expires
  std::map<std::pair<std::string, std::string>, Epoch, Less> epochs_;  // (tenant, subject or empty), tenant empty: everybody
  std::map<TenantId, TenantInfo> tenants_;
  std::map<std::string, TenantId> codes_;
  std::set<std::string> origins_;  // of all tenants
};

// Between auth's message and ours; used by RemoteTrust and by the stored state.
TrustUpdate FromWire(const auth::v1::PollTrustResponse& answer);

}  // namespace quittance::rpc
