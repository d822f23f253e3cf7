#include "cdp/core/store/directory.h"
#include "cdp/core/store/memory/engine.h"

namespace cdp::store {

Engine open_memory() {
  return Engine{memory::make_key_store(), memory::make_ledger(), memory::make_state()};
}

}  // namespace cdp::store
