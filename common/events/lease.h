// The relay's lease: a row of relay_lease that one process owns until a moment of database time. Not a session advisory lock: poolers and
// recycled connections break those. Invariant: MayProduce() turns false at half of the lease, so that an owner that was held up has stopped
// before another may start.
#pragma once

#include <chrono>
#include <string>

#include "common/db/database.h"

namespace quittance::events {

class Lease {
 public:
  Lease(db::Database& db, std::string name, std::string owner, std::chrono::milliseconds length);

  // Takes the lease, or renews it once a quarter of it has passed. Whether it is ours; throws Fault.
  bool Hold();
  bool MayProduce() const;
  // Lets another owner start at once.
  void Release();

  std::int64_t epoch() const { return epoch_; }  // rises with every change of owner

 private:
  db::Database& db_;
  const std::string name_;
  const std::string owner_;
  const std::chrono::milliseconds length_;
  SteadyTime taken_{};  // before the statement was sent: never later than the database's own begin
  std::int64_t epoch_ = 0;
  bool held_ = false;
};

}  // namespace quittance::events
