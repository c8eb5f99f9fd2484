// quittance-chaos: seeded runs of crash points and faults against a running stack (./dev up), with the invariants checked after each wave.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

#include "tests/chaos/wave.h"

namespace quittance::chaos {
namespace {

constexpr const char* kUsage =
    "usage: quittance-chaos ENDPOINTS.json [--runs N] [--seed FIRST] [--together N] [--replay SEED] [--keep-going] [--verbose] | --points "
    "| --plan "
    "SEED\n";

struct Options {
  std::string endpoints;
  std::uint64_t first = 1;
  int runs = 30;
  int together = 10;
  bool keep_going = false;
  bool verbose = false;
};

int Run(const Options& options, const std::string& binaries) {
  e2e::Stack stack(options.endpoints);
  Waves waves(stack, binaries, std::cout);
  waves.Tell(options.verbose);
  const auto begin = std::chrono::steady_clock::now();
  int broken = 0;
  for (int done = 0; done < options.runs;) {
    std::vector<std::uint64_t> seeds;
    while (static_cast<int>(seeds.size()) < options.together && done < options.runs)
      seeds.push_back(options.first + static_cast<std::uint64_t>(done++));
    broken += waves.Play(seeds) ? 0 : 1;
    const auto took = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    const Totals& totals = waves.totals();
    std::cout << totals.runs << " runs, " << totals.customers << " customers, " << totals.deaths << " deaths, " << totals.gone_off << " of "
              << totals.armed << " crash points went off, " << totals.findings.size() << " findings, " << took.count() << " s" << std::endl;
    if (broken > 0 && !options.keep_going) break;
  }
  for (const auto& [point, times] : waves.totals().points) std::cout << "  " << point << " " << times << "\n";
  std::cout << waves.totals().points.size() << " of " << CrashPoints().size() << " crash points went off\n";
  return broken == 0 ? 0 : 1;
}

int Main(int argc, char** argv) {
  const std::string program = argv[0];
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] {
      if (++i >= argc) throw std::invalid_argument(word + " needs a value");
      return std::stoull(argv[i]);
    };
    if (word == "--runs") {
      options.runs = static_cast<int>(value());
    } else if (word == "--seed") {
      options.first = value();
    } else if (word == "--together") {
      options.together = static_cast<int>(value());
    } else if (word == "--replay") {
      options.first = value();
      options.runs = 1;
    } else if (word == "--keep-going") {
      options.keep_going = true;
    } else if (word == "--verbose") {
      options.verbose = true;
    } else if (word == "--points") {
      for (std::size_t p = 0; p < CrashPoints().size(); ++p) std::cout << p + 1 << " " << CrashPoints()[p].name << "\n";
      return 0;
    } else if (word == "--plan") {
      std::cout << Describe(MakePlan(value())) << "\n";
      return 0;
    } else {
      options.endpoints = word;
    }
  }
  if (options.endpoints.empty() || options.runs < 1 || options.together < 1) {
    std::cerr << kUsage;
    return 64;
  }
  return Run(options, program.substr(0, program.rfind('/')));
}

}  // namespace
}  // namespace quittance::chaos

int main(int argc, char** argv) {
  try {
    return quittance::chaos::Main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "quittance-chaos: " << error.what() << "\n";
    return 70;
  }
}
