#pragma once
#include <hdf5.h>

// Macros that call H5open() or cast are invisible to Swift.
static inline hid_t nn_H5T_DOUBLE(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t nn_H5T_FLOAT(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t nn_H5T_IEEE_F32LE(void) { return H5T_IEEE_F32LE; }
static inline hid_t nn_H5T_INT64(void) { return H5T_NATIVE_INT64; }
static inline hid_t nn_H5T_IEEE_F64LE(void) { return H5T_IEEE_F64LE; }
static inline hid_t nn_H5T_STD_I64LE(void) { return H5T_STD_I64LE; }
static inline hid_t nn_H5T_C_S1(void) { return H5T_C_S1; }
static inline hid_t nn_H5P_DATASET_CREATE(void) { return H5P_DATASET_CREATE; }
static inline hid_t nn_H5P_GROUP_CREATE(void) { return H5P_GROUP_CREATE; }
static inline hid_t nn_H5P_FILE_CREATE(void) { return H5P_FILE_CREATE; }
static inline hid_t nn_H5P_FILE_ACCESS(void) { return H5P_FILE_ACCESS; }
static inline unsigned nn_H5F_ACC_TRUNC(void) { return H5F_ACC_TRUNC; }
static inline unsigned nn_H5F_ACC_RDONLY(void) { return H5F_ACC_RDONLY; }
static inline unsigned nn_creation_order(void) { return H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED; }
static inline unsigned nn_H5F_ACC_RDWR(void) { return H5F_ACC_RDWR; }
// Errors are reported by return values; the library's own printing stays off.
static inline herr_t nn_silence(void) { return H5Eset_auto2(H5E_DEFAULT, 0, 0); }
// Files, groups, datasets, types and attributes that are open.
static inline long nn_open_objects(void) { return (long)H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL); }
// Whether a member of a group is in the group itself, neither a soft link nor one into another file.
static inline int nn_is_hard_link(hid_t group, const char *name) {
  H5L_info_t info;
  return H5Lget_info(group, name, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD;
}
// Whether the numbers of a dataset are in its own file: no external files, no virtual dataset.
static inline int nn_is_stored_within(hid_t dataset) {
  hid_t list = H5Dget_create_plist(dataset);
  if (list < 0) return 0;
  int within = H5Pget_layout(list) != H5D_VIRTUAL && H5Pget_external_count(list) == 0;
  H5Pclose(list);
  return within;
}
