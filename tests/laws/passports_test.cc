// The passport law, checked by the compiler (invariants 1 and 4). If this file compiles, it holds.
#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/pii.h"
#include "connectors/destination.h"
#include "connectors/erasure_order.h"
#include "connectors/transport/outbound_request.h"
#include "connectors/transport/smtp_relay.h"
#include "consent/choice_order.h"
#include "consent/consented_view.h"
#include "consent/subject_message.h"
#include "identity/profile.h"

namespace cdp::laws {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

template <class T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};

template <class T>
concept OpenedWithoutAccess = requires(const T& value) {
  value.open();
};

template <class T>
concept MintedByAnybody = std::is_default_constructible_v<T> || std::is_aggregate_v<T> ||
    std::is_copy_constructible_v<T> || std::is_copy_assignable_v<T>;

template <class T>
concept Cuttable = requires(const connectors::Destination& destination, T value) {
  destination.cut(std::move(value), std::string(), Time{});
};

using connectors::ErasureOrder;
using connectors::transport::OutboundLetter;
using connectors::transport::OutboundRequest;
using consent::ChoiceOrder;
using consent::ConsentedView;
using consent::SubjectMessage;

// Nobody but its friend makes a passport, and nobody doubles one.
static_assert(!MintedByAnybody<ConsentedView>);
static_assert(!MintedByAnybody<ChoiceOrder>);
static_assert(!MintedByAnybody<ErasureOrder>);
static_assert(!MintedByAnybody<SubjectMessage>);
static_assert(!MintedByAnybody<OutboundRequest>);
static_assert(!MintedByAnybody<OutboundLetter>);
static_assert(std::is_move_constructible_v<ConsentedView>);
static_assert(std::is_move_constructible_v<ChoiceOrder>);
static_assert(std::is_move_constructible_v<ErasureOrder>);

// A request is cut from a passport that it consumes, or not at all.
static_assert(!std::is_constructible_v<OutboundRequest, OutboundRequest::Parts>);
static_assert(!std::is_constructible_v<OutboundRequest, ConsentedView&, OutboundRequest::Parts>);
static_assert(!std::is_constructible_v<OutboundRequest, identity::Profile, OutboundRequest::Parts>);
static_assert(!std::is_constructible_v<OutboundRequest, std::string, OutboundRequest::Parts>);
static_assert(std::is_constructible_v<OutboundRequest, ConsentedView, OutboundRequest::Parts>);

// A mail is a message to the person, or nothing: no view and no order becomes one.
static_assert(std::is_constructible_v<OutboundLetter, SubjectMessage, OutboundLetter::Parts>);
static_assert(!std::is_constructible_v<OutboundLetter, ConsentedView, OutboundLetter::Parts>);
static_assert(!std::is_constructible_v<OutboundLetter, OutboundLetter::Parts>);
static_assert(!Cuttable<SubjectMessage>);

// A destination takes the three passports and nothing else; above all no profile.
static_assert(Cuttable<ConsentedView> && Cuttable<ChoiceOrder> && Cuttable<ErasureOrder>);
static_assert(!Cuttable<identity::Profile> && !Cuttable<identity::ProfileMember>);
static_assert(!Cuttable<std::string> && !Cuttable<OutboundRequest>);

// Personal data cannot be printed, compared or opened by accident; nobody outside makes an access.
static_assert(!Printable<Pii<std::string>> && Printable<std::string>);
static_assert(!Comparable<Pii<std::string>> && Comparable<std::string>);
static_assert(!OpenedWithoutAccess<Pii<std::string>>);
static_assert(!std::is_default_constructible_v<PiiAccess> && !std::is_aggregate_v<PiiAccess>);
static_assert(!std::is_convertible_v<Pii<std::string>, std::string>);
static_assert(!std::is_convertible_v<std::string, Pii<std::string>>);

// Whole persons and views are not printed either.
static_assert(!Printable<identity::Profile> && !Printable<ConsentedView>);

// Ids do not mix.
static_assert(!std::is_convertible_v<SubjectId, PersonaId>);
static_assert(!std::is_constructible_v<SubjectId, PersonaId>);

TEST(Passports, TheCompilerKeepsTheLaw) { SUCCEED(); }

// The concepts above can say yes: a type that anybody makes is seen as one.
struct Leaky {
  std::string content;
};
static_assert(MintedByAnybody<Leaky>);

}  // namespace
}  // namespace cdp::laws
