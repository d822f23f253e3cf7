#include "identity/match/chart.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "identity/match/decimal.h"

namespace cdp::identity::match {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

// One bar, from where the last one ended to where this one does.
struct Bar {
  std::string label, detail;
  double from = 0, to = 0;
  bool total = false;
};

std::vector<Bar> bars_of(const Explanation& explanation) {
  std::vector<Bar> bars{{"prior", "two records at random", 0, explanation.prior_bits, true}};
  double at = explanation.prior_bits;
  for (const Evidence& evidence : explanation.evidence) {
    bars.push_back({evidence.field, evidence.level, at, at + evidence.weight_bits, false});
    at += evidence.weight_bits;
  }
  bars.push_back(
      {"weight", "p = " + fixed(explanation.probability, 4), 0, explanation.weight_bits, true});
  return bars;
}

std::vector<Bar> bars_of(const Model& model) {
  std::vector<Bar> bars{{"prior", "two records at random", 0, model.prior_bits(), true}};
  for (std::size_t i = 0; i < model.fields().size(); ++i) {
    const LevelSet& set = levels_of(model.fields()[i].kind);
    for (std::uint8_t level = set.exact(); level >= kElse; --level) {
      const double bits = std::log2(model.rates[i].m[level] / model.rates[i].u[level]);
      const auto label = level == set.exact() ? model.fields()[i].name : std::string();
      bars.push_back({label, std::string(set.names[level]), 0, bits, false});
    }
  }
  return bars;
}

constexpr double kRow = 26;
constexpr double kLeft = 170;
constexpr double kChart = 420;
constexpr double kRight = 340;
constexpr double kTop = 46;

std::string text_at(double x, double y, const std::string& text, const char* more) {
  return "<text x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\" fill=\"#1b1f24\"" + more + ">" +
         escaped(text) + "</text>\n";
}

std::string draw(const std::vector<Bar>& bars, const std::string& title) {
  double low = 0;
  double high = 0;
  for (const Bar& bar : bars) {
    low = std::min({low, bar.from, bar.to});
    high = std::max({high, bar.from, bar.to});
  }
  const double span = std::max(high - low, 1.0);
  const auto x = [&](double bits) { return kLeft + (bits - low) / span * kChart; };
  const double height = kTop + kRow * static_cast<double>(bars.size()) + 16;
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"" +
                    fixed(kLeft + kChart + kRight, 0) + "\" height=\"" + fixed(height, 0) +
                    "\" font-family=\"sans-serif\" font-size=\"13\">\n<title>" + escaped(title) +
                    "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" +
                    text_at(12, 24, title, " font-size=\"16\"") + "<line x1=\"" + fixed(x(0), 1) +
                    "\" x2=\"" + fixed(x(0), 1) + "\" y1=\"" + fixed(kTop - 6, 1) + "\" y2=\"" +
                    fixed(height - 10, 1) + "\" stroke=\"#8a929c\" stroke-dasharray=\"3 3\"/>\n";
  double y = kTop;
  for (const Bar& bar : bars) {
    const double bits = bar.to - bar.from;
    const char* colour = bar.total ? "#4a5568" : (bits >= 0 ? "#2f855a" : "#c05621");
    out += text_at(kLeft - 10, y + 17, bar.label, " text-anchor=\"end\"");
    out += "<rect x=\"" + fixed(x(std::min(bar.from, bar.to)), 1) + "\" y=\"" + fixed(y + 4, 1) +
           "\" width=\"" + fixed(std::max(std::abs(bits) / span * kChart, 1.0), 1) +
           "\" height=\"17\" rx=\"2\" fill=\"" + colour + "\"/>\n";
    out += text_at(kLeft + kChart + 12, y + 17, signed_bits(bits) + "  " + bar.detail, "");
    y += kRow;
  }
  return out + "</svg>\n";
}

}  // namespace

std::string waterfall_svg(const Explanation& explanation, const std::string& title) {
  return draw(bars_of(explanation), title);
}

std::string weights_svg(const Model& model, const std::string& title) {
  return draw(bars_of(model), title);
}

}  // namespace cdp::identity::match
