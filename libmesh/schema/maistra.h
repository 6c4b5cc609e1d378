// Maistra's messages.
#pragma once

#include "libmesh/schema/gen/maistra/maistra.h"
