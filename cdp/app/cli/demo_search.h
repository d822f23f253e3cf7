// What of one person lies in the data files, looked for on every decrypted page: a search of the
// encrypted files would prove nothing (DESIGN §8 step 8).
//
// Thread-safety: one thread; not while an erasure runs. Lifetime: the platform outlives it. Errors:
// not_found for nobody; those of the store.
#pragma once

#include <string>
#include <vector>

#include "cdp/app/cli/demo_shop.h"
#include "cdp/app/wiring.h"

namespace cdp::app::cli {

struct DemoTraces {
  std::vector<Bytes> blind_indexes;  // of e-mail and phone, and of each record's key
  std::vector<Bytes> wrapped_keys;
  std::vector<Bytes> ciphertexts;  // of the newest fact of each record
  std::vector<Bytes> plain;        // e-mail, phone, last name: sealed, so never on a page
};
// Pages that hold one of each group.
struct DemoHits {
  std::uint64_t blind_indexes = 0, wrapped_keys = 0, ciphertexts = 0, plain = 0;
  std::uint64_t control = 0;  // of somebody who stays: must be found
  bool none() const {
    return blind_indexes == 0 && wrapped_keys == 0 && ciphertexts == 0 && plain == 0;
  }
};

Result<DemoTraces> traces_of(Platform& platform, const DemoPerson& person);
Result<DemoHits> search_pages(Platform& platform, const DemoTraces& traces,
                              const DemoTraces& control);

}  // namespace cdp::app::cli
