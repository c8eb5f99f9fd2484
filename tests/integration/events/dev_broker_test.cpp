// The embedded broker as a process of its own: address file, topics, SIGTERM, and the loud end when a group has lost events.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "common/events/kafka.h"
#include "common/events/producer.h"
#include "common/events/topics.h"
#include "tests/integration/events/mock_broker.h"
#include "tests/integration/events/world.h"

namespace quittance::events::test {
namespace {

using std::chrono::milliseconds;

std::string ReadAll(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class DevBroker : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("quittance-dev-broker-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    child = fork();
    if (child == 0) {
      const int errors = open((folder / "stderr").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
      dup2(errors, STDERR_FILENO);
      execl(QUITTANCE_BINARY_DIR "/bin/quittance-dev-broker", "quittance-dev-broker", "--address-file", (folder / "address").c_str(),
            static_cast<char*>(nullptr));
      _exit(127);
    }
    ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(folder / "address"); }));
    address = ReadAll(folder / "address");
    address.erase(address.find_last_not_of('\n') + 1);
  }
  void TearDown() override {
    if (child > 0) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
    std::filesystem::remove_all(folder);
  }
  // Its exit status, or -1 if it still runs after `limit`.
  int Ends(milliseconds limit) {
    int status = 0;
    if (!Eventually([&] { return waitpid(child, &status, WNOHANG) == child; }, limit)) return -1;
    child = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  }
  void Produce(std::size_t count, std::size_t bytes) {
    std::vector<Event> events(count, MakeEvent("pay_same_partition", 1));
    for (Event& event : events) event.data.assign(bytes, 'x');
    Producer producer({address, std::string(kTopic), "/quittance/billing"});
    const SteadyTime end = In(milliseconds(20'000));
    producer.Publish(events, [&] { return std::chrono::steady_clock::now() < end; });
  }
  // As a consumer that has applied the first message of every partition would.
  void CommitFirst(const char* group) {
    rd_kafka_t* client = kafka::NewClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", address}, {"group.id", group}});
    auto list = kafka::NewList(kPartitionsDefault);
    for (int partition = 0; partition < kPartitionsDefault; ++partition) {
      rd_kafka_topic_partition_list_add(list.get(), std::string(kTopic).c_str(), partition)->offset = 1;
    }
    EXPECT_EQ(rd_kafka_commit(client, list.get(), 0), RD_KAFKA_RESP_ERR_NO_ERROR);
    kafka::DestroyBounded(client, std::chrono::seconds(5), nullptr);
  }

  std::filesystem::path folder;
  std::string address;
  pid_t child = -1;
};

TEST_F(DevBroker, HasAllTopicsAndEndsOnSigterm) {
  for (const std::string_view topic : kTopics) EXPECT_NO_THROW(EnsureTopic(address, topic, kPartitionsDefault, 1));
  Produce(3, 10);
  EXPECT_EQ(ReadTopic(address, std::string(kTopic), 3).size(), 3u);
  kill(child, SIGTERM);
  EXPECT_EQ(Ends(milliseconds(5000)), 0);
}

TEST_F(DevBroker, DroppingWhatNobodyWaitsForIsFine) {
  Produce(700, 10'000);  // 7 MB of 5 in one partition; no group reads it
  EXPECT_EQ(Ends(milliseconds(3000)), -1);
}

TEST_F(DevBroker, StopsLoudlyWhenAGroupHasFallenBehind) {
  CommitFirst("quittance-subscriptions");
  Produce(700, 10'000);
  EXPECT_EQ(Ends(milliseconds(10'000)), 1);
  const std::string errors = ReadAll(folder / "stderr");
  EXPECT_NE(errors.find("group quittance-subscriptions has lost events of quittance.billing.v1"), std::string::npos) << errors;
}

}  // namespace
}  // namespace quittance::events::test
