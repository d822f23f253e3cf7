#include "cdp/core/store/body_dictionary.h"

namespace cdp::store {
namespace {

constexpr std::uint8_t kDictionary[] = {
#include "cdp/core/store/body_dictionary_v1.inc"
};

}  // namespace

ByteView body_dictionary_v1() { return kDictionary; }

}  // namespace cdp::store
