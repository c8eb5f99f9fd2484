// RFC 7541, without Huffman codes: what is not indexed is rare.
#include "tests/bench/load/hpack.h"

namespace quittance::bench {
namespace {

constexpr std::size_t kStaticHeaders = 61;
constexpr std::size_t kEntryOverhead = 32;
constexpr std::string_view kPostOverHttp = "\x83\x86";  // both in the static table
constexpr unsigned kIndexed = 0x80;
constexpr unsigned kLiteralToIndex = 0x40;
constexpr unsigned kLiteral = 0x00;
constexpr unsigned kTableSize = 0x20;

// An integer whose first byte carries `pattern` above `bits` bits.
void AppendNumber(std::string& block, unsigned pattern, unsigned bits, std::size_t number) {
  const std::size_t most = (1U << bits) - 1;
  if (number < most) {
    block.push_back(static_cast<char>(pattern | number));
    return;
  }
  block.push_back(static_cast<char>(pattern | most));
  for (number -= most; number >= 128; number >>= 7U) block.push_back(static_cast<char>(128 | (number & 127U)));
  block.push_back(static_cast<char>(number));
}

void AppendText(std::string& block, std::string_view text) {
  AppendNumber(block, 0, 7, text.size());
  block.append(text);
}

}  // namespace

void HeaderTable::Resize(std::size_t bytes) {
  limit_ = bytes;
  used_ = count_ = 0;
  numbers_.clear();
  resized_ = true;
}

void HeaderTable::Begin(std::string& block) {
  if (resized_) {
    AppendNumber(block, kTableSize, 5, 0);  // through nothing, so that the peer's table is as empty as ours
    AppendNumber(block, kTableSize, 5, limit_);
    resized_ = false;
  }
  block.append(kPostOverHttp);
}

void HeaderTable::Add(std::string& block, std::string_view name, std::string_view value) {
  line_.assign(name).append(1, '\0').append(value);
  if (const auto known = numbers_.find(line_); known != numbers_.end()) {
    AppendNumber(block, kIndexed, 7, kStaticHeaders + count_ - known->second);
    return;
  }
  const std::size_t size = name.size() + value.size() + kEntryOverhead;
  const bool fits = used_ + size <= limit_;
  block.push_back(static_cast<char>(fits ? kLiteralToIndex : kLiteral));
  AppendText(block, name);
  AppendText(block, value);
  if (!fits) return;
  used_ += size;
  numbers_.emplace(line_, count_++);
}

}  // namespace quittance::bench
