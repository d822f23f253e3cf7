// TableReader: one table of the configuration, read key by key; every misfit becomes a Problem at
// its place, and finish() reports the keys that nobody asked for.
//
//   TableReader reader(node, "source", &problems);
//   reader.text("kind", &source.kind);
//   reader.finish();
//
// Values already in the target stay when the key is absent, so a file can refine its pack.
// Thread-safety: not safe. Lifetime: the node and the list must outlive it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/app/config/tree.h"
#include "cdp/core/base/time.h"

namespace cdp::app {

class TableReader {
 public:
  // `what` names the table in messages: "source", "purpose".
  TableReader(const ConfigNode& node, std::string what, std::vector<Problem>* problems);

  // True when the key is present and was read.
  bool text(std::string_view key, std::string* out);
  bool boolean(std::string_view key, bool* out);
  bool integer(std::string_view key, std::int64_t low, std::int64_t high, std::int64_t* out);
  bool texts(std::string_view key, std::vector<std::string>* out);
  bool text_map(std::string_view key, std::map<std::string, std::string>* out);
  // "36h", "730d", "2y" (a year is 365 days).
  bool duration(std::string_view key, std::optional<Duration>* out);
  // One of `names`; its index.
  std::optional<std::size_t> choice(std::string_view key,
                                    const std::vector<std::string_view>& names);
  // A child table, to be read by somebody else.
  const ConfigNode* table(std::string_view key);
  bool has(std::string_view key) const { return node_.find(key) != nullptr; }

  // A problem at `key`, or at the table where the key is absent.
  void refuse(std::string_view key, std::string what, std::string hint);
  void finish();

 private:
  const ConfigNode* take(std::string_view key);
  void wrong_kind(const ConfigNode& node, std::string_view expected);

  const ConfigNode& node_;
  std::string what_;
  std::vector<Problem>* problems_;
  std::vector<std::string> known_;
};

// "one, two, three"
std::string listed(const std::vector<std::string>& names);

}  // namespace cdp::app
