// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The commit the build was told about (environment variable NNFT_COMMIT, set by the Makefile).
const char *nn_build_commit(void);
