// Pii<T>: personal data that cannot be printed, logged, compared or serialised by accident (DESIGN
// invariant 4).
//
//   Pii<std::string> email(...);
//   std::cout << email;                       // does not compile
//   email.open(PiiAccess::for_sealing(key))   // only the classes that mint a PiiAccess can read it
//
// Model: tink's RestrictedData / InsecureSecretKeyAccess: authority is a value. PiiAccess has a
// private constructor and one friend per class that has a reason to read; a law test counts them.
//
// Thread-safety: a value. Memory is not wiped on destruction: the process dumps no core (app/main).
#pragma once

#include <string>
#include <utility>

namespace cdp {

namespace event {
class FactCodec;
}  // namespace event
namespace identity {
class Normaliser;
class ProfileReader;
}  // namespace identity
namespace consent {
class Gate;
class ContactPointReader;
class PreferenceReader;
}  // namespace consent
namespace compliance {
class Eraser;
}
namespace app {
class FactBuilder;
class OfficerView;
}  // namespace app
namespace testing {
class PiiForTests;
}

// The right to read personal data. Only the friends below can make one.
class PiiAccess {
 private:
  friend class event::FactCodec;             // seals observations and opens them again
  friend class identity::Normaliser;         // raw identifier -> normalised value
  friend class identity::ProfileReader;      // merges persona documents into a profile
  friend class consent::Gate;                // cuts the consented view
  friend class consent::ContactPointReader;  // binds a channel grant to its contact point
  friend class consent::PreferenceReader;    // shows a person their own address, masked
  friend class compliance::Eraser;           // writes the vendor orders of an erasure
  friend class app::FactBuilder;             // ingest: observation -> fact
  friend class app::OfficerView;             // the audited officer's lookup
  friend class testing::PiiForTests;
  PiiAccess() = default;
};

template <class T>
class Pii {
 public:
  Pii() = default;
  explicit Pii(T value) : value_(std::move(value)) {}

  const T& open(const PiiAccess&) const& { return value_; }
  T open(const PiiAccess&) && { return std::move(value_); }

 private:
  T value_{};
};

}  // namespace cdp
