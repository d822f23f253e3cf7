// Opens Pii in tests. The only friend of PiiAccess outside the product.
#pragma once

#include "cdp/core/base/pii.h"

namespace cdp::testing {

class PiiForTests {
 public:
  static PiiAccess access() { return {}; }
};

template <class T>
const T& reveal(const Pii<T>& value) {
  return value.open(PiiForTests::access());
}

}  // namespace cdp::testing
