#include "libmesh/injection/settings.h"

namespace mesh::injection {

Settings::Settings() = default;
Settings::Settings(Settings&&) noexcept = default;
Settings& Settings::operator=(Settings&&) noexcept = default;
Settings::~Settings() = default;

}  // namespace mesh::injection
