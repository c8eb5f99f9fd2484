// The topics of Quittance, one per service, made by `quittance-<service> migrate` (and by dev-broker from the same list). Nothing
// auto-creates them.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace quittance::events {

inline constexpr std::array<std::string_view, 4> kTopics = {"quittance.auth.v1", "quittance.billing.v1", "quittance.subscriptions.v1",
                                                            "quittance.notifications.v1"};
inline constexpr int kPartitionsDefault = 6;

// Creates the topic if it is missing, gives it more partitions if it has fewer. Throws Fault. A topic that is there with as many or more is
// left alone.
void EnsureTopic(const std::string& brokers, std::string_view topic, int partitions, int replicas);

}  // namespace quittance::events
