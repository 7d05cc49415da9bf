// SPDX-License-Identifier: GPL-3.0-or-later
// Rows before and after Fourier transforms.
#include "ckernels.h"
#include "clones.h"

#define REAL double
#define ROWS(name) nn_##name##_double
#include "rows.h"
#undef REAL
#undef ROWS

#define REAL float
#define ROWS(name) nn_##name##_single
#include "rows.h"
