// Any bytes as the networks annotation: appending keeps what was there byte for byte, is done once,
// and leaves alone what cannot be read; the mesh's network is there unless that is so.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libmesh/injection/cni/networks.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mesh::injection;
using mesh::fuzz::check;

// True when the letters of `kept` are in `text` in one piece, or in two with the rest between.
bool keeps(std::string_view text, std::string_view kept) {
  if (text.size() < kept.size()) return false;
  size_t front = 0;
  while (front < kept.size() && text[front] == kept[front]) ++front;
  return text.ends_with(kept.substr(front));
}

void check_append(std::string_view annotation, std::string_view network, std::string_view ns) {
  const auto before = parse_networks(annotation);
  const NetworkChange change = append_network(annotation, network, ns);
  check(before.ok() == (change.outcome != NetworkOutcome::kLeftAlone), "read or left alone");
  if (!before) {
    check(change.text == annotation && !change.warning.empty(), "left alone with a warning");
    return;
  }
  const auto after = parse_networks(change.text);
  check(after.ok(), "the result can be read", change.text);
  if (before->form != NetworksForm::kNone) {
    check(keeps(change.text, annotation), "every byte is kept", change.text);
    check(after->form == before->form, "the form is kept", change.text);
  }
  check(after->list.size() ==
            before->list.size() + (change.outcome == NetworkOutcome::kAdded ? 1 : 0),
        "one more, or none", change.text);
  for (size_t i = 0; i < before->list.size(); ++i) {
    check(network_text(after->list[i]) == network_text(before->list[i]) &&
              after->list[i].element == before->list[i].element,
          "every network survives", change.text);
  }
  const NetworkChange again = append_network(change.text, network, ns);
  check(again.outcome == NetworkOutcome::kPresent && again.text == change.text,
        "appending twice is appending once", change.text);
  const auto printed = parse_networks(print_networks(*before));
  check(printed.ok() && printed->list.size() == before->list.size(), "written and read again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (std::string_view network : {"v2-5-istio-cni", "default/istio-cni"}) {
    check_append(text, network, "shop");
    check_append(text, network, "default");
    check_append(text, network, "");
    const NetworkChange change = overwrite_network(text, network, "shop");
    check(change.text == network || (change.outcome == NetworkOutcome::kPresent &&
                                     change.text == text && change.lost.empty()),
          "the mesh's network alone", change.text);
  }
  return 0;
}
