// SPDX-License-Identifier: GPL-3.0-or-later
#include "build_info.h"

const char *nn_build_commit(void) { return NNFT_COMMIT; }
