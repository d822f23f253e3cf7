// MergeStory: everything that can be told of why records are one person, in words and as JSON: the
// joins that hold it together and what of it can be taken back, how it came about change by change,
// what is held apart and what links nobody. Ids, types, tiers, counts and times; no personal data.
//
// Thread-safety: safe. Errors: those of the keys and stores.
#pragma once

#include <string>

#include "cdp/app/ingest/pipeline.h"
#include "cdp/app/officer/reviews.h"
#include "identity/resolver.h"

namespace cdp::app {

class MergeStory {
 public:
  explicit MergeStory(Pipeline& pipeline) : pipeline_(pipeline) {}

  struct Told {
    std::string text;
    std::string json;  // {"text","merge","assertions","history","held","over_cap"}
  };
  Result<Told> tell(const identity::Profile& profile) const;

 private:
  struct Version {
    Position record;
    Position cause;
    Time at;
    std::string what;  // "merged", "parted"
    std::string because;
    std::string rules;
    std::vector<std::size_t> sizes;  // of the subjects it formed
  };
  struct OverCap {
    std::string type;
    std::size_t carriers = 0;
    bool latched = false;
  };
  Result<std::vector<Version>> history(const identity::Profile& profile) const;
  Result<std::string> cause_in_words(Position cause) const;
  Result<std::string> assertions(const identity::Profile& profile, std::string& text) const;
  static std::string to_json(const std::string& text, const std::string& merge,
                             const std::string& assertions, const std::vector<Version>& versions,
                             const std::vector<Review>& held, const std::vector<OverCap>& over);
  std::vector<OverCap> over_cap(const identity::Profile& profile) const;

  Pipeline& pipeline_;
};

}  // namespace cdp::app
