// The template half of Run: turns a Config and an App into a Frame, so that everything else is compiled once (run.cpp).
#pragma once

#include <utility>

namespace quittance::service {

// An App behind its three verbs.
class Process {
 public:
  virtual ~Process() = default;
  virtual void Start() = 0;
  virtual void Drain(SteadyTime deadline) = 0;
};

// A Config that was read: its base, and the App it makes.
class Plan {
 public:
  virtual ~Plan() = default;
  virtual const BaseConfig& base() const = 0;
  virtual std::unique_ptr<Process> Build(Runtime& runtime) const = 0;
};

struct Frame {
  std::string name;  // billing
  bool with_database = false;
  std::function<std::unique_ptr<Plan>(config::Env&)> read;
  std::vector<Command> commands;
};

int RunFrame(const Frame& frame, int argc, char** argv);

template <class Config, class App>
class PlanOf final : public Plan {
 public:
  explicit PlanOf(Config config) : config_(std::move(config)) {}
  const BaseConfig& base() const override { return config_.base; }
  std::unique_ptr<Process> Build(Runtime& runtime) const override { return std::make_unique<ProcessOf>(config_, runtime); }

 private:
  class ProcessOf final : public Process {
   public:
    ProcessOf(const Config& config, Runtime& runtime) : app_(config, runtime) {}
    void Start() override { app_.Start(); }
    void Drain(SteadyTime deadline) override { app_.Drain(deadline); }

   private:
    App app_;
  };
  Config config_;
};

template <class Config, class App>
int Run(const std::string& name, int argc, char** argv) {
  Frame frame;
  frame.name = name;
  frame.with_database = requires(const Config& config) { config.data.database_url; };
  frame.read = [](config::Env& env) -> std::unique_ptr<Plan> { return std::make_unique<PlanOf<Config, App>>(Config::Read(env)); };
  if constexpr (requires { App::kCommands; }) frame.commands = App::kCommands;
  return RunFrame(frame, argc, argv);
}

}  // namespace quittance::service
