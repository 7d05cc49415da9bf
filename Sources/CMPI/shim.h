// SPDX-License-Identifier: GPL-3.0-or-later
// Messages of bytes between the ranks of MPI_COMM_WORLD, without MPI's macros, which Swift does not see. Used only where the trait MPI is on.
#pragma once
#if __has_include(<mpi.h>)
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

// Begins; calls will come from one thread at a time. Status: 0 where MPI grants that.
static inline int nn_mpi_begin(int *rank, int *size) {
  int granted = 0;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &granted) != MPI_SUCCESS) return 1;
  MPI_Comm_rank(MPI_COMM_WORLD, rank);
  MPI_Comm_size(MPI_COMM_WORLD, size);
  return granted < MPI_THREAD_SERIALIZED;
}

// Ends well, with all ranks, or at once for all of them.
static inline void nn_mpi_end(void) { MPI_Finalize(); }
static inline void nn_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

// A message on its way.
typedef struct {
  MPI_Request request;
  void *bytes;
} nn_mpi_message;

// Hands a copy of the bytes over; NULL without memory.
static inline nn_mpi_message *nn_mpi_send(const void *bytes, int count, int to) {
  nn_mpi_message *message = (nn_mpi_message *)malloc(sizeof *message);
  if (!message) return NULL;
  message->bytes = malloc(count > 0 ? (size_t)count : 1);
  if (!message->bytes) return NULL;
  memcpy(message->bytes, bytes, (size_t)count);
  MPI_Isend(message->bytes, count, MPI_BYTE, to, 0, MPI_COMM_WORLD, &message->request);
  return message;
}

// Whether a message has left; then it is forgotten.
static inline int nn_mpi_has_left(nn_mpi_message *message) {
  int done = 0;
  MPI_Test(&message->request, &done, MPI_STATUS_IGNORE);
  if (done) {
    free(message->bytes);
    free(message);
  }
  return done;
}

// Bytes of the next message that waits, and its rank; -1 where none does.
static inline int nn_mpi_waiting(int *from) {
  MPI_Status status;
  int flag = 0, count = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &flag, &status);
  if (!flag) return -1;
  MPI_Get_count(&status, MPI_BYTE, &count);
  *from = status.MPI_SOURCE;
  return count;
}

// Takes that message.
static inline void nn_mpi_receive(void *bytes, int count, int from) {
  MPI_Recv(bytes, count, MPI_BYTE, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}
#endif
