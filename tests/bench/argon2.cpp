// B11's reference: argon2id with auth's parameters, a thread per core, nothing else. quittance-bench-argon2 SECONDS prints one JSON line.
// Invariant: every hash is compared with the known one.
#include <argon2.h>

#include <array>
#include <atomic>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>
#include <vector>

#include "services/auth/domain/password.h"

namespace quittance::bench {
namespace {

using Steady = std::chrono::steady_clock;
using Hash = std::array<unsigned char, 32>;

constexpr std::string_view kPassword = "une phrase assez longue";
constexpr std::string_view kSalt = "sixteen bytes of";

Hash HashOnce() {
  Hash hash{};
  const auth::HashCost& cost = auth::kHashCost;
  const int status = argon2id_hash_raw(cost.passes, cost.memory_kib, cost.lanes, kPassword.data(), kPassword.size(), kSalt.data(),
                                       kSalt.size(), hash.data(), hash.size());
  if (status != ARGON2_OK) throw std::runtime_error(argon2_error_message(status));
  return hash;
}

nlohmann::json Run(double seconds) {
  const Hash known = HashOnce();
  std::atomic<bool> wrong{false};
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<double> rates(cores);
  std::vector<std::thread> threads;
  for (double& rate : rates) {
    threads.emplace_back([&rate, &wrong, &known, seconds] {
      const auto begin = Steady::now();
      double elapsed = 0;
      int hashes = 0;
      for (; elapsed < seconds; ++hashes) {
        if (HashOnce() != known) wrong = true;
        elapsed = std::chrono::duration<double>(Steady::now() - begin).count();
      }
      rate = hashes / elapsed;
    });
  }
  for (auto& thread : threads) thread.join();
  if (wrong) throw std::runtime_error("two hashes of one password differ");
  double sum = 0;
  for (const double rate : rates) sum += rate;
  return {{"per_second", sum}, {"threads", cores}};
}

}  // namespace
}  // namespace quittance::bench

int main(int argc, char** argv) {
  try {
    std::cout << quittance::bench::Run(argc > 1 ? std::stod(argv[1]) : 5).dump() << std::endl;
  } catch (const std::exception& fault) {
    std::cerr << "quittance-bench-argon2: " << fault.what() << "\n";
    return 1;
  }
}
