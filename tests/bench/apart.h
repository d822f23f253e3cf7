// apart(): runs a part of the bench in a child process and brings its figures home, so that one
// part's memory, threads and caches are not the next one's.
//
// Thread-safety: fork; call it while this process has one thread. Errors: unavailable when the
// child ended badly; its own error text otherwise.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cdp/core/base/result.h"

namespace cdp::bench {

using Numbers = std::map<std::string, double>;

Result<Numbers> apart(const std::function<Result<Numbers>()>& part);
// Resident and peak resident memory of this process, in MiB: VmRSS and VmHWM of proc(5).
double resident_mb(const char* field);
// Processor time of this process so far, all threads: what wall time would say on a quiet machine.
double cpu_seconds();

}  // namespace cdp::bench
