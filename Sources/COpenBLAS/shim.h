#pragma once
#include <cblas.h>

// LAPACK's symmetric eigenproblem, part of OpenBLAS; declared here because Debian ships no LAPACKE with it.
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
            const int *lwork, int *info);

// Cholesky decomposition, and the inverse of a triangle.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dtrtri_(const char *uplo, const char *diag, const int *n, double *a, const int *lda, int *info);
