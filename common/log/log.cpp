// One JSON object a line, built by hand so that this file stays small and fast; spdlog takes the finished line to stdout.
// Whatever a value holds (line feeds, escape sequences, quotes, broken UTF-8), the line stays one line and valid JSON.
#include "common/log/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

#include "common/core/text.h"
#include "common/core/time.h"
#include "common/log/redact.h"

namespace quittance::log {
namespace {

constexpr std::size_t kValueBytesMax = 8192;
constexpr std::size_t kLineBytesUsual = 512;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::atomic<Level> least{Level::kInfo};
// Set once, before threads begin.
std::string service_name;
std::string service_version;

spdlog::logger& Sink() {
  static spdlog::logger logger = [] {
    spdlog::logger made("quittance", std::make_shared<spdlog::sinks::stdout_sink_mt>());
    made.set_pattern("%v");
    made.set_level(spdlog::level::trace);
    return made;
  }();
  return logger;
}

std::string_view Name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "info";
}

void AppendEscape(std::string& out, unsigned point) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[point >> shift & 15U];
}

// Length of the UTF-8 sequence at `at`; 0 if it is not one.
std::size_t SequenceAt(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  return at + length <= text.size() && IsValidUtf8(text.substr(at, length)) ? length : 0;
}

bool IsPlain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

void AppendString(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain =
        static_cast<std::size_t>(std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), IsPlain) - text.begin());
    out += text.substr(at, plain - at);
    at = plain;
    if (at == text.size()) break;
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    const std::size_t length = SequenceAt(text, at);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      AppendEscape(out, byte);
    } else if (length == 0) {
      out += kReplacement;
    } else if (length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0) {
      AppendEscape(out, static_cast<unsigned char>(text[at + 1]));  // U+0080 to U+009F: terminals obey some of them
    } else {
      out += text.substr(at, length);
    }
    at += std::max<std::size_t>(length, 1);
  }
  out += '"';
}

void AppendText(std::string& out, std::string_view text) {
  std::string shown = Redact(text.substr(0, kValueBytesMax));
  if (text.size() > kValueBytesMax) shown += "…";
  AppendString(out, shown);
}

void AppendValue(std::string& out, const Field& field) {
  if (const auto* text = std::get_if<std::string>(&field.value)) {
    AppendText(out, *text);
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    out += std::isfinite(*real) ? fmt::format("{}", *real) : "null";  // JSON has no infinity
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

}  // namespace

void Init(std::string_view service, std::string_view version, Level level) {
  service_name = service;
  service_version = version;
  least = level;
}

std::string Render(Level level, std::string_view message, const std::vector<Field>& fields) {
  const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  std::string line;
  line.reserve(kLineBytesUsual);
  line += "{\"time\":\"" + FormatRfc3339(now) + "\",\"level\":\"";
  line += Name(level);
  line += "\",\"service\":";
  AppendString(line, service_name);
  line += ",\"version\":";
  AppendString(line, service_version);
  line += ",\"msg\":";
  AppendText(line, message);
  for (const Field& field : fields) {
    line += ',';
    AppendString(line, field.key);
    line += ':';
    AppendValue(line, field);
  }
  line += '}';
  return line;
}

void Write(Level level, std::string_view message, const std::vector<Field>& fields) {
  if (level < least.load(std::memory_order_relaxed)) return;
  const std::string line = Render(level, message, fields);
  Sink().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace quittance::log
