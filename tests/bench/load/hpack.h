// The header blocks of a lean client's requests. libnghttp2's own encoder indexes neither `:path` nor `authorization`: every call would
// carry its token again, Huffman-coded, for the measured server to decode. Here what was sent once is a byte or two afterwards.
// Invariant: the table only fills. Nothing is evicted, so the numbers of what stands in it hold; what does not fit any more goes as a
// literal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace quittance::bench {

class HeaderTable {
 public:
  // The peer's decoder holds so many bytes: from the next block on the table is empty and of that size.
  void Resize(std::size_t bytes);
  std::size_t limit() const { return limit_; }

  // Opens a block with `:method: POST` and `:scheme: http`; what Resize changed is said first.
  void Begin(std::string& block);
  void Add(std::string& block, std::string_view name, std::string_view value);

 private:
  std::size_t limit_ = 4096;  // what HTTP/2 gives to begin with
  std::size_t used_ = 0;
  std::size_t count_ = 0;
  bool resized_ = false;
  std::string line_;  // scratch
  std::unordered_map<std::string, std::size_t> numbers_;
};

}  // namespace quittance::bench
