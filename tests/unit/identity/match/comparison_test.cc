#include "identity/match/comparison.h"

#include <rapidfuzz/distance/DamerauLevenshtein.hpp>

#include "cdp/core/base/random.h"

namespace cdp::identity::match {
namespace {

struct Similarity {
  const char* a;
  const char* b;
  double jaro_winkler;
};

// The vectors of the research report; four of them are jellyfish's, too.
TEST(Comparison, JaroWinklerGivesTheKnownValues) {
  for (const Similarity& known : {Similarity{"MARTHA", "MARHTA", .9611},
                                  {"DWAYNE", "DUANE", .8400},
                                  {"DIXON", "DICKSONX", .8133},
                                  {"William", "Williams", .975},
                                  {"SHACKLEFORD", "SHACKELFORD", .9818},
                                  {"DUNNINGHAM", "CUNNIGHAM", .8963},
                                  {"NICHLESON", "NICHULSON", .9556},
                                  {"JONES", "JOHNSON", .8324},
                                  {"MASSEY", "MASSIE", .9333},
                                  {"HARDIN", "MARTINEZ", .7222},
                                  {"MICHELLE", "MICHAEL", .9214},
                                  {"SEAN", "SUSAN", .8050},
                                  {"JON", "JOHN", .9333}}) {
    EXPECT_NEAR(jaro_winkler(known.a, known.b), known.jaro_winkler, 5e-5) << known.a;
    EXPECT_NEAR(jaro_winkler(known.b, known.a), known.jaro_winkler, 5e-5) << known.a;
  }
}

// Winkler's bonus for a common beginning is not given to the plainly different.
TEST(Comparison, JaroWinklerGivesNoBonusBelowSeventyPercent) {
  EXPECT_NEAR(jaro_winkler("abxxxxxx", "abyyyyyy"), 0.5, 5e-5);
}

Value read(Kind kind, const std::string& raw) {
  Config config;
  config.region = "GB";
  return ValueReader(config).read(kind, raw);
}

std::string level(Kind kind, const std::string& a, const std::string& b) {
  const auto x = read(kind, a);
  const auto y = read(kind, b);
  EXPECT_EQ(compare(kind, x, y), compare(kind, y, x)) << a << " " << b;
  return std::string(levels_of(kind).names[compare(kind, x, y)]);
}

struct Case {
  Kind kind;
  const char* a;
  const char* b;
  const char* level;
};

TEST(Comparison, GivesEachPairItsLevel) {
  for (const Case& c : {
           Case{Kind::given_name, "Robert", "robert", "exact"},
           {Kind::given_name, "Robert", "Bob", "forms of one name"},
           {Kind::given_name, "Marcus", "Markus", "close (Jaro-Winkler at least .92)"},
           {Kind::given_name, "R.", "Rosalind", "same initial, one abbreviated"},
           {Kind::given_name, "Ann", "Mary Ann", "one is part of the other"},
           {Kind::given_name, "Rosalind", "Gertrude", "different"},
           {Kind::given_name, "Rosalind", "", "missing"},
           {Kind::family_name, "Müller", "Muller", "exact"},
           {Kind::family_name, "O'Brien", "OBrien", "exact"},
           {Kind::family_name, "Smith", "Carter-Smith", "one is part of the other"},
           {Kind::date_of_birth, "1990-03-04", "04/03/1990", "exact"},
           {Kind::date_of_birth, "1990-03-04", "1990-03-05", "one edit, or day and month turned"},
           {Kind::date_of_birth, "1990-03-04", "1990-04-03", "one edit, or day and month turned"},
           {Kind::date_of_birth, "1990-03-04", "1972-03-04", "same day and month"},
           {Kind::date_of_birth, "1990-03-30", "1990-04-02", "within a month"},
           {Kind::date_of_birth, "1990-01-30", "1990-11-12", "within a year"},
           {Kind::date_of_birth, "1990-01-30", "1996-11-12", "within ten years"},
           {Kind::date_of_birth, "1990-01-30", "1956-11-12", "different"},
           {Kind::email, "Jo@Mail.example", "jo@mail.example", "exact"},
           {Kind::email, "jo.bloggs@mail.example", "jo.blogs@mail.example", "two edits"},
           {Kind::email, "jo.bloggs@mail.example", "jo.bloggs@work.test",
            "same name, other domain"},
           {Kind::phone, "020 7946 0958", "+442079460958", "exact"},
           {Kind::phone, "+442079460958", "+332079460958", "last seven digits"},
           {Kind::phone, "+442079460958", "+442079460959", "one edit"},
           {Kind::postcode, "sw1a 2aa", "SW1A2AA", "exact"},
           {Kind::postcode, "SW1A 2AA", "SW1A 2XZ", "same sector"},
           {Kind::postcode, "SW1A 2AA", "SW1A 9XZ", "same district"},
           {Kind::postcode, "SW1A 2AA", "SW9 9XZ", "same area"},
           {Kind::street, "12 High Street", "12 high st.", "exact"},
           {Kind::street, "Willow Lodge 3 Park Lane", "Park Lane", "a word in common"},
           {Kind::identifier, "123-45-6789", "123456789", "exact"},
           {Kind::identifier, "123456789", "123456798", "one edit"},
           {Kind::text, "Blacksmith", "carpenter", "different"},
       }) {
    EXPECT_EQ(level(c.kind, c.a, c.b), c.level) << c.a << " / " << c.b;
  }
}

TEST(Comparison, OneEditIsWhatDamerauAndLevenshteinSay) {
  SeededRandom random(4);
  const auto word = [&] {
    std::string text;
    for (auto left = random.below(7); left > 0; --left) {
      text.push_back(static_cast<char>('a' + random.below(3)));
    }
    return text;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string a = word();
    const std::string b = word();
    ASSERT_EQ(within_one_edit(a, b),
              rapidfuzz::experimental::damerau_levenshtein_distance(a, b) <= 1)
        << a << " " << b;
  }
}

TEST(Comparison, EveryKindHasItsLevels) {
  for (std::size_t i = 0; i < kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    const LevelSet& set = levels_of(kind);
    EXPECT_EQ(kind_of(to_string(kind)), kind);
    EXPECT_LE(set.names.size(), kLevelsMax);
    EXPECT_LE(set.names.size(), 16U) << "a pattern has four bits a field";
    double sum = 0;
    for (const double m : set.m_guess) sum += m;
    EXPECT_NEAR(sum, 1.0, 1e-9) << to_string(kind);
    EXPECT_EQ(set.names[set.exact()], "exact");
    if (set.crossed != 0) {
      EXPECT_EQ(set.names[set.crossed], "changed places with another field");
    }
  }
}

}  // namespace
}  // namespace cdp::identity::match
