// The words that synthetic people are made of. Frequent ones first: they are drawn by rank.
//
// Thread-safety: constants.
#pragma once

#include <array>
#include <string_view>

namespace cdp::identity::match {

inline constexpr std::array<std::string_view, 64> kWomen{
    "Mary",      "Anna",      "Elizabeth", "Sarah",    "Margaret", "Emma",      "Jessica",
    "Susan",     "Katherine", "Laura",     "Jennifer", "Rebecca",  "Olivia",    "Charlotte",
    "Emily",     "Sophie",    "Alice",     "Grace",    "Hannah",   "Lucy",      "Amelia",
    "Barbara",   "Victoria",  "Julia",     "Caroline", "Helen",    "Isabella",  "Eva",
    "Claire",    "Nora",      "Rosa",      "Martha",   "Ruth",     "Frances",   "Florence",
    "Deborah",   "Pamela",    "Judith",    "Irene",    "Joan",     "Monika",    "Ursula",
    "Ingrid",    "Petra",     "Birgit",    "Greta",    "Frieda",   "Johanna",   "Magdalena",
    "Valentina", "Fatima",    "Aisha",     "Priya",    "Mei",      "Yuki",      "Carmen",
    "Lucia",     "Ines",      "Chiara",    "Giulia",   "Zofia",    "Agnieszka", "Svetlana",
    "Dorothy"};

inline constexpr std::array<std::string_view, 64> kMen{
    "John",     "William", "James",    "Thomas",   "Robert",    "Michael",  "David",
    "Richard",  "Daniel",  "Peter",    "George",   "Charles",   "Joseph",   "Edward",
    "Andrew",   "Matthew", "Paul",     "Samuel",   "Benjamin",  "Henry",    "Oliver",
    "Jack",     "Harry",   "Lucas",    "Noah",     "Alexander", "Anthony",  "Christopher",
    "Nicholas", "Stephen", "Patrick",  "Timothy",  "Simon",     "Martin",   "Frederick",
    "Francis",  "Albert",  "Arthur",   "Walter",   "Kenneth",   "Raymond",  "Gerald",
    "Leonard",  "Philip",  "Theodore", "Nathan",   "Jonathan",  "Joshua",   "Hans",
    "Klaus",    "Jurgen",  "Stefan",   "Matthias", "Mohammed",  "Ahmed",    "Omar",
    "Ravi",     "Wei",     "Hiroshi",  "Carlos",   "Miguel",    "Giovanni", "Piotr",
    "Dmitri"};

inline constexpr std::array<std::string_view, 48> kFamilies{
    "Smith",  "Jones",   "Taylor", "Brown",   "Williams",  "Wilson",   "Johnson", "Davies",
    "Muller", "Schmidt", "Wright", "Walker",  "White",     "Green",    "Hall",    "Wood",
    "Thomas", "Harris",  "Clarke", "Jackson", "Schneider", "Fischer",  "Weber",   "Meyer",
    "Khan",   "Patel",   "Singh",  "Nguyen",  "Garcia",    "Martin",   "Bernard", "Dubois",
    "Rossi",  "Ferrari", "Silva",  "Santos",  "Novak",     "Kowalski", "Ivanov",  "Petrov",
    "Chen",   "Wang",    "Kim",    "Tanaka",  "Murphy",    "Kelly",    "Byrne",   "Campbell"};

// A family name, a town or a street may be put together from a head and a tail.
inline constexpr std::array<std::string_view, 56> kHeads{
    "Ash",  "Brad",   "Hart", "Win",    "Black", "Whit",   "Stan",  "Ather", "Barn", "Birch",
    "Bram", "Bright", "Brom", "Burn",   "Cal",   "Cam",    "Charl", "Cran",  "Dal",  "Dun",
    "East", "Ever",   "Fair", "Farn",   "Gold",  "Gren",   "Had",   "Hal",   "Ham",  "Hather",
    "Hol",  "Hunt",   "Kel",  "Kirk",   "Lang",  "Lind",   "Mar",   "Mel",   "Mer",  "Nor",
    "Oak",  "Pem",    "Pres", "Rad",    "Ros",   "Ruther", "Shel",  "Staf",  "Sut",  "Thorn",
    "Tre",  "Wal",    "War",  "Wether", "Wol",   "York"};
inline constexpr std::array<std::string_view, 24> kTails{
    "ford", "ton",   "ley",   "well", "man",  "son",   "field", "bury",
    "by",   "worth", "wood",  "ham",  "den",  "combe", "stone", "brook",
    "burn", "mere",  "hurst", "dale", "shaw", "more",  "wick",  "gate"};

inline constexpr std::array<std::string_view, 8> kWays{"Street", "Road",  "Avenue", "Lane",
                                                       "Close",  "Court", "Drive",  "Place"};
inline constexpr std::array<std::string_view, 8> kMailHosts{
    "mail.example",    "post.example",   "inbox.example", "letters.example",
    "webmail.example", "family.example", "work.example",  "isp.example"};

}  // namespace cdp::identity::match
