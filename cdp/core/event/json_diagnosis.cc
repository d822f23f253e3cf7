#include "cdp/core/event/json_diagnosis.h"

#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_set>
#include <vector>

#include "cdp/core/base/limits.h"

namespace cdp::json {
namespace {

// Reads the text and tells everybody how far the parser has come.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, std::size_t* consumed) : at_(at), consumed_(consumed) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*consumed_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  std::size_t* consumed_;
};

// Stops at the first thing json.h refuses and remembers what and where.
class Finder {
 public:
  Finder(const std::size_t* consumed, bool watch_keys)
      : consumed_(consumed), watch_keys_(watch_keys) {}

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(std::int64_t) { return true; }
  bool number_unsigned(std::uint64_t) { return true; }
  bool number_float(double, const std::string& raw) {
    // nlohmann turns an integer beyond 64 bits into a double; we refuse it instead of rounding.
    if (raw.find_first_of(".eE") != std::string::npos) return true;
    return stop("JSON number out of range", here());
  }
  bool string(const std::string&) { return true; }
  bool binary(const std::vector<std::uint8_t>&) { return true; }
  bool start_object(std::size_t) { return enter(); }
  bool start_array(std::size_t) { return enter(); }
  bool end_object() { return leave(); }
  bool end_array() { return leave(); }
  bool key(const std::string& name) {
    if (!watch_keys_ || keys_.back().insert(name).second) return true;
    return stop("duplicate JSON key", here());
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& e) {
    constexpr int kNumberOutOfRange = 406;
    return stop(e.id == kNumberOutOfRange ? "JSON number out of range" : "malformed JSON",
                position == 0 ? here() : position - 1);
  }

  Error error() const {
    return {ErrorCode::invalid_argument, std::string(what_) + " at byte " + std::to_string(byte_),
            hint_};
  }

 private:
  std::size_t here() const { return *consumed_ == 0 ? 0 : *consumed_ - 1; }
  bool enter() {
    if (keys_.size() >= limits::kJsonDepthMax) {
      hint_ = "nest at most " + std::to_string(limits::kJsonDepthMax) + " levels";
      return stop("JSON nested too deep", here());
    }
    keys_.emplace_back();
    return true;
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }
  bool stop(const char* what, std::size_t byte) {
    what_ = what;
    byte_ = byte;
    return false;
  }

  const std::size_t* consumed_;
  bool watch_keys_;
  std::vector<std::unordered_set<std::string>> keys_;  // one per open object or array
  const char* what_ = "malformed JSON";
  std::string hint_ = "send one UTF-8 JSON value (RFC 8259) without duplicate keys";
  std::size_t byte_ = 0;
};

}  // namespace

Error diagnose(std::string_view text, Refused why) {
  std::size_t consumed = 0;
  Finder finder(&consumed, why == Refused::duplicate_key);
  const char* begin = text.data();
  // A byte order mark is skipped by nlohmann and refused by us (RFC 8259 §8.1): byte 0 stands.
  if (text.empty() || text.starts_with("\xEF\xBB\xBF")) return finder.error();
  try {
    nlohmann::json::sax_parse(CountingIterator(begin, &consumed),
                              CountingIterator(begin + text.size(), &consumed), &finder);
  } catch (const std::exception&) {
    // Only out of memory comes here: the refusal stands, its position is not known.
  }
  return finder.error();
}

}  // namespace cdp::json
