#include "identity/match/nicknames.h"

#include <array>
#include <string>
#include <unordered_map>

namespace cdp::identity::match {
namespace {

// A name stands in the first group that has it: "alex" is closer to Alexander than to Alexis.
constexpr std::array<std::string_view, 84> kGroups{
    "robert rob robbie bob bobby bert rupert",
    "william will bill billy willie liam wilhelm willi",
    "james jim jimmy jamie jem",
    "john jack johnny jon johnnie johann johannes hans hannes jan",
    "richard rick dick ricky rich richie",
    "edward ed eddie ted teddy ned eduard",
    "charles charlie chuck chas charley karl carl",
    "thomas tom tommy thom",
    "michael mike mick mickey micky mikey michel michi",
    "joseph joe joey jo josef sepp",
    "alexander alex sandy alec alexandra alexa sascha",
    "anthony tony anton toni antony",
    "andrew andy drew andreas andi",
    "daniel dan danny daniela dani",
    "david dave davy davey",
    "samuel sam sammy samantha",
    "benjamin ben benny benji",
    "christopher chris kit christoph christian christina christine",
    "nicholas nick nicky nico nicolas niklas klaus nikolaus",
    "matthew matt matty matthias matthaus mathias",
    "gregory greg gregor",
    "stephen steve steven stevie stefan stephan steffen",
    "peter pete petra",
    "patrick pat paddy patricia trish tricia",
    "timothy tim timmy",
    "lawrence larry laurence lars lorenz",
    "henry harry hank heinrich heinz hal",
    "frederick fred freddie freddy friedrich fritz alfred alf",
    "francis frank frankie franz francesca",
    "george georgie georg jorg jurgen",
    "albert al bertie albrecht",
    "arthur art artie",
    "walter walt wally",
    "ronald ron ronnie",
    "donald don donnie",
    "kenneth ken kenny",
    "raymond ray",
    "gerald gerry jerry gerard gerhard gerd",
    "leonard len lenny leo leonhard",
    "philip phil phillip philipp",
    "theodore theo theodor",
    "zachary zach zac zack",
    "nathan nate nathaniel nathanael",
    "jonathan jonny jonathon",
    "joshua josh",
    "jacob jake jakob",
    "oliver ollie olly",
    "harold harald haz",
    "edmund ned edmond",
    "reginald reg reggie",
    "stanley stan",
    "sidney sid sydney",
    "ernest ernie ernst",
    "herbert herb herbie",
    "hubert hubertus",
    "elizabeth liz lizzie beth betty eliza elsie libby elisabeth lisa liesel betsy bess",
    "margaret maggie meg peggy marge margarete greta gretel daisy",
    "katherine kate katie kathy kitty catherine cathy kathryn katharina cath kath kat",
    "mary molly polly marie maria mia mitzi",
    "anne ann anna annie nancy hannah nan",
    "susan sue susie suzanne susanne suzie",
    "jennifer jen jenny jennie",
    "jessica jess jessie",
    "rebecca becky becca",
    "victoria vicky tori vicki",
    "dorothy dot dolly dottie dorothea",
    "helen nell nellie ellen eleanor ella nelly helena lena helene leni",
    "sarah sally sara sadie",
    "barbara barb babs barbie",
    "deborah deb debbie debra",
    "pamela pam",
    "judith judy",
    "frances fran fanny franny franziska",
    "florence flo florrie flossie",
    "emily em emma emmy emilie",
    "isabella bella isabel isobel izzy isabelle isabell",
    "charlotte lottie lotte charlie",
    "caroline carrie carol carolyn karoline",
    "harriet hattie hetty",
    "martha mattie marty",
    "gabriele gabi gabriella gaby gabrielle",
    "ursula uschi ulla",
    "monika moni monica",
    "brigitte gitte birgit bridget"};

std::unordered_map<std::string_view, std::uint16_t> index_groups() {
  std::unordered_map<std::string_view, std::uint16_t> index;
  for (std::size_t group = 0; group < kGroups.size(); ++group) {
    std::string_view rest = kGroups[group];
    while (!rest.empty()) {
      const auto end = std::min(rest.find(' '), rest.size());
      index.emplace(rest.substr(0, end), static_cast<std::uint16_t>(group + 1));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return index;
}

}  // namespace

std::uint16_t nickname_group(std::string_view folded) {
  static const auto index = index_groups();
  const auto found = index.find(folded.substr(0, folded.find(' ')));
  return found == index.end() ? std::uint16_t{0} : found->second;
}

}  // namespace cdp::identity::match
