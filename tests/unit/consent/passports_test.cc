// The passport law, checked by the compiler (DESIGN invariant 1).
#include <type_traits>

#include "consent/choice_order.h"
#include "consent/consented_view.h"
#include "identity/profile.h"

namespace cdp::consent {
namespace {

template <class T>
constexpr bool is_passport =
    !std::is_default_constructible_v<T> && !std::is_copy_constructible_v<T> &&
    !std::is_copy_assignable_v<T> && std::is_nothrow_move_constructible_v<T> &&
    !std::is_aggregate_v<T> && !std::is_constructible_v<T, const identity::Profile&> &&
    !std::is_constructible_v<T, std::string>;

static_assert(is_passport<ConsentedView>);
static_assert(is_passport<ChoiceOrder>);

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Printable<ConsentedView>);
static_assert(!Printable<ChoiceOrder>);
static_assert(!Printable<Pii<std::string>>);
static_assert(!std::is_convertible_v<ConsentedView, ChoiceOrder>);

TEST(Passports, AreMintedByTheGateAloneAsTheCompilerHasChecked) {
  EXPECT_TRUE(is_passport<ConsentedView>);
  EXPECT_TRUE(is_passport<ChoiceOrder>);
}

}  // namespace
}  // namespace cdp::consent
