// SPDX-License-Identifier: GPL-3.0-or-later
// The hot loops of nnft, in plain C: the compiler makes one clone per instruction set and the
// loader picks one. No state, no allocation, no error path; the Swift wrappers check all sizes.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Two deviates per neuron from Philox4x32-10 (Salmon et al., SC'11, 10.1145/2063384.2063405).
// Counter = (block, neuron, draw low 32 bits, draw high 16 bits | use << 16); one call per neuron.
// `first[i]`, `second[i]` belong to neuron `first_neuron + i`.
void nn_uniform_pairs(uint32_t key0, uint32_t key1, uint32_t block, uint32_t first_neuron,
                      uint32_t draw_low, uint32_t draw_high_and_use, double *first, double *second,
                      size_t count);

// As above, standard normal deviates by Box and Muller.
void nn_normal_pairs(uint32_t key0, uint32_t key1, uint32_t block, uint32_t first_neuron,
                     uint32_t draw_low, uint32_t draw_high_and_use, double *first, double *second,
                     size_t count);

// One raw Philox4x32-10 block, for tests against the published known answers.
void nn_philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
