// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// One clone per instruction set, chosen by the loader. Thread sanitizer cannot instrument the
// resolver, so it gets the plain build.
#if defined(__x86_64__) && !(defined(__has_feature) && __has_feature(thread_sanitizer))
#define NN_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define NN_CLONES
#endif
