#include "cdp/app/server/logger.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cdp/core/base/limits.h"

namespace cdp::app {
namespace {

bool plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("_-./:{}*").find(c) != std::string_view::npos;
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
    case LogLevel::off:
      return "error";
  }
  return "error";
}

// Literals are ours; still no quote or control character reaches the line unescaped.
void append_quoted(std::string_view text, std::string* out) {
  *out += '"';
  for (const char c : text) {
    *out += c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ? '_' : c;
  }
  *out += '"';
}

struct AppendValue {
  std::string* out;
  void operator()(std::int64_t n) const { *out += std::to_string(n); }
  void operator()(std::uint64_t n) const { *out += std::to_string(n); }
  void operator()(bool b) const { *out += b ? "true" : "false"; }
  void operator()(LogWord word) const { append_quoted(word.text(), out); }
  void operator()(double d) const {
    if (!std::isfinite(d)) {
      *out += "null";
      return;
    }
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, d).ptr;
    out->append(text, end);
  }
};

}  // namespace

LogWord LogWord::label(std::string_view text) {
  const bool fits = !text.empty() && text.size() <= limits::kLabelBytesMax &&
                    std::all_of(text.begin(), text.end(), plain);
  return LogWord(Checked{}, fits ? text : std::string_view("invalid"));
}

Logger::Logger(Clock& clock, LogLevel least, Sink sink)
    : clock_(&clock), least_(least), sink_(std::move(sink)) {}

Logger Logger::to_stderr(Clock& clock, LogLevel least) {
  auto log =
      std::make_shared<spdlog::logger>("cdp", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_pattern("%v");
  log->set_level(spdlog::level::trace);
  log->flush_on(spdlog::level::trace);
  return Logger(clock, least, [log](std::string_view line) {
    log->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  });
}

Logger Logger::silent(Clock& clock) {
  return Logger(clock, LogLevel::off, [](std::string_view) {});
}

void Logger::write(LogLevel level, LogWord event, Fields fields) const {
  if (level < least_) return;
  std::string line = R"({"time":")";
  line += to_rfc3339(clock_->now());
  line += R"(","level":")";
  line += name_of(level);
  line += R"(","event":)";
  append_quoted(event.text(), &line);
  for (const LogField& field : fields) {
    line += ',';
    append_quoted(field.name().text(), &line);
    line += ':';
    std::visit(AppendValue{&line}, field.value());
  }
  line += '}';
  sink_(line);
}

}  // namespace cdp::app
